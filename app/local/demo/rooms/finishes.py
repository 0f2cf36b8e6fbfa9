"""What walls and floors are covered with, and the room that all furniture is put into."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from app.local.demo.rooms.air import Hour
from app.local.demo.rooms.canvas import Canvas
from app.local.demo.rooms.colour import RGB, WHITE, Palette, darker, lighter, mix, rgb

Finish = Literal["plain", "panels", "slats", "stripes", "wainscot", "brick"]
FloorKind = Literal["planks", "herringbone", "tiles"]

TRIM: RGB = rgb("fbfaf7")


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


def finish_back_wall(room: Room, finish: Finish) -> None:
    """Mouldings, slats, wallpaper or bricks on the back wall."""
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


def lay_floor(room: Room, kind: FloorKind) -> None:
    """The floor, board by board or tile by tile."""
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
