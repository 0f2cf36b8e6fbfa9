"""Photos of flats for WhatsApp, which shows no WebP."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.web.conftest import MakeApp


def test_a_photo_is_a_jpeg_that_caches_for_good(make_app: MakeApp, tmp_path: Path) -> None:
    Image.new("RGB", (800, 600), "teal").save(tmp_path / "room-1-800.webp", "WEBP")
    client = make_app(photo_dir=tmp_path).test_client()
    answer = client.get("/chat-photos/room-1.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    with Image.open(io.BytesIO(answer.data)) as image:
        assert (image.format, image.size) == ("JPEG", (800, 600))
    head = client.head("/chat-photos/room-1.jpg")
    assert (head.status_code, head.mimetype) == (200, "image/jpeg")


@pytest.mark.parametrize("key", ["room-2", "..", "%2e%2e%2froom", "ROOM", "a" * 81, "room-1-800.webp"])
def test_what_is_no_photo_is_404(make_app: MakeApp, tmp_path: Path, key: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "room-800.webp", "WEBP")
    client = make_app(photo_dir=folder).test_client()
    assert client.get(f"/chat-photos/{key}.jpg").status_code in {404, 301}
