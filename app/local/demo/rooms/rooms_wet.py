"""Compositions: kitchens and bathrooms."""

from __future__ import annotations

from app.local.demo.rooms.canvas import Box
from app.local.demo.rooms.case_furniture import dining_table
from app.local.demo.rooms.colour import CREAM, INK, RGB, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.decor import ceiling_spots, mirror, pendant, plant, vase
from app.local.demo.rooms.shapes import disc
from app.local.demo.rooms.shell import Room, add_window
from app.local.demo.rooms.soft_furniture import rug
from app.local.demo.rooms.views import ViewKind

SHADE: RGB = (46, 30, 34)
_STEEL: RGB = rgb("c3c8cc")
_PORCELAIN: RGB = rgb("fafaf8")


def _corners(box: Box) -> list[tuple[float, float]]:
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


def bathroom(room: Room, plan: int) -> None:
    """A bathroom. Plans: 0 vanity and shower, 1 bathtub, 2 vanity and washing machine, 3 bathtub under a window."""
    accent_tile = (room.palette.tile, mix(room.palette.textile, room.palette.tile, 0.35))[plan % 2]
    size = ((0.3, 0.15), (0.2, 0.2), (0.6, 0.3), (0.1, 0.3))[plan % 4]
    tile_wall(room, (-room.half, room.half), (0, room.height - 0.05 if plan % 2 else 1.6), size, accent_tile)
    side = room.rng.choice((-1, 1))
    if plan % 4 == 3:
        add_window(room, (-side * 0.85 - 0.45, -side * 0.85 + 0.45), (1.3, 2.2), "park", panes=1, sill=False)
    if plan % 2:
        _bathtub(room, -side * 0.78)
        _vanity(room, side * 1.0, width=0.95)
    else:
        _shower(room, -side)
        _vanity(room, side * 0.62, width=1.15)
        if plan % 4 == 2:
            _washing_machine(room, side * (room.half - 0.34))
        else:
            _toilet(room, side * (room.half - 0.38))
    _towels(room, -side * 0.12 if plan % 2 == 0 else side * 0.28)
    plant(room, side * (room.half - 0.24), 1.55, tall=0.62, kind="monstera")
    rug(room, (side * 0.5 - 0.55, side * 0.5 + 0.5), (1.5, 2.6), style="plain")
    ceiling_spots(room, 3)


def _vanity(room: Room, x: float, *, width: float) -> None:
    canvas, wood = room.canvas, room.palette.wood
    z = room.depth - 0.5
    canvas.shadow(x - width / 2, x + width / 2, z - 0.05, room.depth, alpha=0.3, blur=26)
    canvas.block((x - width / 2, x + width / 2), (0.32, 0.8), (z, room.depth), wood)
    for share in (0, 1):
        left = x - width / 2 + width / 2 * share
        box = canvas.front(left + 0.01, left + width / 2 - 0.01, 0.34, 0.78, z)
        canvas.rounded(box, 5, lighter(wood, 0.08))
        canvas.rounded(
            ((box[0] + box[2]) / 2 - 60, box[1] + 22, (box[0] + box[2]) / 2 + 60, box[1] + 32), 4, room.palette.metal
        )
    canvas.block((x - width / 2 - 0.02, x + width / 2 + 0.02), (0.8, 0.84), (z - 0.02, room.depth), rgb("f1efea"))
    basin = canvas.front(x - 0.25, x + 0.25, 0.84, 0.97, z + 0.1)
    canvas.rounded(basin, 46, _PORCELAIN)
    canvas.ellipse(((basin[0] + basin[2]) / 2, basin[1] + 8), (basin[2] - basin[0]) / 2 - 4, 22, rgb("dde2e4"))
    canvas.shade(_corners(basin), SHADE, 0.0, 0.16)
    cx, base = canvas.at(x, 0.95, room.depth - 0.08)
    canvas.line([(cx, base), (cx, base - 110), (cx - 60, base - 110)], 15, room.palette.metal)
    glow = canvas.at(x, 1.55, room.depth)
    canvas.glow(glow, 430, 430, rgb("fff3d6"), 0.55)
    canvas.lamp(glow, canvas.px(1.7, room.depth), rgb("ffe4b8"), 0.58)
    mirror(room, x, 1.55, 0.4)
    for dx, tone in ((-0.4, room.palette.accent), (-0.33, CREAM), (0.36, room.palette.second)):
        if abs(dx) < width / 2 - 0.03:
            box = canvas.front(x + dx - 0.025, x + dx + 0.025, 0.84, 0.84 + 0.14, z + 0.2)
            canvas.rounded(box, 8, tone)
            canvas.rounded(((box[0] + box[2]) / 2 - 6, box[1] - 18, (box[0] + box[2]) / 2 + 6, box[1]), 2, INK)


def _shower(room: Room, side: int) -> None:
    canvas = room.canvas
    far = side * (room.half - 0.02)
    near = side * (room.half - 1.15)
    x0, x1 = min(far, near), max(far, near)
    z0 = room.depth - 1.05
    tile_wall(room, (x0, x1), (0, room.height - 0.05), (0.12, 0.12), mix(room.palette.accent, WHITE, 0.45))
    canvas.block((x0, x1), (0, 0.07), (z0, room.depth), rgb("eeece7"))
    cx, top = canvas.at((x0 + x1) / 2, 2.15, room.depth - 0.05)
    canvas.line([(cx, canvas.at(0, 1.0, room.depth)[1]), (cx, top)], 11, room.palette.metal)
    canvas.line([(cx, top), (cx, top), (cx - side * 130, top)], 11, room.palette.metal)
    canvas.ellipse((cx - side * 130, top + 16), 84, 16, room.palette.metal)
    canvas.rounded(
        (cx - 60, canvas.at(0, 1.1, room.depth)[1], cx + 60, canvas.at(0, 1.05, room.depth)[1]), 8, room.palette.metal
    )
    glass = canvas.front_points(x0, x1, 0.07, 2.1, z0)
    canvas.soft(glass, rgb("e2f0f4"), 0.22)
    left, upper, right, lower = canvas.front(x0, x1, 0.07, 2.1, z0)
    for start in (0.1, 0.5):
        at = left + (right - left) * start
        canvas.soft([(at, lower), (at + 200, upper), (at + 330, upper), (at + 130, lower)], WHITE, 0.16)
    edge = left if side > 0 else right
    canvas.rounded((edge - 8, upper, edge + 8, lower), 0, room.palette.metal)
    canvas.rounded((left, upper - 10, right, upper + 6), 0, room.palette.metal)


