"""Lamps, plants, pictures, books and other small things that make a room lived in."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from app.local.demo.rooms.canvas import Point
from app.local.demo.rooms.colour import CREAM, INK, RGB, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.shapes import curve, disc, leaf
from app.local.demo.rooms.shell import Room

_WARM: RGB = rgb("ffe7b0")
_LEAVES: tuple[RGB, ...] = (rgb("4f8a5b"), rgb("3f7350"), rgb("6ba06a"), rgb("2f6047"))
_POTS: tuple[RGB, ...] = (rgb("f3eee4"), rgb("c97f5b"), rgb("5c6670"), rgb("d9b98c"))


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


def wall_art(room: Room, x: tuple[float, float], y: tuple[float, float], *, motif: str | None = None) -> None:
    """A framed print on the back wall."""
    canvas = room.canvas
    left, top, right, bottom = canvas.front(x[0], x[1], y[0], y[1], room.depth)
    canvas.soft(
        [(left + 6, top + 14), (right + 16, top + 14), (right + 16, bottom + 18), (left + 6, bottom + 18)],
        (30, 22, 26),
        0.3,
        14,
    )
    canvas.rounded((left, top, right, bottom), 3, room.rng.choice((room.palette.wood, INK, room.palette.metal, WHITE)))
    mat = 12
    canvas.rounded((left + mat, top + mat, right - mat, bottom - mat), 2, rgb("f7f2e8"))
    inner = 34
    size = (max(4, round(right - left) - 2 * inner), max(4, round(bottom - top) - 2 * inner))
    canvas.picture(
        _print(room, size, motif or room.rng.choice(("hills", "shapes", "leaf", "sun", "yurt"))),
        (left + inner, top + inner),
    )


def _print(room: Room, size: tuple[int, int], motif: str) -> Image.Image:
    palette = room.palette
    width, height = size
    image = Image.new("RGB", size, mix(palette.linen, palette.second, 0.3))
    pen = ImageDraw.Draw(image)
    if motif == "hills":
        pen.ellipse(
            (width * 0.58, height * 0.16, width * 0.58 + width * 0.24, height * 0.16 + width * 0.24),
            fill=palette.accent,
        )
        for level, tone in ((0.45, palette.second), (0.6, palette.textile), (0.78, darker(palette.textile, 0.35))):
            points = [
                (width * step / 20, height * (level + 0.07 * math.sin(step * 0.55 + level * 17))) for step in range(21)
            ]
            pen.polygon([(0, height), *points, (width, height)], fill=tone)
    elif motif == "shapes":
        pen.ellipse((width * 0.1, height * 0.12, width * 0.62, height * 0.12 + width * 0.52), fill=palette.accent)
        pen.rectangle((width * 0.42, height * 0.45, width * 0.86, height), fill=palette.textile)
        pen.pieslice(
            (width * 0.08, height * 0.58, width * 0.62, height * 0.58 + width * 0.54), 180, 360, fill=palette.second
        )
    elif motif == "leaf":
        root = (width * 0.5, height * 0.95)
        for angle in (90, 118, 62, 140, 40):
            pen.polygon(
                leaf(root, height * 0.72, width * 0.2, angle, 0.1), fill=mix(rgb("4f7d5c"), palette.textile, 0.3)
            )
    elif motif == "sun":
        for share, tone in ((0.42, palette.accent), (0.3, palette.second), (0.18, palette.linen)):
            pen.ellipse(
                (
                    width * 0.5 - width * share,
                    height * 0.46 - width * share,
                    width * 0.5 + width * share,
                    height * 0.46 + width * share,
                ),
                fill=tone,
            )
        pen.rectangle((0, height * 0.6, width, height), fill=palette.textile)
    else:
        pen.polygon(
            [
                (0, height),
                (0, height * 0.5),
                (width * 0.3, height * 0.3),
                (width * 0.55, height * 0.5),
                (width * 0.8, height * 0.34),
                (width, height * 0.52),
                (width, height),
            ],
            fill=palette.second,
        )
        pen.rectangle((0, height * 0.72, width, height), fill=mix(palette.textile, rgb("7d9b62"), 0.5))
        pen.rectangle((width * 0.3, height * 0.6, width * 0.7, height * 0.8), fill=CREAM)
        pen.pieslice((width * 0.28, height * 0.42, width * 0.72, height * 0.78), 180, 360, fill=palette.accent)
        pen.rectangle((width * 0.46, height * 0.64, width * 0.54, height * 0.8), fill=darker(palette.accent, 0.3))
    return image


def plant(room: Room, x: float, z: float, *, tall: float = 1.2, kind: str | None = None, y: float = 0.0) -> None:
    """A plant in a pot; `y` is the height of what it stands on."""
    canvas, rng = room.canvas, room.rng
    kind = kind or rng.choice(("ficus", "monstera", "sword", "palm"))
    pot = rng.choice(_POTS)
    high = tall * 0.26
    half = tall * 0.13
    if y == 0.0:
        canvas.shadow(x - half * 1.2, x + half * 1.6, z - 0.12, z + half, alpha=0.38, blur=18)
    left, top, right, bottom = canvas.front(x - half, x + half, y, y + high, z)
    root = ((left + right) / 2, top + 6)
    reach = canvas.px(tall - high, z)
    _foliage(room, root, reach, kind)
    taper = (right - left) * 0.14
    shape = [(left, top), (right, top), (right - taper, bottom), (left + taper, bottom)]
    canvas.polygon(shape, pot)
    canvas.polygon(
        [((left + right) / 2 + taper, top), (right, top), (right - taper, bottom), ((left + right) / 2, bottom)],
        darker(pot, 0.1),
    )
    canvas.rounded((left - 8, top - 10, right + 8, top + 16), 8, lighter(pot, 0.12))


def _foliage(room: Room, root: Point, reach: float, kind: str) -> None:
    canvas, rng = room.canvas, room.rng
    if kind == "sword":
        for _ in range(13):
            angle = 90 + rng.uniform(-26, 26)
            canvas.polygon(leaf(root, reach * rng.uniform(0.6, 1.0), reach * 0.11, angle), rng.choice(_LEAVES))
        return
    if kind == "palm":
        for index in range(15):
            angle = 90 + (index - 7) * 11 + rng.uniform(-4, 4)
            bend = (90 - angle) / 90 * -0.35
            canvas.polygon(
                leaf(root, reach * rng.uniform(0.62, 0.85), reach * 0.085, angle, -bend), rng.choice(_LEAVES)
            )
        return
    stems = 9 if kind == "monstera" else 5
    for index in range(stems):
        angle = 90 + (index - (stems - 1) / 2) * (120 / stems) + rng.uniform(-6, 6)
        radian = math.radians(angle)
        long = reach * rng.uniform(0.55, 0.95)
        tip = (root[0] + math.cos(radian) * long * 0.75, root[1] - math.sin(radian) * long)
        stem = curve(root, (root[0], root[1] - long * 0.5), tip)
        canvas.line(stem, 8, darker(_LEAVES[3], 0.1))
        if kind == "monstera":
            tone = rng.choice(_LEAVES)
            shape = leaf(tip, reach * 0.4, reach * 0.34, angle - 20 + rng.uniform(-20, 20))
            canvas.polygon(shape, tone)
            canvas.line([shape[0], shape[12]], 4, lighter(tone, 0.2))
            continue
        for step in range(4, 17, 2):
            side = 1 if step % 4 == 0 else -1
            canvas.polygon(
                leaf(stem[min(step, 16)], reach * 0.24, reach * 0.12, angle + side * rng.uniform(35, 60)),
                rng.choice(_LEAVES),
            )


def vase(room: Room, x: float, y: float, z: float, *, tall: float = 0.24, colour: RGB | None = None) -> None:
    """A vase with a few dry stems or flowers."""
    canvas, rng = room.canvas, room.rng
    colour = colour or rng.choice((CREAM, room.palette.accent, room.palette.second))
    cx, base = canvas.at(x, y, z)
    high = canvas.px(tall, z)
    for index in range(7):
        angle = 90 + (index - 3) * 9 + rng.uniform(-3, 3)
        radian = math.radians(angle)
        long = high * rng.uniform(0.9, 1.35)
        tip = (cx + math.cos(radian) * long, base - high * 0.9 - math.sin(radian) * long)
        canvas.line([(cx, base - high * 0.9), tip], 5, rgb("8c7a55"))
        canvas.polygon(disc(tip, high * 0.1, high * 0.12, 14), mix(room.palette.accent, CREAM, rng.uniform(0.2, 0.6)))
    canvas.polygon(disc((cx, base - high * 0.42), high * 0.34, high * 0.42), colour)
    canvas.rounded((cx - high * 0.14, base - high, cx + high * 0.14, base - high * 0.6), 8, colour)
    canvas.glow((cx - high * 0.12, base - high * 0.55), high * 0.2, high * 0.3, WHITE, 0.4)


def books(room: Room, x: float, y: float, z: float, *, count: int = 6, lying: bool = False) -> float:
    """Books on a shelf; returns where the row ends."""
    canvas, rng, palette = room.canvas, room.rng, room.palette
    tones = (palette.accent, palette.second, palette.textile, INK, CREAM, darker(palette.accent, 0.3))
    for index in range(count):
        tone = rng.choice(tones)
        if lying:
            wide = rng.uniform(0.2, 0.26)
            canvas.block(
                (x - wide / 2, x + wide / 2), (y + index * 0.035, y + index * 0.035 + 0.033), (z, z + 0.17), tone
            )
            continue
        thick, tall = rng.uniform(0.025, 0.05), rng.uniform(0.18, 0.27)
        box = canvas.front(x, x + thick, y, y + tall, z)
        canvas.rounded(box, 2, tone)
        canvas.rounded((box[0], box[1] + 24, box[2], box[1] + 32), 0, lighter(tone, 0.4))
        x += thick + 0.004
    return x


def mirror(room: Room, x: float, y: float, radius: float, *, oval: float = 1.0) -> None:
    """A round (or, with `oval`, taller) mirror on the back wall."""
    canvas = room.canvas
    centre = canvas.at(x, y, room.depth)
    r = canvas.px(radius, room.depth)
    canvas.soft(disc((centre[0] + 10, centre[1] + 16), r * 1.03, r * oval * 1.03), (30, 22, 26), 0.3, 14)
    canvas.ellipse(centre, r, r * oval, room.palette.metal)
    canvas.ellipse(centre, r - 14, r * oval - 14, mix(room.palette.wall, rgb("dbe7ee"), 0.6))
    canvas.soft(
        [
            (centre[0] - r * 0.5, centre[1] + r * oval * 0.5),
            (centre[0] + r * 0.2, centre[1] - r * oval * 0.75),
            (centre[0] + r * 0.5, centre[1] - r * oval * 0.6),
            (centre[0] - r * 0.2, centre[1] + r * oval * 0.7),
        ],
        WHITE,
        0.4,
    )
