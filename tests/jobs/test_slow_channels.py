"""Keys do not wait for a chat in trouble: after two minutes the next channel tells them, once (promise 18)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from app.domain import outbox
from app.domain.outbox import Claimed
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.models import NotificationKind, NotificationStatus, OutboxKind
from app.notify.statuses import Fate
from tests.jobs.test_channels import BUSY, HUNG, SMS, World, row, world  # noqa: F401  # a fixture among them

KEYS = NotificationKind.KEYS


@pytest.fixture
def here(world: Callable[..., World]) -> World:  # noqa: F811  # the fixture above
    """An hour before check-in, when the keys may be seen, of somebody with one chat."""
    here = world()
    here.whatsapp.linked = False
    here.now = here.booking.check_in_at - timedelta(hours=1)
    return here


def until_it_is_sent(here: World, told: UUID, trouble: Exception) -> timedelta:
    """Try again as late as the outbox may, with this trouble at Telegram, until somebody took it: when that was."""
    item = Claimed(1, OutboxKind.SEND_NOTIFICATION, str(told), attempt=9)
    later = timedelta(0)
    while row(told).status == NotificationStatus.PENDING:
        here.telegram.answers = [trouble]
        try:
            here.send(told, later=later)
        except ProviderUnavailable as error:
            assert here.telegram.asked < 20
            failed = outbox.failed(item, "", retry_after=error.retry_after, again_within=error.again_within)
            later += failed.again_after
    return later


@pytest.mark.parametrize(
    ("trouble", "after"),
    [
        (HUNG, 120),
        (BUSY, 120),
        (ProviderUnavailable("x", retry_after=timedelta(hours=1)), 0),
        (ProviderProtocolError("telegram: not an answer"), 0),
    ],
)
def test_keys_do_not_wait_for_a_chat_in_trouble(here: World, trouble: Exception, after: int) -> None:
    """A guest stands at the door: after two minutes of trouble an SMS tells them, once, and the chat nothing more."""
    told = here.tell(KEYS)
    took = until_it_is_sent(here, told, trouble).total_seconds()
    assert after - 7 <= took <= after, "BUSY asks for 7 s, and does not get them when they end too late"
    assert (row(told).status, row(told).channel, row(told).refused) == (NotificationStatus.SENT, SMS, [])
    here.telegram.answers = []
    here.send(told, later=timedelta(hours=1))
    assert [len(line.sent) for line in here.lines] == [0, 0, 1]


def test_what_is_not_urgent_waits_an_hour_for_its_chat_and_not_for_days(here: World) -> None:
    """A cancelled stay is known by SMS when nobody reaches Telegram, before it is no news any more; advertising is
    not."""
    gone = ProviderUnavailable("telegram: ConnectTimeout")
    told = here.tell(NotificationKind.BOOKING_CANCELLED, by="guest", back="0")
    for minutes, is_told in ((0, False), (59, False), (60, True)):
        here.telegram.answers = [gone]
        if is_told:
            here.send(told, later=timedelta(minutes=minutes))
        else:
            with pytest.raises(ProviderUnavailable) as raised:
                here.send(told, later=timedelta(minutes=minutes))
            assert raised.value.again_within == timedelta(minutes=60 - minutes)
    assert [len(line.sent) for line in here.lines] == [0, 0, 1]
    here.telegram.answers = [ProviderProtocolError("telegram: not an answer")]
    with pytest.raises(ProviderProtocolError):  # a person looks: that is for what is urgent only
        here.send(here.tell(NotificationKind.BOOKING_CONFIRMED))


def test_trouble_that_ends_in_time_costs_no_sms(here: World) -> None:
    told = here.tell(KEYS)
    here.telegram.answers = [HUNG, BUSY]
    for seconds in (0, 110):
        with pytest.raises(ProviderUnavailable):
            here.send(told, later=timedelta(seconds=seconds))
    here.send(told, later=timedelta(seconds=121))
    assert [len(line.sent) for line in here.lines] == [1, 0, 0]


def test_when_every_channel_is_in_trouble_the_first_that_recovers_tells_it(here: World) -> None:
    told = here.tell(KEYS)
    here.telegram.answers, here.sms.answers = [HUNG, HUNG], [ProviderUnavailable("twilio: HTTP 500")]
    for seconds in (0, 121):
        with pytest.raises(ProviderUnavailable) as raised:
            here.send(told, later=timedelta(seconds=seconds))
    assert raised.value.outcome_unknown, "Telegram may have told it, whatever became of the SMS"
    assert raised.value.again_within is None, "there is no other way, so the provider is left alone for longer"
    here.send(told, later=timedelta(seconds=200))
    assert [len(line.sent) for line in here.lines] == [1, 0, 0]


def test_nonsense_from_the_last_channel_does_not_end_the_wait_for_the_first(here: World) -> None:
    told = here.tell(KEYS)
    here.telegram.answers, here.sms.answers = [HUNG, HUNG], [ProviderProtocolError("twilio: unexpected HTTP 404")]
    for seconds in (0, 121):
        with pytest.raises(ProviderUnavailable):
            here.send(told, later=timedelta(seconds=seconds))
    here.send(told, later=timedelta(seconds=200))
    assert [len(line.sent) for line in here.lines] == [1, 0, 0]
    here.telegram.linked, here.sms.answers = False, [ProviderProtocolError("twilio: unexpected HTTP 404")]
    with pytest.raises(ProviderProtocolError):
        here.send(here.tell(NotificationKind.BOOKING_CONFIRMED))


def test_what_has_waited_for_its_channel_may_go_back_to_it(here: World) -> None:
    """Telegram was in trouble, the SMS could not be brought: Telegram never refused it."""
    told = here.tell(KEYS)
    until_it_is_sent(here, told, HUNG)
    assert here.fate(told, Fate.UNDELIVERED, "30003")
    here.send(told, later=timedelta(hours=1))
    assert [len(line.sent) for line in here.lines] == [1, 0, 1]
    assert row(told).status == NotificationStatus.SENT


def test_what_a_chat_has_of_a_message_is_not_told_there_again_and_told_whole_elsewhere(here: World) -> None:
    told = here.tell(NotificationKind.BOOKING_CONFIRMED)
    here.telegram.answers = [ProviderUnavailable("telegram: HTTP 500"), HUNG]
    here.telegram.answers[0].parts_said = 2  # type: ignore[attr-defined]
    here.whatsapp.linked = True
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            here.send(told)
    assert row(told).parts_said == 2
    here.telegram.answers = [ProviderRefused("telegram: blocked", code="403")]
    here.send(told)
    assert row(told).parts_by is None, "it names a chat, and is not needed any more"
    assert (here.telegram.parts_said, here.whatsapp.parts_said) == ([0, 2, 2], [0])
