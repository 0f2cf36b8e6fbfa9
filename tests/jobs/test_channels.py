"""Which channel tells a person, what happens when it will not or cannot, and what is never told twice (promise 18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.channels.message import Notice
from app.db import transaction
from app.domain import notifications
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.kit import clock
from app.kit.quiet import QuietHours
from app.models import (
    Booking,
    Channel,
    Notification,
    NotificationChannel,
    NotificationKind,
    NotificationStatus,
    OutboxItem,
    Property,
    User,
    UserProfile,
)
from app.notify.channels import Channels, Person
from app.notify.delivery import WaitsForMorning, deliver
from app.notify.statuses import Fate, record_fate
from tests import factories

SMS, TELEGRAM, WHATSAPP = NotificationChannel.SMS, NotificationChannel.TELEGRAM, NotificationChannel.WHATSAPP
URL = "https://zhilego.kz"
BLOCKED = ProviderRefused("telegram: blocked", code="403")
OPTED_OUT = ProviderRefused("twilio: opted out", code="21610")
BUSY = ProviderUnavailable("too many", retry_after=timedelta(seconds=7))
HUNG = ProviderUnavailable("no answer", outcome_unknown=True)


@dataclass
class Line:
    """A channel that remembers what it was given. `answers` are what it does first, one after another."""

    name: str
    answers: list[Exception] = field(default_factory=list)
    linked: bool = True
    sent: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    parts_said: list[int] = field(default_factory=list)

    def can_reach(self, session: Session, person: Person, *, is_vital: bool) -> str | None:
        return f"{self.name}:{person.user_id}" if self.linked and person.user_id is not None else None

    def send_notice(self, to: str, notice: Notice, *, parts_said: int = 0) -> str:
        self.parts_said.append(parts_said)
        return self.send(to, notice.message.text)

    def send(self, to: str, body: str) -> str:
        self.asked += 1
        if self.answers:
            raise self.answers.pop(0)
        self.sent.append((to, body))
        return f"{self.name}-{to}-{len(self.sent)}"


@dataclass
class World:
    """A paid booking, its people and three lines."""

    booking: Booking
    guest: UUID
    phone: str
    now: datetime
    sms: Line = field(default_factory=lambda: Line("sms"))
    telegram: Line = field(default_factory=lambda: Line("telegram"))
    whatsapp: Line = field(default_factory=lambda: Line("whatsapp"))

    @property
    def lines(self) -> tuple[Line, ...]:
        return (self.telegram, self.whatsapp, self.sms)

    @property
    def chats(self) -> dict[NotificationChannel, Line]:
        return {TELEGRAM: self.telegram, WHATSAPP: self.whatsapp}

    def tell(self, kind: NotificationKind, **params: str) -> UUID:
        key = f"test:{kind}:{self.booking.id}"
        with transaction() as session:
            notifications.tell_user(
                session, kind, self.guest, dedup_key=key, now=self.now, params=params, booking_id=self.booking.id
            )
            return session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()

    def send(self, told: UUID, *, later: timedelta = timedelta(0), quiet: QuietHours | None = None) -> None:
        deliver(told, sms=self.sms, chats=self.chats, public_url=URL, quiet=quiet, now=self.now + later)

    def fate(self, told: UUID, fate: Fate, code: str | None = None) -> bool:
        provider_id = row(told).provider_id or "nothing"
        with transaction() as session:
            channels = Channels(self.sms, self.chats)
            return record_fate(session, provider_id, fate, error_code=code, channels=channels, now=self.now)


def row(told: UUID) -> Notification:
    with transaction() as session:
        return session.get_one(Notification, told)


@pytest.fixture
def world(app: Flask, now: datetime) -> Callable[..., World]:
    def make(booked_by: Channel = Channel.WEB) -> World:
        with transaction() as session:
            guest, prop = factories.make_user(session), factories.make_property(session)
            booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(5, now=now), now=now)
            session.execute(update(Booking).where(Booking.id == booking.id).values(channel=booked_by))
            return World(booking, guest, session.get_one(User, guest).phone, now)

    return make


@pytest.mark.parametrize(
    ("booked_by", "linked", "first"),
    [
        (Channel.WEB, "telegram whatsapp", "telegram"),
        (Channel.WEB, "whatsapp", "whatsapp"),
        (Channel.WEB, "", "sms"),
        (Channel.WHATSAPP, "telegram whatsapp", "whatsapp"),
        (Channel.WHATSAPP, "telegram", "telegram"),
        (Channel.TELEGRAM, "telegram whatsapp", "telegram"),
    ],
)
def test_the_channel_of_the_booking_comes_first_and_sms_last(
    world: Callable[..., World], booked_by: Channel, linked: str, first: str
) -> None:
    """5-channels, Delivery of notifications: one of them gets it, the others hear nothing."""
    here = world(booked_by)
    for line in (here.telegram, here.whatsapp):
        line.linked = line.name in linked
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    here.send(told)
    assert [line.name for line in here.lines if line.sent] == [first]
    assert (row(told).status, row(told).channel) == (NotificationStatus.SENT, first)


def test_an_sms_goes_to_the_phone_that_the_person_has_now(world: Callable[..., World]) -> None:
    """No copy of a phone waits with a message."""
    here = world()
    here.telegram.linked = here.whatsapp.linked = False
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    assert row(told).address_sealed is None
    new = factories.new_phone()
    with transaction() as session:
        session.get_one(User, here.guest).phone = new
        session.get_one(UserProfile, here.guest).language = "en"
    here.send(told)
    [(to, text)] = here.sms.sent
    assert to == new
    assert "is cancelled" in text


def test_a_refusal_for_good_falls_to_the_next_channel_at_once(world: Callable[..., World]) -> None:
    """Promise 18: 403 blocked → next channel. The one that refused is not asked again."""
    here = world()
    here.telegram.answers = [BLOCKED]
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    here.send(told)
    assert [line.asked for line in here.lines] == [1, 1, 0]
    found = row(told)
    assert (found.status, found.channel, found.refused) == (NotificationStatus.SENT, WHATSAPP, [TELEGRAM])


def test_when_nobody_takes_it_a_person_gets_to_know(world: Callable[..., World]) -> None:
    """Promise 18: the outbox puts it onto the dead-letter list with the reason."""
    here = world()
    here.telegram.answers, here.whatsapp.answers, here.sms.answers = [BLOCKED], [BLOCKED], [OPTED_OUT]
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    with pytest.raises(ProviderRefused, match="opted out"):
        here.send(told)
    found = row(told)
    assert (found.status, found.error_code, found.params_sealed) == (NotificationStatus.FAILED, "21610", None)
    assert found.refused == [TELEGRAM, WHATSAPP, SMS]


@pytest.mark.parametrize("trouble", [BUSY, HUNG])
def test_trouble_waits_for_the_same_channel(world: Callable[..., World], trouble: ProviderUnavailable) -> None:
    """Promise 18: 429 waits as long as it asks, 5xx and silence are tried again; no other channel says it then."""
    here = world()
    here.telegram.answers = [trouble]
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    with pytest.raises(ProviderUnavailable) as raised:
        here.send(told)
    assert raised.value.retry_after == trouble.retry_after
    assert row(told).status == NotificationStatus.PENDING
    here.send(told)
    assert [len(line.sent) for line in here.lines] == [1, 0, 0]


def test_what_was_refused_before_trouble_is_remembered(world: Callable[..., World]) -> None:
    here = world()
    here.telegram.answers, here.whatsapp.answers = [BLOCKED], [BUSY]
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    with pytest.raises(ProviderUnavailable):
        here.send(told)
    here.send(told)
    assert [line.asked for line in here.lines] == [1, 2, 0]


def completed(here: World) -> None:
    with transaction() as session:
        session.execute(update(Booking).where(Booking.id == here.booking.id).values(status="completed"))


def test_what_is_not_worth_telling_twice_is_not_sent_again_when_nobody_knows(world: Callable[..., World]) -> None:
    """5-channels: after an ambiguous time-out keys and money are sent again, marketing is not."""
    here = world()
    completed(here)
    here.telegram.answers = [HUNG]
    told = here.tell(NotificationKind.REVIEW_REQUEST)
    here.send(told)
    here.send(told)
    assert [line.asked for line in here.lines] == [1, 0, 0]
    assert (row(told).status, row(told).error_code) == (NotificationStatus.FAILED, "unsure")


def test_certain_trouble_does_not_stop_a_review_request(world: Callable[..., World]) -> None:
    here = world()
    completed(here)
    here.telegram.answers = [BUSY]
    told = here.tell(NotificationKind.REVIEW_REQUEST)
    with pytest.raises(ProviderUnavailable):
        here.send(told)
    here.send(told)
    assert len(here.telegram.sent) == 1


@pytest.mark.parametrize(
    ("kind", "times"), [(NotificationKind.REVIEW_REQUEST, 1), (NotificationKind.BOOKING_CANCELLED, 2)]
)
def test_a_worker_that_dies_while_sending(world: Callable[..., World], kind: NotificationKind, times: int) -> None:
    """Promise 15: at most one more a kill; none for what is not worth it."""
    here = world()
    completed(here)
    told = here.tell(kind, by="guest", back="0")

    class Dies(Line):
        def send(self, to: str, body: str) -> str:
            super().send(to, body)
            raise KeyboardInterrupt

    dying = Dies("telegram")
    with pytest.raises(KeyboardInterrupt):
        deliver(told, sms=here.sms, chats={TELEGRAM: dying}, public_url=URL, now=here.now)
    here.send(told)
    assert len(dying.sent) + len(here.telegram.sent) == times


def test_nonsense_from_a_provider_is_for_a_person(world: Callable[..., World]) -> None:
    here = world()
    here.telegram.answers = [ProviderProtocolError("telegram: not an answer")]
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    with pytest.raises(ProviderProtocolError):
        here.send(told)
    assert [line.asked for line in here.lines] == [1, 0, 0]


def landlord_notice(here: World) -> Sequence[Notification]:
    with transaction() as session:
        landlord = session.get_one(Property, here.booking.property_id).landlord_id
        key = f"iban:{here.booking.id}"
        notifications.tell_user(session, NotificationKind.IBAN_CHANGED, landlord, dedup_key=key, now=here.now)
    return copies(here)


def copies(here: World) -> Sequence[Notification]:
    with transaction() as session:
        key = Notification.dedup_key.startswith(f"iban:{here.booking.id}", autoescape=True)
        return session.scalars(select(Notification).where(key).order_by(Notification.dedup_key)).all()


def test_what_goes_everywhere_goes_by_each_channel_once(world: Callable[..., World]) -> None:
    """3-domain: a change of IBAN comes with notices on all channels. One that refuses costs the others nothing."""
    here = world()
    here.whatsapp.answers = [BLOCKED]
    [first] = landlord_notice(here)
    here.send(first.id)
    assert [len(line.sent) for line in here.lines] == [1, 0, 0]
    for _ in range(2):
        for copy in copies(here):
            if copy.channel == WHATSAPP and copy.status == NotificationStatus.PENDING:
                with pytest.raises(ProviderRefused):
                    here.send(copy.id)
            else:
                here.send(copy.id)
    assert [len(line.sent) for line in here.lines] == [1, 0, 1]
    assert [line.asked for line in here.lines] == [1, 1, 1]
    with transaction() as session:
        items = [str(copy.id) for copy in copies(here)]
        assert len(session.scalars(select(OutboxItem).where(OutboxItem.subject_id.in_(items))).all()) == 3


def test_at_night_it_waits_and_arrives_in_the_morning(world: Callable[..., World]) -> None:
    here = world()
    here.now = clock.at_local(clock.local_date(here.now) + timedelta(days=1), time(2))
    night = QuietHours.parse("22:00-08:00")
    told = here.tell(NotificationKind.REFUNDED, amount="127500", reason="shortened")
    with pytest.raises(WaitsForMorning) as waits:
        here.send(told, quiet=night)
    assert waits.value.retry_after == timedelta(hours=6)
    assert (row(told).status, [line.asked for line in here.lines]) == (NotificationStatus.PENDING, [0, 0, 0])
    here.send(told, quiet=night, later=timedelta(hours=6))
    assert len(here.telegram.sent) == 1


def test_what_arrived_is_delivered_and_stays_so(world: Callable[..., World]) -> None:
    """Callbacks come in any order: none of them takes back that it arrived."""
    here = world()
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    here.send(told)
    assert row(told).params_sealed is not None, "another channel may have to say it"
    for fate in (Fate.DELIVERED, Fate.UNDELIVERED, Fate.DELIVERED):
        assert here.fate(told, fate, "30003")
    found = row(told)
    assert (found.status, found.error_code, found.params_sealed) == (NotificationStatus.DELIVERED, None, None)


def test_what_could_not_be_brought_falls_to_the_next_channel(world: Callable[..., World]) -> None:
    here = world()
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    here.send(told)
    assert here.fate(told, Fate.UNDELIVERED, "63024")
    assert (row(told).status, row(told).error_code) == (NotificationStatus.PENDING, "63024")
    with transaction() as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(told))).all()
        assert len(items) == 2
    here.send(told)
    assert [len(line.sent) for line in here.lines] == [1, 1, 0]
    assert here.fate(told, Fate.DELIVERED)
    assert (row(told).status, row(told).channel) == (NotificationStatus.DELIVERED, WHATSAPP)


def test_without_another_channel_it_ends_undelivered_until_it_arrives_after_all(world: Callable[..., World]) -> None:
    here = world()
    here.telegram.linked = here.whatsapp.linked = False
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    here.send(told)
    assert row(told).params_sealed is None
    assert here.fate(told, Fate.UNDELIVERED, "30003")
    assert (row(told).status, row(told).error_code) == (NotificationStatus.UNDELIVERED, "30003")
    here.send(told)
    assert here.sms.asked == 1
    assert here.fate(told, Fate.DELIVERED)
    assert (row(told).status, row(told).error_code) == (NotificationStatus.DELIVERED, None)


def test_a_message_that_nobody_sent_has_no_fate(world: Callable[..., World]) -> None:
    here = world()
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    assert not here.fate(told, Fate.DELIVERED)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (NotificationKind.REFUNDED, {"amount": "127500", "reason": "dates_taken"}),
        (NotificationKind.REFUNDED, {"amount": "127500", "reason": "shortened"}),
        (NotificationKind.DEPOSIT_CLAIM_OPEN, {"amount": "127500"}),
        (NotificationKind.PAYOUT_SENT, {"amount": "127500"}),
    ],
)
def test_messages_about_money_say_how_much(
    world: Callable[..., World], kind: NotificationKind, params: dict[str, str]
) -> None:
    """What their senders hand over is what the texts need."""
    here = world()
    here.send(here.tell(kind, **params))
    [(_, text)] = here.telegram.sent
    assert "127\u00a0500\u00a0₸" in text
    assert ("простите" in text) is (params.get("reason") == "dates_taken")
