"""The review of a stay: its form, and the thanks for it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.bookings.reading import BookingInfo, booking_of
from app.domain.listings.review_info import ReviewInfo
from app.domain.reviews.reading import review_of_booking
from app.domain.reviews.writing import LONGEST, MOST_PHOTOS, check_stay, write
from app.i18n import current_language
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import MAX_BYTES
from blueprints.account import account
from blueprints.account.review_photos import KeptPhoto, TakenPhotos, take
from blueprints.shared.access import own_booking
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.identity import require_person
from blueprints.shared.limits import review_limit
from blueprints.shared.presenting import card_view, property_path
from blueprints.shared.rendering import render_page
from blueprints.shared.uploads import takes_photos

_FIELD_OF = {"rating_missing": "rating", "review_empty": "text", "review_too_long": "text", "too_many_photos": "photos"}


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """What the guest has filled in so far, and by field what is wrong with it."""

    rating: int | None = None
    text: str = ""
    kept: tuple[KeptPhoto, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()

    def problem(self, field: str) -> list[str]:
        """What is wrong with a field."""
        return [text for name, text in self.problems if name == field]


@account.get("/bookings/<reference:reference>/review")
@own_booking
def review(reference: str) -> ResponseReturnValue:
    """The form; once it was sent, the thanks; before the stay is over, from when on."""
    stay, written = _stay(reference)
    if written is not None:
        return _page(stay, written=written)
    try:
        check_stay(stay.status)
    except DomainError as error:
        return _page(stay, refused=text_of(error))
    return _page(stay, form=ReviewForm())


@account.post("/bookings/<reference:reference>/review")
@own_booking
@takes_photos(MOST_PHOTOS)
@review_limit
def write_review(reference: str) -> ResponseReturnValue:
    """Keep the review. A form that is refused comes back with all that was in it, stored photos included."""
    stay, written = _stay(reference)
    if written is not None:
        raise DomainError("review_exists", ErrorKind.CONFLICT)
    check_stay(stay.status)
    stars, text = request.form.get("rating", ""), request.form.get("text", "")
    rating = int(stars) if stars in {"1", "2", "3", "4", "5"} else None
    taken = take(reference, request.form.getlist("photo"), request.files.getlist("photos"))
    if taken.problems:
        problems = tuple(("photos", problem) for problem in taken.problems)
        return _page(stay, form=ReviewForm(rating, text, taken.kept, problems)), 422
    try:
        with transaction() as session:
            guest_id, now = require_person().id, clock.now()
            write(session, reference, guest_id=guest_id, rating=rating, text=text, photos=taken.photos, now=now)
    except DomainError as error:
        return _refused(stay, rating, text, taken, error)
    return redirect(url_for("account.review", reference=reference), code=303)


def _refused(
    stay: BookingInfo, rating: int | None, text: str, taken: TakenPhotos, error: DomainError
) -> ResponseReturnValue:
    field = _FIELD_OF.get(error.code)
    if field is None:
        raise error
    form = ReviewForm(rating, text, taken.kept, ((field, text_of(error)),))
    return _page(stay, form=form), STATUS[error.kind]


def _stay(reference: str) -> tuple[BookingInfo, ReviewInfo | None]:
    with reading() as connection:
        found = booking_of(connection, require_person().id, reference, language=current_language())
        if found is None:
            abort(404)
        return found, review_of_booking(connection, found.id)


def _page(
    stay: BookingInfo, *, form: ReviewForm | None = None, written: ReviewInfo | None = None, refused: str | None = None
) -> str:
    return render_page(
        "account/review.html",
        reference=stay.reference,
        card=card_view(stay.card),
        property_url=property_path(stay.card.id, stay.card.slug),
        check_in=stay.check_in,
        check_out=stay.check_out,
        form=form,
        written=written,
        refused=refused,
        longest=LONGEST,
        most_photos=MOST_PHOTOS,
        max_bytes=MAX_BYTES,
    )
