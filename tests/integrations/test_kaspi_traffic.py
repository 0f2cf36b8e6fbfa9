"""One rate and one circuit for all processes, in a real Redis. Time is passed; only the rate's own window is real."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from redis import Redis
from rq.timeouts import JobTimeoutException

from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.calls import Caller
from app.integrations.kaspi.port import KaspiPort
from app.integrations.kaspi.qr_wire import ReturnWentWrong
from app.integrations.kaspi.traffic import (
    CALLS_A_SECOND,
    FAILURES_TO_OPEN,
    OPEN_FOR,
    POLLS_A_SECOND,
    Lane,
    OutOfTurn,
    SharedTraffic,
)
from app.models import PayMethod
from tests.integrations.conftest import gateway_at
from tests.integrations.qr import bad, client_at
from tests.integrations.recorder import Answer, Recorder
from tests.services import Services
from tests.standins import free_port

NOON = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)


class Clock:
    """The clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def surface() -> str:
    """A surface that no other test speaks of."""
    return f"test-{uuid.uuid4().hex[:8]}"


Process = Callable[..., SharedTraffic]


@pytest.fixture
def process(services: Services, surface: str, clock: Clock) -> Process:
    """A process that takes part: each has connections of its own. Its rate's window is an hour unless told."""

    def make(redis_url: str = services.redis_url, **changes: object) -> SharedTraffic:
        values: dict[str, object] = {"per": 3600, "now": clock, "pause": lambda _seconds: None}
        return SharedTraffic(surface, redis_url, **(values | changes))  # type: ignore[arg-type]  # the caller's own

    return make


def turns(traffic: SharedTraffic, lane: Lane, *, most: int = 50) -> int:
    """How many calls of a lane get their turn before one does not."""
    for count in range(most):
        try:
            traffic.wait_turn(lane)
        except OutOfTurn:
            return count
    return most


# --- the rate -----------------------------------------------------------------------------------------


def test_all_processes_together_keep_to_the_rate(process: Process) -> None:
    one, other = process(), process()
    assert [turns(one, Lane.ORDER, most=4), turns(other, Lane.ORDER)] == [4, CALLS_A_SECOND - 4]
    assert turns(one, Lane.ORDER) == 0


def test_questions_leave_room_for_links_and_refunds(process: Process) -> None:
    one, other = process(), process()
    assert turns(one, Lane.POLL) == POLLS_A_SECOND
    assert turns(other, Lane.POLL) == 0
    assert turns(other, Lane.ORDER) == CALLS_A_SECOND - POLLS_A_SECOND


def test_links_and_refunds_may_use_the_whole_rate(process: Process) -> None:
    traffic = process()
    assert turns(traffic, Lane.ORDER) == CALLS_A_SECOND
    assert turns(traffic, Lane.POLL) == 0


def test_surfaces_have_rates_of_their_own(process: Process, services: Services) -> None:
    assert turns(process(), Lane.ORDER) == CALLS_A_SECOND
    other = SharedTraffic(f"other-{uuid.uuid4().hex}", services.redis_url, per=3600, pause=lambda _seconds: None)
    assert turns(other, Lane.ORDER) == CALLS_A_SECOND


def test_a_call_waits_for_its_turn_but_not_for_ever(process: Process) -> None:
    waited: list[float] = []
    traffic = process(pause=waited.append)
    turns(traffic, Lane.ORDER)
    waited.clear()
    with pytest.raises(OutOfTurn) as out:
        traffic.wait_turn(Lane.ORDER)
    assert 4.9 <= sum(waited) <= 5.2
    assert out.value.retry_after == timedelta(seconds=2)


def test_the_window_moves_on(process: Process) -> None:
    """With the real window of a second 21 calls get their turn: after each ten the next one waits for its own."""
    traffic = process(per=1, pause=time.sleep)
    began = time.monotonic()
    assert turns(traffic, Lane.ORDER, most=21) == 21
    assert time.monotonic() - began >= 2.0


def test_without_redis_each_process_counts_alone(process: Process) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}"
    one, other = process(nowhere), process(nowhere)
    assert turns(one, Lane.ORDER) == CALLS_A_SECOND
    assert turns(other, Lane.POLL) == POLLS_A_SECOND


