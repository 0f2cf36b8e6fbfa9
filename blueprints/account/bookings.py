"""A guest's bookings, and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import abort, current_app, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import reading, transaction
from app.domain.access import grants, photos
from app.domain.access.details import AccessDetails
from app.domain.access.grants import KeysState, KeysWindow
from app.domain.aftercare import problems
from app.domain.aftercare.claims import claim_on
from app.domain.bookings.changes import changes_of, refunds_of
from app.domain.bookings.reading import BookingInfo, StayDetails, booking_of, bookings_of, stay_details
from app.domain.bookings.reasons import reason_to_guest
from app.i18n import current_language, format_moment, gettext
from app.kit import clock
from app.kit.errors import DomainError
from app.models import BookingStatus, CancellationPolicy
from app.models.sealed import key_ring, place_of
from app.wording.key_lines import key_lines
from app.wording.price_lines import QuoteView, quote_view
from app.wording.terms import POLICY_LABELS, status_label
from blueprints.account import account
from blueprints.account.changes_view import changes_view
from blueprints.shared.access import own_booking, signed_in
from blueprints.shared.claim_view import claim_view
from blueprints.shared.entry_photos import EntryPhotoView, entry_photo_views, image_response, require_reveal
from blueprints.shared.identity import require_person
from blueprints.shared.presenting import Card, card_view
from blueprints.shared.rendering import render_page


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking as the list shows it; its own page begins with the same."""

    reference: str
    url: str
    card: Card
    check_in: date
    check_out: date
    nights: int
    total: int
    status: str
    status_label: str
    status_tone: str
    keys_note: str | None


@dataclass(frozen=True, slots=True)
class BookingPage:
    """A booking on its own page. The address is there only when it is paid."""

    row: BookingRow
    guests: int
    check_in_at: datetime
    check_out_at: datetime
    address: str | None
    quote: QuoteView
    landlord_name: str
    policy_label: str
    was_paid: bool
    is_over: bool
    """It neither stands nor waits for anything."""
    payment_url: str | None
    host_reason: str
    """Why the landlord declined or cancelled, as far as that was said; may be empty."""
    review_label: str | None
    """What leads to the review's page; None before the stay is over."""
    telegram_url: str
    """Opens the booking in the bot; empty without Telegram."""


@dataclass(frozen=True, slots=True)
class KeysView:
    """The keys' part of the page. `codes` is None until they are revealed: (label, value, is it a code to copy).

    The pictures of the way in come with the codes.
    """

    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    are_new: bool
    codes: list[tuple[str, str, bool]] | None
    photos: list[EntryPhotoView]


@account.get("/bookings")
@signed_in
def bookings() -> ResponseReturnValue:
    """Coming stays first, then those that are over."""
    now = clock.now()
    with reading() as connection:
        found = bookings_of(connection, require_person().id, language=current_language())
    upcoming = [row for row in found if _is_coming(row.status) and row.check_out_at > now]
    past = [row for row in found if row not in upcoming]
    return render_page(
        "account/bookings.html",
        upcoming=[_row(row, now=now) for row in reversed(upcoming)],
        past=[_row(row, now=now) for row in past],
    )


@account.get("/bookings/<reference:reference>")
@own_booking
def booking(reference: str) -> ResponseReturnValue:
    """One booking. Keys are not on it until they are asked for."""
    return _page(own_or_404(reference), None)


@account.post("/bookings/<reference:reference>/keys")
@own_booking
def reveal_keys(reference: str) -> ResponseReturnValue:
    """Show the keys, audited; as a fragment for htmx or as the whole page."""
    found = own_or_404(reference)
    with transaction() as session:
        details = grants.reveal(session, reference, guest_id=require_person().id, now=clock.now())
        pictures = photos.photos_of(session, found.card.id)
    views = entry_photo_views(
        pictures,
        subject=f"booking {reference}",
        url_of=lambda photo_id, word: url_for(
            "account.entry_photo", reference=reference, photo_id=photo_id, shown=word
        ),
    )
    return _page(own_or_404(reference), details, views)


@account.get("/bookings/<reference:reference>/keys/photos/<uuid:photo_id>")
@own_booking
def entry_photo(reference: str, photo_id: UUID) -> ResponseReturnValue:
    """One picture of the way in, as a part of the keys that were just shown; 404 for whatever may not be seen."""
    require_reveal(f"booking {reference}")
    try:
        with transaction() as session:
            guest_id = require_person().id
            image = grants.entry_photo(session, reference, photo_id, guest_id=guest_id, now=clock.now())
    except DomainError:
        abort(404)
    return image_response(image)


