"""Pictures of the way in: the house's entrance, the flat's door, the key safe, the lock. Small, drawn in a moment."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from PIL import Image, ImageDraw

from app.kit.pictures import Sized, webp
from app.local.demo.rooms.colour import RGB, darker, lighter, mix, rgb

_SIZE = (1280, 960)
"""Drawn twice as large as it is kept, which smooths the edges."""
_STEEL, _DARK, _WALL, _DOOR = rgb("b9bec4"), rgb("24272e"), rgb("e4d9c8"), rgb("8f6540")
_GLASS, _LIT, _GLOW = rgb("9db7c4"), rgb("7fd0f0"), rgb("ffe2a8")

Box = tuple[int, int, int, int]


class WayIn(StrEnum):
    """What a picture shows."""

    ENTRANCE = "entrance"
    DOOR = "door"
    KEY_SAFE = "key_safe"
    SMART_LOCK = "smart_lock"


@cache
def way_in(kind: WayIn) -> Sized:
    """The picture as a WebP of 640 × 480 and about ten kilobytes; the same every time."""
    drawings = {
        WayIn.ENTRANCE: _entrance,
        WayIn.DOOR: _door,
        WayIn.KEY_SAFE: _key_safe,
        WayIn.SMART_LOCK: _smart_lock,
    }
    image = Image.new("RGB", _SIZE)
    pen = ImageDraw.Draw(image)
    drawings[kind](pen)
    small = image.reduce(2)
    return Sized(webp(small), small.width, small.height)


def _slope(pen: ImageDraw.ImageDraw, box: Box, top: RGB, bottom: RGB) -> None:
    """A surface that light falls on from above."""
    left, upper, right, lower = box
    for y in range(upper, lower):
        pen.line((left, y, right, y), fill=mix(top, bottom, (y - upper) / (lower - upper)))


def _framed(pen: ImageDraw.ImageDraw, box: Box, fill: RGB, radius: int = 8, edge: int = 10) -> None:
    """A thing with a lighter upper edge and a shadow below."""
    left, top, right, bottom = box
    shadow = (left + edge, top + edge, right + edge, bottom + edge)
    pen.rounded_rectangle(shadow, radius, fill=darker(fill, 0.55))
    pen.rounded_rectangle(box, radius, fill=lighter(fill, 0.22))
    pen.rounded_rectangle((left, top + 5, right, bottom), radius, fill=fill)


def _keypad(pen: ImageDraw.ImageDraw, corner: tuple[int, int], step: int, fill: RGB) -> None:
    """Twelve keys."""
    for row in range(4):
        for column in range(3):
            x, y = corner[0] + column * step, corner[1] + row * step
            radius = step * 3 // 10
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _bricks(pen: ImageDraw.ImageDraw, box: Box, colour: RGB) -> None:
    left, top, right, bottom = box
    for row, y in enumerate(range(top, bottom, 44)):
        for x in range(left - (row % 2) * 55, right, 110):
            tone = lighter(colour, 0.05 * ((x * 7 + row * 3) % 4))
            pen.rectangle((max(left, x + 3), y + 3, min(right, x + 107), min(bottom, y + 41)), fill=tone)


def _entrance(pen: ImageDraw.ImageDraw) -> None:
    """A brick front with a canopy, a glazed door, an intercom beside it, and steps."""
    _slope(pen, (0, 0, *_SIZE), rgb("d8cbb8"), rgb("c0ae97"))
    _bricks(pen, (0, 0, 1280, 800), rgb("b98d6f"))
    _slope(pen, (0, 800, 1280, 960), rgb("b4b0aa"), rgb("8f8b86"))
    for step in range(3):
        _framed(pen, (330 - step * 40, 770 + step * 50, 950 + step * 40, 815 + step * 50), rgb("cfcac2"), 4)
    _framed(pen, (300, 120, 980, 170), rgb("5a6068"), 10, 26)
    pen.ellipse((610, 172, 670, 200), fill=_GLOW)
    _framed(pen, (400, 210, 880, 772), rgb("4d525c"), 6, 14)
    for left in (425, 650):
        _slope(pen, (left, 240, left + 205, 700), lighter(_GLASS, 0.35), darker(_GLASS, 0.25))
        pen.polygon([(left + 30, 690), (left + 150, 250), (left + 185, 250), (left + 65, 690)], fill=lighter(_GLASS))
    for x in (606, 668):
        pen.rounded_rectangle((x, 420, x + 12, 600), 6, fill=_STEEL)
    _framed(pen, (940, 380, 1050, 590), _DARK, 12)
    _keypad(pen, (967, 450), 28, _LIT)
    pen.rounded_rectangle((960, 398, 1030, 425), 5, fill=rgb("9fd3a6"))
    _framed(pen, (190, 250, 300, 320), rgb("2f5d8a"), 8)
    pen.line((225, 268, 245, 262, 245, 308), fill=lighter(_STEEL, 0.6), width=9, joint="curve")


def _door(pen: ImageDraw.ImageDraw) -> None:
    """A landing: the flat's door with its handle and number, a mat, a small safe to the left."""
    _slope(pen, (0, 0, 1280, 800), lighter(_WALL, 0.25), _WALL)
    _slope(pen, (0, 800, 1280, 960), rgb("b7a58f"), rgb("8d7d6a"))
    pen.rectangle((0, 785, 1280, 802), fill=darker(_WALL, 0.25))
    pen.rectangle((450, 90, 850, 800), fill=darker(_DOOR, 0.35))
    _slope(pen, (470, 110, 830, 800), lighter(_DOOR, 0.12), darker(_DOOR, 0.08))
    for top, bottom in ((150, 400), (450, 760)):
        pen.rounded_rectangle((510, top, 790, bottom), 6, fill=darker(_DOOR, 0.14))
        pen.rounded_rectangle((520, top + 10, 790, bottom), 6, fill=lighter(_DOOR, 0.05))
    _framed(pen, (600, 175, 700, 235), rgb("c7a467"), 6, 5)
    pen.ellipse((640, 265, 660, 285), fill=_DARK)
    _framed(pen, (760, 420, 800, 560), _STEEL, 12, 5)
    pen.rounded_rectangle((690, 470, 790, 492), 10, fill=darker(_STEEL, 0.2))
    _framed(pen, (270, 430, 360, 560), _DARK, 12)
    for index in range(4):
        pen.rounded_rectangle((286 + index * 16, 470, 298 + index * 16, 510), 3, fill=_STEEL)
    pen.polygon([(420, 900), (880, 900), (840, 825), (460, 825)], fill=rgb("5f7d63"))
    pen.polygon([(450, 888), (850, 888), (818, 837), (482, 837)], fill=rgb("7f9781"))


