"""Compositions: kitchens, and tiles on a wall."""

from __future__ import annotations

from app.local.demo.rooms.colour import CREAM, INK, RGB, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.geometry import Box
from app.local.demo.rooms.lamps import ceiling_spots, pendant
from app.local.demo.rooms.plants import plant, vase
from app.local.demo.rooms.shapes import disc
from app.local.demo.rooms.soft_furniture import rug
from app.local.demo.rooms.tables import dining_table
from app.local.demo.rooms.views import ViewKind
from app.local.demo.rooms.windows import add_window

SHADE: RGB = (46, 30, 34)
_STEEL: RGB = rgb("c3c8cc")
PORCELAIN: RGB = rgb("fafaf8")


def corners(box: Box) -> list[tuple[float, float]]:
    """The four corners of a box."""
    return [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]


def tile_wall(
    room: Room, x: tuple[float, float], y: tuple[float, float], size: tuple[float, float], colour: RGB
) -> None:
    """Tiles on a part of the back wall; `size` is one tile's width and height in metres."""
    canvas = room.canvas
    canvas.rounded(canvas.front(x[0], x[1], y[0], y[1], room.depth), 0, darker(colour, 0.1))
    row, low = 0, y[0]
    while low < y[1] - 0.01:
        left = x[0] - (size[0] / 2 if row % 2 else 0)
        while left < x[1]:
            a, b = max(x[0], left), min(x[1], left + size[0])
            if b - a > 0.02:
                tone = mix(colour, WHITE, room.rng.uniform(0.0, 0.22))
                canvas.rounded(
                    canvas.front(a + 0.004, b - 0.004, low + 0.004, min(y[1], low + size[1]) - 0.004, room.depth),
                    3,
                    tone,
                )
            left += size[0]
        low += size[1]
        row += 1


def kitchen(room: Room, plan: int, view: ViewKind) -> None:
    """A kitchen with a table. Plans: 0 a straight run, 1 a window over the sink, 2 an island, 3 a small one."""
    run = (-room.half + 0.05, room.half - 0.05)
    worktop = lighter(room.palette.wood, 0.25) if plan % 2 else rgb("e9e6e0")
    tile_wall(room, run, (0.9, 1.52), ((0.24, 0.1), (0.16, 0.16), (0.3, 0.2))[plan % 3], room.palette.tile)
    fridge_side = room.rng.choice((-1, 1))
    if plan % 4 == 1:
        add_window(room, (-0.62, 0.62), (1.1, 2.25), view, sill=False)
        uppers = [(run[0], -0.8), (0.8, run[1])]
    elif plan % 4 == 3:
        at = -fridge_side * (room.half - 0.75)
        add_window(room, (at - 0.5, at + 0.5), (1.05, 2.25), view, sill=False)
        uppers = [(run[0], at - 0.66), (at + 0.66, run[1])]
    else:
        uppers = [run]
    for left, right in uppers:
        if right - left > 0.3:
            _upper_cabinets(room, (left, right), shelf=plan % 4 == 1)
    _lower_cabinets(room, run, worktop)
    _appliances(room, run, fridge_side, hood=plan % 4 != 1)
    _worktop_things(room, run, -fridge_side)
    if plan % 4 == 2:
        _island(room, worktop)
    else:
        rug(room, (-1.2, 1.2), (0.3, 2.0), style="plain")
        dining_table(room, room.rng.uniform(-0.25, 0.25), 0.95, chairs=4 if plan % 4 != 3 else 2)
    style = room.rng.choice(("dome", "globe"))
    for x in (-0.42, 0.42):
        pendant(room, x, 1.85, 1.45, style=style)
    ceiling_spots(room, 3)


