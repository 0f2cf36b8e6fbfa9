"""Pictures as people and attackers send them, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

EXIF_GPS, EXIF_ORIENTATION, EXIF_MAKER = 0x8825, 0x0112, 0x010F
SCRIPT = b"<script>alert(document.domain)</script>"
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>'
)


def picture(
    size: tuple[int, int] = (640, 480), kind: str = "JPEG", mode: str = "RGB", *, noise: bool = False, **options: object
) -> bytes:
    """A file of this kind: dark at the top, light at the bottom, or noise, which hardly shrinks."""
    image = Image.effect_noise(size, 90) if noise else Image.linear_gradient("L").resize(size)
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 257)
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def with_gps(orientation: int = 1) -> bytes:
    """A phone's JPEG: where it was taken, who made the phone, and which side is up."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    exif[EXIF_MAKER] = "SecretPhone"
    exif[EXIF_GPS] = {1: "N", 2: (43.0, 14.0, 20.0), 3: "E", 4: (76.0, 53.0, 20.0)}
    return picture(exif=exif.tobytes())


def huge() -> bytes:
    """A small PNG file that says it is 30 000 × 30 000, and would unpack to as much: 900 MB of nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    side = 30_000
    # Zeros, written once and repeated: after a full flush a stream goes on without looking back (RFC 1951).
    size, packer = side * (side + 1), zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(size // 100)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (size % 65_521) << 16 | 1  # Adler-32 of zeros (RFC 1950)
    rows = b"\x78\xda" + block * 100 + b"\x03\x00" + checksum.to_bytes(4, "big")
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
