"""Compositions: bathrooms."""

from __future__ import annotations

from app.local.demo.rooms.colour import CREAM, INK, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.decor import mirror
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.lamps import ceiling_spots
from app.local.demo.rooms.plants import plant
from app.local.demo.rooms.rooms_wet import PORCELAIN, SHADE, corners, tile_wall
from app.local.demo.rooms.soft_furniture import rug
from app.local.demo.rooms.windows import add_window


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
    plant(room, side * (room.half - 0.22), 2.35, tall=0.62, kind="monstera")
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
    canvas.rounded(basin, 46, PORCELAIN)
    canvas.ellipse(((basin[0] + basin[2]) / 2, basin[1] + 8), (basin[2] - basin[0]) / 2 - 4, 22, rgb("dde2e4"))
    canvas.shade(corners(basin), SHADE, 0.0, 0.16)
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
    canvas.polygon(body, PORCELAIN)
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
    canvas.polygon(body, PORCELAIN)
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
        canvas.soft([(px + 10, py + 10) for px, py in corners(box)], SHADE, 0.22, 10)
        canvas.rounded(box, 8, colour)
        canvas.rounded((box[0], box[3] - 52, box[2], box[3] - 38), 0, darker(colour, 0.12))
        canvas.shade(corners(box), SHADE, 0.0, 0.16)
