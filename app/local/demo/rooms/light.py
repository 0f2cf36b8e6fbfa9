"""Light as a small picture by which the drawing is multiplied, and a little more colour at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from app.local.demo.rooms.colour import RGB
from app.local.demo.rooms.geometry import FULL, WIDTH, Point

_SCALE = 16
_SIZE = (FULL[0] // _SCALE, FULL[1] // _SCALE)
RADIAL_EDGE = 180
"""The value of Pillow's radial gradient in the middle of an edge: 255 is reached only in the corners."""


def _smooth(value: int) -> int:
    share = max(0.0, 1 - value / RADIAL_EDGE)
    return round(255 * share * share * (3 - 2 * share))


RADIAL = Image.radial_gradient("L").point([_smooth(value) for value in range(256)])
"""A soft round spot, bright in the middle."""
RAMP = Image.linear_gradient("L")
"""Black above, white below."""


def _saturation(amount: float) -> tuple[float, ...]:
    weights = (0.299 * (1 - amount), 0.587 * (1 - amount), 0.114 * (1 - amount))
    rows = [[*weights, 0.0] for _ in range(3)]
    for channel in range(3):
        rows[channel][channel] += amount
    return tuple(value for row in rows for value in row)


_VIVID = _saturation(1.16)


@dataclass(frozen=True, slots=True)
class Light:
    """A soft pool of light: centre and radii in sheet pixels, its colour and how strong it is (0…1)."""

    centre: Point
    radius_x: float
    radius_y: float
    colour: RGB
    strength: float


def lit_picture(sheet: Image.Image, lit: Image.Image, lights: Sequence[Light], ambient: RGB) -> Image.Image:
    """Scale the sheet down, multiply by the light where `lit` is not set, add the lamps' bloom and a little colour."""
    small = sheet.reduce(2)
    shaded = ImageChops.multiply(small, _light_map(lights, ambient))
    result = Image.composite(small, shaded, lit.reduce(2))
    bloom = _bloom(lights)
    if bloom is not None:
        result = ImageChops.screen(result, bloom)
    return result.convert("RGB", _VIVID)


def _light_map(lights: Sequence[Light], ambient: RGB) -> Image.Image:
    light = Image.new("RGB", _SIZE, ambient)
    for source in lights:
        light = ImageChops.screen(light, _spot(source, source.strength, 1.0))
    return light.resize(FULL, Image.Resampling.BILINEAR)


def _bloom(lights: Sequence[Light]) -> Image.Image | None:
    lamps = [source for source in lights if source.strength >= 0.6 and source.radius_x < WIDTH / 2]
    if not lamps:
        return None
    bloom = Image.new("RGB", _SIZE, 0)
    for source in lamps:
        bloom = ImageChops.screen(bloom, _spot(source, 0.22 * source.strength, 0.62))
    return bloom.resize(FULL, Image.Resampling.BILINEAR)


def _spot(source: Light, strength: float, reach: float) -> Image.Image:
    """One light alone on black; `reach` shrinks it."""
    layer = Image.new("RGB", _SIZE, 0)
    scale = 2 * _SCALE
    rx, ry = source.radius_x * reach / scale, source.radius_y * reach / scale
    mask = RADIAL.resize((max(2, round(2 * rx)), max(2, round(2 * ry))), Image.Resampling.BILINEAR)
    corner = (round(source.centre[0] / scale - rx), round(source.centre[1] / scale - ry))
    layer.paste(tuple(round(channel * strength) for channel in source.colour), corner, mask)
    return layer