# --- the circuit --------------------------------------------------------------------------------------


def hang() -> None:
    raise ProviderUnavailable("kaspi: ReadTimeout", outcome_unknown=True)


def answer() -> str:
    return "answered"


def fail(traffic: SharedTraffic, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ProviderUnavailable, match="ReadTimeout"):
            traffic.guarded(hang)


def test_after_three_failures_in_a_row_nobody_asks(process: Process, clock: Clock) -> None:
    fail(process(), FAILURES_TO_OPEN - 1)
    fail(process(), 1)
    calls: list[int] = []
    clock.pass_(timedelta(seconds=5))
    with pytest.raises(ProviderUnavailable) as unavailable:
        process().guarded(lambda: calls.append(1))
    assert calls == []
    assert unavailable.value.retry_after == OPEN_FOR - timedelta(seconds=5)
    assert not unavailable.value.outcome_unknown


def test_failures_with_an_answer_between_them_do_not_open_it(process: Process) -> None:
    traffic = process()
    for _ in range(4):
        fail(traffic, FAILURES_TO_OPEN - 1)
        assert traffic.guarded(answer) == "answered"


@pytest.mark.parametrize(
    "error",
    [
        ProviderRefused("kaspi: no", code="-1601"),
        ProviderProtocolError("kaspi: what"),
        ReturnWentWrong("kaspi: code -99000006", outcome_unknown=True),
    ],
)
def test_refusals_and_nonsense_are_answers(process: Process, error: Exception) -> None:
    traffic = process()

    def refuse() -> None:
        raise error

    for _ in range(FAILURES_TO_OPEN + 2):
        with pytest.raises(type(error)):
            traffic.guarded(refuse)
    assert traffic.guarded(answer) == "answered"


def test_a_job_whose_time_is_over_in_a_call_that_hangs_is_no_answer(process: Process) -> None:
    traffic = process()
    fail(traffic, FAILURES_TO_OPEN - 1)

    def hang_too_long() -> None:
        raise JobTimeoutException

    with pytest.raises(JobTimeoutException):
        traffic.guarded(hang_too_long)
    fail(traffic, 1)
    with pytest.raises(ProviderUnavailable, match="circuit"):
        traffic.guarded(answer)


def test_our_own_haste_is_no_failure_of_kaspi(process: Process) -> None:
    traffic = process()
    turns(traffic, Lane.ORDER)
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(OutOfTurn):
            traffic.guarded(lambda: traffic.wait_turn(Lane.ORDER))
    assert traffic.guarded(answer) == "answered"


def test_after_a_while_one_tries_and_an_answer_closes_it(process: Process, clock: Clock) -> None:
    one, other = process(), process()
    fail(one, FAILURES_TO_OPEN)
    clock.pass_(OPEN_FOR)

    def others_wait() -> str:
        with pytest.raises(ProviderUnavailable, match="circuit"):
            other.guarded(answer)
        return "tried"

    assert one.guarded(others_wait) == "tried"
    assert other.guarded(answer) == "answered"


def test_a_try_that_fails_opens_it_again_at_once(process: Process, clock: Clock) -> None:
    one, other = process(), process()
    fail(one, FAILURES_TO_OPEN)
    clock.pass_(OPEN_FOR)
    fail(one, 1)
    with pytest.raises(ProviderUnavailable) as unavailable:
        other.guarded(answer)
    assert unavailable.value.retry_after == OPEN_FOR


def test_a_try_whose_process_died_does_not_keep_it_open(process: Process, clock: Clock) -> None:
    one, other = process(), process()
    fail(one, FAILURES_TO_OPEN)
    clock.pass_(OPEN_FOR)
    one._breaker.check()  # it tries, and is never heard of again
    with pytest.raises(ProviderUnavailable, match="circuit"):
        other.guarded(answer)
    clock.pass_(timedelta(seconds=15))
    assert other.guarded(answer) == "answered"