def own_or_404(reference: str) -> BookingInfo:
    """This person's booking; anyone else's does not exist."""
    with reading() as connection:
        found = booking_of(connection, require_person().id, reference, language=current_language())
    if found is None:
        abort(404)
    return found


def _page(
    found: BookingInfo, details: AccessDetails | None, pictures: list[EntryPhotoView] | None = None
) -> ResponseReturnValue:
    now = clock.now()
    with reading() as connection:
        stay = stay_details(connection, found.id)
        changes, refunds = changes_of(connection, found.id), refunds_of(connection, found.id)
        has_begun = found.status.is_paid and found.check_in_at <= now  # before that nothing can have been said
        claim = claim_on(connection, found.id) if has_begun else None
        problem = problems.of_booking(connection, found.id) if has_begun else None
    page = render_page(
        "account/booking.html",
        fragment="keys",
        booking=_booking_page(found, stay, now=now),
        changes=changes_view(found, stay, changes, refunds, now=now),
        keys=_keys(found, details, pictures or [], now=now),
        claim=claim_view(claim),
        has_problem=problem is not None,
        can_report=problems.refusal(found.status, found.check_in_at, now=now) is None,
    )
    return page, 200, {"Cache-Control": "no-store"}


def _is_coming(status: BookingStatus) -> bool:
    return status.occupies or status is BookingStatus.REQUESTED


def _keys_state(found: BookingInfo, now: datetime) -> KeysState:
    if not found.status.is_paid or found.keys_from is None or found.keys_until is None:
        return KeysState.HIDDEN
    return KeysWindow(found.keys_from, found.keys_until).state(now)


def _keys(
    found: BookingInfo, details: AccessDetails | None, pictures: list[EntryPhotoView], *, now: datetime
) -> KeysView:
    codes = None if details is None else key_lines(details)
    state, are_new = _keys_state(found, now).value, found.keys_are_new and details is None
    return KeysView(state, found.keys_from, found.keys_until, are_new, codes, pictures)


def _keys_note(found: BookingInfo, now: datetime) -> str | None:
    state = _keys_state(found, now)
    if state is KeysState.NOT_YET and found.keys_from is not None:
        moment = format_moment(found.keys_from, today=clock.local_date(now))
        return gettext("Ключи откроются %(moment)s") % {"moment": moment}
    return gettext("Ключи уже открыты") if state is KeysState.OPEN else None


def _row(found: BookingInfo, *, now: datetime) -> BookingRow:
    label, tone = status_label(found.status)
    return BookingRow(
        reference=found.reference,
        url=url_for("account.booking", reference=found.reference),
        card=card_view(found.card),
        check_in=found.check_in,
        check_out=found.check_out,
        nights=found.nights,
        total=found.total,
        status=found.status.value,
        status_label=label,
        status_tone=tone,
        keys_note=_keys_note(found, now),
    )


def _booking_page(found: BookingInfo, stay: StayDetails, *, now: datetime) -> BookingPage:
    settings: Settings = current_app.config["SETTINGS"]
    is_waiting = found.status in {BookingStatus.HELD, BookingStatus.REQUESTED}
    return BookingPage(
        row=_row(found, now=now),
        guests=found.guests,
        check_in_at=found.check_in_at,
        check_out_at=found.check_out_at,
        address=f"{found.card.city_name}, {stay.street}, {stay.building}" if found.status.is_paid else None,
        quote=quote_view(found.quote),
        landlord_name=_landlord_name(stay),
        policy_label=gettext(POLICY_LABELS[CancellationPolicy(found.cancellation_policy)]),
        was_paid=found.confirmed_at is not None,
        is_over=not _is_coming(found.status),
        payment_url=url_for("checkout.status", reference=found.reference) if is_waiting else None,
        host_reason=reason_to_guest(stay.host_reason),
        review_label=_review_label(found),
        telegram_url=settings.telegram_link(f"b{found.reference}"),
    )


def _review_label(found: BookingInfo) -> str | None:
    if found.status is not BookingStatus.COMPLETED:
        return None
    return gettext("Ваш отзыв") if found.is_reviewed else gettext("Оставить отзыв")


def _landlord_name(stay: StayDetails) -> str:
    if stay.landlord_name_sealed is None:
        return gettext("Хозяин")
    place = place_of("user_profiles", "name_sealed", stay.landlord_id)
    return key_ring().open(stay.landlord_name_sealed, place=place).split(" ")[0]
