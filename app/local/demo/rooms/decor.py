"""Pictures on the wall, books and mirrors."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from app.local.demo.rooms.colour import CREAM, INK, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.shapes import disc, leaf


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