def _lower_cabinets(room: Room, x: tuple[float, float], worktop: RGB) -> None:
    canvas, colour = room.canvas, room.palette.cabinet
    z = room.depth - 0.6
    canvas.shadow(x[0], x[1], z - 0.12, room.depth, alpha=0.35, blur=24)
    canvas.block((x[0], x[1]), (0.0, 0.1), (z + 0.05, room.depth), darker(colour, 0.45))
    canvas.block((x[0], x[1]), (0.1, 0.86), (z, room.depth), colour)
    count = 7
    span = (x[1] - x[0]) / count
    for index in range(count):
        left, right = x[0] + span * index + 0.008, x[0] + span * (index + 1) - 0.008
        drawers = ((0.11, 0.36), (0.37, 0.6), (0.61, 0.85)) if index in {1, 4} else ((0.11, 0.85),)
        for low, high in drawers:
            box = canvas.front(left, right, low, high, z)
            canvas.rounded(box, 4, lighter(colour, 0.06))
            middle = (box[0] + box[2]) / 2
            canvas.rounded((middle - 46, box[1] + 16, middle + 46, box[1] + 24), 4, room.palette.metal)
    canvas.block((x[0], x[1]), (0.86, 0.9), (z - 0.03, room.depth), worktop)
    canvas.soft(canvas.front_points(x[0], x[1], 0.9, 0.98, room.depth), SHADE, 0.14, 10)


def _upper_cabinets(room: Room, x: tuple[float, float], *, shelf: bool) -> None:
    canvas, colour = room.canvas, lighter(room.palette.cabinet, 0.1)
    z = room.depth - 0.34
    if shelf:
        for level in (1.55, 1.9):
            canvas.block(
                (x[0] + 0.1, x[1] - 0.1), (level, level + 0.04), (room.depth - 0.24, room.depth), room.palette.wood
            )
            at = x[0] + 0.2
            while at < x[1] - 0.2:
                tone = room.rng.choice((CREAM, room.palette.accent, room.palette.second, rgb("d9c6a3")))
                tall = room.rng.uniform(0.08, 0.18)
                box = canvas.front(at, at + 0.09, level + 0.04, level + 0.04 + tall, room.depth - 0.16)
                canvas.rounded(box, 10, tone)
                at += room.rng.uniform(0.14, 0.2)
        return
    canvas.soft(canvas.front_points(x[0], x[1], 1.36, 1.52, room.depth), SHADE, 0.22, 16)
    canvas.block((x[0], x[1]), (1.52, 2.3), (z, room.depth), colour)
    count = max(1, round((x[1] - x[0]) / 0.62))
    span = (x[1] - x[0]) / count
    for index in range(count):
        box = canvas.front(x[0] + span * index + 0.008, x[0] + span * (index + 1) - 0.008, 1.53, 2.29, z)
        canvas.rounded(box, 4, lighter(colour, 0.06))
        at = box[2] - 24 if index % 2 == 0 else box[0] + 16
        canvas.rounded((at, box[3] - 120, at + 8, box[3] - 30), 4, room.palette.metal)
    if room.hour != "day":
        centre = canvas.at((x[0] + x[1]) / 2, 1.3, room.depth)
        canvas.lamp(centre, canvas.px(1.5, room.depth), rgb("ffd9a0"), 0.55)


def _appliances(room: Room, x: tuple[float, float], fridge_side: int, *, hood: bool) -> None:
    canvas = room.canvas
    z = room.depth - 0.66
    wide = 0.62
    left = x[0] if fridge_side < 0 else x[1] - wide
    colour = room.rng.choice((rgb("eef0f1"), _STEEL, mix(room.palette.cabinet, WHITE, 0.5)))
    canvas.block((left, left + wide), (0.03, 2.06), (z, room.depth), colour, radius=0.02)
    for low, high in ((0.08, 0.78), (0.82, 2.03)):
        box = canvas.front(left + 0.015, left + wide - 0.015, low, high, z)
        canvas.rounded(box, 10, lighter(colour, 0.16))
        at = box[2] - 34 if fridge_side < 0 else box[0] + 22
        canvas.rounded((at, box[1] + 40, at + 12, box[1] + 260), 6, darker(_STEEL, 0.2))
    stove = -fridge_side * (room.half * 0.34)
    oven = canvas.front(stove - 0.29, stove + 0.29, 0.12, 0.84, room.depth - 0.605)
    canvas.rounded(oven, 6, rgb("2c2f36"))
    canvas.rounded((oven[0] + 34, oven[1] + 110, oven[2] - 34, oven[3] - 50), 12, rgb("191b20"))
    canvas.rounded((oven[0] + 34, oven[1] + 70, oven[2] - 34, oven[1] + 84), 6, _STEEL)
    canvas.polygon(
        canvas.floor_quad(stove - 0.28, stove + 0.28, room.depth - 0.55, room.depth - 0.1, 0.905), rgb("22252b")
    )
    if hood:
        canvas.block((stove - 0.3, stove + 0.3), (1.5, 1.58), (room.depth - 0.45, room.depth), _STEEL)
        canvas.block((stove - 0.13, stove + 0.13), (1.58, 2.31), (room.depth - 0.36, room.depth), lighter(_STEEL, 0.1))
    _pot(room, stove - 0.12, 0.91, room.depth - 0.3)


