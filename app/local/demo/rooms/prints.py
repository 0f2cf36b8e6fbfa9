"""Small pictures inside picture frames, in the colours of the flat."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from app.local.demo.rooms.colour import CREAM, Palette, darker, mix, rgb
from app.local.demo.rooms.shapes import leaf

Size = tuple[int, int]


def draw_print(palette: Palette, size: Size, motif: str) -> Image.Image:
    """One of MOTIFS. Raises KeyError for another word."""
    image = Image.new("RGB", size, mix(palette.linen, palette.second, 0.3))
    _PAINTERS[motif](ImageDraw.Draw(image), size, palette)
    return image


def _hills(pen: ImageDraw.ImageDraw, size: Size, palette: Palette) -> None:
    width, height = size
    _disc(pen, (width * 0.7, height * 0.16 + width * 0.12), width * 0.12, palette.accent)
    for level, tone in ((0.45, palette.second), (0.6, palette.textile), (0.78, darker(palette.textile, 0.35))):
        points = [(width * n / 20, height * (level + 0.07 * math.sin(n * 0.55 + level * 17))) for n in range(21)]
        pen.polygon([(0, height), *points, (width, height)], fill=tone)


def _shapes(pen: ImageDraw.ImageDraw, size: Size, palette: Palette) -> None:
    width, height = size
    _disc(pen, (width * 0.36, height * 0.12 + width * 0.26), width * 0.26, palette.accent)
    pen.rectangle((width * 0.42, height * 0.45, width * 0.86, height), fill=palette.textile)
    arch = (width * 0.08, height * 0.58, width * 0.62, height * 0.58 + width * 0.54)
    pen.pieslice(arch, 180, 360, fill=palette.second)


def _leaves(pen: ImageDraw.ImageDraw, size: Size, palette: Palette) -> None:
    width, height = size
    tone = mix(rgb("4f7d5c"), palette.textile, 0.3)
    for angle in (90, 118, 62, 140, 40):
        pen.polygon(leaf((width * 0.5, height * 0.95), height * 0.72, width * 0.2, angle, 0.1), fill=tone)


def _sun(pen: ImageDraw.ImageDraw, size: Size, palette: Palette) -> None:
    width, height = size
    for share, tone in ((0.42, palette.accent), (0.3, palette.second), (0.18, palette.linen)):
        _disc(pen, (width * 0.5, height * 0.46), width * share, tone)
    pen.rectangle((0, height * 0.6, width, height), fill=palette.textile)


def _yurt(pen: ImageDraw.ImageDraw, size: Size, palette: Palette) -> None:
    width, height = size
    ridge = ((0, 0.5), (0.3, 0.3), (0.55, 0.5), (0.8, 0.34), (1, 0.52))
    line = [(width * x, height * y) for x, y in ridge]
    pen.polygon([(0, height), *line, (width, height)], fill=palette.second)
    pen.rectangle((0, height * 0.72, width, height), fill=mix(palette.textile, rgb("7d9b62"), 0.5))
    pen.rectangle((width * 0.3, height * 0.6, width * 0.7, height * 0.8), fill=CREAM)
    pen.pieslice((width * 0.28, height * 0.42, width * 0.72, height * 0.78), 180, 360, fill=palette.accent)
    pen.rectangle((width * 0.46, height * 0.64, width * 0.54, height * 0.8), fill=darker(palette.accent, 0.3))


def _disc(pen: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, fill: tuple[int, int, int]) -> None:
    pen.ellipse((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), fill=fill)


_PAINTERS = {"hills": _hills, "shapes": _shapes, "leaf": _leaves, "sun": _sun, "yurt": _yurt}
MOTIFS: tuple[str, ...] = tuple(_PAINTERS)
