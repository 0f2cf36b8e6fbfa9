"""Conversations in Telegram: the webhook, a turn from the webhook to the message that leaves, and many chats at once.

Two web processes as in production, one `rq_worker.py --worker chats`, PostgreSQL that flushes to disk, a recorder in
Telegram's place and the generator share the machine's cores. Updates are sent by the clock, whether or not earlier ones
were answered (an open loop): times count from when an update was due. `python -m bench --only chats`.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from flask_migrate import upgrade

from app.db import db, transaction
from app.domain.chats import identities
from app.domain.listings.cities import sync_reference
from app.factory import create_worker_app
from app.integrations.telegram.pace import CHAT_BURST
from app.integrations.telegram.updates import PATH, SECRET_HEADER
from app.kit import clock
from app.local.ports import claim_free
from app.local.servers import EmbeddedPostgres
from app.models import Messenger
from bench.installation import POSTGRES, cpu_seconds
from bench.load import percentile
from bench.relay import cpu_with_jobs
from bench.table import Row
from tests.live import Live, Process
from tests.services import make_settings
from tests.standins import CREDENTIALS, wait_until

WEBHOOK_RATE, WEBHOOK_SECONDS = 50, 20
TURN_RATE, TURN_SECONDS = 20, 30
CHATS = 1_000
CONVERSATION = ("/start", "Русский", "помощь")
ANSWERS = ("Сәлеметсіз бе", "ЖильеGO", "Как это работает")
"""How the answers to a conversation begin, or words in their beginnings."""
KNOWN = 300
"""Chats that have chosen a language before; they ask for the menu and for help in turn."""
SENDERS = 8

Message = tuple[float, str, str, str]


@dataclass(frozen=True)
class _Installation:
    live: Live
    worker: Process
    recorder: httpx.Client

    def taken(self) -> list[Message]:
        """What has left for Telegram so far."""
        return [tuple(each) for each in self.recorder.get("/").json()]

    def count(self) -> int:
        """How many messages that are."""
        return int(self.recorder.get("/count").text)


@dataclass(frozen=True)
class _Sent:
    """When each update was due (Unix seconds), by chat, how long the webhook took, and how many it refused."""

    due: dict[str, list[float]]
    milliseconds: list[float]
    refused: int
    seconds: float


def measure() -> list[Row]:
    """All four figures, on a database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bench-chats-"))
    try:
        with EmbeddedPostgres(folder / "postgres", settings=POSTGRES) as postgres:
            _prepare(postgres.url)
            with _installation(folder, postgres.url) as found:
                rows = [_turns(found), _webhook(found), *_many(found)]
            postgres.stop()
            postgres.remove()
            return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(database_url: str) -> None:
    app = create_worker_app(make_settings(database_url, "redis://127.0.0.1:9"))
    with app.app_context():
        upgrade()
        with transaction() as session:
            sync_reference(session)
        for number in range(KNOWN):
            with transaction() as session:
                identities.lock(session, Messenger.TELEGRAM, _known(number), now=clock.now()).chat.language = "ru"
        for engine in db.engines.values():
            engine.dispose()


def _known(number: int) -> str:
    return str(7_000_000 + number)


@contextlib.contextmanager
def _installation(folder: Path, database_url: str) -> Iterator[_Installation]:
    with claim_free() as port:
        url = f"http://127.0.0.1:{port.number}"
        with Live(
            folder,
            database_url=database_url,
            web_workers=2,
            web_threads=2,
            has_workers=False,
            telegram_base_url=url,
            log_level="ERROR",
        ) as live:
            recorder = live.another(
                "recorder",
                *("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port.number)),
                *("--workers", "1", "--blocking-threads", "8", "--log-level", "error", "bench.telegram_recorder:app"),
            )
            worker = live.another("worker-chats", "rq_worker.py", "--worker", "chats")
            recorder.start()
            worker.start()
            try:
                wait_until(lambda: _answers(url), 20, "recorder")
                with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
                    yield _Installation(live, worker, client)
            finally:
                worker.stop()
                recorder.stop()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, trust_env=False).is_success
    return False


# --- what is measured ----------------------------------------------------------------------------------


