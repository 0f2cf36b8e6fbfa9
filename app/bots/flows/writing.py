"""Conversations between a guest and a landlord, from chat to chat and with the portal."""

from __future__ import annotations

from uuid import UUID, uuid4

from app.bots import values
from app.bots.flow import Act, Flow, Hearing, Who
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.channels.inbound import InboundKind
from app.channels.message import Message, plain
from app.domain.messages import photos as message_photos
from app.domain.messages import reading, writing
from app.domain.messages.reading import Conversation, MessageInfo
from app.domain.messages.writing import Sent, Words
from app.i18n import current_language, format_moment, gettext
from app.kit.errors import DomainError, ErrorKind
from app.models import Side
from app.refusals.texts import text_of

MOST_THREADS = 8
MOST_MESSAGES = 8
LONGEST_SHOWN = 300
"""Characters of one message where several are shown; the whole of it came as a message of its own."""

MOST_PHOTOS = 3
"""So many photos are shown at once; a messenger takes about one message a second."""

OPEN = "thread"
"""A note: the conversation that is shown, or was just written into, while the state is THREAD."""

MORE_PHOTOS_TO = "photos_to"
"""Where a photo was just sent: the others of an album come each by itself, and go there too."""

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
    found = own_thread(turn, given)
    forget(turn, MORE_PHOTOS_TO)
    turn.memory.notes = turn.memory.notes | {OPEN: id_of(found).hex}
    page = reading.messages_of(turn.connection, id_of(found))
    shown = page.messages[-MOST_MESSAGES:]
    if shown:
        writing.mark_read(turn.session, id_of(found), reader_id=turn.user_id, up_to=shown[-1].number, now=turn.now)
    lines = [plain(f"{name_of(found)} · {found.card.title}"), *(_line(found, each) for each in shown)]
    code = id_of(found).hex
    rows = [(button(gettext("✎ Ответить"), "thrw", code), button(gettext("↻ Обновить"), "thr", code))]
    photos = [(button(gettext("📷 Показать фото"), "thrf", code),)] if any(each.photo for each in shown) else []
    return Screen(
        State.THREAD, (Message(text="\n\n".join(lines), rows=(*photos, *rows), in_place=True),), again=f"thr:{code}"
    )


