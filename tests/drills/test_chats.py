"""Chats when something breaks: workers killed, Redis away, Telegram slow, refusing, or telling everything again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from app.integrations.telegram.updates import PATH, SECRET_HEADER
from app.jobs.queues import QueueName
from app.models import Messenger
from tests import chat_booking as steps
from tests import factories
from tests.chat_people import ChatPerson, TelegramPerson, WhatsAppPerson, answers, reads
from tests.drills.test_outages import AFTER_RETURN, kill_redis
from tests.drills.test_sms_hangs import (
    A_BUSY_MACHINE,
    SOON,
    page_p95,
    page_p95_while_something_hangs,
    seconds_of_a_booking,
)
from tests.e2e.test_booking_path import ledger_of
from tests.e2e.visitor import Visitor, soon
from tests.factories import CODES
from tests.live import Live, Process
from tests.measures import assert_as_calm, least_of
from tests.standins import CREDENTIALS, PATIENCE, wait_until

pytestmark = pytest.mark.drill

KILLS = 10
RECOVERY = 120.0
"""Seconds within which everything has its effect (promise 15)."""
COPIES = 50
ON_ITS_WAY = (
    "SELECT (SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL"
    " AND available_at < now() + interval '1 minute')"
    " + (SELECT count(*) FROM inbox WHERE handled_at IS NULL AND dead_at IS NULL)"
)
"""Claims of a worker that was killed run out within a minute; what is told later than that is no part of a booking."""


@pytest.fixture(autouse=True)
def _messengers_are_well(live: Live) -> Iterator[None]:
    yield
    live.standins.set_telegram_faults()
    live.standins.set_whatsapp_faults()


@pytest.fixture
def chats_worker(live: Live) -> Iterator[Process]:
    """The chats' worker by itself, beside one for all other queues."""
    others = [name for name in QueueName if name is not QueueName.CHATS]
    rest = live.another("worker-rest", "rq_worker.py", "--queues", ",".join(others))
    chats = live.another("worker-chats", "rq_worker.py", "--worker", "chats")
    live.worker.stop()
    for process in (rest, chats):
        process.start()
    yield chats
    for process in (rest, chats):
        process.stop()


@pytest.fixture
def person(live: Live) -> Iterator[TelegramPerson]:
    """Somebody with Telegram who has chosen a language."""
    found = TelegramPerson(live.standins, factories.new_phone())
    steps.meets(found)
    yield found
    found.phone.close()


def books(live: Live, person: ChatPerson, home: steps.Home) -> None:
    """The whole scenario, up to the keys."""
    steps.meets(person)
    steps.finds(person, home.city, home.title, soon())
    bill = steps.holds(person)
    live.standins.pay(steps.pay_url(bill))
    reads(person, CODES.key_safe, deadline=RECOVERY)


def test_the_chats_worker_is_killed_again_and_again(live: Live, chats_worker: Process) -> None:
    """Promise 15: one booking, one payment, keys; at most one message more for each kill; nothing lost."""
    calm = TelegramPerson(live.standins, factories.new_phone())
    books(live, calm, steps.new_home(live))
    wait_until(lambda: not live.one(ON_ITS_WAY), RECOVERY, "end of all work")
    expected = len(calm.shown())
    people = [TelegramPerson(live.standins, factories.new_phone()) for _ in range(3)]
    homes = [steps.new_home(live) for _ in people]
    kills = 0
    with ThreadPoolExecutor(len(people)) as pool:
        talks = [pool.submit(books, live, person, home) for person, home in zip(people, homes, strict=True)]
        while kills < KILLS:
            time.sleep(random.uniform(0.3, 2.0))
            chats_worker.kill()
            kills += 1
            chats_worker.start()
        for talk in talks:
            talk.result()
    for home in homes:
        reference = steps.only_booking(live, home, Messenger.TELEGRAM)
        assert steps.paid_once(live, reference)
        assert ledger_of(live, reference) == 0
    for person in people:  # what follows the keys may still be on its way; what is lost never comes
        wait_until(lambda person=person: len(person.shown()) >= expected, RECOVERY, "everything that calm was told")  # type: ignore[misc]
    wait_until(lambda: not live.one(ON_ITS_WAY), RECOVERY, "end of all work")
    extra = sum(len(person.shown()) for person in people) - len(people) * expected
    assert extra <= kills


def return_of_redis(live: Live) -> float:
    """When it was back (monotonic)."""
    assert live.redis is not None
    live.redis.restart()
    return time.monotonic()


def seconds_until_answered(live: Live, person: TelegramPerson) -> float:
    """From the return of Redis to the answer to what was asked while it was away."""
    before = len(person.shown())
    kill_redis(live)
    person.says("помощь")
    time.sleep(3)
    back_at = return_of_redis(live)
    reads(person, "Как это работает", after=before, deadline=RECOVERY)
    return time.monotonic() - back_at


