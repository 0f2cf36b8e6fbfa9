"""The empty room: walls, ceiling, floor and corners; and the finished picture."""

from __future__ import annotations

import random

from PIL import Image

from app.local.demo.rooms.air import Hour
from app.local.demo.rooms.canvas import Canvas
from app.local.demo.rooms.colour import RGB, Palette, darker, rgb
from app.local.demo.rooms.finishes import TRIM, Finish, FloorKind, Room, finish_back_wall, lay_floor
from app.local.demo.rooms.geometry import Camera

_AMBIENT: dict[Hour, RGB] = {"day": rgb("ece9e6"), "evening": rgb("dcc8ba"), "night": rgb("b9a598")}


def build_room(
    palette: Palette,
    hour: Hour,
    rng: random.Random,
    *,
    finish: Finish = "plain",
    floor: FloorKind = "planks",
    width: float = 4.6,
    height: float = 2.75,
    eye_x: float = 0.0,
    zoom: float = 505.0,
) -> Room:
    """Walls, ceiling, floor and skirting; no window yet."""
    canvas = Canvas(Camera(zoom=zoom, eye_x=eye_x), palette.wall)
    room = Room(canvas, palette, hour, rng, width, height, canvas.camera.back)
    half, deep = room.half, room.depth
    canvas.polygon(
        canvas.quad([(-half, height, deep), (half, height, deep), (half, height, 0), (-half, height, 0)]),
        palette.ceiling,
    )
    for side in (-1, 1):
        wall = canvas.quad(
            [(side * half, height, deep), (side * half, height, 0), (side * half, 0, 0), (side * half, 0, deep)]
        )
        canvas.polygon(wall, darker(palette.wall, 0.05 if side < 0 else 0.09))
    canvas.rounded(canvas.front(-half, half, 0, height, deep), 0, palette.feature)
    finish_back_wall(room, finish)
    lay_floor(room, floor)
    _skirting(room)
    _corner_shadows(room)
    return room


def _skirting(room: Room) -> None:
    canvas, half = room.canvas, room.half
    canvas.rounded(canvas.front(-half, half, 0, 0.09, room.depth), 0, TRIM)
    canvas.rounded(canvas.front(-half, half, room.height - 0.05, room.height, room.depth), 0, TRIM)
    for side in (-1, 1):
        for low, high in ((0.0, 0.09), (room.height - 0.05, room.height)):
            canvas.polygon(
                canvas.quad(
                    [
                        (side * half, high, room.depth),
                        (side * half, high, 0),
                        (side * half, low, 0),
                        (side * half, low, room.depth),
                    ]
                ),
                darker(TRIM, 0.07),
            )


def _corner_shadows(room: Room) -> None:
    canvas, half, deep = room.canvas, room.half, room.depth
    dark = (40, 30, 40)
    for side in (-1, 1):
        canvas.soft(
            canvas.quad(
                [
                    (side * half, room.height, deep),
                    (side * (half - 0.12), room.height, deep),
                    (side * (half - 0.12), 0, deep),
                    (side * half, 0, deep),
                ]
            ),
            dark,
            0.16,
            40,
        )
    canvas.soft(canvas.front_points(-half, half, room.height - 0.1, room.height, deep), dark, 0.12, 34)
    canvas.soft(canvas.floor_quad(-half, half, deep - 0.22, deep), dark, 0.2, 30)


def finish_room(room: Room) -> Image.Image:
    """The finished picture: the hour decides how much light the room has by itself."""
    return room.canvas.finish(_AMBIENT[room.hour])
