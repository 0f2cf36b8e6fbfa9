"""Pictures of the way into demo flats."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from app.local.demo.rooms.entrances import WayIn, way_in
from tests.local.made_up import scalar


@pytest.mark.parametrize("kind", WayIn)
def test_pictures_of_the_way_in_are_small_and_show_something(kind: WayIn) -> None:
    drawn = way_in(kind)
    assert (drawn.width, drawn.height) == (640, 480)
    assert len(drawn.data) < 30_000
    assert drawn.data == way_in.__wrapped__(kind).data, "the same every time"
    with Image.open(io.BytesIO(drawn.data)) as image:
        colours = image.convert("RGB").resize((32, 24)).getcolors(768)
    assert colours is not None
    assert len(colours) > 100


def test_every_kind_of_the_way_in_looks_different() -> None:
    assert len({way_in(kind).data for kind in WayIn}) == len(WayIn)


@pytest.mark.usefixtures("seeded")
def test_some_demo_flats_have_pictures_of_the_way_in() -> None:
    with_pictures = "SELECT count(DISTINCT property_id) FROM access_photos"
    flats = scalar("SELECT count(*) FROM properties")
    assert 20 <= scalar(with_pictures) < flats  # type: ignore[operator]
    assert scalar("SELECT max(octet_length(image_sealed)) FROM access_photos") < 30_000  # type: ignore[operator]