def _pot(room: Room, x: float, y: float, z: float) -> None:
    canvas = room.canvas
    box = canvas.front(x - 0.1, x + 0.1, y, y + 0.13, z)
    colour = room.palette.accent
    canvas.rounded((box[0] - 22, box[1] + 10, box[2] + 22, box[1] + 26), 8, darker(colour, 0.3))
    canvas.rounded(box, 16, colour)
    canvas.ellipse(((box[0] + box[2]) / 2, box[1]), (box[2] - box[0]) / 2, 11, lighter(colour, 0.2))
    canvas.ellipse(((box[0] + box[2]) / 2, box[1] - 12), 12, 10, INK)


def _worktop_things(room: Room, x: tuple[float, float], side: int) -> None:
    canvas = room.canvas
    z = room.depth - 0.3
    sink = -side * 0.35
    canvas.polygon(
        canvas.floor_quad(sink - 0.24, sink + 0.24, room.depth - 0.5, room.depth - 0.14, 0.904), darker(_STEEL, 0.12)
    )
    cx, base = canvas.at(sink, 0.9, room.depth - 0.1)
    canvas.line([(cx, base), (cx, base - 120)], 14, room.palette.metal)
    canvas.arc((cx, base - 165, cx + 90, base - 75), 180, 360, 14, room.palette.metal)
    at = side * (room.half - 0.3)
    canvas.rounded(canvas.front(at - 0.13, at + 0.1, 0.9, 1.22, room.depth - 0.05), 14, lighter(room.palette.wood, 0.1))
    vase(room, side * (room.half - 0.62), 0.9, z, tall=0.17)
    kettle = canvas.at(side * 1.3, 0.98, z)
    canvas.polygon(disc(kettle, 44, 46), room.palette.second)
    canvas.arc((kettle[0] - 36, kettle[1] - 84, kettle[0] + 36, kettle[1] - 14), 180, 360, 9, INK)
    plant(room, -side * 0.92, z, tall=0.3, kind="ficus", y=0.9)


def _island(room: Room, worktop: RGB) -> None:
    canvas, colour = room.canvas, mix(room.palette.cabinet, room.palette.wood, 0.4)
    canvas.shadow(-1.15, 1.15, 0.9, 1.75, alpha=0.42, blur=34)
    canvas.block((-1.05, 1.05), (0.0, 0.86), (1.05, 1.65), colour)
    for index in range(4):
        box = canvas.front(-1.03 + 0.52 * index, -1.03 + 0.52 * index + 0.5, 0.06, 0.82, 1.05)
        canvas.rounded(box, 5, lighter(colour, 0.06))
    canvas.block((-1.15, 1.15), (0.86, 0.92), (0.95, 1.7), worktop, radius=0.01)
    vase(room, -0.55, 0.92, 1.4, tall=0.24)
    plant(room, 0.7, 1.4, tall=0.36, kind="monstera", y=0.92)
    for x in (-0.5, 0.45):
        _stool(room, x, 0.5)


def _stool(room: Room, x: float, z: float) -> None:
    canvas = room.canvas
    canvas.shadow(x - 0.2, x + 0.2, z - 0.1, z + 0.3, alpha=0.3, blur=18)
    for foot in (-0.17, 0.17):
        canvas.line([canvas.at(x + foot * 0.7, 0.64, z), canvas.at(x + foot, 0, z)], 22, darker(room.palette.wood, 0.2))
    canvas.line([canvas.at(x - 0.15, 0.22, z), canvas.at(x + 0.15, 0.22, z)], 14, darker(room.palette.wood, 0.2))
    centre = canvas.at(x, 0.66, z + 0.12)
    canvas.ellipse((centre[0], centre[1] + 26), canvas.px(0.19, z), 52, darker(room.palette.textile, 0.16))
    canvas.ellipse(centre, canvas.px(0.19, z), 50, room.palette.textile)
