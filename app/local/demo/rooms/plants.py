"""Plants in pots, and vases."""

from __future__ import annotations

import math

from app.local.demo.rooms.colour import CREAM, RGB, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.geometry import Point
from app.local.demo.rooms.shapes import curve, disc, leaf

_LEAVES: tuple[RGB, ...] = (rgb("4f8a5b"), rgb("3f7350"), rgb("6ba06a"), rgb("2f6047"))
_POTS: tuple[RGB, ...] = (rgb("f3eee4"), rgb("c97f5b"), rgb("5c6670"), rgb("d9b98c"))


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
