"""Reviews for pages: all of a flat, page by page, and the one of a booking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.engine import Connection

from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, card_from
from app.domain.listings.review_info import REVIEW_COLUMNS, REVIEW_JOINS, REVIEW_ORDER, STARS, ReviewInfo, review_of

PAGE_SIZE = 10
_CURSOR = re.compile(r"([0-9]{1,16})-([0-9]{1,15})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST = (datetime(9999, 1, 1, tzinfo=UTC), 0)

_PROPERTY = text(
    f"SELECT {CARD_COLUMNS}, {STARS} AS stars FROM properties p {CARD_JOINS}"  # noqa: S608  # fixed texts
    " WHERE p.id = :id AND p.status = 'published'"
)
_OLDER = text(
    f"SELECT to_json(shown) FROM (SELECT {REVIEW_COLUMNS} FROM reviews r {REVIEW_JOINS}"  # noqa: S608
    f" WHERE r.property_id = :id AND (r.created_at, r.id) < (:at, :after) ORDER BY {REVIEW_ORDER}"
    f" LIMIT {PAGE_SIZE + 1}) shown"
)
_OF_BOOKING = text(
    f"SELECT to_json(shown) FROM (SELECT {REVIEW_COLUMNS} FROM reviews r {REVIEW_JOINS}"  # noqa: S608
    " WHERE r.booking_id = :id) shown"
)


@dataclass(frozen=True, slots=True)
class ReviewsPage:
    """Some reviews of a flat, newest first. `stars` counts those with five stars, four, …, one; all of them."""

    card: CardInfo
    stars: tuple[int, ...]
    reviews: tuple[ReviewInfo, ...]
    next_cursor: str | None


def cursor_of(review: ReviewInfo) -> str:
    """What asks for the reviews that come after this one."""
    return f"{(review.created_at - _EPOCH) // timedelta(microseconds=1)}-{review.id}"


def reviews_page(connection: Connection, property_id: int, *, language: str, cursor: str = "") -> ReviewsPage | None:
    """The reviews of a published flat after `cursor`, or None. An unreadable cursor is the beginning."""
    row = connection.execute(_PROPERTY, {"id": property_id, "lang": language}).one_or_none()
    if row is None:
        return None
    at, after = _read(cursor)
    found = connection.scalars(_OLDER, {"id": property_id, "at": at, "after": after}).all()
    shown = tuple(review_of(data) for data in found[:PAGE_SIZE])
    more = len(found) > PAGE_SIZE
    return ReviewsPage(card_from(row), tuple(row.stars), shown, cursor_of(shown[-1]) if more else None)


def review_of_booking(connection: Connection, booking_id: int) -> ReviewInfo | None:
    """What the guest wrote after this stay."""
    data = connection.scalar(_OF_BOOKING, {"id": booking_id})
    return None if data is None else review_of(data)


def _read(cursor: str) -> tuple[datetime, int]:
    found = _CURSOR.fullmatch(cursor)
    return (_EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else _NEWEST
