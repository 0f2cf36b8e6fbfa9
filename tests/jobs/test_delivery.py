"""Messages reach the phone's owner once, in time, in their language; keys only while they may be seen."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from app.db import transaction
from app.domain import notifications
from app.domain.access import grants
from app.domain.access.details import BookingCodes
from app.domain.actor import Actor
from app.domain.bookings import state_machine
from app.domain.checkout.cancel import cancel
from app.integrations.errors import ProviderRefused, ProviderUnavailable
from app.integrations.twilio import TwilioSms
from app.jobs import outbox, providers
from app.models import (
    AccessGrant,
    Booking,
    BookingStatus,
    Notification,
    NotificationKind,
    NotificationStatus,
    OutboxItem,
    Property,
    User,
    UserProfile,
)
from app.notify.delivery import deliver
from tests import factories
from tests.standins import StandIns

URL = "https://zhilego.kz"


def tell(phone: str, *, now: datetime, language: str = "ru", expires_at: datetime | None = None) -> UUID:
    """A one-time code on its way to a phone; the notification's id."""
    key = f"test:{uuid4()}"
    with transaction() as session:
        assert notifications.tell(
            session,
            NotificationKind.LOGIN_CODE,
            phone=phone,
            language=language,
            dedup_key=key,
            now=now,
            params={"code": "048213"},
            expires_at=expires_at,
        )
        return session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()


def row(notification_id: UUID) -> Notification:
    with transaction() as session:
        return session.get_one(Notification, notification_id)


def paid(now: datetime, *, language: str = "ru") -> tuple[Booking, str]:
    """A paid booking in five days and its guest's phone."""
    with transaction() as session:
        guest = factories.make_user(session)
        session.get_one(UserProfile, guest).language = language
        prop = factories.make_property(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(5), now=now)
        return booking, session.get_one(User, guest).phone


def about(booking: Booking, kind: NotificationKind) -> UUID:
    with transaction() as session:
        statement = select(Notification.id).where(Notification.booking_id == booking.id, Notification.kind == kind)
        return session.scalars(statement).one()


def test_a_code_arrives_once_and_its_text_is_forgotten(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime
) -> None:
    phone = factories.new_phone()
    told = tell(phone, now=now)
    for _ in range(3):
        deliver(told, sms=sms, public_url=URL, now=now)
    [text] = standins.sms_to(phone)
    assert "048213" in text
    found = row(told)
    assert (found.status, found.sent_at, found.params_sealed) == (NotificationStatus.SENT, now, None)
    assert found.provider_id is not None


@pytest.mark.parametrize(("language", "word"), [("ru", "код"), ("kk", "048213"), ("en", "code")])
def test_it_is_in_the_persons_language(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime, *, language: str, word: str
) -> None:
    phone = factories.new_phone()
    deliver(tell(phone, now=now, language=language), sms=sms, public_url=URL, now=now)
    [text] = standins.sms_to(phone)
    assert word in text.lower()


def test_a_code_that_ran_out_is_not_sent(app: Flask, standins: StandIns, sms: TwilioSms, now: datetime) -> None:
    phone = factories.new_phone()
    told = tell(phone, now=now, expires_at=now + timedelta(minutes=10))
    deliver(told, sms=sms, public_url=URL, now=now + timedelta(minutes=10))
    assert standins.sms_to(phone) == []
    assert (row(told).status, row(told).params_sealed) == (NotificationStatus.FAILED, None)


@pytest.mark.parametrize("fault", ["server_error", "too_many"])
def test_a_provider_in_trouble_leaves_the_message_pending(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime, fault: str
) -> None:
    """Promise 18: the outbox tries again, and then it arrives once."""
    phone = factories.new_phone()
    told = tell(phone, now=now)
    standins.set_sms_faults(answer=fault)
    with pytest.raises(ProviderUnavailable):
        deliver(told, sms=sms, public_url=URL, now=now)
    assert row(told).status == NotificationStatus.PENDING
    standins.set_sms_faults()
    deliver(told, sms=sms, public_url=URL, now=now)
    assert len(standins.sms_to(phone)) == 1


def test_a_number_that_is_refused_is_final(app: Flask, standins: StandIns, sms: TwilioSms, now: datetime) -> None:
    """Promise 18: blocked recipients are not tried again, and nothing personal is kept."""
    told = tell("+77010000000000", now=now)
    with pytest.raises(ProviderRefused):
        deliver(told, sms=sms, public_url=URL, now=now)
    found = row(told)
    assert (found.status, found.params_sealed, found.sent_at) == (NotificationStatus.FAILED, None, None)
    deliver(told, sms=sms, public_url=URL, now=now)