def show_photos(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The newest photos among the last messages."""
    found = own_thread(turn, given)
    forget(turn, MORE_PHOTOS_TO)
    turn.memory.notes = turn.memory.notes | {OPEN: id_of(found).hex}
    shown = reading.messages_of(turn.connection, id_of(found)).messages[-MOST_MESSAGES:]
    photos = [(each, each.photo) for each in shown if each.photo is not None][-MOST_PHOTOS:]
    messages = [Message(text=_line(found, each, is_shown=True), picture=photo.id.hex) for each, photo in photos]
    rows = ((button(gettext("✎ Ответить"), "thrw", id_of(found).hex),),)
    last = messages[-1] if messages else Message(text=gettext("Здесь нет фото."))
    return Screen(State.THREAD, (*messages[:-1], last.model_copy(update={"rows": rows})))


def ask_words(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The next text goes into a conversation."""
    found = own_thread(turn, given)
    return _asked(turn, f"t:{id_of(found).hex}", found)


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
    return _asked(turn, f"p:{property_id}", found)


def ask_words_to_guest(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The next text goes to the guest of a booking of an own flat."""
    reference = values.reference(given)
    found = reading.conversation_of_booking(turn.connection, reference, turn.user_id, language=current_language())
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return _asked(turn, f"b:{reference}", found)


def hear_words(turn: Turn, text: str) -> Screen | None:
    """Send it to the other side: words, or a photo with or without them."""
    to = turn.memory.notes.get(_TO, "")
    if not to:
        return None
    if turn.inbound.kind is InboundKind.MEDIA:
        return _send_photo(turn, to, text)
    if turn.inbound.kind is InboundKind.OTHER:
        raise DomainError("file_not_taken")
    if not text.strip():
        return None
    return words_sent(turn, _send(turn, to, Words(text, turn.booked_by, _key())))


def words_sent(turn: Turn, sent: Sent) -> Screen:
    """What is said to whoever has just written words."""
    said = gettext("Отправлено. Ответ придёт сюда.")
    if sent.is_masked:
        said += " " + gettext("Телефоны и ссылки мы скрыли: до оплаты они не передаются.")
    return _sent(turn, sent, said)


def hear_more_photos(turn: Turn, text: str) -> Screen | None:
    """Another photo right after one, while the conversation is still open."""
    to = turn.memory.notes.get(MORE_PHOTOS_TO, "")
    return _send_photo(turn, to, text) if to and turn.inbound.kind is InboundKind.MEDIA else None


def wants_photo(turn: Turn) -> bool:
    """May the one who writes send a photo, and one more today? Contacts have to be open: it can carry a number."""
    return _wants(turn, turn.memory.notes.get(_TO, ""))


def wants_more_photos(turn: Turn) -> bool:
    """The same right after one was sent."""
    return _wants(turn, turn.memory.notes.get(MORE_PHOTOS_TO, ""))


def _send_photo(turn: Turn, to: str, caption: str) -> Screen:
    """Raises DomainError `photo_not_sent` (with `reason`), `file_not_taken` (several), and as `photos.refuse`."""
    picture = turn.picture
    if len(turn.inbound.media) != 1:
        raise DomainError("file_not_taken")
    if picture is None:  # it was not fetched; when it may be sent by now, it can be sent again
        message_photos.refuse(turn.session, turn.user_id, has_paid=_may_send_photo(turn, to), now=turn.now)
        picture = DomainError("photo_gone")
    if isinstance(picture, DomainError):
        raise DomainError("photo_not_sent", reason=text_of(picture))
    sent = _send(turn, to, Words(caption, turn.booked_by, _key(), picture))
    screen = _sent(turn, sent, gettext("Фото отправлено. Ответ придёт сюда."))
    turn.memory.notes = turn.memory.notes | {MORE_PHOTOS_TO: f"t:{sent.thread_id.hex}"}
    return screen


def _send(turn: Turn, to: str, words: Words) -> Sent:
    kind, _, value = to.partition(":")
    if kind == "p":
        return writing.write_to_landlord(turn.session, int(value), guest_id=turn.user_id, words=words, now=turn.now)
    if kind == "b":
        return writing.write_to_guest(turn.session, value, landlord_id=turn.user_id, words=words, now=turn.now)
    return writing.answer(turn.session, UUID(hex=value), author_id=turn.user_id, words=words, now=turn.now)


def _sent(turn: Turn, sent: Sent, said: str) -> Screen:
    forget(turn, _TO, MORE_PHOTOS_TO)
    turn.memory.notes = turn.memory.notes | {OPEN: sent.thread_id.hex}
    rows = ((button(gettext("✎ Написать ещё"), "thrw", sent.thread_id.hex),),)
    return Screen(State.THREAD, (Message(text=said, rows=rows),))


def _wants(turn: Turn, to: str) -> bool:
    return _may_send_photo(turn, to) and not message_photos.are_used_up(turn.session, turn.user_id, now=turn.now)


def _may_send_photo(turn: Turn, to: str) -> bool:
    kind, _, value = to.partition(":")
    connection, me, language = turn.connection, turn.user_id, current_language()
    found = None
    if kind == "p":
        found = reading.conversation_about(connection, int(value), me, Side.GUEST, language=language)
    elif kind == "b":
        found = reading.conversation_of_booking(connection, value, me, language=language)
    elif kind == "t":
        found = reading.conversation(connection, UUID(hex=value), me, language=language)
    return found is not None and found.has_paid


def _key() -> str:
    """The turn happens once; the message's key only has to be new."""
    return f"chat-{uuid4().hex}"


def forget(turn: Turn, *notes: str) -> None:
    """Drop these notes of the conversation, those that there are."""
    turn.memory.notes = {name: value for name, value in turn.memory.notes.items() if name not in notes}


def _asked(turn: Turn, to: str, found: Conversation) -> Screen:
    turn.memory.notes = turn.memory.notes | {_TO: to}
    text = gettext("Напишите сообщение, получит его %(name)s.") % {"name": plain(name_of(found))}
    if found.has_paid:
        text += " " + gettext("Можно прислать и фото.")
    return Screen(State.WRITE, (Message(text=text),))


def own_thread(turn: Turn, given: tuple[str, ...]) -> Conversation:
    """The conversation that a button or a note names. Raises DomainError `thread_unknown` (404) for anyone else's."""
    try:
        thread_id = UUID(hex=given[0] if given else "")
    except ValueError:
        raise DomainError("thread_unknown", ErrorKind.NOT_FOUND) from None
    found = reading.conversation(turn.connection, thread_id, turn.user_id, language=current_language())
    if found is None or found.id is None:
        raise DomainError("thread_unknown", ErrorKind.NOT_FOUND)
    return found


def id_of(found: Conversation) -> UUID:
    """A conversation that was found by its id has one."""
    if found.id is None:
        raise DomainError("thread_unknown", ErrorKind.NOT_FOUND)
    return found.id


def name_of(found: Conversation) -> str:
    """What the other side is called."""
    return found.other_name or (gettext("Хозяин") if found.side is Side.GUEST else gettext("Гость"))


def cut(text: str) -> str:
    """As much of a message as is shown where it is not told by itself."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1].rstrip()}…"


def _line(found: Conversation, message: MessageInfo, *, is_shown: bool = False) -> str:
    """Who, when, and what: a photo is named unless it is shown above the words."""
    who = gettext("Вы") if message.author is found.side else name_of(found)
    text = message.text or ("" if message.photo else gettext("(текст удалён)"))
    text = cut(text)
    if message.photo is not None and not is_shown:
        text = " ".join((gettext("📷 Фотография"), text))
    return f"**{plain(who)}** · {format_moment(message.created_at)}\n{plain(text)}".rstrip()


FLOW = Flow(
    "writing",
    acts=(
        Act("thrs", show_threads, (State.THREADS,), Who.LINKED),
        Act("thr", show_thread, (State.THREAD,), Who.LINKED),
        Act("thrf", show_photos, (State.THREAD,), Who.LINKED),
        Act("thrw", ask_words, (State.WRITE,), Who.LINKED),
        Act("wrtp", ask_words_to_landlord, (State.WRITE,), Who.LINKED),
        Act("wrtb", ask_words_to_guest, (State.WRITE,), Who.LANDLORD),
    ),
    hearings=(
        Hearing(State.WRITE, hear_words, (State.THREAD,), Who.LINKED, takes_numbers=True, wants_picture=wants_photo),
    ),
)
