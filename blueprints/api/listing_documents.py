"""What the API says of cities and flats: the ones found and the ones saved. Amounts are whole tenge, moments UTC."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from blueprints.api.documents import Document


class DistrictItem(TypedDict):
    """A part of a city."""

    slug: str
    name: str


class CityItem(TypedDict):
    """A city. What is only written, and often, is a dictionary: nothing of it comes from outside."""

    slug: str
    name: str
    listings: int
    districts: list[DistrictItem]


ListingItem = TypedDict(
    "ListingItem",
    {
        "id": int,
        "path": str,
        "title": str,
        "district": str,
        "rating": float | None,
        "reviews": int,
        "class": str,
        "rooms": int,
        "max_guests": int,
        "area_m2": int,
        "photo": str | None,
        "price_per_night": int,
        "price_total": int | None,
        "check_in": NotRequired[str],
        "check_out": NotRequired[str],
    },
)
"""A flat in the results. With dates `price_total` is that of the whole stay, which the two dates name."""


class ListingPage(TypedDict):
    """A page of results; `next_after` is the parameter `after` of the next one."""

    items: list[ListingItem]
    count: int
    count_is_capped: bool
    next_after: str | None


class SavedItem(ListingItem):
    """A flat that the caller saved at a moment (UTC, ISO 8601); unless it is published, `path` leads nowhere now."""

    is_published: bool
    saved_at: str


class SavedPage(TypedDict):
    """All of them, the newest first."""

    items: list[SavedItem]


class SavedState(Document):
    """Whether a flat is saved, after the call."""

    property_id: int
    is_saved: bool