def test_without_redis_calls_are_made(process: Process) -> None:
    traffic = process(f"redis://127.0.0.1:{free_port()}")
    fail(traffic, FAILURES_TO_OPEN + 1)
    assert traffic.guarded(answer) == "answered"


def test_nothing_of_it_stays_in_redis(process: Process, services: Services, surface: str) -> None:
    traffic = process()
    fail(traffic, FAILURES_TO_OPEN)
    turns(traffic, Lane.POLL)
    with Redis.from_url(services.redis_url, decode_responses=True) as redis:
        keys = [key for key in redis.scan_iter(count=1000) if surface in key]
        assert len(keys) == 4
        assert all(redis.ttl(key) > 0 for key in keys)


# --- both clients go through it -----------------------------------------------------------------------


@pytest.mark.parametrize("surface_name", ["gateway", "qrpay"])
@pytest.mark.parametrize("failure", [Answer(504), Answer(500), Answer(None)])
def test_a_client_stops_asking_a_kaspi_that_is_away(
    scripted: Recorder, process: Process, surface_name: str, failure: Answer
) -> None:
    scripted.usual = failure
    traffic = process()
    client: KaspiPort = (
        client_at(scripted.url, traffic=traffic)
        if surface_name == "qrpay"
        else gateway_at(scripted.url, traffic=traffic)
    )
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(ProviderUnavailable):
            open_payment(client)
    asked = len(scripted.requests)
    with pytest.raises(ProviderUnavailable, match="circuit"):
        open_payment(client)
    assert len(scripted.requests) == asked


def open_payment(client: KaspiPort) -> None:
    client.create(
        order_id="order-1",
        amount=58_300,
        description="Студия",
        return_url="https://z.example/1",
        expires_in=900,
        method=PayMethod.QR,
        phone=None,
    )


def test_a_repetition_that_gets_no_turn_tells_what_became_of_the_first(scripted: Recorder, process: Process) -> None:
    scripted.usual = Answer(None)
    traffic = process()
    turns(traffic, Lane.ORDER, most=CALLS_A_SECOND - 1)
    with pytest.raises(ProviderUnavailable) as unavailable:
        open_payment(client_at(scripted.url, traffic=traffic))
    assert not isinstance(unavailable.value, OutOfTurn)
    assert unavailable.value.outcome_unknown
    assert len(scripted.requests) == 1


@pytest.mark.parametrize(("seconds", "attempts"), [(0.1, 3), (9.0, 1)])
def test_only_a_quick_failure_is_repeated_at_once(seconds: float, attempts: int) -> None:
    """A refund that fails slowly thrice would outlast its claim, and another worker would send it beside this one."""
    asked, passed = [0], [0.0]

    def fail_slowly(_request: httpx.Request) -> httpx.Response:
        asked[0] += 1
        passed[0] += seconds
        return httpx.Response(500)

    with httpx.Client(base_url="http://kaspi.example", transport=httpx.MockTransport(fail_slowly)) as client:
        caller = Caller(client, pause=lambda _seconds: None, monotonic=lambda: passed[0])
        with pytest.raises(ProviderUnavailable) as unavailable:
            caller.call(caller.request("GET", "/"), lane=Lane.POLL, read=lambda answer: answer.content)
    assert unavailable.value.outcome_unknown
    assert asked == [attempts]


def test_a_code_that_means_later_counts_as_no_answer(scripted: Recorder, process: Process) -> None:
    scripted.usual = bad(-999)
    client = client_at(scripted.url, traffic=process())
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(ProviderUnavailable, match="-999"):
            client.status("15")
    with pytest.raises(ProviderUnavailable, match="circuit"):
        client.status("15")


def test_polls_and_orders_of_a_client_go_by_their_lanes(scripted: Recorder, process: Process) -> None:
    scripted.usual = bad(-1601)
    client = client_at(scripted.url, traffic=process())
    for _ in range(POLLS_A_SECOND):
        with pytest.raises(ProviderRefused):
            client.status("15")
    with pytest.raises(OutOfTurn):
        client.status("15")
    with pytest.raises(ProviderRefused):
        client.refund("15", "r-1", 100, "отмена", returnable_before=500)
