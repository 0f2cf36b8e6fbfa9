"""Lamps on tables, floors and ceilings; by day they are off."""

from __future__ import annotations

import math

from app.local.demo.rooms.colour import CREAM, INK, RGB, WHITE, darker, lighter, rgb
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.geometry import Point
from app.local.demo.rooms.shapes import curve, disc

_WARM: RGB = rgb("ffe7b0")


def _lamp_on(room: Room) -> bool:
    return room.hour != "day"


def _shine(room: Room, centre: Point, radius: float) -> None:
    """A lit lamp's part in the room's light; by day lamps are off."""
    if _lamp_on(room):
        room.canvas.lamp(centre, radius * 1.25, rgb("ffcf8e"), 0.9 if room.hour == "night" else 0.65)


def table_lamp(room: Room, x: float, y: float, z: float, *, colour: RGB | None = None) -> None:
    """A lamp on a nightstand or a chest: `y` is the height of what it stands on."""
    canvas, metal = room.canvas, room.palette.metal
    colour = colour or (CREAM if not _lamp_on(room) else _WARM)
    cx, base = canvas.at(x, y, z)
    unit = canvas.px(0.1, z)
    canvas.ellipse((cx, base), unit * 0.75, unit * 0.2, darker(metal, 0.2))
    canvas.polygon(disc((cx, base - unit * 0.9), unit * 0.62, unit * 0.85), metal)
    canvas.glow((cx - unit * 0.2, base - unit * 1.1), unit * 0.4, unit * 0.6, WHITE, 0.4)
    canvas.rounded((cx - 6, base - unit * 2.4, cx + 6, base - unit * 1.6), 0, metal)
    shade = [
        (cx - unit * 0.85, base - unit * 3.9),
        (cx + unit * 0.85, base - unit * 3.9),
        (cx + unit * 1.35, base - unit * 2.2),
        (cx - unit * 1.35, base - unit * 2.2),
    ]
    canvas.polygon(shade, colour, 235 if _lamp_on(room) else 60)
    canvas.shade(shade, darker(colour, 0.35), 0.0, 0.2)
    _shine(room, (cx, base - unit * 3), canvas.px(1.5, z))


def floor_lamp(room: Room, x: float, z: float, *, arc: int = 0) -> None:
    """A lamp on a tripod, or on an arc that leans to the side `arc` (-1 or 1)."""
    canvas, metal = room.canvas, room.palette.metal
    foot = canvas.at(x, 0, z)
    canvas.shadow(x - 0.2, x + 0.2, z - 0.1, z + 0.1, alpha=0.35, blur=18)
    if arc:
        top = canvas.at(x + arc * 0.9, 1.78, z)
        canvas.ellipse(foot, canvas.px(0.17, z), canvas.px(0.045, z), darker(metal, 0.35))
        canvas.line(curve(foot, (foot[0] - arc * 40, top[1] - canvas.px(0.35, z)), top), 14, metal)
        bowl = [
            (top[0] - canvas.px(0.2, z), top[1] + canvas.px(0.15, z)),
            (top[0] - canvas.px(0.12, z), top[1]),
            (top[0] + canvas.px(0.12, z), top[1]),
            (top[0] + canvas.px(0.2, z), top[1] + canvas.px(0.15, z)),
        ]
        canvas.polygon(bowl, metal)
        canvas.ellipse(
            (top[0], top[1] + canvas.px(0.15, z)),
            canvas.px(0.2, z),
            canvas.px(0.04, z),
            _WARM if _lamp_on(room) else CREAM,
            255 if _lamp_on(room) else 40,
        )
        _shine(room, (top[0], top[1] + canvas.px(0.3, z)), canvas.px(1.9, z))
        return
    for dx in (-0.22, 0.22, 0.02):
        canvas.line(
            [canvas.at(x + dx, 0, z + (0.12 if dx == 0.02 else 0)), canvas.at(x, 1.2, z)], 15, room.palette.wood
        )
    left, top_y, right, low = canvas.front(x - 0.24, x + 0.24, 1.18, 1.58, z)
    shade = [(left + 40, top_y), (right - 40, top_y), (right, low), (left, low)]
    canvas.polygon(shade, _WARM if _lamp_on(room) else CREAM, 235 if _lamp_on(room) else 60)
    canvas.shade(shade, rgb("b98a52"), 0.0, 0.28)
    _shine(room, ((left + right) / 2, (top_y + low) / 2), canvas.px(2.0, z))


def pendant(room: Room, x: float, y: float, z: float, *, style: str = "dome", colour: RGB | None = None) -> None:
    """A lamp that hangs from the ceiling; `y` is the height of its lower edge."""
    canvas = room.canvas
    colour = colour or room.palette.accent
    cx, low = canvas.at(x, y, z)
    _, ceiling = canvas.at(x, room.height, z)
    unit = canvas.px(0.1, z)
    canvas.line([(cx, ceiling), (cx, low - unit * 2)], 7, INK)
    lit = 255 if _lamp_on(room) else 50
    if style == "globe":
        canvas.ellipse(
            (cx, low - unit * 1.3), unit * 1.35, unit * 1.35, _WARM if _lamp_on(room) else rgb("fbf6ea"), lit
        )
        canvas.glow((cx - unit * 0.4, low - unit * 1.7), unit * 0.8, unit * 0.8, WHITE, 0.6)
        canvas.rounded((cx - unit * 0.4, low - unit * 2.9, cx + unit * 0.4, low - unit * 2.5), 6, room.palette.metal)
    elif style == "drum":
        box = (cx - unit * 2.6, low - unit * 1.9, cx + unit * 2.6, low)
        canvas.rounded(box, 14, _WARM if _lamp_on(room) else CREAM, round(lit * 0.92))
        canvas.shade([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])], rgb("c08f52"), 0.0, 0.22)
    else:
        canvas.polygon(
            [
                (cx - unit * 0.3, low - unit * 2.2),
                (cx + unit * 0.3, low - unit * 2.2),
                *[
                    (
                        cx + unit * 1.9 * math.sin(t * math.pi / 2 / 8),
                        low - unit * 2 * math.cos(t * math.pi / 2 / 8) ** 0.9,
                    )
                    for t in range(9)
                ],
                *[
                    (
                        cx - unit * 1.9 * math.sin(t * math.pi / 2 / 8),
                        low - unit * 2 * math.cos(t * math.pi / 2 / 8) ** 0.9,
                    )
                    for t in range(8, -1, -1)
                ],
            ],
            colour,
        )
        canvas.ellipse((cx, low), unit * 1.9, unit * 0.34, _WARM if _lamp_on(room) else lighter(colour, 0.5), lit)
    _shine(room, (cx, low), canvas.px(1.6, z))


def ceiling_spots(room: Room, count: int = 4) -> None:
    """Small lamps set into the ceiling in two rows."""
    canvas = room.canvas
    for row in (room.depth - 0.9, room.depth - 2.3):
        for index in range(count):
            x = -room.half + room.width * (index + 0.5) / count
            centre = canvas.at(x, room.height, row)
            canvas.ellipse(
                centre, canvas.px(0.075, row), canvas.px(0.024, row), _WARM if _lamp_on(room) else WHITE, 255
            )
            if _lamp_on(room):
                canvas.lamp((centre[0], centre[1] + 90), canvas.px(0.75, row), rgb("ffd9a0"), 0.5)
