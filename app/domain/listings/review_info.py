"""A review as everyone sees it, and where its data come from: on a flat's page and on the page of its reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.domain.listings.cards import PhotoInfo
from app.models.sealed import key_ring, place_of

REVIEW_COLUMNS = """
    r.id, r.author_id, encode(ap.name_sealed, 'hex') AS author_name, r.rating, r.text, b.check_in AS stayed,
    r.reply, r.created_at,
    (
        SELECT coalesce(json_agg(json_build_array(f.key, f.width, f.height, f.blur) ORDER BY f.position), '[]')
        FROM review_photos f WHERE f.review_id = r.id
    ) AS photos
"""
"""Of `reviews r` with REVIEW_JOINS; a row as JSON is what `review_of` reads."""
REVIEW_JOINS = "JOIN bookings b ON b.id = r.booking_id LEFT JOIN user_profiles ap ON ap.user_id = r.author_id"
REVIEW_ORDER = "r.created_at DESC, r.id DESC"
"""Newest first."""

STARS = f"""
    (
        SELECT json_build_array({", ".join(f"count(*) FILTER (WHERE rating = {stars})" for stars in (5, 4, 3, 2, 1))})
        FROM reviews WHERE property_id = p.id
    )
"""  # noqa: S608  # fixed texts
"""How many reviews of `properties p` gave five stars, four, three, two, one."""


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """A review as everyone sees it. `author` is a first name, empty when it is not known (any more)."""

    id: int
    author: str
    rating: int
    text: str
    stayed: date
    reply: str | None
    created_at: datetime
    photos: tuple[PhotoInfo, ...]


def review_of(data: dict[str, Any]) -> ReviewInfo:
    """A row of REVIEW_COLUMNS as PostgreSQL's JSON."""
    return ReviewInfo(
        id=data["id"],
        author=first_name(data["author_name"], data["author_id"]),
        rating=data["rating"],
        text=data["text"],
        stayed=date.fromisoformat(data["stayed"]),
        reply=data["reply"],
        created_at=datetime.fromisoformat(data["created_at"]),
        photos=tuple(PhotoInfo(*photo) for photo in data["photos"]),
    )


def first_name(sealed: str | None, user_id: str) -> str:
    """The first word of a sealed name (hexadecimal); empty when there is none."""
    if sealed is None:
        return ""
    name = key_ring().open(bytes.fromhex(sealed), place=place_of("user_profiles", "name_sealed", user_id))
    return name.split(" ")[0]
