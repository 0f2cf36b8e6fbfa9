"""Sending what is said in a chat: message by message, so that one that was sent is not sent again."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.channels.message import Answer, Message, Notice, from_json
from app.channels.port import ChannelPort
from app.db import transaction
from app.domain.chats import identities, replies
from app.domain.chats.replies import Pending
from app.i18n import use_language
from app.integrations.errors import (
    AddressGone,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from app.jobs import followed, providers
from app.kit import clock

log = structlog.get_logger(__name__)

BEHIND = timedelta(seconds=1)
LONGEST_BEHIND = timedelta(minutes=1)
"""How long a reply waits when an older one of its chat has not been said yet: a quarter of its age, within these."""

LATE = timedelta(minutes=1)
"""What is said so late has waited for a messenger in trouble."""


class WaitsForOlderError(Exception):
    """An older reply of the chat is said first: nothing was attempted, nothing has failed."""

    def __init__(self, again_after: timedelta) -> None:
        super().__init__("an older reply waits")
        self.again_after = again_after


def send(reply_id: int, *, now: datetime) -> None:
    """Say what is left of a reply. A chat that takes nothing any more is noted, and that is an end too. Of what is
    followed (see followed.py) something is done when it was not said, whatever the reason.

    Raises ProviderUnavailable, so that it is tried again; ProviderRefused when the messenger did not take one of its
    messages (the others are said) and ProviderProtocolError, so that staff sees it, after recording that;
    WaitsForOlderError.
    """
    with transaction() as session:
        pending = replies.pending(session, reply_id, now=now)
        if pending is not None and pending.is_gone:
            _end_untold(session, pending, error_code="gone", now=now)
        is_behind = pending is not None and not pending.is_gone and replies.is_behind(session, pending)
    if pending is None or pending.is_gone:
        return
    if is_behind:
        raise WaitsForOlderError(min(max((now - pending.created_at) / 4, BEHIND), LONGEST_BEHIND))
    use_language(pending.language)
    channel = providers.channel(pending.messenger)
    try:
        refusal = _say(channel, pending, from_json(pending.body))
    except AddressGone as error:
        with transaction() as session:
            identities.note_gone(session, pending.chat_id, now=now)
            _end_untold(session, pending, error_code=error.code, now=now)
        return
    except ProviderProtocolError:
        with transaction() as session:
            _end_untold(session, pending, error_code="protocol", now=now)
        raise
    if refusal is not None:
        raise refusal
    if now > pending.created_at + LATE:
        with transaction() as session:
            replies.hasten_others(session, pending.messenger, now=clock.now())


def _end_untold(session: Session, pending: Pending, *, error_code: str, now: datetime) -> None:
    """Nothing more of it is said in this chat."""
    replies.end(session, pending.id, error_code=error_code, now=now)
    _note_lost(session, pending, from_json(pending.body), error_code=error_code, now=now)


def _note_lost(session: Session, pending: Pending, answer: Answer, *, error_code: str, now: datetime) -> None:
    name = followed.name_of(pending.id, answer)
    if name is not None:
        followed.lost(session, name, error_code=error_code, now=now)


def _say(channel: ChannelPort, pending: Pending, answer: Answer) -> ProviderRefused | None:
    """Every message that has not been said, in order; the press is acknowledged with the first.

    One that the messenger refuses is left out; the first such refusal is returned. Raises as the channel.
    """
    if answer.press_id is not None and pending.sent_count == 0:
        _acknowledge(channel, answer.press_id, answer.toast)
    parts = _said_in(answer)
    if not parts:  # a word beside the button was all
        with transaction() as session:
            replies.end(session, pending.id, said=0, now=clock.now())
    refusal: ProviderRefused | None = None
    if pending.refused is not None:
        refusal = ProviderRefused(f"a message was refused: {pending.refused}", code=pending.refused)
    for number in range(pending.sent_count, len(parts)):
        try:
            _hand_over(channel, pending, answer, number)
        except AddressGone:
            raise
        except ProviderRefused as error:
            refusal = refusal or error
        is_last, code = number + 1 == len(parts), None if refusal is None else refusal.code
        with transaction() as session:
            if is_last:
                replies.end(session, pending.id, said=number + 1, error_code=code, now=clock.now())
                if code is not None:
                    _note_lost(session, pending, answer, error_code=code, now=clock.now())
            else:
                replies.note_said(session, pending.id, number + 1, error_code=code)
    return refusal


def _said_in(answer: Answer) -> tuple[Message | Notice, ...]:
    return answer.messages if answer.notice is None else (answer.notice,)


def _hand_over(channel: ChannelPort, pending: Pending, answer: Answer, number: int) -> None:
    """Say one message of an answer, or what is left of it. Parts that the messenger has taken when it fails are noted,
    so that the next try does not say them again; a worker that dies between two parts repeats those that it said.
    """
    said, told = _said_in(answer)[number], followed.name_of(pending.id, answer)
    before = pending.parts_said if number == pending.sent_count else 0
    try:
        if isinstance(said, Notice):
            channel.send_notice(pending.address, said, is_open=pending.is_open, told=told or "", parts_said=before)
            return
        replaces = answer.message_id if number == 0 and said.in_place else None
        channel.send(pending.address, said, replaces=replaces, is_open=pending.is_open, told=told, parts_said=before)
    except ProviderUnavailable as error:
        if error.parts_said > before:
            with transaction() as session:
                replies.note_parts(session, pending.id, error.parts_said)
        raise


def _acknowledge(channel: ChannelPort, press_id: str, toast: str) -> None:
    """Stop the button's spinner. It is worth no second try (the messenger forgets presses within seconds) and no
    answer's loss."""
    try:
        channel.acknowledge(press_id, toast)
    except ProviderError as error:
        log.info("press_not_acknowledged", error=str(error))
