"""A turn of a conversation: what a person did is read, answered in one transaction, and the answer is sent."""

from __future__ import annotations

from uuid import UUID

import structlog

from app.bots import engine
from app.bots.turn import Surroundings
from app.channels.inbound import Inbound
from app.channels.message import Answer, Message, to_json
from app.config import Settings
from app.db import transaction
from app.domain import inbox, outbox
from app.domain.chats import identities, replies
from app.domain.outbox import Claimed, End
from app.i18n import gettext, use_language
from app.integrations.errors import ProviderProtocolError, ProviderUnavailable
from app.jobs import chat_pictures, providers
from app.jobs.chat_pictures import Wanted
from app.jobs.outbox import attempt
from app.jobs.queues import QueueName
from app.jobs.wake import Waker
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.pictures import Sized
from app.models import InboxProvider, Messenger

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 4
"""A person waits: after so many attempts (some seconds) they are told, and staff sees it on the dead-letter list."""


class _UsedUpError(Exception):
    """Every worker that took the event died at it."""


class _PictureWantedError(Exception):
    """The turn needs a picture first: it is undone, as if it had not begun."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__("a picture is wanted")
        self.wanted = wanted


def waiting(*, limit: int) -> list[UUID]:
    """Take the first events of some chats."""
    with transaction() as session:
        return inbox.claim_turns(session, now=clock.now(), limit=limit)


def sweep(waker: Waker) -> bool:
    """Wake the worker when an event waits: what a lost wake-up left is found here. Was there any?"""
    with transaction() as session:
        is_any = bool(inbox.due(session, now=clock.now(), limit=1, providers=inbox.CHATS))
    if is_any:
        waker.wake(QueueName.CHATS)
    return is_any


def take_turn(item_id: UUID) -> None:
    """Answer one event of a chat, once. Never raises an Exception: what fails is tried again, then told."""
    with structlog.contextvars.bound_contextvars(inbox_id=str(item_id)):
        try:
            reply = _answer(item_id)
        except ProviderUnavailable as error:
            log.warning("chat_picture_postponed", error=str(error))
            reply = _failed(item_id, str(error))
        except ProviderProtocolError as error:
            log.error("chat_event_dead", error=str(error))  # noqa: TRY400  # expected: the text says all
            with transaction() as session:
                inbox.give_up(session, item_id, error=str(error), now=clock.now())
            return
        except DomainError as error:
            log.warning("chat_turn_postponed", error=error.code)
            reply = _failed(item_id, error.code)
        except Exception as error:  # recorded, counted and in the end given up, like any failure
            log.exception("chat_turn_crashed")
            reply = _failed(item_id, type(error).__name__)
        if reply is None:
            return
        outcome = attempt(reply)
        with transaction() as session:
            outbox.record(session, [outcome], now=clock.now())
            if outcome.end is End.UNTOUCHED:  # an older one is said first: the person has written, so it is tried again
                replies.hasten_older(session, int(reply.subject_id), now=clock.now())


def _answer(item_id: UUID) -> Claimed | None:
    """The turn, and before it what it needs of the network. Raises as `_turn` and `chat_pictures.fetch`."""
    try:
        return _turn(item_id)
    except _PictureWantedError as error:
        wanted = error.wanted
    return _turn(item_id, chat_pictures.fetch(wanted))


def _turn(item_id: UUID, picture: Sized | DomainError | None = None) -> Claimed | None:
    """The turn itself: the event's effect, the answer, and the event's end in one transaction.

    Raises _PictureWantedError.
    """
    memories, config = providers.chat_memory(), providers.settings()
    now = clock.now()
    with transaction() as session:
        item = inbox.turn_of(session, item_id)
        if item is None:
            return None
        if item.attempts > MAX_ATTEMPTS:
            raise _UsedUpError
        inbound = _read(InboxProvider(item.provider), item.body or "")
        if inbound is None:
            inbox.finish(session, item_id, now=now)
            return None
        chat, seen_before = identities.lock(session, inbound.messenger, inbound.address, now=now)
        before = memories.load(chat.id, by=item_id, seen_before=seen_before)
        around = _around(config)
        if picture is None:
            media = engine.wanted_picture(session, chat, before, inbound, around=around, now=now)
            if media is not None:
                wanted = Wanted(inbound.messenger, media, is_last=item.attempts >= MAX_ATTEMPTS)
                raise _PictureWantedError(wanted)
        answer, after = engine.step(session, chat, before, inbound, around=around, now=now, picture=picture)
        reply = None
        if answer is not None:
            reply = replies.add(session, chat, to_json(answer), now=now, claimed=True)
        inbox.finish(session, item_id, now=now)
        session.flush()
        memories.keep(chat.id, after, before=before, by=item_id, at=chat.last_seen_at)
    return reply


def _around(config: Settings) -> Surroundings:
    return Surroundings(config.public_url, config.sms_daily_cap, providers.pay_ways())


def _read(provider: InboxProvider, body: str) -> Inbound | None:
    return providers.channel(Messenger(provider.value)).parse(body)


def _failed(item_id: UUID, error: str) -> Claimed | None:
    """Note a failure; after the last attempt the person is told."""
    now = clock.now()
    with transaction() as session:
        if inbox.postpone(session, item_id, error=error, now=now, most=MAX_ATTEMPTS):
            return None
    try:  # in a transaction of its own: what cannot be read is given up all the same, and its chat goes on
        return _apologise(item_id)
    except Exception:
        log.exception("chat_failure_untold")
        return None


def _apologise(item_id: UUID) -> Claimed | None:
    memories, now = providers.chat_memory(), clock.now()
    with transaction() as session:
        item = inbox.dead(session, item_id)
        inbound = _read(InboxProvider(item.provider), item.body or "")
        if inbound is None:
            return None
        chat, seen_before = identities.lock(session, inbound.messenger, inbound.address, now=now)
        found = memories.load(chat.id, by=item_id, seen_before=seen_before)
        # What the failed turn kept never became true.
        memories.keep(chat.id, found, before=found, by=item_id, at=chat.last_seen_at)
        use_language(chat.language or "ru")
        text = gettext("У нас ошибка, и мы уже знаем о ней. Попробуйте ещё раз чуть позже: ничего не потеряно.")
        return replies.add(session, chat, to_json(Answer(messages=(Message(text=text),))), now=now, claimed=True)
