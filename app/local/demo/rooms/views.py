"""What is seen through the windows: mountains, a skyline, a park, a river, the sea; by day, evening and night."""

from __future__ import annotations

import random
from typing import Literal

from PIL import Image, ImageDraw, ImageFilter

from app.local.demo.rooms.air import AIR, Air, Hour
from app.local.demo.rooms.cityscape import city, high_rise, houses, skyline
from app.local.demo.rooms.colour import RGB, WHITE, lighter, mix, rgb
from app.local.demo.rooms.landscape import fill_ridge, ridge, ripples, snow_range, trees
from app.local.demo.rooms.light import RADIAL_EDGE

ViewKind = Literal["mountains", "city", "skyline", "park", "river", "sea"]
"""`skyline` has the tower of Astana in it; `city` may be anywhere."""


def draw_view(kind: ViewKind, hour: Hour, size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A landscape of that size. Drawn small when small is asked for: a window pane needs no more."""
    air = AIR[hour]
    image = _sky(air, hour, size, rng)
    painters = {
        "mountains": _mountains,
        "city": city,
        "skyline": skyline,
        "park": _park,
        "river": _river,
        "sea": _sea,
    }
    painters[kind](image, air, hour, rng)
    return image


def _sky(air: Air, hour: Hour, size: tuple[int, int], rng: random.Random) -> Image.Image:
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


def _clouds(image: Image.Image, air: Air, rng: random.Random) -> None:
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


def _park(image: Image.Image, air: Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    fill_ridge(pen, image.size, ridge(width, height * 0.4, height * 0.05, 0.5, rng), mix(air.rock, air.haze, 0.55))
    houses(image, air, hour, (0.2, 0.4, 0.08), rng)
    for level, crown in ((0.36, 0.07), (0.24, 0.085), (0.1, 0.1)):
        trees(pen, image.size, air, (level, crown), rng)


def _river(image: Image.Image, air: Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    for x in (0.16, 0.7, 0.84):
        high_rise(pen, image.size, (x + rng.uniform(-0.05, 0.05), rng.uniform(0.5, 0.64)), air, rng)
    houses(image, air, hour, (0.3, 0.46, 0.07), rng)
    pen.rectangle((0, height * 0.68, width, height), fill=air.green)
    trees(pen, image.size, air, (0.33, 0.05), rng)
    pen.rectangle((0, height * 0.74, width, height), fill=air.water)
    ripples(pen, image.size, air, 0.75, rng)


def _sea(image: Image.Image, air: Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    deep = mix(air.water, rgb("2f7f9e"), 0.35 if hour == "day" else 0.1)
    pen.rectangle((0, height * 0.55, width, height), fill=deep)
    ripples(pen, image.size, air, 0.56, rng)
    pen.polygon(
        [(0, height), (0, height * 0.86), (width * 0.5, height * 0.9), (width, height * 0.84), (width, height)],
        fill=mix(rgb("e4cfa4"), air.haze, 0.25) if hour == "day" else mix(rgb("8f7a66"), air.haze, 0.3),
    )
    trees(pen, image.size, air, (0.04, 0.04), rng)


def _mountains(image: Image.Image, air: Air, hour: Hour, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    for base, rise, tint, peaks in ((0.44, 0.22, 0.5, 6), (0.38, 0.2, 0.15, 5)):
        snow_range(pen, image.size, (base, rise, tint), air, (peaks, rng))
    for base, rise, colour in (
        (0.33, 0.06, mix(air.green, air.haze, 0.45)),
        (0.26, 0.05, mix(air.green, air.rock, 0.3)),
        (0.2, 0.03, air.green),
    ):
        fill_ridge(pen, image.size, ridge(width, height * base, height * rise, 0.55, rng), colour)
    houses(image, air, hour, (0.02, 0.17, 0.05), rng)
    trees(pen, image.size, air, (0.06, 0.05), rng)
