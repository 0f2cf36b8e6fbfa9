"""Many guests at one flat, many copies of one callback: the experiments of promises 1 and 8, in any size."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import httpx

from app.integrations.kaspi import signature
from app.kit import clock
from app.kit.period import Stay
from app.local.standins.kaspi.courier import signature as sign
from tests import factories
from tests.e2e.visitor import csrf_token, signed_in_cookie
from tests.live import Live

Result = TypeVar("Result")

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def overlapping_stays(count: int) -> list[Stay]:
    """So many stays of different lengths and beginnings that all contain the night in 20 days."""
    first = clock.local_date(clock.now()) + timedelta(days=20)
    return [Stay(first - timedelta(days=n % 5), first + timedelta(days=1 + n % 3)) for n in range(count)]


@dataclass(frozen=True)
class Answer:
    """What one guest got."""

    status: int
    text: str


def race_for_one_flat(live: Live, guests: int) -> list[Answer]:
    """Different guests check out overlapping stays of one flat at the same moment."""
    with live.transaction() as session:
        prop = factories.make_property(session)
        people = [factories.make_user(session) for _ in range(guests)]
    cookies = [signed_in_cookie(live, person) for person in people]
    forms = [
        {
            "csrf_token": csrf_token(live),
            "property_id": str(prop.id),
            "check_in": stay.check_in.isoformat(),
            "check_out": stay.check_out.isoformat(),
            "guests": "2",
            "total": str(
                stay.nights * prop.base_price + prop.cleaning_fee + service_fee(stay.nights * prop.base_price)
            ),
            "guest_name": "Айгерим Сатпаева",
        }
        for stay in overlapping_stays(guests)
    ]
    return in_a_loop_of_its_own(_post_all(live.base_url, forms, cookies))


def in_a_loop_of_its_own(work: Coroutine[object, object, Result]) -> Result:
    """Run to its end in a thread: the browser tests of the same process may have a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


def assert_one_winner(answers: list[Answer]) -> None:
    """Exactly one guest was sent on to pay, every other was told politely that the dates are gone."""
    statuses = Counter(answer.status for answer in answers)
    assert statuses == {303: 1, 409: len(answers) - 1}, f"answers by status: {dict(statuses)}"
    assert all("Эти даты только что заняли" in answer.text for answer in answers if answer.status == 409)


def service_fee(nights_total: int) -> int:
    """What we take: a tenth of the nights (the quote's rule, written again so that a change of it is noticed)."""
    return nights_total // 10


async def _post_all(base_url: str, forms: list[dict[str, str]], cookies: list[str]) -> list[Answer]:
    limits = httpx.Limits(max_connections=len(forms))
    async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=60, trust_env=False) as client:

        async def post(form: dict[str, str], cookie: str) -> Answer:
            answer = await client.post("/checkout", data=form, headers={"Cookie": f"session={cookie}"})
            return Answer(answer.status_code, answer.text)

        return await asyncio.gather(*(post(form, cookie) for form, cookie in zip(forms, cookies, strict=True)))


def signed_paid_callback(live: Live, order_id: str) -> tuple[bytes, dict[str, str]]:
    """The body and headers with which Kaspi says that an order was paid in full."""
    ((amount, provider_id),) = live.sql("SELECT amount, provider_id FROM payments WHERE id = %s", order_id)
    document = {
        "event_id": f"evt_{secrets.token_hex(10)}",
        "event": "payment.paid",
        "payment_id": provider_id,
        "order_id": order_id,
        "amount": f"{amount}.00",
        "transaction_id": f"tr_{secrets.token_hex(8)}",
        "at": clock.now().isoformat(),
    }
    body = json.dumps(document).encode()
    timestamp = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        signature.TIMESTAMP_HEADER: str(timestamp),
        signature.SIGNATURE_HEADER: sign(live.settings.kaspi_callback_secrets[0], timestamp, body),
    }
    return body, headers


def send_copies(live: Live, body: bytes, headers: dict[str, str], copies: int) -> Counter[int]:
    """The same callback so many times at the same moment; answers by status."""

    async def send() -> list[int]:
        limits = httpx.Limits(max_connections=copies)
        async with httpx.AsyncClient(base_url=live.base_url, limits=limits, timeout=60, trust_env=False) as client:
            posts = [client.post("/kaspi/callback/", content=body, headers=headers) for _ in range(copies)]
            return [answer.status_code for answer in await asyncio.gather(*posts)]

    return Counter(in_a_loop_of_its_own(send()))


def overlaps(live: Live) -> int:
    """How many pairs of occupancies of one flat overlap: none, whatever happened."""
    return int(
        live.one(
            "SELECT count(*) FROM occupancies a JOIN occupancies b"
            " ON a.property_id = b.property_id AND a.id < b.id AND a.during && b.during"
        )
    )
