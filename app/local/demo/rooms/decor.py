"""Pictures on the wall, books and mirrors."""

from __future__ import annotations

from app.local.demo.rooms.colour import CREAM, INK, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.prints import MOTIFS, draw_print
from app.local.demo.rooms.shapes import disc


def wall_art(room: Room, x: tuple[float, float], y: tuple[float, float]) -> None:
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
        draw_print(room.palette, size, room.rng.choice(MOTIFS)),
        (left + inner, top + inner),
    )


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
