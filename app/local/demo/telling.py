"""Telling the story: stays are written as they stood then, and changed by the product's own functions at that moment.

So refunds, amendments, keys, history and audit trail are what the product makes of them. Nobody is told (no
notification is left) and no money is sent: the refunds of the past are over.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.access import grants
from app.domain.actor import SYSTEM, Actor
from app.domain.aftercare import deposits, problems
from app.domain.bookings import state_machine
from app.domain.checkout import amendments, cancel, request
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.settle import settle
from app.domain.listings.cards import PhotoInfo
from app.domain.payments.lifecycle import ProviderEvent
from app.domain.search import index
from app.local.demo.booking_rows import BookingRows, PlannedBooking, reference_of
from app.local.demo.copying import reserve_ids
from app.local.demo.flat import DemoFlat
from app.local.demo.kaspi_numbers import payment_number, transaction_number
from app.local.demo.refunds import let_refunds_arrive
from app.local.demo.story import Episode, Turn
from app.models import (
    AccessGrant,
    Booking,
    BookingAmendment,
    BookingStatus,
    Channel,
    Notification,
    OutboxItem,
    Payment,
    TransactionKind,
    TransactionSource,
)

_GUESTS = 2
_PROBLEM = "Код сейфа не подходит, хозяин не берёт трубку."
_CLAIM = "Разбито зеркало в прихожей, фото сделано сразу после выезда."
_REASON = "Прорвало трубу, меняем стояк: простите, пожалуйста."


class Teller:
    """Tells episodes in flats of these ids."""

    def __init__(
        self,
        session: Session,
        ids: Sequence[int],
        flats: Sequence[DemoFlat],
        rng: random.Random,
        *,
        claim_photo: PhotoInfo,
        now: datetime,
    ) -> None:
        self._session = session
        self._ids = ids
        self._flats = flats
        self._rng = rng
        self._claim_photo = claim_photo
        self._now = now

    def tell(self, story: Sequence[Episode]) -> int:
        """Write and play the episodes; how many bookings that made."""
        bookings = [self._ask(each) if each.turn is Turn.ASKED else self._play(each) for each in story]
        self._forget_messages(bookings)
        for property_id in sorted({booking.property_id for booking in bookings}):
            index.rebuild(self._session, property_id, now=self._now)  # days of the past have no place in the ring
        self._session.flush()
        self._session.expunge_all()
        return len(bookings)

    def _ask(self, episode: Episode) -> Booking:
        wanted = HoldRequest(self._ids[episode.flat], episode.stay, _GUESTS)
        booking = request.ask(
            self._session, wanted, guest_id=episode.guest_id, channel=Channel.WEB, now=episode.booked_at
        )
        booking.reference = reference_of(booking.id)
        return booking

    def _play(self, episode: Episode) -> Booking:
        (booking_id,) = reserve_ids(self._session, "bookings", 1)
        rows = BookingRows(episode.at, self._rng)
        property_id, flat = self._ids[episode.flat], self._flats[episode.flat]
        rows.add(
            PlannedBooking(booking_id, property_id, flat, episode.guest_id, episode.stay, _GUESTS, episode.booked_at)
        )
        rows.write(self._session)
        booking = self._session.get_one(Booking, booking_id)
        self._turn(episode, booking)
        self._live_on(booking)
        return booking

    def _turn(self, episode: Episode, booking: Booking) -> None:
        session, at, reference = self._session, episode.at, booking.reference
        guest, landlord = Actor.guest(episode.guest_id), Actor.landlord(self._flats[episode.flat].landlord.id)
        if episode.turn is Turn.CANCELLED_BY_GUEST:
            cancel.cancel(session, reference, actor=guest, now=at)
        elif episode.turn is Turn.CANCELLED_BY_LANDLORD:
            cancel.cancel(session, reference, actor=landlord, now=at, reason=_REASON)
        elif episode.turn is Turn.NO_SHOW:
            cancel.report_no_show(session, reference, actor=landlord, now=at)
        elif episode.turn is Turn.TROUBLED:
            problems.report(session, reference, guest_id=episode.guest_id, reason="no_entry", text=_PROBLEM, now=at)
        elif episode.turn is Turn.CLAIMED:
            self._claim(episode, booking)
        elif episode.new_check_out is not None and episode.turn is Turn.EXTENDED:
            amendment = amendments.extend(
                session, reference, episode.new_check_out, guest_id=episode.guest_id, total_shown=None, now=at
            )
            self._pay(amendment, at)
        elif episode.new_check_out is not None and episode.turn is Turn.SHORTENED:
            amendments.shorten(
                session, reference, episode.new_check_out, guest_id=episode.guest_id, back_shown=None, now=at
            )

    def _claim(self, episode: Episode, booking: Booking) -> None:
        """Two thirds of the deposit, for a broken mirror."""
        flat = self._flats[episode.flat]
        deposits.claim(
            self._session,
            booking.reference,
            landlord_id=flat.landlord.id,
            amount=flat.tariff.deposit * 2 // 3,
            reason="damage",
            text=_CLAIM,
            photos=[self._claim_photo],
            now=episode.at,
        )

    def _pay(self, amendment: BookingAmendment, at: datetime) -> None:
        payment = self._session.scalars(select(Payment).where(Payment.amendment_id == amendment.id)).one()
        payment.provider_id = payment_number(payment.id)
        event = ProviderEvent(
            payment_id=payment.id,
            kind=TransactionKind.PAID,
            amount=payment.amount,
            transaction_id=transaction_number(payment.id),
            at=at,
            source=TransactionSource.CALLBACK,
            provider_id=payment.provider_id,
        )
        self._session.flush()
        settle(self._session, event, now=at)

    def _live_on(self, booking: Booking) -> None:
        """Let the keys go out, the guest arrive and leave, as far as time has come."""
        session, now = self._session, self._now
        session.flush()
        session.refresh(booking)
        grant = session.get_one(AccessGrant, booking.id, populate_existing=True)
        if grant.sent_at is None and grant.revoked_at is None and grant.valid_from <= now:
            grants.send_due(session, now=grant.valid_from)
        for before, after, moment in (
            (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, booking.check_in_at),
            (BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, booking.check_out_at),
        ):
            if booking.status == before and moment <= now:
                state_machine.transition(session, booking, after, actor=SYSTEM, now=moment, reason="time")

    def _forget_messages(self, bookings: Sequence[Booking]) -> None:
        session, ids = self._session, [booking.id for booking in bookings]
        let_refunds_arrive(session, ids)
        subjects = [
            str(key)
            for model in (Notification, Payment)
            for key in session.scalars(select(model.id).where(model.booking_id.in_(ids)))
        ]
        session.execute(delete(OutboxItem).where(OutboxItem.subject_id.in_(subjects)))
        session.execute(delete(Notification).where(Notification.booking_id.in_(ids)))