def test_the_same_thing_is_told_once(app: Flask, now: datetime) -> None:
    key = f"test:{uuid4()}"
    made = []
    for _ in range(3):
        with transaction() as session:
            made.append(
                notifications.tell(
                    session,
                    NotificationKind.LOGIN_CODE,
                    phone=factories.new_phone(),
                    language="ru",
                    dedup_key=key,
                    now=now,
                )
            )
    assert made == [True, False, False]
    with transaction() as session:
        told = session.scalars(select(Notification).where(Notification.dedup_key == key)).one()
        assert len(session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(told.id))).all()) == 1


def test_the_confirmation_names_booking_and_address_and_no_codes(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime
) -> None:
    """Promise 24: codes travel only when it is time."""
    booking, phone = paid(now)
    deliver(about(booking, NotificationKind.BOOKING_CONFIRMED), sms=sms, public_url=URL, now=now)
    [text] = standins.sms_to(phone)
    assert booking.reference in text
    assert "Сатпаева, 90/43" in text
    assert f"{URL}/bookings/{booking.reference}" in text
    assert factories.CODES.key_safe not in text


def keys_message(booking: Booking) -> UUID:
    """The keys' message, made when its time has come."""
    with transaction() as session:
        grants.send_due(session, now=booking.check_in_at - timedelta(hours=24))
    return about(booking, NotificationKind.KEYS)


def test_keys_are_read_when_they_are_sent_and_kept_nowhere(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime
) -> None:
    """Promise 24: a code that was changed after the message was planned arrives as it is now."""
    booking, phone = paid(now)
    told = keys_message(booking)
    assert row(told).params_sealed is None
    with transaction() as session:
        session.get_one(AccessGrant, booking.id).codes = BookingCodes(key_safe="7777").model_dump_json()
    deliver(told, sms=sms, public_url=URL, now=booking.check_in_at)
    [text] = standins.sms_to(phone)
    assert "7777" in text
    assert factories.CODES.intercom in text
    assert factories.CODES.key_safe not in text
    assert row(told).params_sealed is None


@pytest.mark.parametrize("what", ["cancelled", "over", "too early"])
def test_keys_that_may_not_be_seen_any_more_are_not_sent(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime, what: str
) -> None:
    """Promise 24: the right is checked again at the moment of sending."""
    booking, phone = paid(now)
    told = keys_message(booking)
    moment = booking.check_in_at
    if what == "cancelled":
        with transaction() as session:
            row_ = session.get_one(Booking, booking.id, with_for_update=True)
            state_machine.transition(
                session, row_, BookingStatus.CANCELLED_BY_GUEST, actor=Actor.guest(row_.guest_id), now=now
            )
    elif what == "over":
        moment = booking.check_out_at
    else:
        moment = booking.check_in_at - timedelta(hours=24, seconds=1)
    deliver(told, sms=sms, public_url=URL, now=moment)
    assert standins.sms_to(phone) == []
    assert row(told).status == NotificationStatus.FAILED


def test_addresses_and_texts_are_sealed_for_their_own_row(app: Flask, now: datetime) -> None:
    phone = factories.new_phone()
    found = row(tell(phone, now=now))
    assert phone[1:].encode() not in (found.address_sealed or b"")
    assert b"048213" not in (found.params_sealed or b"")
    assert json.loads(found.params or "{}") == {"code": "048213"}


@pytest.mark.parametrize(
    ("language", "reason", "words"),
    [
        ("ru", "repair", "Причина: в квартире ремонт или авария. Вернём"),
        ("kk", "repair", "Себебі: пәтерде жөндеу немесе апат."),
        ("en", "cannot_host", "Reason: the host cannot take in guests."),
        ("ru", "other", "нам очень жаль. Вернём"),
    ],
)
def test_a_cancellation_says_the_landlords_reason_in_the_guests_language(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime, *, language: str, reason: str, words: str
) -> None:
    booking, phone = paid(now, language=language)
    with transaction() as session:
        landlord = session.get_one(Property, booking.property_id).landlord_id
        cancel(session, booking.reference, actor=Actor.landlord(landlord), reason=reason, now=now)
    deliver(about(booking, NotificationKind.BOOKING_CANCELLED), sms=sms, public_url=URL, now=now)
    text = standins.sms_to(phone)[-1]
    assert words in text
    assert reason not in text


def test_nothing_personal_is_logged_when_it_cannot_be_sent(app: Flask, now: datetime) -> None:
    """Promise 30: neither the phone nor the code, whatever goes wrong; the attempt itself is logged."""
    phone = factories.new_phone()
    told = tell(phone, now=now)
    with transaction() as session:
        item = session.scalars(select(OutboxItem.id).where(OutboxItem.subject_id == str(told))).one()
    providers.sms.cache_clear()
    with capture_logs() as logs:
        outbox.work_off(item)  # nobody answers for Twilio here
    providers.sms.cache_clear()
    assert [entry["event"] for entry in logs] == ["outbox_postponed"]
    for secret in (phone[2:], "048213"):
        assert secret not in str(logs)
    with transaction() as session:
        assert phone[2:] not in (session.get_one(OutboxItem, item).last_error or "")
