"""Nature outside the window: the colours of the air at each hour, mountains, trees, water."""

from __future__ import annotations

import itertools
import math
import random

from PIL import ImageDraw

from app.local.demo.rooms.air import Air
from app.local.demo.rooms.colour import RGB, darker, lighter, mix, rgb


def ridge(width: int, base: float, rise: float, rough: float, rng: random.Random) -> list[float]:
    """Heights of a mountain line, left to right: midpoint displacement."""
    heights = [base + rng.uniform(-0.3, 0.3) * rise, base + rng.uniform(-0.3, 0.3) * rise]
    spread = rise
    while len(heights) < 129:
        finer: list[float] = []
        for first, second in itertools.pairwise(heights):
            finer += [first, (first + second) / 2 + rng.uniform(-1, 1) * spread]
        heights = [*finer, heights[-1]]
        spread *= rough
    return heights


def fill_ridge(pen: ImageDraw.ImageDraw, size: tuple[int, int], heights: list[float], fill: RGB) -> None:
    """Everything below a line of heights."""
    width, height = size
    step = width / (len(heights) - 1)
    points = [(step * index, height - value) for index, value in enumerate(heights)]
    pen.polygon([(0, height), *points, (width, height)], fill=fill)


def snow_range(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    shape: tuple[float, float, float],
    air: Air,
    peaks: tuple[int, random.Random],
) -> None:
    """One chain of snowy peaks: lit from the left, shaded on the right, bare rock below the snow."""
    width, height = size
    base, rise, tint = shape
    count, rng = peaks
    snow = mix(air.snow, air.haze, tint)
    shade = mix(mix(air.rock, air.snow, 0.5), air.haze, tint)
    rock = mix(air.rock, air.haze, tint + 0.12)
    step = width / count
    for index in sorted(range(-1, count + 2), key=lambda _: rng.random()):
        x = step * (index + rng.uniform(-0.25, 0.25))
        top = height * (1 - base - rise * rng.uniform(0.25, 1.0))
        foot = height * (1 - base * 0.5)
        half = (foot - top) * rng.uniform(1.05, 1.35)
        left = _broken((x, top), (x - half, foot), rng)
        right = _broken((x, top), (x + half, foot), rng)
        spine = _broken((x, top), (x + half * 0.12, foot), rng, 0.1)
        pen.polygon([*left, *reversed(right)], fill=snow)
        pen.polygon([*spine, *reversed(right)], fill=shade)
        _rocks(pen, (x, top, half, foot), (rock, darker(rock, 0.12)), rng)


def _broken(
    start: tuple[float, float],
    end: tuple[float, float],
    rng: random.Random,
    rough: float = 0.045,
) -> list[tuple[float, float]]:
    """A straight slope, broken a little."""
    reach = abs(end[1] - start[1])
    points = [start]
    for step in range(1, 9):
        t = step / 9
        points.append(
            (
                start[0] + (end[0] - start[0]) * t + rng.uniform(-1, 1) * reach * rough,
                start[1] + (end[1] - start[1]) * t + rng.uniform(-1, 1) * reach * rough * 0.5,
            )
        )
    return [*points, end]


def _rocks(
    pen: ImageDraw.ImageDraw, peak: tuple[float, float, float, float], fills: tuple[RGB, RGB], rng: random.Random
) -> None:
    """The jagged lower edge of the snow on one peak: rock teeth rising from its foot."""
    x, top, half, foot = peak
    tall = foot - top
    edge: list[tuple[float, float]] = []
    for step in range(25):
        t = step / 24 * 2 - 1
        slope = top + tall * abs(t)
        snowline = top + tall * (0.5 + (0.16 if step % 2 else 0.0) + rng.uniform(-0.04, 0.04))
        edge.append((x + half * t, max(slope, snowline)))
    middle = len(edge) // 2
    pen.polygon([(x - half, foot), *edge[: middle + 1], (x + half * 0.1, foot)], fill=fills[0])
    pen.polygon([(x + half * 0.08, foot), *edge[middle:], (x + half, foot)], fill=fills[1])


def trees(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], air: Air, reach: tuple[float, float], rng: random.Random
) -> None:
    """A row of round crowns; reach is their height and size as shares of the picture's height."""
    width, height = size
    level, crown = reach
    count = max(10, round(width / (height * crown) * 1.5))
    for _ in range(count):
        x, y = rng.random() * width, height * (1 - level * rng.uniform(0.2, 1))
        radius = height * crown * rng.uniform(0.6, 1.2)
        fill = mix(air.green, rng.choice((air.haze, rgb("9db45f"), rgb("33503f"))), rng.uniform(0.05, 0.3))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius * 1.2), fill=fill)
        pen.ellipse(
            (x - radius * 0.75, y - radius * 0.85, x + radius * 0.35, y + radius * 0.2), fill=lighter(fill, 0.1)
        )


def ripples(pen: ImageDraw.ImageDraw, size: tuple[int, int], air: Air, top: float, rng: random.Random) -> None:
    """Short bright lines on water that begins at the share `top` of the picture."""
    width, height = size
    for _ in range(40):
        y = height * (top + (1 - top) * math.sqrt(rng.random()) * 0.98)
        x, span = rng.random() * width, width * rng.uniform(0.03, 0.12)
        thin = max(1, round(height * 0.005))
        pen.line([(x, y), (x + span, y)], fill=lighter(air.water, rng.uniform(0.12, 0.4)), width=thin)
