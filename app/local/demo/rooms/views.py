"""What is seen through the windows: mountains, a skyline, a park, a river, the sea; by day, evening and night."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw, ImageFilter

from app.local.demo.rooms.canvas import RADIAL_EDGE
from app.local.demo.rooms.colour import RGB, WHITE, darker, lighter, mix, rgb

Hour = Literal["day", "evening", "night"]
ViewKind = Literal["mountains", "skyline", "park", "river", "sea"]


@dataclass(frozen=True, slots=True)
class _Air:
    """The colours of one hour: sky from top to horizon, what haze tints far things with, snow, rock, green."""

    sky: tuple[RGB, ...]
    haze: RGB
    snow: RGB
    rock: RGB
    green: RGB
    building: RGB
    window: RGB
    window_share: float
    water: RGB


_AIR: dict[Hour, _Air] = {
    "day": _Air(
        (rgb("7fb8e6"), rgb("b4d8f1"), rgb("e4f1f7")),
        rgb("cfe3ef"),
        rgb("fbfdff"),
        rgb("8298b4"),
        rgb("7fa46c"),
        rgb("cdd6de"),
        rgb("9fb6c9"),
        0.9,
        rgb("8fbcd8"),
    ),
    "evening": _Air(
        (rgb("6f7fb8"), rgb("e9a48f"), rgb("fbd49a")),
        rgb("f0bd9c"),
        rgb("ffe3d3"),
        rgb("7d6f92"),
        rgb("5f6c58"),
        rgb("94798a"),
        rgb("ffdf9e"),
        0.45,
        rgb("c99a97"),
    ),
    "night": _Air(
        (rgb("0d1733"), rgb("1c2b55"), rgb("41507f")),
        rgb("33426f"),
        rgb("8c9cc4"),
        rgb("293661"),
        rgb("1b2846"),
        rgb("1a2342"),
        rgb("ffd88a"),
        0.42,
        rgb("22315c"),
    ),
}


def draw_view(kind: ViewKind, hour: Hour, size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A landscape of that size. Drawn small when small is asked for: a window pane needs no more."""
    air = _AIR[hour]
    image = _sky(air, hour, size, rng)
    painters = {"mountains": _mountains, "skyline": _skyline, "park": _park, "river": _river, "sea": _sea}
    painters[kind](image, air, hour, rng)
    return image


def _sky(air: _Air, hour: Hour, size: tuple[int, int], rng: random.Random) -> Image.Image:
    width, height = size
    strip = Image.new("RGB", (1, len(air.sky)))
    for row, colour in enumerate(air.sky):
        strip.putpixel((0, row), colour)
    column = strip.resize((1, round(height * 0.72)), Image.Resampling.BICUBIC)
    image = Image.new("RGB", size, air.sky[-1])
    image.paste(column.resize((width, column.height), Image.Resampling.NEAREST), (0, 0))
    pen = ImageDraw.Draw(image)
    if hour == "night":
        for _ in range(46):
            x, y = rng.random() * width, rng.random() ** 1.4 * height * 0.5
            star = max(1.0, width * rng.choice((0.0007, 0.0009, 0.0014)))
            pen.ellipse((x - star, y - star, x + star, y + star), fill=mix(air.sky[0], WHITE, rng.uniform(0.35, 0.9)))
        _moon(image, (width * rng.uniform(0.14, 0.3), height * 0.17), height * 0.038)
        return image
    if hour == "evening":
        _sun(image, (width * rng.uniform(0.55, 0.8), height * 0.5), height * 0.07)
    _clouds(image, air, rng)
    return image


def _moon(image: Image.Image, centre: tuple[float, float], radius: float) -> None:
    _halo(image, centre, radius * 4.5, rgb("6f80b4"), 0.6)
    box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    ImageDraw.Draw(image).ellipse(box, fill=rgb("f4f0dd"))


def _sun(image: Image.Image, centre: tuple[float, float], radius: float) -> None:
    _halo(image, centre, radius * 5.5, rgb("ffe9b8"), 0.75)
    box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    ImageDraw.Draw(image).ellipse(box, fill=rgb("fff3d2"))


def _halo(image: Image.Image, centre: tuple[float, float], radius: float, colour: RGB, alpha: float) -> None:
    side = max(2, round(radius * 2))
    fade = [round(max(0.0, 1 - value / RADIAL_EDGE) ** 2 * 255 * alpha) for value in range(256)]
    mask = Image.radial_gradient("L").point(fade)
    image.paste(
        colour,
        (round(centre[0] - radius), round(centre[1] - radius)),
        mask.resize((side, side), Image.Resampling.BILINEAR),
    )