def _turns(found: _Installation) -> Row:
    """From the moment an update is due to the message that answers it."""
    _send(found.live, [(_known(number), "/menu") for number in range(2 * TURN_RATE)], TURN_RATE)  # warm
    _wait_for(found, 2 * TURN_RATE)
    before, cpu = len(found.taken()), cpu_with_jobs(found.worker)
    texts = ("/menu", "помощь")
    updates = [(_known(n % KNOWN), texts[n // KNOWN % 2]) for n in range(TURN_RATE * TURN_SECONDS)]
    sent = _send(found.live, updates, TURN_RATE)
    _wait_for(found, before + len(updates))
    used = (cpu_with_jobs(found.worker) - cpu) * 1000 / len(updates)
    answers = defaultdict(list)
    for at, _method, chat, _text in found.taken()[before:]:
        answers[chat].append(at)
    pairs = [(due, at) for chat, times in sent.due.items() for due, at in zip(times, answers[chat], strict=True)]
    milliseconds = [(at - due) * 1000 for due, at in pairs]
    work = f"chat turn, webhook to message, {TURN_RATE}/s"
    return _row(
        work, len(updates) / sent.seconds, "p95 ≤ 300 ms", cpu_ms=used, milliseconds=milliseconds, errors=sent.refused
    )


def _webhook(found: _Installation) -> Row:
    """The webhook's own time; the worker is at work all the while, and answers everything in the end."""
    before, cpu = len(found.taken()), cpu_seconds(found.live.web)
    updates = [(_known(n % KNOWN), "/menu") for n in range(WEBHOOK_RATE * WEBHOOK_SECONDS)]
    sent = _send(found.live, updates, WEBHOOK_RATE)
    used = (cpu_seconds(found.live.web) - cpu) * 1000 / len(updates)
    _wait_for(found, before + len(updates))
    work = f"chat webhook, {WEBHOOK_RATE} updates/s"
    return _row(
        work,
        len(updates) / sent.seconds,
        "p95 ≤ 20 ms",
        cpu_ms=used,
        milliseconds=sent.milliseconds,
        errors=sent.refused,
    )


def _many(found: _Installation) -> list[Row]:
    """Many conversations side by side: what was lost or came twice, and how fast messages left."""
    before, cpu, began = len(found.taken()), cpu_with_jobs(found.worker), time.perf_counter()
    chats = [str(8_000_000 + number) for number in range(CHATS)]
    refused = sum(_send(found.live, [(chat, text) for chat in chats], None).refused for text in CONVERSATION)
    _wait_for(found, before + CHATS * len(CONVERSATION))
    seconds = time.perf_counter() - began
    time.sleep(3)  # what is said twice would come now
    taken = found.taken()[before:]
    said = defaultdict(list)
    for _at, _method, chat, text in taken:
        said[chat].append(text)
    wrong = sum(not _is_right(said[chat]) for chat in chats)
    turns = CHATS * len(CONVERSATION)
    used = (cpu_with_jobs(found.worker) - cpu) * 1000 / turns
    fastest = _most_within([at for at, *_ in taken], 1.0)
    of_chat = max(_most_within([at for at, _, chat, _ in taken if chat == one], CHAT_BURST) for one in chats[:200])
    name = f"{CHATS} chats × {len(CONVERSATION)} turns; {len(taken)} messages, wrong chats in errors"
    return [
        _row(name, turns / seconds, "0 errors", cpu_ms=used, errors=wrong + refused),
        _row("most messages within a second, all chats", fastest, "≤ 30"),
        _row(f"most messages within {CHAT_BURST} s, one chat", of_chat, f"≤ {CHAT_BURST}"),
    ]


def _is_right(texts: Sequence[str]) -> bool:
    return len(texts) == len(ANSWERS) and all(words in text for words, text in zip(ANSWERS, texts, strict=True))


def _most_within(times: Sequence[float], seconds: float) -> int:
    ordered, first, most = sorted(times), 0, 0
    for number, at in enumerate(ordered):
        while at - ordered[first] >= seconds:
            first += 1
        most = max(most, number - first + 1)
    return most


def _wait_for(found: _Installation, count: int) -> None:
    def is_there() -> bool:
        found.worker.check()
        time.sleep(0.3)
        return found.count() >= count

    wait_until(is_there, 900, f"{count} messages")


def _row(
    work: str,
    per_second: float,
    target: str,
    *,
    cpu_ms: float | None = None,
    milliseconds: Sequence[float] = (),
    errors: int = 0,
) -> Row:
    ordered = sorted(milliseconds)
    p50, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.95, 0.99))
    print(f"{work}: {per_second:.1f}, p50 {p50:.0f}, p95 {p95:.0f} ms, CPU {cpu_ms}, {errors} errors", file=sys.stderr)
    return Row(work, per_second, None, target, cpu_ms, p50, p95, p99, None, None, errors)


# --- the generator -------------------------------------------------------------------------------------


def _send(live: Live, updates: Sequence[tuple[str, str]], rate: float | None) -> _Sent:
    """Post these (chat, text), so many a second or as fast as the webhook takes them."""
    address = urlsplit(live.base_url)
    headers = {"Content-Type": "application/json", SECRET_HEADER: CREDENTIALS["TELEGRAM_WEBHOOK_SECRET"]}
    bodies = [_update(chat, text) for chat, text in updates]
    began = time.time() + 0.2
    due: dict[str, list[float]] = defaultdict(list)
    moments = [began + number / rate if rate else 0.0 for number in range(len(updates))]
    for (chat, _), moment in zip(updates, moments, strict=True):
        due[chat].append(moment)
    milliseconds: list[float] = []
    refused: list[int] = []

    def send(sender: int) -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        for number in range(sender, len(bodies), SENDERS):
            if rate:
                time.sleep(max(0.0, moments[number] - time.time()))
            since = moments[number] if rate else time.time()
            connection.request("POST", PATH, bodies[number], headers)
            answer = connection.getresponse()
            answer.read()
            milliseconds.append((time.time() - since) * 1000)
            if answer.status != 200:
                refused.append(answer.status)
        connection.close()

    _at_once(send)
    return _Sent(due, milliseconds, len(refused), time.time() - began)


def _at_once(send: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


_numbers = itertools.count(1)


def _update(chat: str, text: str) -> bytes:
    """As Telegram tells that somebody wrote."""
    number = next(_numbers)
    sender = {"id": int(chat), "is_bot": False, "first_name": "Алия", "language_code": "ru"}
    message = {"message_id": number, "from": sender, "chat": {"id": int(chat), "type": "private"}, "date": 1}
    return json.dumps({"update_id": number, "message": message | {"text": text}}, ensure_ascii=False).encode()