def test_redis_is_gone_in_the_middle_of_a_conversation(live: Live, person: TelegramPerson) -> None:
    """Promise 34: what was written and paid meanwhile has its effect once Redis is back, from the menu on."""
    home = steps.new_home(live)
    steps.finds(person, home.city, home.title, soon())
    bill = steps.holds(person)
    kill_redis(live)
    live.standins.pay(steps.pay_url(bill))
    before = len(person.shown())
    person.says("помощь")
    time.sleep(3)
    back_at = return_of_redis(live)
    reads(person, "Как это работает", after=before, deadline=RECOVERY)
    reads(person, CODES.key_safe, deadline=RECOVERY)
    took = time.monotonic() - back_at
    if took >= AFTER_RETURN:  # is it we, or is the machine busy?
        took = least_of(partial(seconds_until_answered, live, person), enough=AFTER_RETURN)
    assert took < AFTER_RETURN
    answers(person, lambda: person.says("меню"), steps.MENU)
    assert steps.paid_once(live, steps.only_booking(live, home, Messenger.TELEGRAM))


@pytest.mark.alone
@pytest.mark.usefixtures("chats_worker")
def test_telegram_hangs(live: Live, person: TelegramPerson, guest: Visitor) -> None:
    """Promise 36: pages and payments of others do not wait; what was written is answered afterwards."""
    page_p95(live)  # warm
    calm = page_p95(live)
    live.standins.set_telegram_faults(hang_seconds=30)
    before = len(person.shown())
    person.says("помощь")
    tried = "SELECT count(*) FROM outbox WHERE kind = 'send_chat_reply' AND done_at IS NULL"
    wait_until(lambda: live.one(tried) > 0, PATIENCE, "an answer that hangs")
    hanging = page_p95_while_something_hangs(live, calm)
    booked = seconds_of_a_booking(live, guest)
    assert live.one(tried) > 0, "Telegram must have hung all the while"
    live.standins.set_telegram_faults()
    assert_as_calm(partial(page_p95, live), calm, hanging, spare=A_BUSY_MACHINE)
    assert booked < SOON
    reads(person, "Как это работает", after=before, deadline=RECOVERY)


def test_telegram_says_when_to_come_back(live: Live, person: TelegramPerson) -> None:
    """429: nobody calls the chat before it is over."""
    live.standins.set_telegram_faults(too_many_seconds=4)
    before, begun = len(person.shown()), time.monotonic()
    person.says("помощь")
    tried = "SELECT count(*) FROM outbox WHERE kind = 'send_chat_reply' AND done_at IS NULL AND last_error IS NOT NULL"
    wait_until(lambda: live.one(tried) > 0, PATIENCE, "an answer that was refused")
    live.standins.set_telegram_faults()
    reads(person, "Как это работает", after=before)
    assert time.monotonic() - begun >= 4


def test_who_blocks_the_bot_gets_the_keys_by_sms(live: Live, person: TelegramPerson) -> None:
    """Promise 18: 403 → the next channel."""
    home = steps.new_home(live)
    steps.finds(person, home.city, home.title, soon())
    bill = steps.holds(person)
    person.phone.block()
    live.standins.pay(steps.pay_url(bill))
    wait_until(
        lambda: any(CODES.key_safe in text for text in live.standins.sms_to(person.number)), RECOVERY, "keys by SMS"
    )
    assert not any(CODES.key_safe in each.text for each in person.shown())


def test_one_update_fifty_times_at_once_is_one_turn(live: Live, person: TelegramPerson) -> None:
    """Promise 13."""
    sender = {"id": person.phone.id, "is_bot": False, "first_name": "Алия"}
    message = {"message_id": 900_001, "from": sender, "chat": {"id": person.phone.id, "type": "private"}, "date": 1}
    body = json.dumps({"update_id": 900_001, "message": message | {"text": "помощь"}})
    headers = {"Content-Type": "application/json", SECRET_HEADER: CREDENTIALS["TELEGRAM_WEBHOOK_SECRET"]}
    before = len(person.shown())

    def post(_number: int) -> int:
        answer = httpx.post(live.base_url + PATH, content=body, headers=headers, trust_env=False, timeout=PATIENCE)
        return answer.status_code

    with ThreadPoolExecutor(COPIES) as pool:
        assert set(pool.map(post, range(COPIES))) == {200}
    reads(person, "Как это работает", after=before)
    answers(person, lambda: person.says("меню"), steps.MENU)
    assert len(person.shown()) == before + 2


def test_one_whatsapp_message_fifty_times_is_one_turn(live: Live) -> None:
    live.standins.set_whatsapp_faults(inbound_copies=COPIES)
    person = WhatsAppPerson(live.standins, factories.new_phone())
    answers(person, person.begins, "Choose a language")
    live.standins.set_whatsapp_faults()
    answers(person, lambda: person.presses("Русский"), steps.MENU)
    assert len(person.shown()) == 2
    person.phone.close()