def _bathtub(room: Room, x: float) -> None:
    canvas = room.canvas
    x0, x1, z = x - 0.85, x + 0.85, room.depth - 1.0
    canvas.shadow(x0, x1, z - 0.15, room.depth - 0.2, alpha=0.42, blur=30)
    rim = canvas.quad([(x0, 0.6, z + 0.72), (x1, 0.6, z + 0.72), (x1 + 0.03, 0.6, z), (x0 - 0.03, 0.6, z)])
    canvas.polygon(rim, rgb("f4f4f1"))
    canvas.polygon(canvas.floor_quad(x0 + 0.08, x1 - 0.08, z + 0.1, z + 0.64, 0.6), rgb("cfe3e8"))
    left, top, right, bottom = canvas.front(x0, x1, 0.05, 0.6, z)
    body = [
        (left - 18, top),
        (right + 18, top),
        (right - 60, bottom - 60),
        (right - 130, bottom),
        (left + 130, bottom),
        (left + 60, bottom - 60),
    ]
    canvas.polygon(body, _PORCELAIN)
    canvas.shade(body, SHADE, 0.0, 0.22)
    canvas.rounded((left - 30, top - 12, right + 30, top + 22), 17, WHITE)
    cx, base = canvas.at(x + 0.5, 0.6, z + 0.7)
    canvas.line([(cx, base), (cx, base - 190), (cx - 90, base - 190), (cx - 90, base - 160)], 14, room.palette.metal)
    towel = canvas.front(x - 0.55, x - 0.2, 0.25, 0.62, z - 0.01)
    canvas.rounded((towel[0], towel[1] - 12, towel[2], towel[3]), 8, room.palette.accent)
    canvas.rounded((towel[0], towel[3] - 60, towel[2], towel[3] - 44), 0, lighter(room.palette.accent, 0.4))


def _toilet(room: Room, x: float) -> None:
    canvas = room.canvas
    z = room.depth - 0.62
    canvas.shadow(x - 0.22, x + 0.22, z - 0.1, room.depth - 0.1, alpha=0.36, blur=22)
    canvas.block((x - 0.19, x + 0.19), (0.42, 0.8), (room.depth - 0.2, room.depth), rgb("f3f3f0"), radius=0.03)
    box = canvas.front(x - 0.2, x + 0.2, 0.02, 0.4, z)
    body = [
        (box[0], box[1]),
        (box[2], box[1]),
        (box[2] - 40, box[3] - 70),
        (box[2] - 56, box[3]),
        (box[0] + 56, box[3]),
        (box[0] + 40, box[3] - 70),
    ]
    canvas.polygon(body, _PORCELAIN)
    canvas.shade(body, SHADE, 0.0, 0.2)
    canvas.ellipse(((box[0] + box[2]) / 2, box[1]), (box[2] - box[0]) / 2 + 8, 46, WHITE)
    canvas.ellipse(((box[0] + box[2]) / 2, box[1] - 4), (box[2] - box[0]) / 2 - 30, 28, rgb("e5e9ea"))


def _washing_machine(room: Room, x: float) -> None:
    canvas = room.canvas
    z = room.depth - 0.6
    canvas.shadow(x - 0.3, x + 0.3, z - 0.08, room.depth, alpha=0.38, blur=22)
    box = canvas.block((x - 0.3, x + 0.3), (0.02, 0.85), (z, room.depth), rgb("f4f5f5"), radius=0.01)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2 + 30)
    canvas.ellipse(centre, 150, 150, rgb("d0d5d8"))
    canvas.ellipse(centre, 116, 116, rgb("3b4653"))
    canvas.glow((centre[0] - 34, centre[1] - 40), 70, 70, WHITE, 0.35)
    canvas.rounded((box[0] + 24, box[1] + 24, box[0] + 150, box[1] + 70), 8, rgb("e2e6e8"))
    canvas.ellipse((box[2] - 70, box[1] + 48), 26, 26, rgb("c2c8cc"))


def _towels(room: Room, x: float) -> None:
    canvas = room.canvas
    z = room.depth - 0.05
    rail = canvas.at(x, 1.45, z)
    wide = canvas.px(0.22, z)
    canvas.line([(rail[0] - wide - 20, rail[1]), (rail[0] + wide + 20, rail[1])], 13, room.palette.metal)
    for start, colour, low in ((-0.2, room.palette.accent, 0.85), (0.01, room.palette.linen, 0.95)):
        box = canvas.front(x + start, x + start + 0.18, low, 1.46, z)
        canvas.soft([(px + 10, py + 10) for px, py in _corners(box)], SHADE, 0.22, 10)
        canvas.rounded(box, 8, colour)
        canvas.rounded((box[0], box[3] - 52, box[2], box[3] - 38), 0, darker(colour, 0.12))
        canvas.shade(_corners(box), SHADE, 0.0, 0.16)
