"""What is typed while a conversation between two people is open: most likely the reply, but nobody asked for one.

So it is asked about and sent by the press alone: a search that was typed there never comes to the other side.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from uuid import UUID

from app.bots import understanding, values
from app.bots.flow import Act, Flow, Hearing, Who
from app.bots.flows import searching, writing
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.channels.inbound import InboundKind
from app.channels.message import Message, plain
from app.domain.messages import reading
from app.domain.messages import writing as messages
from app.domain.messages.writing import Words
from app.i18n import current_language, gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.typed import typed_lines

_UNSENT = "unsent"
"""The conversation, the mark of the question and the text, of what was asked about last. There is one at a time."""
_MARK_BYTES = 8


def hear(turn: Turn, text: str) -> Screen | None:
    """Another photo right after one, or words that may be a reply. None for what is neither.

    Raises DomainError `text_too_long` (422).
    """
    if turn.inbound.kind is InboundKind.MEDIA:
        return writing.hear_more_photos(turn, text)
    return _ask(turn, typed_lines(text)) if turn.inbound.kind is InboundKind.TEXT else None


def send(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Send what the button's question quoted. Raises DomainError `words_gone` (404), and as `messages.answer`.

    The mark is the message's key too: a conversation that remembers it once more still sends it once.
    """
    mark = values.text(given, 0)
    thread, text = _unsent(turn, mark)
    words = Words(text, turn.booked_by, f"chat-{mark}")
    sent = messages.answer(turn.session, thread, author_id=turn.user_id, words=words, now=turn.now)
    writing.forget(turn, _UNSENT)
    return _in_place(writing.words_sent(turn, sent))


def drop(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Forget what the button's question quoted, and show the conversation."""
    if _mark_of(turn) == values.text(given, 1):
        writing.forget(turn, _UNSENT)
    return writing.show_thread(turn, given[:1])


def search(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Look for a flat as the quoted text says. Raises DomainError `words_gone` (404), and as `searching.hear_wish`."""
    _, text = _unsent(turn, values.text(given, 0))
    writing.forget(turn, _UNSENT)
    screen = searching.hear_wish(turn, text)
    if screen is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    return screen


def _ask(turn: Turn, text: str) -> Screen | None:
    """The question. None where it is not known which conversation is open, or it is nobody's own any more."""
    found = None
    if text and writing.OPEN in turn.memory.notes:
        thread = UUID(hex=turn.memory.notes[writing.OPEN])
        found = reading.conversation(turn.connection, thread, turn.user_id, language=current_language())
    if found is None:
        return None
    if len(text) > messages.LONGEST:
        raise DomainError("text_too_long", length=messages.LONGEST)
    code, mark = writing.id_of(found).hex, secrets.token_hex(_MARK_BYTES)
    writing.forget(turn, writing.MORE_PHOTOS_TO)
    turn.memory.notes = turn.memory.notes | {_UNSENT: f"{code}:{mark}:{text}"}
    rows = [(button(gettext("Отправить"), "thrg", mark),), (button(gettext("Нет, не то"), "thrn", code, mark),)]
    asked = gettext("**Отправить это?** Получит %(name)s.")
    if understanding.understand(text, today=turn.today).is_anything:
        rows.insert(1, (button(gettext("🔎 Искать квартиру"), "thrk", mark),))
        asked = gettext("**Отправить это или искать квартиру?** Сообщение получит %(name)s.")
    asked %= {"name": plain(writing.name_of(found))}
    return Screen(State.REPLY, (Message(text=f"{asked}\n\n{plain(writing.cut(text))}", rows=tuple(rows)),))


def _mark_of(turn: Turn) -> str:
    """Of the question that waits for its press; empty when none does."""
    return turn.memory.notes.get(_UNSENT, "").partition(":")[2].partition(":")[0]


def _unsent(turn: Turn, mark: str) -> tuple[UUID, str]:
    """The conversation and the text of the question that has this mark. Raises DomainError `words_gone` (404)."""
    if not mark or _mark_of(turn) != mark:
        raise DomainError("words_gone", ErrorKind.NOT_FOUND)
    code, _, rest = turn.memory.notes[_UNSENT].partition(":")
    return UUID(hex=code), rest.partition(":")[2]


def _in_place(screen: Screen) -> Screen:
    """Instead of the question, where the channel can: it is answered."""
    return replace(screen, messages=tuple(each.model_copy(update={"in_place": True}) for each in screen.messages))


FLOW = Flow(
    "typed_reply",
    acts=(
        Act("thrg", send, (State.THREAD,), Who.LINKED),
        Act("thrn", drop, (State.THREAD,), Who.LINKED),
        Act("thrk", search, searching.NEXT, Who.LINKED),
    ),
    hearings=(
        Hearing(State.THREAD, hear, (State.THREAD, State.REPLY), Who.LINKED, wants_picture=writing.wants_more_photos),
        Hearing(State.REPLY, hear, (State.REPLY,), Who.LINKED, takes_numbers=True),
    ),
)
