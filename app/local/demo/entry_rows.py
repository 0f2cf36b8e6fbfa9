"""Pictures of the way in of some demo flats: the demo landlord's and every fifth other one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.access import photos
from app.local.demo.flat import DemoFlat
from app.local.demo.people import Person
from app.local.demo.rooms.entrances import WayIn, way_in

_EVERY = 5
_CAPTIONS = {
    WayIn.ENTRANCE: "Вход в подъезд, домофон справа от двери",
    WayIn.DOOR: "Дверь квартиры",
    WayIn.KEY_SAFE: "Сейф с ключами: выставьте код и потяните крышку вниз",
    WayIn.SMART_LOCK: "Электронный замок: коснитесь экрана ладонью и введите код",
}


def add_entry_photos(
    session: Session, flat_ids: Sequence[int], flats: Sequence[DemoFlat], landlord: Person, *, now: datetime
) -> int:
    """Give some flats pictures of what their directions speak of, by the product's own functions; how many pictures."""
    added = 0
    for index, (property_id, flat) in enumerate(zip(flat_ids, flats, strict=True)):
        if flat.landlord.id != landlord.id and index % _EVERY:
            continue
        shown = _shown(flat)
        photos.add(session, property_id, [way_in(kind) for kind in shown], now=now)
        for photo, kind in zip(photos.photos_of(session, property_id), shown, strict=True):
            photos.describe(session, property_id, photo.id, _CAPTIONS[kind])
        added += len(shown)
    session.flush()
    return added


def _shown(flat: DemoFlat) -> list[WayIn]:
    kinds = [WayIn.ENTRANCE, WayIn.DOOR]
    if flat.house.has_smart_lock:
        kinds.append(WayIn.SMART_LOCK)
    elif flat.facts.self_check_in:
        kinds.append(WayIn.KEY_SAFE)
    return kinds
