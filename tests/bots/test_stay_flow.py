"""A guest's stays in the chat: keys, longer, cancelled, reviewed; nobody else's."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.models import AmendmentStatus, AuditEntry, Booking, BookingAmendment, BookingStatus, Review
from tests import factories
from tests.bots.talk import Talk


@pytest.fixture
def paid(app: Flask, now: datetime) -> tuple[UUID, str]:
    """A guest, and the reference of their paid stay that begins today."""
    with transaction() as session:
        guest = factories.make_user(session)
        prop = factories.make_property(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(0, 2), now=now)
        return guest, booking.reference


def test_the_list_leads_to_a_booking_and_its_keys_which_are_audited(paid: tuple[UUID, str], now: datetime) -> None:
    guest, reference = paid
    talk = Talk.of(guest, now)
    talk.say("меню")
    talk.press("Мои брони")
    talk.press(reference)
    assert talk.is_at(State.BOOKING)
    talk.press("Ключи")
    assert talk.is_at(State.KEYS)
    assert factories.CODES.intercom in talk.text
    assert factories.CODES.key_safe in talk.text
    with transaction() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.actor_id == guest)).all()
    assert any(act.startswith("access.") for act in acts)
    for said, state in (
        ("назад", State.BOOKING),
        ("ыыыыы", State.BOOKING),
        ("назад", State.BOOKING),
        ("назад", State.BOOKINGS),
    ):
        talk.say(said)
        assert talk.is_at(state), said


def test_a_cancellation_shows_the_refund_first_and_happens_once(paid: tuple[UUID, str], now: datetime) -> None:
    guest, reference = paid
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"can:{reference}")
    assert "₸" in talk.text
    yes = next(payload for label, payload in talk.buttons if "Да" in label)
    talk.do(InboundKind.PRESS, payload=yes)
    assert _status(reference) is BookingStatus.CANCELLED_BY_GUEST
    said = talk.do(InboundKind.PRESS, payload=yes).messages[0].text
    assert said == "Бронь уже в другом состоянии. Откройте её ещё раз из главного меню."


def test_a_refund_that_was_not_shown_is_refused(paid: tuple[UUID, str], now: datetime) -> None:
    guest, reference = paid
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"canx:{reference}:1")
    assert _status(reference) is not BookingStatus.CANCELLED_BY_GUEST


def test_a_stay_is_extended_by_its_price_and_once(paid: tuple[UUID, str], now: datetime) -> None:
    guest, reference = paid
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"ext:{reference}")
    talk.press("+1")
    hold = next(payload for label, payload in talk.buttons if "оплатить" in label)
    for _ in range(2):
        talk.do(InboundKind.PRESS, payload=hold)
        assert talk.is_at(State.PAYING)
    [extension] = _extensions(reference)
    assert extension.status == AmendmentStatus.HELD
    talk.press("Не продлевать")
    talk.press("Да, не продлевать")
    assert "бронь осталась прежней" in talk.text
    [extension] = _extensions(reference)
    assert extension.status == AmendmentStatus.CANCELLED
    assert _status(reference) is BookingStatus.CONFIRMED


def test_an_unpaid_booking_is_given_up_the_same_from_the_list_and_from_the_payment(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest, prop = factories.make_user(session), factories.make_property(session)
        reference = factories.make_hold(session, prop, guest, factories.stay_in(8, now=now), now=now).reference
    talk = Talk.of(guest, now)
    asked = [talk.do(InboundKind.PRESS, payload=f"{code}:{reference}").messages for code in ("can", "drop")]
    assert asked[0] == asked[1]
    talk.do(InboundKind.PRESS, payload=f"canx:{reference}:0")
    assert talk.is_at(State.PAYING)
    assert _status(reference) is BookingStatus.CANCELLED_BY_GUEST


def test_a_stay_that_is_over_is_reviewed_once(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest = factories.make_user(session)
        prop = factories.make_property(session)
        booking = factories.make_completed_booking(session, prop, guest)
        reference = booking.reference
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"rev:{reference}")
    talk.press("★★★★★")
    talk.say("5 из 5, чисто и тихо")
    with transaction() as session:
        [review] = session.scalars(select(Review).join(Booking).where(Booking.reference == reference)).all()
        assert (review.rating, review.text) == (5, "5 из 5, чисто и тихо")
    talk.do(InboundKind.PRESS, payload=f"rev:{reference}")
    assert not talk.is_at(State.REVIEW_STARS)


@pytest.mark.parametrize("code", ["bk", "keys", "ext", "can", "canx", "rev", "extp", "extw", "extd"])
def test_another_persons_booking_does_not_exist(paid: tuple[UUID, str], now: datetime, code: str) -> None:
    with transaction() as session:
        other = factories.make_user(session)
    talk = Talk.of(other, now)
    said = talk.do(InboundKind.PRESS, payload=f"{code}:{paid[1]}").messages
    assert [message.text for message in said] == ["Такой брони у вас нет."]
    assert _status(paid[1]) is BookingStatus.CONFIRMED


def test_keys_wait_for_the_day_before(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest = factories.make_user(session)
        prop = factories.make_property(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(9), now=now)
        reference = booking.reference
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"keys:{reference}")
    assert not talk.is_at(State.KEYS)


def test_somebody_unknown_is_asked_for_a_phone_first(paid: tuple[UUID, str], now: datetime) -> None:
    talk = Talk(now + timedelta(minutes=1))
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.PRESS, payload="bks")
    assert talk.is_at(State.PHONE)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    code=st.sampled_from(["bks", "bk", "keys", "ext", "exth", "extp", "extw", "extd", "can", "canx", "rev", "star"]),
    values=st.lists(st.text(max_size=20).filter(lambda text: ":" not in text), max_size=4),
)
def test_whatever_a_button_carries_is_answered_in_words(
    paid: tuple[UUID, str], now: datetime, code: str, values: list[str]
) -> None:
    talk = Talk.of(paid[0], now)
    assert talk.do(InboundKind.PRESS, payload=":".join([code, *values])).messages
    assert _status(paid[1]) is BookingStatus.CONFIRMED


def _extensions(reference: str) -> list[BookingAmendment]:
    with transaction() as session:
        statement = select(BookingAmendment).join(Booking).where(Booking.reference == reference)
        return list(session.scalars(statement))


def _status(reference: str) -> BookingStatus:
    with transaction() as session:
        return BookingStatus(session.scalars(select(Booking.status).where(Booking.reference == reference)).one())