def _key_safe(pen: ImageDraw.ImageDraw) -> None:
    """A key safe on the wall, near: four wheels and the lid to pull down."""
    _slope(pen, (0, 0, *_SIZE), lighter(_WALL, 0.3), darker(_WALL, 0.1))
    _framed(pen, (380, 150, 900, 840), rgb("3a3f48"), 46, 26)
    pen.rounded_rectangle((430, 200, 850, 520), 26, fill=_DARK)
    for index in range(4):
        left = 460 + index * 96
        _slope(pen, (left, 230, left + 72, 490), rgb("6d737c"), rgb("33373e"))
        pen.rounded_rectangle((left + 6, 325, left + 66, 395), 6, fill=lighter(_STEEL, 0.5))
        pen.line((left + 22, 360, left + 50, 360), fill=_DARK, width=7)
        for y in (250, 285, 430, 465):
            pen.line((left + 8, y, left + 64, y), fill=rgb("8a9097"), width=4)
    _framed(pen, (480, 580, 800, 760), rgb("4d525c"), 20, 8)
    pen.polygon([(600, 640), (680, 640), (640, 705)], fill=_GLOW)


def _smart_lock(pen: ImageDraw.ImageDraw) -> None:
    """A digital lock on a door, near: lit keys and the handle."""
    _slope(pen, (0, 0, *_SIZE), lighter(_DOOR, 0.12), darker(_DOOR, 0.12))
    for x in range(60, 1280, 170):
        pen.line((x, 0, x + 30, 960), fill=darker(_DOOR, 0.1), width=3)
    _framed(pen, (480, 80, 800, 880), _DARK, 60, 24)
    pen.rounded_rectangle((520, 120, 760, 560), 36, fill=rgb("15171b"))
    _keypad(pen, (560, 190), 80, _LIT)
    _framed(pen, (220, 640, 690, 715), _STEEL, 36, 14)
    pen.ellipse((600, 620, 700, 735), fill=darker(_STEEL, 0.25))
    pen.ellipse((625, 800, 655, 830), fill=rgb("9fd3a6"))
