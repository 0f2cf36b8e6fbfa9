"""A person's saved flats: the list of them, and which of some flats are in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Connection

from app.domain.favourites.saving import MOST_SAVED
from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, CardRow, card_from, card_rows

_LIST = text(
    f"SELECT {CARD_COLUMNS}, p.status = 'published' AS is_published, s.created_at AS saved_at,"  # noqa: S608  # fixed
    f" count(*) OVER () AS in_all FROM favourites s JOIN properties p ON p.id = s.property_id {CARD_JOINS}"
    " WHERE s.user_id = :user_id ORDER BY s.created_at DESC, p.id DESC LIMIT :limit OFFSET :offset"
)
_COUNT = text("SELECT count(*) FROM favourites WHERE user_id = :user_id")
_AMONG = text("SELECT property_id FROM favourites WHERE user_id = :user_id AND property_id = ANY(:property_ids)")


@dataclass(frozen=True, slots=True)
class SavedFlat:
    """A flat of the list. One that is not published (paused, blocked) has no page and cannot be booked now."""

    row: CardRow
    is_published: bool
    saved_at: datetime

    @property
    def card(self) -> CardInfo:
        """The flat as in any list."""
        return card_from(self.row)


@dataclass(frozen=True, slots=True)
class SavedFlats:
    """A part of the list, and how many flats the whole has."""

    flats: tuple[SavedFlat, ...]
    count: int


def saved_flats(
    connection: Connection, user_id: UUID, *, language: str, offset: int = 0, limit: int = MOST_SAVED
) -> SavedFlats:
    """So many of this person's saved flats from a place on, the newest first, with what their cards show today."""
    wanted = {"user_id": user_id, "lang": language, "offset": offset, "limit": limit}
    found = connection.execute(_LIST, wanted).all()
    cards = card_rows(found)
    flats = (SavedFlat(card, row.is_published, row.saved_at) for card, row in zip(cards, found, strict=True))
    count = found[0].in_all if found else connection.execute(_COUNT, wanted).scalar_one() if offset else 0
    return SavedFlats(tuple(flats), count)


def saved_among(connection: Connection, user_id: UUID, property_ids: Collection[int]) -> frozenset[int]:
    """Which of these flats this person has saved, in one query; none is made for no flats."""
    if not property_ids:
        return frozenset()
    return frozenset(connection.scalars(_AMONG, {"user_id": user_id, "property_ids": list(property_ids)}))
