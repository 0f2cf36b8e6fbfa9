"""From the catalogue to files: three widths of WebP and a tiny blurred stand-in, drawn on all cores."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from app.kit.pictures import WIDTHS, blurred, webp
from app.local.demo.rooms.catalogue import PICTURES, RoomPicture, draw

_MANIFEST = "rooms.json"
_VERSION = 1
"""Raised when the drawings change, so that old files are drawn again."""


@dataclass(frozen=True, slots=True)
class DrawnRoom:
    """What a page needs to show a picture: the key of its files, the largest size, the blurred stand-in."""

    key: str
    width: int
    height: int
    blur: str
    """`data:image/webp;base64,…` of a picture of at most 200 bytes."""


def draw_rooms(
    photo_dir: Path, *, pictures: Sequence[RoomPicture] = PICTURES, processes: int | None = None
) -> dict[str, DrawnRoom]:
    """Write `<key>-<width>.webp` for every picture into `photo_dir`; returns what was drawn, by key.

    Does nothing when the folder already holds this version of every file. Raises OSError when the folder cannot
    be written (a full disk, no permission).
    """
    photo_dir.mkdir(parents=True, exist_ok=True)
    known = _read_manifest(photo_dir, pictures)
    if known is not None:
        return known
    workers = min(processes or min(8, multiprocessing.cpu_count()), len(pictures))
    if workers == 1:
        drawn = [_render(picture, str(photo_dir)) for picture in pictures]
    else:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            drawn = list(pool.map(_render, pictures, [str(photo_dir)] * len(pictures)))
    rooms = {room.key: room for room in drawn}
    manifest = {"version": _VERSION, "rooms": [asdict(room) for room in drawn]}
    (photo_dir / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return rooms


def _read_manifest(photo_dir: Path, pictures: Sequence[RoomPicture]) -> dict[str, DrawnRoom] | None:
    path = photo_dir / _MANIFEST
    if not path.exists():
        return None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if manifest["version"] != _VERSION:
        return None
    rooms = {row["key"]: DrawnRoom(**row) for row in manifest["rooms"]}
    complete = all(
        picture.key in rooms and all((photo_dir / f"{picture.key}-{width}.webp").exists() for width in WIDTHS)
        for picture in pictures
    )
    return rooms if complete else None


def _render(picture: RoomPicture, folder: str) -> DrawnRoom:
    image = draw(picture)
    sized = image
    for width in sorted(WIDTHS, reverse=True):
        if width != image.width:
            sized = sized.reduce(2)  # each width is half of the next
        (Path(folder) / f"{picture.key}-{width}.webp").write_bytes(webp(sized))
    return DrawnRoom(picture.key, image.width, image.height, blurred(sized))
