"""A messenger in memory behind a real worker, for what goes wrong in chats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from sqlalchemy import select, update

from app.channels.inbound import Inbound, InboundKind, Media
from app.channels.message import Answer, Message, Notice, to_json
from app.db import after_commit, db, transaction
from app.domain import inbox
from app.domain.chats import identities, replies
from app.domain.outbox import Claimed
from app.factory import create_worker_app
from app.i18n import use_language
from app.integrations.errors import ProviderError, ProviderProtocolError, ProviderRefused
from app.jobs import providers
from app.kit import clock
from app.models import (
    ChannelIdentity,
    InboxItem,
    InboxProvider,
    Messenger,
)
from tests.services import Services, make_settings


class Wire:
    """A messenger that keeps what is said, or raises what it is told to. It is `address|text` on the way in."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.trouble: ProviderError | None = None
        self.refuses: str | None = None

    def parse(self, body: str) -> Inbound:
        if body == "nonsense":
            raise ProviderProtocolError("nonsense")
        address, _, text = body.partition("|")
        return Inbound(Messenger.TELEGRAM, address, InboundKind.TEXT, text=text)

    def send(
        self,
        address: str,
        message: Message,
        *,
        replaces: str | None = None,
        is_open: bool = True,
        told: str | None = None,
        parts_said: int = 0,
    ) -> str:
        if self.trouble is not None:
            raise self.trouble
        if message.text == self.refuses:
            raise ProviderRefused("telegram: no", code="bad_request")
        self.said.append(message.text)
        return "1"

    def send_notice(self, address: str, notice: Notice, *, is_open: bool, told: str = "", parts_said: int = 0) -> str:
        return self.send(address, notice.message)

    def acknowledge(self, press_id: str, toast: str) -> None:
        """Nothing to stop."""

    def fetch(self, media: Media) -> bytes:
        return b""


@contextmanager
def wired(services: Services, fresh_database_url: str) -> Iterator[Wire]:
    """A worker on a database of its own, whose Telegram is made like any other and is this one."""
    wire, kept, hooks = Wire(), dict(providers.MAKERS), dict(after_commit.hooks)
    caches = (providers.installed, providers.chats, providers.chat_memory)
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url))
    with app.app_context():
        for cache in caches:
            cache.cache_clear()
        providers.MAKERS[Messenger.TELEGRAM] = lambda _settings: wire
        yield wire
        for engine in db.engines.values():
            engine.dispose()
    providers.MAKERS.update(kept)
    after_commit.hooks.update(hooks)
    for cache in caches:
        cache.cache_clear()
    use_language("ru")


def new_chat(*, language: str = "ru") -> tuple[UUID, str]:
    """A chat's id and address."""
    address = str(uuid4().int % 10**10)
    with transaction() as session:
        chat = identities.lock(session, Messenger.TELEGRAM, address, now=clock.now()).chat
        chat.language = language
        return chat.id, address


def reply(chat_id: UUID, *texts: str) -> Claimed:
    with transaction() as session:
        chat = session.get_one(ChannelIdentity, chat_id)
        body = to_json(Answer(messages=tuple(Message(text=text) for text in texts)))
        return replies.add(session, chat, body, now=clock.now(), claimed=True)


def event(body: str, *, address: str) -> UUID:
    with transaction() as session:
        stream = identities.address_token(Messenger.TELEGRAM, address)
        inbox.store(session, InboxProvider.TELEGRAM, str(uuid4()), body, now=clock.now(), stream=stream)
        return session.scalars(select(InboxItem.id).where(InboxItem.stream == stream, InboxItem.attempts == 0)).one()


def due_again(item_id: UUID) -> None:
    """The pause, or the claim, is over."""
    with transaction() as session:
        session.execute(update(InboxItem).where(InboxItem.id == item_id).values(available_at=clock.now()))