def _clouds(image: Image.Image, air: _Air, rng: random.Random) -> None:
    width, height = image.size
    small = (max(8, width // 6), max(8, height // 6))
    mask = Image.new("L", small, 0)
    pen = ImageDraw.Draw(mask)
    for _ in range(rng.randint(3, 5)):
        x, y = rng.random() * small[0], small[1] * rng.uniform(0.05, 0.36)
        span = small[0] * rng.uniform(0.08, 0.2)
        for _ in range(6):
            cx, cy = x + rng.uniform(-1, 1) * span, y + rng.uniform(-0.1, 0.1) * span
            rx, ry = span * rng.uniform(0.25, 0.6), span * rng.uniform(0.05, 0.1)
            pen.ellipse((cx - rx, cy - ry, cx + rx, cy + ry), fill=rng.randint(110, 190))
    mask = mask.filter(ImageFilter.GaussianBlur(small[0] * 0.008)).resize(image.size, Image.Resampling.BICUBIC)
    image.paste(lighter(air.sky[-1], 0.6), (0, 0), mask)


def _ridge(width: int, base: float, rise: float, rough: float, rng: random.Random) -> list[float]:
    """Heights of a mountain line, left to right: midpoint displacement."""
    heights = [base + rng.uniform(-0.3, 0.3) * rise, base + rng.uniform(-0.3, 0.3) * rise]
    spread = rise
    while len(heights) < 129:
        finer: list[float] = []
        for first, second in zip(heights, heights[1:], strict=False):
            finer += [first, (first + second) / 2 + rng.uniform(-1, 1) * spread]
        heights = [*finer, heights[-1]]
        spread *= rough
    return heights


def _fill_ridge(pen: ImageDraw.ImageDraw, size: tuple[int, int], heights: list[float], fill: RGB) -> None:
    width, height = size
    step = width / (len(heights) - 1)
    points = [(step * index, height - value) for index, value in enumerate(heights)]
    pen.polygon([(0, height), *points, (width, height)], fill=fill)


def _mountains(image: Image.Image, air: _Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    for base, rise, tint, peaks in ((0.44, 0.22, 0.5, 6), (0.38, 0.2, 0.15, 5)):
        _range(pen, image.size, (base, rise, tint), air, (peaks, rng))
    for base, rise, colour in (
        (0.33, 0.06, mix(air.green, air.haze, 0.45)),
        (0.26, 0.05, mix(air.green, air.rock, 0.3)),
        (0.2, 0.03, air.green),
    ):
        _fill_ridge(pen, image.size, _ridge(width, height * base, height * rise, 0.55, rng), colour)
    _houses(image, air, hour, (0.02, 0.17, 0.05), rng)
    _trees(pen, image.size, air, (0.06, 0.05), rng)


def _range(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    shape: tuple[float, float, float],
    air: _Air,
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


def _houses(image: Image.Image, air: _Air, hour: Hour, reach: tuple[float, float, float], rng: random.Random) -> None:
    """Blocks of flats along the foot of the picture: from and to height, and the narrowest width (shares)."""
    width, height = image.size
    pen = ImageDraw.Draw(image)
    low, high, narrow = reach
    x = -width * 0.02
    while x < width:
        wide = width * rng.uniform(narrow, narrow * 1.9)
        tall = height * rng.uniform(low + (high - low) * 0.35, high)
        colour = mix(air.building, rng.choice((air.haze, air.rock, rgb("d9b08c"), WHITE)), rng.uniform(0.05, 0.32))
        if hour == "night":
            colour = mix(colour, air.building, 0.75)
        pen.rectangle((x, height - tall, x + wide, height), fill=colour)
        _panes(pen, (x, height - tall, x + wide, height), air, colour, rng)
        x += wide + width * rng.uniform(0.0, narrow * 0.5)


def _panes(
    pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float], air: _Air, wall: RGB, rng: random.Random
) -> None:
    left, top, right, bottom = box
    pitch = max(5.0, (right - left) / max(2, round((right - left) / 16)))
    y = top + pitch * 0.6
    while y < bottom - pitch * 0.5:
        x = left + pitch * 0.25
        while x < right - pitch * 0.5:
            on = rng.random() < air.window_share
            fill = mix(air.window, wall, rng.uniform(0, 0.35)) if on else darker(wall, 0.2)
            pen.rectangle((x, y, x + pitch * 0.5, y + pitch * 0.55), fill=fill)
            x += pitch
        y += pitch * 1.15


def _trees(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], air: _Air, reach: tuple[float, float], rng: random.Random
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


def _skyline(image: Image.Image, air: _Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    far = mix(air.building, air.haze, 0.55)
    for _ in range(18):
        x, wide = rng.random() * width, width * rng.uniform(0.03, 0.07)
        pen.rectangle(
            (x, height * rng.uniform(0.42, 0.66), x + wide, height), fill=mix(far, air.haze, rng.random() * 0.4)
        )
    _tower(pen, (width * rng.uniform(0.3, 0.45), height * 0.72), height * 0.42, air, hour)
    for x, share in ((0.62, 0.62), (0.78, 0.52), (0.08, 0.56), (0.92, 0.48)):
        _high_rise(pen, image.size, (x + rng.uniform(-0.04, 0.04), share), air, rng)
    _houses(image, air, hour, (0.1, 0.34, 0.07), rng)
    _trees(pen, image.size, air, (0.06, 0.045), rng)


def _high_rise(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], place: tuple[float, float], air: _Air, rng: random.Random
) -> None:
    width, height = size
    left, top = width * place[0], height * (1 - place[1])
    right = left + width * rng.uniform(0.07, 0.1)
    wall = mix(air.building, air.sky[0], rng.uniform(0.2, 0.4))
    crown = rng.choice((0.0, 0.4, 1.0))
    tip = height * 0.05
    pen.polygon(
        [(left, height), (left, top), (left + (right - left) * crown, top - tip), (right, top), (right, height)],
        fill=wall,
    )
    pen.rectangle((right - (right - left) * 0.3, top, right, height), fill=darker(wall, 0.14))
    _panes(pen, (left, top, right - (right - left) * 0.3, height), air, wall, rng)


def _tower(pen: ImageDraw.ImageDraw, foot: tuple[float, float], tall: float, air: _Air, hour: Hour) -> None:
    """A white trunk that opens into a crown with a golden ball: everyone in Astana knows it."""
    x, y = foot
    white = mix(WHITE, air.haze, 0.25) if hour != "night" else rgb("aab4d8")
    half = tall * 0.045
    pen.polygon(
        [
            (x - half * 1.6, y + tall * 0.3),
            (x - half * 0.6, y - tall * 0.5),
            (x + half * 0.6, y - tall * 0.5),
            (x + half * 1.6, y + tall * 0.3),
        ],
        fill=white,
    )
    thin = max(2, round(tall * 0.014))
    for turn in (-2.6, -1.3, 0.0, 1.3, 2.6):
        pen.line(
            [(x + turn * half * 0.15, y - tall * 0.42), (x + turn * half * 1.15, y - tall * 0.86)],
            fill=white,
            width=thin,
        )
    radius = tall * 0.105
    ball = (x - radius, y - tall * 0.8 - radius, x + radius, y - tall * 0.8 + radius)
    pen.ellipse(ball, fill=rgb("f0c35a") if hour != "night" else rgb("ffd978"))
    pen.arc(ball, 200, 300, fill=rgb("fff0c0"), width=thin)


def _park(image: Image.Image, air: _Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    _fill_ridge(pen, image.size, _ridge(width, height * 0.4, height * 0.05, 0.5, rng), mix(air.rock, air.haze, 0.55))
    _houses(image, air, hour, (0.2, 0.4, 0.08), rng)
    for level, crown in ((0.36, 0.07), (0.24, 0.085), (0.1, 0.1)):
        _trees(pen, image.size, air, (level, crown), rng)


def _river(image: Image.Image, air: _Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    for x in (0.16, 0.7, 0.84):
        _high_rise(pen, image.size, (x + rng.uniform(-0.05, 0.05), rng.uniform(0.5, 0.64)), air, rng)
    _houses(image, air, hour, (0.3, 0.46, 0.07), rng)
    pen.rectangle((0, height * 0.68, width, height), fill=air.green)
    _trees(pen, image.size, air, (0.33, 0.05), rng)
    pen.rectangle((0, height * 0.74, width, height), fill=air.water)
    _ripples(pen, image.size, air, 0.75, rng)


def _sea(image: Image.Image, air: _Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    deep = mix(air.water, rgb("2f7f9e"), 0.35 if hour == "day" else 0.1)
    pen.rectangle((0, height * 0.55, width, height), fill=deep)
    _ripples(pen, image.size, air, 0.56, rng)
    pen.polygon(
        [(0, height), (0, height * 0.86), (width * 0.5, height * 0.9), (width, height * 0.84), (width, height)],
        fill=mix(rgb("e4cfa4"), air.haze, 0.25) if hour == "day" else mix(rgb("8f7a66"), air.haze, 0.3),
    )
    _trees(pen, image.size, air, (0.04, 0.04), rng)


def _ripples(pen: ImageDraw.ImageDraw, size: tuple[int, int], air: _Air, top: float, rng: random.Random) -> None:
    width, height = size
    for _ in range(40):
        y = height * (top + (1 - top) * math.sqrt(rng.random()) * 0.98)
        x, span = rng.random() * width, width * rng.uniform(0.03, 0.12)
        thin = max(1, round(height * 0.005))
        pen.line([(x, y), (x + span, y)], fill=lighter(air.water, rng.uniform(0.12, 0.4)), width=thin)
