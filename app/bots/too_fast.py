"""What a chat is told that writes faster than anybody reads: its events are not taken up until it slows down."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.channels.message import Answer, Message, to_json
from app.domain.chats import replies
from app.i18n import DEFAULT_LANGUAGE, gettext, use_language
from app.models import ChannelIdentity, Messenger


def tell(session: Session, messenger: Messenger, stream: bytes, *, now: datetime) -> None:
    """Say it in the chat that `stream` stands for, in the language that is spoken there.

    A chat that no turn has made yet is told nothing: its first answers are still on their way. Nothing is locked, so
    nobody who writes waits for the chat's turn.
    """
    wanted = select(ChannelIdentity).where(ChannelIdentity.messenger == messenger)
    chat = session.scalars(wanted.where(ChannelIdentity.address_token == stream)).one_or_none()
    if chat is None or chat.unreachable_at is not None:
        return
    use_language(chat.language or DEFAULT_LANGUAGE)
    text = gettext("Слишком быстро: последнее я не прочитал. Подождите минуту и повторите, что осталось без ответа.")
    replies.add(session, chat, to_json(Answer(messages=(Message(text=text),))), now=now)
