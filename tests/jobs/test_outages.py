"""A provider that is away for days costs nobody anything: what waits for it keeps its turn, and is done once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from flask import Flask
from redis import Redis
from sqlalchemy import select

from app.db import transaction
from app.domain import dead_letters, notifications, outbox
from app.domain.outbox import PATIENCE, WAITS_OUT, Claimed, End, Outcome
from app.jobs.outbox import attempt
from app.kit import clock
from app.models import NotificationKind, OutboxItem, OutboxKind, RefundStatus
from tests import factories
from tests.jobs.refunded import Paid, accounts, cancelled, refund_of, refunded_at, transfers
from tests.standins import StandIns

HOUR = timedelta(hours=1)


def item(item_id: int) -> OutboxItem:
    with transaction() as session:
        return session.get_one(OutboxItem, item_id)


def item_of(stay: Paid) -> OutboxItem:
    (transfer,) = transfers(stay.id)
    with transaction() as session:
        return session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(transfer.id))).one()


def claim(item_id: int, now: datetime) -> Claimed:
    with transaction() as session:
        (claimed,) = outbox.claim(session, list(OutboxKind), now=now, limit=1, only=item_id)
    return claimed


def away(
    item_id: int, now: datetime, *, retry_after: timedelta | None = None, again_within: timedelta | None = None
) -> OutboxItem:
    """One more try at a provider that does not answer."""
    claimed = claim(item_id, now)
    failure = outbox.failed(claimed, "HTTP 503", retry_after=retry_after, again_within=again_within, is_outage=True)
    with transaction() as session:
        outbox.record(session, [failure], now=now)
    return item(item_id)


def add(kind: OutboxKind, *, now: datetime) -> int:
    with transaction() as session:
        outbox.add(session, kind, uuid4(), now=now)
        return session.scalars(select(OutboxItem.id).order_by(OutboxItem.id.desc())).first() or 0


def test_refunds_outlast_a_bank_that_is_away_for_days(alone: Flask, standins: StandIns, redis: Redis) -> None:
    """They fail at Kaspi, then at the open circuit, far more often than anything else may; nobody has to revive one."""
    stays = [cancelled(standins), cancelled(standins)]
    standins.set_faults(refund_500="before")
    begun = moment = clock.now() + timedelta(seconds=1)
    tries = 0
    while moment < begun + 3 * 24 * HOUR:
        for stay in stays:
            claimed = claim(item_of(stay).id, moment)
            outcome = attempt(claimed)
            assert outcome.is_outage
            with transaction() as session:
                outbox.record(session, [outcome], now=moment)
        tries += 1
        due = max(item_of(stay).available_at for stay in stays)
        assert moment < due <= moment + WAITS_OUT[OutboxKind.SEND_REFUND]
        moment = due if tries <= outbox.MAX_ATTEMPTS else due + 12 * HOUR
    assert tries > outbox.MAX_ATTEMPTS + 4
    for stay in stays:
        waiting = item_of(stay)
        assert (waiting.dead_at, waiting.attempts, waiting.trouble_since) == (None, 0, begun)
    with transaction() as session:
        (backlog,) = [each for each in dead_letters.backlog(session, now=moment) if each.kind == "send_refund"]
    assert (backlog.dead, backlog.in_trouble, backlog.trouble_since) == (0, 2, begun)
    status = alone.test_cli_runner().invoke(args=["work", "status"]).output
    assert f"2 of them wait for a provider that is away, the first since {begun:%Y-%m-%d %H:%M} UTC" in status
    standins.set_faults()
    redis.flushdb()  # the circuit's pause of 20 seconds is over
    for stay in stays:
        outcome = attempt(claim(item_of(stay).id, moment))
        with transaction() as session:
            outbox.record(session, [outcome], now=moment)
        assert (item_of(stay).done_at, item_of(stay).trouble_since) == (moment, None)
        assert refund_of(stay.id).status == RefundStatus.DONE
        assert refunded_at(standins, stay) == stay.total
        assert accounts(stay.id) == {}


def test_an_outage_uses_up_no_attempts_and_what_fails_by_itself_does(app: Flask, now: datetime) -> None:
    item_id, moment = add(OutboxKind.SEND_REFUND, now=now), clock.now()
    for _ in range(outbox.MAX_ATTEMPTS - 1):
        outcome = outbox.failed(claim(item_id, moment), "SealError")
        with transaction() as session:
            outbox.record(session, [outcome], now=moment)
        moment = away(item_id, item(item_id).available_at).available_at
    found = item(item_id)
    assert (found.attempts, found.dead_at) == (outbox.MAX_ATTEMPTS - 1, None)
    outcome = outbox.failed(claim(item_id, moment), "SealError")
    assert outcome.end is End.DEAD


def test_a_refund_that_fails_while_kaspi_makes_others_comes_to_staff(alone: Flask, now: datetime) -> None:
    """An error that Kaspi has for one request only: its guest does not wait for a week."""
    item_id, begun = add(OutboxKind.SEND_REFUND, now=now), clock.now()
    moment = begun
    for number in range(outbox.MAX_ATTEMPTS + 1):
        found = away(item_id, moment)
        assert found.attempts == number, "the first one cannot know"
        if found.dead_at is not None:
            break
        other = add(OutboxKind.SEND_REFUND, now=now)
        with transaction() as session:
            outbox.record(session, [Outcome(claim(other, moment), End.DONE)], now=moment + timedelta(seconds=1))
        moment = max(moment + timedelta(seconds=2), found.available_at)
    assert (found.dead_at, found.last_error) == (moment, "HTTP 503")
    assert moment < begun + 5 * HOUR


def test_a_wait_of_a_week_is_the_last_one(app: Flask, now: datetime) -> None:
    """Seven days are the life of a job; an error that a provider has for one request only is no outage for ever."""
    item_id, begun = add(OutboxKind.SEND_REFUND, now=now), clock.now()
    away(item_id, begun)
    assert away(item_id, begun + PATIENCE - HOUR).dead_at is None
    given_up = away(item_id, begun + PATIENCE)
    assert (given_up.dead_at, given_up.last_error) == (begun + PATIENCE, "HTTP 503")


def test_a_provider_that_answered_begins_another_outage(app: Flask, now: datetime) -> None:
    item_id, begun = add(OutboxKind.SEND_NOTIFICATION, now=now), clock.now()
    away(item_id, begun)
    with transaction() as session:
        outbox.record(session, [outbox.failed(claim(item_id, begun + HOUR), "busy")], now=begun + HOUR)
    assert item(item_id).trouble_since is None
    assert away(item_id, begun + 2 * HOUR).trouble_since == begun + 2 * HOUR


def test_a_message_that_may_have_been_told_is_told_as_often_as_an_attempt_may_fail(
    alone: Flask, standins: StandIns, now: datetime
) -> None:
    """Twilio sends it and answers 500: somebody must look, before the person has heard it each quarter of an hour for
    days."""
    phone = factories.new_phone()
    with transaction() as session:
        code, key = NotificationKind.LOGIN_CODE, f"outage:{uuid4()}"
        notifications.tell(session, code, phone=phone, language="ru", dedup_key=key, now=now, params={"code": "048213"})
    standins.set_sms_faults(answer="server_error_after")
    moment = clock.now()
    for _ in range(outbox.MAX_ATTEMPTS + 4):
        with transaction() as session:
            claimed = outbox.claim(session, list(OutboxKind), now=moment, limit=1)
        outcomes = [attempt(each) for each in claimed]
        with transaction() as session:
            outbox.record(session, outcomes, now=moment)
            found = session.scalars(select(OutboxItem)).one()
        moment = max(moment, found.available_at)
    assert found.dead_at is not None
    assert len(standins.sms_to(phone)) == outbox.MAX_ATTEMPTS


def test_who_wants_to_pay_is_not_kept_waiting_long_when_the_bank_is_back(app: Flask, now: datetime) -> None:
    """Their hold runs out; so few wait that asking often harms nobody."""
    item_id, begun = add(OutboxKind.CREATE_PAYMENT, now=now), clock.now()
    away(item_id, begun)
    assert away(item_id, begun + HOUR).available_at <= begun + HOUR + timedelta(seconds=30)


def test_what_a_provider_asks_for_and_what_has_another_way_are_obeyed(app: Flask, now: datetime) -> None:
    item_id, begun = add(OutboxKind.SEND_NOTIFICATION, now=now), clock.now()
    assert away(item_id, begun, retry_after=HOUR).available_at >= begun + HOUR
    later = begun + 2 * HOUR
    assert away(item_id, later, retry_after=HOUR, again_within=HOUR / 60).available_at == later + HOUR / 60


def test_an_answer_in_a_chat_is_given_up_as_ever(app: Flask, now: datetime) -> None:
    """Hours later it answers nothing any more, and everything that is said in its chat waits behind it."""
    item_id, moment = add(OutboxKind.SEND_CHAT_REPLY, now=now), clock.now()
    for _ in range(outbox.CHAT_ATTEMPTS):
        found = away(item_id, moment)
        moment = found.available_at
    assert (found.attempts, found.dead_at is None) == (outbox.CHAT_ATTEMPTS, False)
