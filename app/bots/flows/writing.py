"""Conversations between a guest and a landlord, from chat to chat and with the portal."""

from __future__ import annotations

from uuid import UUID, uuid4

from app.bots import values
from app.bots.flow import Act, Flow, Hearing, Who
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.channels.message import Message, plain
from app.domain.messages import reading, writing
from app.domain.messages.reading import Conversation, MessageInfo
from app.domain.messages.writing import Words
from app.i18n import current_language, format_moment, gettext
from app.kit.errors import DomainError, ErrorKind
from app.models import Side

MOST_THREADS = 8
MOST_MESSAGES = 8
LONGEST_SHOWN = 300
"""Characters of one message where several are shown; the whole of it came as a message of its own."""

_TO = "write_to"


def show_threads(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Whom the person writes with, the last spoken first, as guest and as landlord."""
    sides = (Side.GUEST, Side.LANDLORD) if turn.is_landlord else (Side.GUEST,)
    found = [
        each
        for side in sides
        for each in reading.threads_of(turn.connection, turn.user_id, side, language=current_language())
    ]
    found = sorted(found, key=lambda each: each.last_at, reverse=True)[:MOST_THREADS]
    if not found:
        text = gettext("Переписки пока нет. Написать хозяину можно со страницы квартиры или брони.")
        return Screen(State.THREADS, (Message(text=text, in_place=True),), again="thrs")
    lines, rows = [gettext("**Сообщения**")], []
    for each in found:
        name = each.other_name or gettext("Собеседник")
        new = f" · {gettext('новых')}: {each.unread}" if each.unread else ""
        lines.append(plain(f"{name} · {each.card.title}{new}"))
        rows.append((button(f"{name}{' ●' if each.unread else ''}", "thr", each.id.hex, note=each.card.title),))
    message = Message(text="\n".join(lines), rows=tuple(rows), in_place=True)
    return Screen(State.THREADS, (message,), again="thrs")


def show_thread(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The last messages, which are read by that."""
    found = _own_thread(turn, given)
    page = reading.messages_of(turn.connection, _id_of(found))
    shown = page.messages[-MOST_MESSAGES:]
    if shown:
        writing.mark_read(turn.session, _id_of(found), reader_id=turn.user_id, up_to=shown[-1].number, now=turn.now)
    lines = [plain(f"{_name(found)} · {found.card.title}"), *(_line(found, each) for each in shown)]
    code = _id_of(found).hex
    rows = ((button(gettext("✎ Ответить"), "thrw", code), button(gettext("↻ Обновить"), "thr", code)),)
    return Screen(State.THREAD, (Message(text="\n\n".join(lines), rows=rows, in_place=True),), again=f"thr:{code}")


def ask_words(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The next text goes into a conversation."""
    found = _own_thread(turn, given)
    return _asked(turn, f"t:{_id_of(found).hex}", _name(found))


def ask_words_to_landlord(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The next text goes to the landlord of a flat."""
    property_id = values.number_or(given, 0, 0)
    found = reading.conversation_about(
        turn.connection, property_id, turn.user_id, Side.GUEST, language=current_language()
    )
    if found is None:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    if found.landlord_id == turn.user_id:
        raise DomainError("own_flat_message")
    return _asked(turn, f"p:{property_id}", _name(found))


def ask_words_to_guest(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The next text goes to the guest of a booking of an own flat."""
    reference = values.reference(given)
    found = reading.conversation_of_booking(turn.connection, reference, turn.user_id, language=current_language())
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return _asked(turn, f"b:{reference}", _name(found))


def hear_words(turn: Turn, text: str) -> Screen | None:
    """Send it to the other side."""
    kind, _, value = turn.memory.notes.get(_TO, "").partition(":")
    if not value or not text.strip():
        return None
    words = Words(text, turn.booked_by, f"chat-{uuid4().hex}")
    if kind == "p":
        sent = writing.write_to_landlord(turn.session, int(value), guest_id=turn.user_id, words=words, now=turn.now)
    elif kind == "b":
        sent = writing.write_to_guest(turn.session, value, landlord_id=turn.user_id, words=words, now=turn.now)
    else:
        sent = writing.answer(turn.session, UUID(hex=value), author_id=turn.user_id, words=words, now=turn.now)
    turn.memory.notes = {name: note for name, note in turn.memory.notes.items() if name != _TO}
    said = gettext("Отправлено. Ответ придёт сюда.")
    if sent.is_masked:
        said += " " + gettext("Телефоны и ссылки мы скрыли: до оплаты они не передаются.")
    rows = ((button(gettext("✎ Написать ещё"), "thrw", sent.thread_id.hex),),)
    return Screen(State.THREAD, (Message(text=said, rows=rows),))


def _asked(turn: Turn, to: str, name: str) -> Screen:
    turn.memory.notes = turn.memory.notes | {_TO: to}
    text = gettext("Напишите сообщение, получит его %(name)s.") % {"name": plain(name)}
    return Screen(State.WRITE, (Message(text=text),))


def _own_thread(turn: Turn, given: tuple[str, ...]) -> Conversation:
    """Raises DomainError `thread_unknown` (404) for anyone else's."""
    try:
        thread_id = UUID(hex=given[0] if given else "")
    except ValueError:
        raise DomainError("thread_unknown", ErrorKind.NOT_FOUND) from None
    found = reading.conversation(turn.connection, thread_id, turn.user_id, language=current_language())
    if found is None or found.id is None:
        raise DomainError("thread_unknown", ErrorKind.NOT_FOUND)
    return found


def _id_of(found: Conversation) -> UUID:
    """A conversation that was found by its id has one."""
    if found.id is None:
        raise DomainError("thread_unknown", ErrorKind.NOT_FOUND)
    return found.id


def _name(found: Conversation) -> str:
    return found.other_name or (gettext("Хозяин") if found.side is Side.GUEST else gettext("Гость"))


def _line(found: Conversation, message: MessageInfo) -> str:
    who = gettext("Вы") if message.author is found.side else _name(found)
    text = message.text or gettext("(текст удалён)")
    text = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1].rstrip()}…"
    return f"**{plain(who)}** · {format_moment(message.created_at)}\n{plain(text)}"


FLOW = Flow(
    "writing",
    acts=(
        Act("thrs", show_threads, (State.THREADS,), Who.LINKED),
        Act("thr", show_thread, (State.THREAD,), Who.LINKED),
        Act("thrw", ask_words, (State.WRITE,), Who.LINKED),
        Act("wrtp", ask_words_to_landlord, (State.WRITE,), Who.LINKED),
        Act("wrtb", ask_words_to_guest, (State.WRITE,), Who.LANDLORD),
    ),
    hearings=(Hearing(State.WRITE, hear_words, (State.THREAD,), Who.LINKED, takes_numbers=True),),
)
