"""Notifications by chats: where a person can be reached, and telling them there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.channels.message import Notice
from app.channels.port import ChannelPort
from app.db import transaction
from app.domain.chats import identities
from app.domain.chats.replies import OPEN_FOR
from app.integrations.errors import AddressGone, ProviderRefused
from app.kit import clock
from app.models import ChannelIdentity, Messenger
from app.notify.channels import Person


class LinkedChat:
    """The chats of one messenger that people have tied to their accounts (a ChatChannel of app/notify)."""

    def __init__(self, messenger: Messenger, port: ChannelPort) -> None:
        self._messenger = messenger
        self._port = port

    def can_reach(self, session: Session, person: Person, *, is_vital: bool) -> str | None:
        """The chat's id and whose it is: the one the person used last.

        None without one that takes messages of this weight.
        A chat that was idle for half a year may be somebody else's by now (3-domain): it is told nothing.
        """
        if person.user_id is None:
            return None
        statement = (
            select(ChannelIdentity.id)
            .where(ChannelIdentity.user_id == person.user_id, ChannelIdentity.messenger == self._messenger)
            .where(ChannelIdentity.unreachable_at.is_(None))
            .where(ChannelIdentity.last_seen_at >= clock.now() - identities.IDLE)
            .order_by(ChannelIdentity.last_seen_at.desc(), ChannelIdentity.id)
            .limit(1)
        )
        if not is_vital:
            statement = statement.where(ChannelIdentity.opted_out_at.is_(None))
        found = session.scalars(statement).one_or_none()
        return None if found is None else f"{found}/{person.user_id}"

    def send_notice(self, to: str, notice: Notice, *, parts_said: int = 0) -> str:
        """Tell it in that chat. Raises as the port does, and ProviderRefused when the chat is not that person's now."""
        now = clock.now()
        chat_id, user_id = map(UUID, to.split("/"))
        with transaction() as session:
            chat = session.get(ChannelIdentity, chat_id)
            if chat is None or chat.user_id != user_id:
                raise ProviderRefused("the chat is not linked any more", code="unlinked")
            address, is_open = chat.address, now < chat.last_seen_at + OPEN_FOR
        try:
            return self._port.send_notice(address, notice, is_open=is_open, parts_said=parts_said)
        except AddressGone:
            with transaction() as session:
                identities.note_gone(session, chat_id, now=now)
            raise
