"""Buildings outside the window: blocks of flats, high-rises, the tower of Astana."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from app.local.demo.rooms.air import Air, Hour
from app.local.demo.rooms.colour import RGB, WHITE, darker, mix, rgb
from app.local.demo.rooms.landscape import trees


def houses(image: Image.Image, air: Air, hour: Hour, reach: tuple[float, float, float], rng: random.Random) -> None:
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
    pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float], air: Air, wall: RGB, rng: random.Random
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


def skyline(image: Image.Image, air: Air, hour: Hour, rng: random.Random) -> None:
    """The tower of Astana among high-rises."""
    width, height = image.size
    _far_blocks(image, air, rng)
    foot = (width * rng.uniform(0.3, 0.45), height * 0.72)
    _tower(ImageDraw.Draw(image), foot, height * 0.42, air, hour)
    _near_blocks(image, air, hour, rng)


def city(image: Image.Image, air: Air, hour: Hour, rng: random.Random) -> None:
    """High-rises and blocks of flats of any large city."""
    _far_blocks(image, air, rng)
    _near_blocks(image, air, hour, rng)


def _far_blocks(image: Image.Image, air: Air, rng: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    far = mix(air.building, air.haze, 0.55)
    for _ in range(18):
        x, wide = rng.random() * width, width * rng.uniform(0.03, 0.07)
        box = (x, height * rng.uniform(0.42, 0.66), x + wide, height)
        pen.rectangle(box, fill=mix(far, air.haze, rng.random() * 0.4))


def _near_blocks(image: Image.Image, air: Air, hour: Hour, rng: random.Random) -> None:
    pen = ImageDraw.Draw(image)
    for x, share in ((0.62, 0.62), (0.78, 0.52), (0.08, 0.56), (0.92, 0.48)):
        high_rise(pen, image.size, (x + rng.uniform(-0.04, 0.04), share), air, rng)
    houses(image, air, hour, (0.1, 0.34, 0.07), rng)
    trees(pen, image.size, air, (0.06, 0.045), rng)


def high_rise(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], place: tuple[float, float], air: Air, rng: random.Random
) -> None:
    """One tower of glass; `place` is its left edge and its height as shares of the picture."""
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


def _tower(pen: ImageDraw.ImageDraw, foot: tuple[float, float], tall: float, air: Air, hour: Hour) -> None:
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
