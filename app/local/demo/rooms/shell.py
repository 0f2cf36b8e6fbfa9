"""The empty room: walls, ceiling, floor, windows with curtains, doors, and the light that falls in."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from app.local.demo.rooms.canvas import Camera, Canvas, Light
from app.local.demo.rooms.colour import RGB, WHITE, Palette, darker, lighter, mix, rgb
from app.local.demo.rooms.views import Hour, ViewKind, draw_view

Finish = Literal["plain", "panels", "slats", "stripes", "wainscot", "brick"]
FloorKind = Literal["planks", "herringbone", "tiles"]

TRIM: RGB = rgb("fbfaf7")

_AMBIENT: dict[Hour, RGB] = {"day": rgb("ece9e6"), "evening": rgb("dcc8ba"), "night": rgb("b9a598")}
_DAYLIGHT: dict[Hour, tuple[RGB, float]] = {
    "day": (rgb("fffaf0"), 0.85),
    "evening": (rgb("ffcf9a"), 0.75),
    "night": (rgb("6f86c8"), 0.22),
}


@dataclass(slots=True)
class Room:
    """A room being furnished: the sheet, its colours, its hour, its measures in metres, and its dice."""

    canvas: Canvas
    palette: Palette
    hour: Hour
    rng: random.Random
    width: float
    height: float
    depth: float

    @property
    def half(self) -> float:
        """Half of the width: where the side walls stand."""
        return self.width / 2


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
    _finish_back_wall(room, finish)
    _lay_floor(room, floor)
    _skirting(room)
    _corner_shadows(room)
    return room


def _finish_back_wall(room: Room, finish: Finish) -> None:
    canvas, base, deep = room.canvas, room.palette.feature, room.depth
    if finish == "panels":
        _panels(room)
    elif finish == "slats":
        count = 34
        for index in range(count):
            x = -room.half + room.width * index / count
            canvas.rounded(
                canvas.front(x + 0.012, x + room.width / count - 0.03, 0, room.height, deep),
                0,
                mix(room.palette.wood, base, 0.25 + 0.06 * (index % 3)),
            )
    elif finish == "stripes":
        for index in range(0, 26, 2):
            x = -room.half + room.width * index / 26
            canvas.rounded(canvas.front(x, x + room.width / 26, 0, room.height, deep), 0, lighter(base, 0.22))
    elif finish == "wainscot":
        canvas.rounded(canvas.front(-room.half, room.half, 0, 0.95, deep), 0, TRIM)
        canvas.rounded(canvas.front(-room.half, room.half, 0.95, 0.99, deep), 0, darker(TRIM, 0.08))
        for index in range(7):
            x = -room.half + 0.12 + (room.width - 0.1) * index / 7
            _frame(room, (x, x + room.width / 7 - 0.14), (0.16, 0.86), darker(TRIM, 0.1))
    elif finish == "brick":
        for row in range(24):
            for column in range(15):
                tone = mix(base, rgb("b9745a"), room.rng.uniform(0.25, 0.45))
                x = -room.half + (column - (0.5 if row % 2 else 0)) * room.width / 14
                left, right = max(-room.half, x + 0.008), min(room.half, x + room.width / 14 - 0.008)
                if right > left:
                    y = room.height * row / 24
                    canvas.rounded(canvas.front(left, right, y + 0.006, y + room.height / 24 - 0.006, deep), 3, tone)


def _panels(room: Room) -> None:
    edge = mix(room.palette.feature, WHITE, 0.22)
    if sum(room.palette.feature) > 560:
        edge = darker(room.palette.feature, 0.1)
    for index in range(4):
        x = -room.half + 0.16 + (room.width - 0.16) * index / 4
        span = (x, x + (room.width - 0.16) / 4 - 0.16)
        _frame(room, span, (0.95, room.height - 0.24), edge)
        _frame(room, span, (0.22, 0.8), edge)


def _frame(room: Room, x: tuple[float, float], y: tuple[float, float], colour: RGB) -> None:
    canvas = room.canvas
    left, top, right, bottom = canvas.front(x[0], x[1], y[0], y[1], room.depth)
    canvas.line([(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)], 8, colour)
    canvas.line([(left + 8, bottom - 8), (left + 8, top + 8), (right - 8, top + 8)], 4, darker(colour, 0.1))


def _lay_floor(room: Room, kind: FloorKind) -> None:
    canvas, base = room.canvas, room.palette.floor
    canvas.polygon(canvas.floor_quad(-room.half, room.half, -1.2, room.depth), base)
    if kind == "planks":
        _planks(room, base)
    elif kind == "herringbone":
        _herringbone(room, base)
    else:
        _tiles(room, room.palette.tile)


def _planks(room: Room, base: RGB) -> None:
    canvas, rng = room.canvas, room.rng
    count = 22
    for index in range(count):
        x0 = -room.half + room.width * index / count
        x1 = x0 + room.width / count
        z = -1.2 - rng.random()
        while z < room.depth:
            far = min(room.depth, z + rng.uniform(1.0, 1.7))
            tone = mix(base, darker(base, 0.24) if rng.random() < 0.5 else lighter(base, 0.18), rng.random() * 0.6)
            canvas.polygon(canvas.floor_quad(x0, x1, max(z, -1.2), far), tone)
            z = far
        canvas.line([canvas.at(x0, 0, -1.2), canvas.at(x0, 0, room.depth)], 3, darker(base, 0.2))


def _herringbone(room: Room, base: RGB) -> None:
    canvas, rng = room.canvas, room.rng
    size, thick = 0.62, 0.155
    rows = int((room.depth + 2.2) / thick) + 4
    for column in range(int(room.width / size) + 3):
        middle = -room.half + (column - 0.5) * size
        for row in range(rows):
            z = -1.6 + row * thick
            for side, tone in ((-1, 0.16), (1, 0.02)):
                edge = middle + side * size / 2
                corners = [
                    (middle, 0.0, z),
                    (edge, 0.0, z - size / 2),
                    (edge, 0.0, z - size / 2 + thick),
                    (middle, 0.0, z + thick),
                ]
                if all(corner[2] > -2.2 for corner in corners):
                    points = [
                        (min(room.half, max(-room.half, x)), y, min(room.depth, max(-1.4, w))) for x, y, w in corners
                    ]
                    canvas.polygon(canvas.quad(points), mix(base, darker(base, 0.3), tone + rng.random() * 0.22))


def _tiles(room: Room, base: RGB) -> None:
    canvas = room.canvas
    size = 0.46
    columns = int(room.width / size) + 1
    rows = int((room.depth + 1.2) / size) + 1
    joint = darker(base, 0.16)
    canvas.polygon(canvas.floor_quad(-room.half, room.half, -1.2, room.depth), joint)
    for column in range(columns):
        for row in range(rows):
            x, z = -room.half + column * size, -1.2 + row * size
            tone = darker(base, 0.04 if (row + column) % 2 else 0.1)
            canvas.polygon(
                canvas.floor_quad(
                    x + 0.006, min(room.half, x + size - 0.006), z + 0.006, min(room.depth, z + size - 0.006)
                ),
                tone,
            )


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


def add_window(
    room: Room,
    x: tuple[float, float],
    y: tuple[float, float],
    view: ViewKind,
    *,
    panes: int = 2,
    curtains: RGB | None = None,
    sill: bool = True,
) -> None:
    """A window in the back wall with what is seen through it, curtains to the floor, and its light."""
    canvas, deep = room.canvas, room.depth
    left, top, right, bottom = canvas.front(x[0], x[1], y[0], y[1], deep)
    canvas.rounded((left - 26, top - 26, right + 26, bottom + 26), 6, darker(TRIM, 0.1))
    canvas.rounded((left - 20, top - 20, right + 20, bottom + 20), 4, TRIM, 90)
    picture = draw_view(view, room.hour, (max(8, round(right - left)), max(8, round(bottom - top))), room.rng)
    canvas.picture(picture, (left, top), 255)
    for index in range(1, panes):
        at = left + (right - left) * index / panes
        canvas.rounded((at - 13, top, at + 13, bottom), 0, TRIM, 90)
        canvas.rounded((at + 6, top, at + 13, bottom), 0, darker(TRIM, 0.12), 90)
    if room.hour == "day":
        for share in (0.12, 0.56):
            at, wide = left + (right - left) * share, (right - left) * 0.1
            canvas.soft(
                [(at, bottom), (at + wide * 1.6, top), (at + wide * 2.6, top), (at + wide, bottom)], WHITE, 0.13
            )
    if sill:
        canvas.block((x[0] - 0.1, x[1] + 0.1), (y[0] - 0.09, y[0] - 0.05), (deep - 0.18, deep), TRIM)
        _radiator(room, x, y[0])
    if curtains is not None:
        hang_curtains(room, x, y[1], curtains)
    _daylight(room, x, y)


def _radiator(room: Room, x: tuple[float, float], sill: float) -> None:
    if sill < 0.6:
        return
    canvas, deep = room.canvas, room.depth
    middle, half = (x[0] + x[1]) / 2, min(0.6, (x[1] - x[0]) * 0.4)
    count = round(half * 2 / 0.085)
    for index in range(count):
        at = middle - half + index * 0.085
        box = canvas.block((at, at + 0.07), (0.16, sill - 0.2), (deep - 0.1, deep - 0.02), rgb("f3f2ee"), radius=0.02)
        canvas.rounded((box[2] - 9, box[1] + 8, box[2], box[3] - 8), 3, rgb("dcdad4"))


def hang_curtains(room: Room, x: tuple[float, float], top: float, colour: RGB) -> None:
    """Curtains on both sides of a window, from a rail to the floor."""
    canvas, deep = room.canvas, room.depth
    z = deep - 0.14
    rail = top + 0.16
    span = min(0.52, (x[1] - x[0]) * 0.28)
    for start in (x[0] - 0.3, x[1] + 0.3 - span):
        _cloth(room, (start, start + span), rail, z, colour)
    left, level = canvas.at(x[0] - 0.42, rail, z)
    right, _ = canvas.at(x[1] + 0.42, rail, z)
    canvas.line([(left, level), (right, level)], 16, room.palette.metal)
    for end in (left, right):
        canvas.ellipse((end, level), 17, 17, room.palette.metal)


def _cloth(room: Room, x: tuple[float, float], top: float, z: float, colour: RGB) -> None:
    canvas = room.canvas
    folds = 5
    left, upper, right, lower = canvas.front(x[0], x[1], 0.03, top, z)
    canvas.soft(
        [(left - 20, upper), (right + 26, upper), (right + 26, lower), (left - 20, lower)], (30, 20, 24), 0.2, 18
    )
    wide = (right - left) / folds
    for index in range(folds):
        at = left + wide * index
        sway = room.rng.uniform(-6, 6)
        canvas.polygon([(at, upper), (at + wide + 2, upper), (at + wide + 3 + sway, lower), (at + sway, lower)], colour)
        canvas.polygon(
            [
                (at + wide * 0.62, upper),
                (at + wide + 2, upper),
                (at + wide + 3 + sway, lower),
                (at + wide * 0.5 + sway, lower),
            ],
            darker(colour, 0.13),
        )
        canvas.polygon(
            [
                (at + wide * 0.12, upper),
                (at + wide * 0.3, upper),
                (at + wide * 0.26 + sway, lower),
                (at + wide * 0.14 + sway, lower),
            ],
            lighter(colour, 0.14),
        )


def _daylight(room: Room, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Light from the window: on everything near it, and as a patch on the floor."""
    canvas, deep = room.canvas, room.depth
    colour, strength = _DAYLIGHT[room.hour]
    centre = canvas.at((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, deep)
    wide = canvas.px(x[1] - x[0], deep)
    canvas.lights.append(_wide_light(centre, wide, colour, strength))
    if room.hour == "night":
        return
    slant = -0.55 if (x[0] + x[1]) / 2 > 0 else 0.55
    tint = rgb("fff4d8") if room.hour == "day" else rgb("ffc98a")
    for start, end in ((0.04, 0.46), (0.54, 0.96)):
        a, b = x[0] + (x[1] - x[0]) * start, x[0] + (x[1] - x[0]) * end
        patch = canvas.quad(
            [
                (a + slant * 0.3, 0, deep - 0.5),
                (b + slant * 0.3, 0, deep - 0.5),
                (b + slant * 1.6, 0, deep - 2.3),
                (a + slant * 1.6, 0, deep - 2.3),
            ]
        )
        canvas.soft(patch, tint, 0.34 if room.hour == "day" else 0.26, 12)


def _wide_light(centre: tuple[float, float], wide: float, colour: RGB, strength: float) -> Light:
    return Light(centre, wide * 1.1 + 1300, wide * 0.7 + 1150, colour, strength * 0.55)


def finish_room(room: Room) -> Image.Image:
    """The finished picture: the hour decides how much light the room has by itself."""
    return room.canvas.finish(_AMBIENT[room.hour])
