"""Pictures from outside, made into ours: whatever came in, what is kept was drawn anew, pixel by pixel.

A file is known by its content, never by its name or by what the browser said. Its size in pixels is read from its head
and refused before anything is decoded; what was hidden in it or behind it (a script, an archive, the place where it was
taken) does not survive. Colour profiles are dropped, not obeyed.
"""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import ExifTags, Image, UnidentifiedImageError

from app.kit.errors import DomainError, ErrorKind

WIDTHS = (400, 800, 1600)
"""Pixels; a smaller picture is not blown up."""
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = {"JPEG": 40_000_000, "MPO": 40_000_000, "PNG": 40_000_000, "WEBP": 16_000_000}
"""By what the file is. WebP's decoder holds four copies of the picture; an MPO is a phone's JPEG with a second one."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_TALLEST = 2
"""A picture is shown at most so many times as high as wide."""
_QUALITY = 80
_EFFORT = 2
_BLUR_PIXELS = 12
_BLUR_QUALITY = 40
_STRIP_PIXELS = 4_000_000
_WAIT_SECONDS = 15.0

_one_at_a_time = threading.Lock()
"""A decoded picture takes up to 270 MB for a second: a process never holds two."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Exif's orientation to what sets the picture upright."""
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in three widths of WebP, with the largest one's size and a blurred stand-in (a data: URI)."""

    files: dict[int, bytes]
    width: int
    height: int
    blur: str


@dataclass(frozen=True, slots=True)
class Sized:
    """One WebP file with its size in pixels."""

    data: bytes
    width: int
    height: int


def largest_within(picture: Picture, most_bytes: int) -> Sized:
    """The widest of a picture's files that is not larger than `most_bytes`, or else the smallest one there is."""
    fitting = [width for width, data in picture.files.items() if len(data) <= most_bytes]
    data = picture.files[max(fitting) if fitting else min(picture.files)]
    with Image.open(io.BytesIO(data)) as image:
        return Sized(data, image.width, image.height)


def jpeg_of(data: bytes) -> bytes:
    """One of our own files as a JPEG of the same size."""
    with Image.open(io.BytesIO(data)) as image:
        written = io.BytesIO()
        image.convert("RGB").save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def redrawn(data: bytes) -> Picture:
    """The picture in a file that someone sent.

    Raises DomainError `photo_empty`, `photo_too_large` (with `megabytes`), `photo_wrong_type`, `photo_too_many_pixels`
    (with `megapixels`), `photo_broken`, and `photos_busy` (503) when other pictures keep this process busy for long.
    """
    if not data:
        raise DomainError("photo_empty")
    if len(data) > MAX_BYTES:
        raise DomainError("photo_too_large", megabytes=MAX_BYTES // 1024**2)
    with _turn():
        largest = _decoded(data)
        return _picture(largest)


def webp(image: Image.Image, quality: int = _QUALITY) -> bytes:
    """The picture as a WebP file that says nothing but its pixels."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=_EFFORT, exif=b"", icc_profile=b"", xmp=b"")
    return buffer.getvalue()


def blurred(image: Image.Image) -> str:
    """A data: URI of some 200 bytes to show until the picture is there."""
    tiny = image.resize(_inside(image.size, _BLUR_PIXELS, _BLUR_PIXELS), Image.Resampling.BOX)
    return "data:image/webp;base64," + base64.b64encode(webp(tiny, _BLUR_QUALITY)).decode("ascii")


@contextmanager
def _turn() -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=_WAIT_SECONDS):
        raise DomainError("photos_busy", ErrorKind.BUSY)
    try:
        yield
    finally:
        _one_at_a_time.release()


def _picture(largest: Image.Image) -> Picture:
    files: dict[int, bytes] = {}
    sized = largest
    for width in sorted(WIDTHS, reverse=True):
        sized = sized.resize(_inside(sized.size, width, width * _TALLEST), Image.Resampling.LANCZOS)
        files[width] = webp(sized)
    return Picture(files, largest.width, largest.height, blurred(sized))


def _decoded(data: bytes) -> Image.Image:
    """The first frame, upright, opaque, at most as large as we keep it."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            most = MAX_PIXELS[image.format or ""]
            small = _drawn(image) if image.width * image.height <= most else None
    except UnidentifiedImageError as error:
        raise DomainError("photo_wrong_type") from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(max(MAX_PIXELS.values())) from error
    except Exception as error:  # whatever a decoder stumbles over (struct, zlib, index, …) is a broken file
        raise DomainError("photo_broken") from error
    if small is None:
        raise _too_many_pixels(most)
    return small


def _too_many_pixels(most: int) -> DomainError:
    return DomainError("photo_too_many_pixels", megapixels=most // 1_000_000)


def _drawn(image: Image.Image) -> Image.Image:
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    width, height = WIDTHS[-1], WIDTHS[-1] * _TALLEST
    box = (height, width) if orientation in _ON_ITS_SIDE else (width, height)
    goal = _inside(image.size, *box)
    image.draft("RGB", goal)  # a JPEG is decoded at a half, a quarter or an eighth where that is enough
    image.load()
    small = _shrunk(image, goal)
    return small.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else small


def _shrunk(image: Image.Image, goal: tuple[int, int]) -> Image.Image:
    """The picture on white in this size. A large one is first made smaller strip by strip, to hold it only once."""
    factor = min(image.width // goal[0], image.height // goal[1])
    if factor < 2:
        whole = _opaque(image)
    else:
        whole = Image.new("RGB", (image.width // factor, image.height // factor))
        rows = max(1, _STRIP_PIXELS // image.width // factor) * factor
        for top in range(0, whole.height * factor, rows):
            bottom = min(top + rows, whole.height * factor)
            strip = _opaque(image.crop((0, top, whole.width * factor, bottom)))
            whole.paste(strip.reduce(factor), (0, top // factor))
    return whole.resize(goal, Image.Resampling.LANCZOS)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # 16 bits of grey: the upper 8 are what a screen shows
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    canvas = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        canvas.paste(layer, mask=layer)
    else:
        canvas.paste(image.convert("RGB"))
    return canvas


def _inside(size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The size that fits into a box, in the same proportion, not blown up, never nothing."""
    scale = min(1.0, width / size[0], height / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
