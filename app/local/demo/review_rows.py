"""Which finished stays were reviewed, and how."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.local.demo.booking_rows import PlannedBooking, times_of
from app.local.demo.copying import copy_rows, reserve_ids
from app.local.demo.flat import DemoFlat
from app.local.demo.review_text import ReviewTag
from app.local.demo.reviews import ReviewPicker, reply_to
from app.local.demo.rooms.catalogue import RoomPicture
from app.local.demo.rooms.render import DrawnRoom
from app.models import PropertyClass

_WITH_PHOTOS = 0.2


@dataclass(frozen=True, slots=True)
class WrittenReview:
    """A review of one booking, with the landlord's reply if there is one."""

    booking: PlannedBooking
    rating: int
    text: str
    created_at: datetime
    reply: str | None
    replied_at: datetime | None
    pictures: tuple[RoomPicture, ...]
    """What the guest took: drawn pictures stand for snapshots of the same rooms."""


@dataclass(frozen=True, slots=True)
class FlatReviews:
    """The reviews of one flat."""

    reviews: tuple[WrittenReview, ...]

    @property
    def rating_sum(self) -> int:
        """The sum of all ratings."""
        return sum(review.rating for review in self.reviews)


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Which finished stays are reviewed: by chance, at most so many a flat; `always` writes one after every stay."""

    share: float = 0.72
    at_most: int = 13
    always: UUID | None = None


def reviews_of(plans: list[PlannedBooking], rule: ReviewRule, rng: random.Random, *, now: datetime) -> FlatReviews:
    """Reviews of a flat's finished stays by the rule, none twice."""
    if not plans:
        return FlatReviews(())
    picker = ReviewPicker(_tags(plans[0].flat), _quality(plans[0].flat, rng), rng)
    written: list[WrittenReview] = []
    for plan in plans:
        if plan.guest_id != rule.always and (len(written) >= rule.at_most or rng.random() > rule.share):
            continue
        text = picker.next()
        created_at = times_of(plan.flat).check_out_at(plan.stay) + timedelta(
            hours=rng.randint(8, 70), minutes=rng.randint(0, 59)
        )
        if text is None or created_at >= now:
            continue
        reply = reply_to(text, rng)
        replied_at = created_at + timedelta(hours=rng.randint(1, 40))
        if replied_at >= now:
            reply = None
        pictures = _snapshots(plan.flat, rng)
        written.append(
            WrittenReview(plan, text.rating, text.text, created_at, reply, replied_at if reply else None, pictures)
        )
    return FlatReviews(tuple(written))


def add_reviews(session: Session, reviews: Mapping[int, FlatReviews], rooms: Mapping[str, DrawnRoom]) -> None:
    """Write them with their photos (`rooms` by key); the flats' rating columns are written with the flats."""
    written = [(property_id, review) for property_id, each in reviews.items() for review in each.reviews]
    ids = reserve_ids(session, "reviews", len(written))
    copy_rows(
        session,
        "reviews",
        ("id", "booking_id", "property_id", "author_id", "rating", "text", "created_at", "reply", "replied_at"),
        (
            (
                *(review_id, review.booking.id, property_id, review.booking.guest_id, review.rating, review.text),
                *(review.created_at, review.reply, review.replied_at),
            )
            for review_id, (property_id, review) in zip(ids, written, strict=True)
        ),
    )
    copy_rows(
        session,
        "review_photos",
        ("review_id", "position", "key", "width", "height", "blur"),
        (
            (review_id, position, picture.key, room.width, room.height, room.blur)
            for review_id, (_, review) in zip(ids, written, strict=True)
            for position, picture in enumerate(review.pictures)
            for room in (rooms[picture.key],)
        ),
    )


def _snapshots(flat: DemoFlat, rng: random.Random) -> tuple[RoomPicture, ...]:
    """One guest in five shows up to four rooms, not the cover that everyone knows."""
    others = flat.pictures[1:]
    if rng.random() > _WITH_PHOTOS or not others:
        return ()
    return tuple(rng.sample(others, min(len(others), rng.randint(1, 4))))


def _tags(flat: DemoFlat) -> list[ReviewTag]:
    """What may be said about this flat."""
    facts = flat.facts
    tags: list[ReviewTag] = ["self" if facts.self_check_in else "hosted"]
    if flat.has_mountain_view:
        tags.append("mountains")
    if facts.landmark is not None and "метро" in facts.landmark.ru:
        tags.append("metro")
    if facts.rooms >= 2:
        tags.append("family")
    else:
        tags.append("small")
    if facts.property_class in {PropertyClass.BUSINESS, PropertyClass.PREMIUM}:
        tags.append("fine")
    if facts.property_class is PropertyClass.ECONOMY:
        tags.append("simple")
    return tags


def _quality(flat: DemoFlat, rng: random.Random) -> float:
    """How well guests like a flat, 0…1: costly ones more often, but not always."""
    better = {PropertyClass.ECONOMY: 0.0, PropertyClass.COMFORT: 0.12, PropertyClass.BUSINESS: 0.2}
    return min(1.0, rng.uniform(0.45, 0.85) + better.get(flat.facts.property_class, 0.25))
