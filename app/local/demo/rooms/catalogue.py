"""The list of pictures: what each shows, in which colours, at which hour, and which flats it suits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import cast, get_args

from PIL import Image

from app.local.demo.rooms.air import Hour
from app.local.demo.rooms.colour import PALETTES
from app.local.demo.rooms.finishes import Finish, FloorKind, Room
from app.local.demo.rooms.rooms_bath import bathroom
from app.local.demo.rooms.rooms_living import bedroom, living_room, reading_corner
from app.local.demo.rooms.rooms_open import balcony, hall, window_seat
from app.local.demo.rooms.rooms_wet import kitchen
from app.local.demo.rooms.shell import build_room, finish_room
from app.local.demo.rooms.views import ViewKind


class RoomKind(StrEnum):
    """What a picture shows."""

    BEDROOM = "bedroom"
    LIVING = "living"
    CORNER = "corner"
    KITCHEN = "kitchen"
    BATHROOM = "bathroom"
    HALL = "hall"
    BALCONY = "balcony"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class RoomPicture:
    """One picture to draw. `tier` 1 is a plain flat, 2 a good one, 3 a costly one; `view` is empty without windows."""

    key: str
    kind: RoomKind
    plan: int
    palette: str
    hour: Hour
    view: ViewKind | None
    finish: Finish
    floor: FloorKind
    tier: int


# kind, plan, palette, hour, view ("-": none is seen), finish, floor, tier
_ROWS = """
bedroom 0 sand day mountains plain planks 2
bedroom 1 sky day city panels planks 2
bedroom 2 sage day park plain planks 2
bedroom 3 graphite night city plain planks 3
bedroom 4 plain day park stripes planks 1
bedroom 0 rose day park brick planks 2
bedroom 1 emerald evening mountains plain herringbone 3
bedroom 2 plain day city stripes planks 1
bedroom 3 ivory day mountains plain herringbone 3
bedroom 4 blue evening skyline wainscot planks 2
bedroom 0 clay day mountains plain planks 2
bedroom 1 ivory evening river panels herringbone 3
bedroom 0 plain day park plain planks 1
bedroom 3 blue day skyline panels herringbone 3
living 0 sand day mountains plain planks 2
living 1 emerald day mountains panels herringbone 3
living 2 ivory day park wainscot planks 2
living 3 sky day city brick planks 2
living 4 graphite night mountains plain planks 3
living 0 blue evening city stripes planks 2
living 1 clay day park slats planks 2
living 2 graphite evening skyline slats herringbone 3
living 3 plain day park stripes planks 1
living 4 ivory day mountains plain herringbone 3
living 0 plain day city plain planks 1
living 1 rose day river panels herringbone 2
living 2 plain day park plain planks 1
living 4 blue day skyline plain herringbone 3
corner 0 sage day park plain planks 2
corner 3 rose evening mountains slats planks 2
kitchen 0 sand day - plain tiles 2
kitchen 1 sky day city plain planks 2
kitchen 2 sage day - plain tiles 2
kitchen 3 graphite night skyline plain planks 3
kitchen 0 plain day - plain tiles 1
kitchen 1 clay day mountains plain planks 2
kitchen 2 emerald day - plain herringbone 3
kitchen 3 plain day park plain tiles 1
kitchen 2 blue evening - plain planks 3
bathroom 0 rose day - plain tiles 2
bathroom 1 emerald day - plain tiles 3
bathroom 2 plain day - plain tiles 1
bathroom 3 sage day park plain tiles 2
bathroom 0 sky day - plain tiles 2
bathroom 1 graphite day - plain tiles 3
bathroom 2 sand day - plain tiles 1
bathroom 3 ivory evening - plain tiles 3
hall 0 sage day - slats tiles 2
hall 1 plain day - plain tiles 1
hall 2 ivory day - wainscot tiles 3
hall 0 blue evening - plain planks 2
balcony 0 clay day mountains plain planks 2
balcony 0 graphite evening skyline plain planks 3
view 0 ivory day mountains plain planks 3
view 0 emerald evening city plain planks 3
view 0 sky day river plain planks 2
view 0 sand day sea plain planks 2
"""

_TIGHT_HALL = {"width": 4.0, "height": 2.65, "zoom": 590.0}
_TIGHT_BATH = {"width": 3.5, "height": 2.6, "zoom": 660.0}


def _parse() -> tuple[RoomPicture, ...]:
    pictures: list[RoomPicture] = []
    for number, row in enumerate(_ROWS.strip().splitlines(), start=1):
        kind, plan, palette, hour, view, finish, floor, tier = row.split()
        known = (palette in PALETTES, hour in get_args(Hour), finish in get_args(Finish), floor in get_args(FloorKind))
        if not all(known) or view not in {"-", *get_args(ViewKind)}:
            raise ValueError(f"unknown word in the catalogue: {row}")
        pictures.append(
            RoomPicture(
                key=f"room-{number:02d}",
                kind=RoomKind(kind),
                plan=int(plan),
                palette=palette,
                hour=cast(Hour, hour),
                view=None if view == "-" else cast(ViewKind, view),
                finish=cast(Finish, finish),
                floor=cast(FloorKind, floor),
                tier=int(tier),
            )
        )
    return tuple(pictures)


PICTURES: tuple[RoomPicture, ...] = _parse()


def draw(picture: RoomPicture) -> Image.Image:
    """The picture at its largest size. The same row always gives the same picture."""
    rng = random.Random(f"{picture.key}|{picture.kind}|{picture.plan}")  # noqa: S311  # dice for a drawing
    palette = PALETTES[picture.palette]
    view = picture.view or "park"
    if picture.kind is RoomKind.BALCONY:
        return balcony(palette, picture.hour, rng, view)
    if picture.kind is RoomKind.VIEW:
        return window_seat(palette, picture.hour, rng, view)
    room = _empty_room(picture, rng)
    if picture.kind is RoomKind.BEDROOM:
        bedroom(room, picture.plan, view)
    elif picture.kind is RoomKind.LIVING:
        living_room(room, picture.plan, view)
    elif picture.kind is RoomKind.CORNER:
        reading_corner(room, picture.plan, view)
    elif picture.kind is RoomKind.KITCHEN:
        kitchen(room, picture.plan, view)
    elif picture.kind is RoomKind.BATHROOM:
        bathroom(room, picture.plan)
    else:
        hall(room, picture.plan)
    return finish_room(room)


def _empty_room(picture: RoomPicture, rng: random.Random) -> Room:
    measures = {RoomKind.BATHROOM: _TIGHT_BATH, RoomKind.HALL: _TIGHT_HALL}.get(picture.kind, {})
    return build_room(
        PALETTES[picture.palette], picture.hour, rng, finish=picture.finish, floor=picture.floor, **measures
    )
