"""Writing a review after a stay, and the landlord's one reply to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain import audit, changes
from app.domain.actor import Actor
from app.domain.checkout.locking import booking_id_of, lock_booking
from app.domain.listings.cards import PhotoInfo
from app.domain.reviews import rating as ratings
from app.kit.errors import DomainError, ErrorKind
from app.kit.typed import typed_lines
from app.models import Booking, BookingStatus, Property, Review, ReviewPhoto

LONGEST = 4000
"""Characters of a review or a reply."""
MOST_PHOTOS = 6


def write(
    session: Session,
    reference: str,
    *,
    guest_id: UUID,
    rating: int | None,
    text: str,
    photos: Sequence[PhotoInfo],
    now: datetime,
) -> Review:
    """Keep what the guest of a completed stay says of the flat; its rating changes in the same transaction.

    `photos` are stored already (app/integrations/photo_storage.py): here they get their rows.
    Raises DomainError `booking_unknown` (404) for anyone else, `review_exists` (409), `review_too_early` (409),
    `review_not_possible` (409) when the stay did not take place, `rating_missing`, `review_empty`, `review_too_long`,
    `too_many_photos` (422).
    """
    prop, booking = lock_booking(session, booking_id_of(session, reference))
    if booking.guest_id != guest_id:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    if session.scalar(select(exists().where(Review.booking_id == booking.id))):
        raise DomainError("review_exists", ErrorKind.CONFLICT)
    check_stay(BookingStatus(booking.status))
    if rating is None or not 1 <= rating <= 5:
        raise DomainError("rating_missing")
    if len(photos) > MOST_PHOTOS:
        raise DomainError("too_many_photos", most=MOST_PHOTOS)
    review = Review(
        booking_id=booking.id,
        property_id=prop.id,
        author_id=guest_id,
        rating=rating,
        text=_clean(text),
        created_at=now,
    )
    session.add(review)
    session.flush()
    session.add_all(
        ReviewPhoto(review_id=review.id, position=position, **photo._asdict()) for position, photo in enumerate(photos)
    )
    ratings.add(session, prop, rating)
    _note(session, "review.written", Actor.guest(guest_id), booking, now, rating=rating, photos=len(photos))
    return review


def check_stay(status: BookingStatus) -> None:
    """May a stay in this state be reviewed? Raises DomainError `review_too_early`, `review_not_possible` (409)."""
    if status is BookingStatus.COMPLETED:
        return
    coming = {BookingStatus.REQUESTED, BookingStatus.HELD, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN}
    if status in coming:
        raise DomainError("review_too_early", ErrorKind.CONFLICT)
    raise DomainError("review_not_possible", ErrorKind.CONFLICT)


def reply(session: Session, review_id: int, *, landlord_id: UUID, text: str, now: datetime) -> Review:
    """Keep the landlord's one answer, shown below the review.

    Raises DomainError `review_unknown` (404) for a review of someone else's flat, `already_replied` (409),
    `review_empty`, `review_too_long` (422).
    """
    statement = select(Review).where(Review.id == review_id).with_for_update()
    review = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    prop = None if review is None else session.get_one(Property, review.property_id)
    if review is None or prop is None or prop.landlord_id != landlord_id:
        raise DomainError("review_unknown", ErrorKind.NOT_FOUND)
    if review.reply is not None:
        raise DomainError("already_replied", ErrorKind.CONFLICT)
    review.reply, review.replied_at = _clean(text), now
    booking = session.get_one(Booking, review.booking_id)
    _note(session, "review.replied", Actor.landlord(landlord_id), booking, now)
    changes.listing(session, prop.id, prop.city_id)
    return review


def _clean(text: str) -> str:
    kept = typed_lines(text)
    if not kept:
        raise DomainError("review_empty")
    if len(kept) > LONGEST:
        raise DomainError("review_too_long", length=LONGEST)
    return kept


def _note(
    session: Session, action: str, actor: Actor, booking: Booking, now: datetime, **details: int | str | bool | None
) -> None:
    audit.record(session, action, actor=actor, subject=("booking", booking.id), now=now, **details)
