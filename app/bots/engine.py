"""One turn: an event of a chat in, one answer out. Knows no channel; writes nothing but through the domain."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.bots import table, words
from app.bots.flow import Act, Hearing, Who
from app.bots.flows.menu import FIRST_WORDS
from app.bots.memory import Memory
from app.bots.states import State
from app.bots.turn import BACK, MENU, Screen, Surroundings, Turn, button, navigation
from app.bots.understanding import LONGEST
from app.channels.inbound import Inbound, InboundKind, Media
from app.channels.message import Answer, Button, Message
from app.db import translate
from app.domain.chats import identities
from app.i18n import LANGUAGES, gettext, use_language
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import Sized
from app.models import STAFF_ROLES, ChannelIdentity, Role, User, UserProfile
from app.refusals.chats import text_of

GIVE_UP_AFTER = 5
"""So many times in a row something was not understood, a human is offered."""
_CONTACTS = frozenset({InboundKind.CONTACT, InboundKind.FOREIGN_CONTACT})
_FILES = frozenset({InboundKind.MEDIA, InboundKind.OTHER})


def step(
    session: Session,
    chat: ChannelIdentity,
    memory: Memory,
    inbound: Inbound,
    *,
    around: Surroundings,
    now: datetime,
    picture: Sized | DomainError | None = None,
) -> tuple[Answer | None, Memory]:
    """What is said to an event of this chat, which the caller has locked (None: nothing), and what to remember.

    `picture` is what `wanted_picture` asked for, or why it cannot be had.

    What a rule refuses is said in words and changes nothing; what is our own fault (or PostgreSQL's) is raised, and the
    caller tries the whole turn again.
    """
    roles = _recognise(session, chat, inbound, now=now)
    turn = Turn(session, chat, roles, memory.model_copy(deep=True), inbound, around, now, picture)
    if inbound.kind is InboundKind.BLOCKED:
        chat.unreachable_at = now
        return None, turn.memory
    if inbound.kind is InboundKind.OPT_OUT:
        chat.opted_out_at = now
        text = gettext("Больше не пишем. Важное о ваших бронях всё же придёт. Напишите START, чтобы мы снова писали.")
        return Answer(messages=(Message(text=text),)), turn.memory
    if inbound.kind is InboundKind.OPT_IN:
        chat.opted_out_at = None
    wanted = _payload_of(turn)
    screen = _hear(turn) if wanted is None else _run(turn, wanted)
    if screen is None:
        screen = _not_understood(turn)
    else:
        turn.memory.misunderstood = 0
    return _shown(turn, screen), turn.memory


def wanted_picture(
    session: Session,
    chat: ChannelIdentity,
    memory: Memory,
    inbound: Inbound,
    *,
    around: Surroundings,
    now: datetime,
) -> Media | None:
    """The picture in an event that the turn has to have: the caller fetches it first, since a turn asks no network.

    One at a time; none where the conversation has no use for pictures.
    """
    if inbound.kind is not InboundKind.MEDIA or len(inbound.media) != 1:
        return None
    hearing = table.HEARINGS.get(memory.state)
    if hearing is None or hearing.wants_picture is None:
        return None
    roles = _recognise(session, chat, inbound, now=now)
    turn = Turn(session, chat, roles, memory.model_copy(deep=True), inbound, around, now)
    return inbound.media[0] if _may(turn, hearing.who) and hearing.wants_picture(turn) else None


def _recognise(session: Session, chat: ChannelIdentity, inbound: Inbound, *, now: datetime) -> frozenset[str]:
    """The roles of whose chat it is, and from here on their language. A blocked account's chat is nobody's."""
    roles: frozenset[str] = frozenset()
    profile_language = None
    if chat.user_id is not None:
        statement = select(User.roles, User.blocked_at, UserProfile.language)
        statement = statement.join(UserProfile, UserProfile.user_id == User.id, isouter=True)
        found = session.execute(statement.where(User.id == chat.user_id)).one()
        if found.blocked_at is not None:
            identities.unlink(session, chat, now=now)
        else:
            roles, profile_language = frozenset(found.roles), found.language
    hint = inbound.language if inbound.language in LANGUAGES else None
    use_language(chat.language or profile_language or hint or "ru")
    return roles


def _payload_of(turn: Turn) -> str | None:
    """What the event asks for by a button, a link, a command or a word that stands for one; None for other text."""
    inbound, memory = turn.inbound, turn.memory
    asked: str | None = None
    if inbound.kind is InboundKind.PRESS:
        asked = inbound.payload
    elif inbound.kind is InboundKind.START:
        code = table.LINKS.get(inbound.payload[:1])
        asked = f"{code}:{inbound.payload[1:]}" if code and inbound.payload[1:] else MENU
    elif inbound.kind is InboundKind.OPT_IN:
        asked = MENU
    elif inbound.kind is InboundKind.TEXT:
        asked = words.meaning_of(inbound.text) or _option(turn)
    is_new = turn.chat.language is None and (asked is None or not asked.startswith("lang"))
    if is_new:
        if asked is not None and asked not in {MENU, BACK}:
            memory.go_on_with(asked)
        elif asked is None and inbound.kind is InboundKind.TEXT:
            memory.notes[FIRST_WORDS] = inbound.text[:LONGEST]
        return "lang"
    return asked


def _option(turn: Turn) -> str | None:
    """The button whose number or label was typed."""
    typed = turn.inbound.text.strip()
    options = turn.memory.options
    hearing = table.HEARINGS.get(turn.memory.state)
    if typed.isdecimal() and len(typed) <= 2 and not (hearing and hearing.takes_numbers):
        number = int(typed)
        return options[number - 1][1] if 1 <= number <= len(options) else None
    wanted = words.bare(typed)
    return next((asked for label, asked in options if label == typed or (wanted and words.bare(label) == wanted)), None)


def _run(turn: Turn, wanted: str) -> Screen:
    """Do what a payload says."""
    try:
        return _back(turn) if wanted == BACK else _done(turn, wanted)
    except DomainError as error:
        return _refused(turn, turn.memory, error)


def _back(turn: Turn) -> Screen:
    """The last screen there is to come back to. What cannot be shown any more is passed over: it would be refused each
    time, and «Назад» lead nowhere. Raises DomainError while it may be shown a little later."""
    if not turn.memory.is_aside:
        turn.memory.trail = turn.memory.trail[:-1]
    while turn.memory.trail:
        try:
            return _done(turn, turn.memory.trail[-1])
        except DomainError as error:
            if error.kind in {ErrorKind.BUSY, ErrorKind.LIMIT}:
                raise
            turn.memory.trail = turn.memory.trail[:-1]
    return _done(turn, MENU)


def _done(turn: Turn, wanted: str) -> Screen:
    """The screen that a payload leads to. Raises DomainError; nothing is remembered of the attempt then."""
    code, *values = wanted.split(":")
    act = table.ACTS.get(code)
    if act is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    if not _may(turn, act.who):
        if act.who is Who.LINKED or turn.chat.user_id is None:
            turn.memory.go_on_with(wanted)
            return _done(turn, "link")
        raise DomainError("not_yours_to_do", ErrorKind.FORBIDDEN)
    return _attempt(turn, act, tuple(values))


def _may(turn: Turn, who: Who) -> bool:
    return {
        Who.ANYONE: True,
        Who.LINKED: turn.is_linked,
        Who.LANDLORD: Role.LANDLORD in turn.roles,
        Who.STAFF: bool(STAFF_ROLES & turn.roles),
    }[who]


def _attempt(turn: Turn, act: Act, values: tuple[str, ...]) -> Screen:
    before = turn.memory.model_copy(deep=True)
    try:
        with turn.session.begin_nested():
            screen = act.run(turn, values)
            turn.session.flush()
    except DomainError:
        turn.memory = before
        raise
    except DBAPIError as error:
        turn.memory = before
        raise _conflict(error) from error
    return _declared(act, screen)


def _hear(turn: Turn) -> Screen | None:
    """What text (or a shared contact, a picture) means where the conversation stands, or anywhere."""
    hearing = table.HEARINGS.get(turn.memory.state)
    if turn.inbound.kind in _CONTACTS:  # an answer to one question only, whenever it comes: words to nobody else
        hearing = None if turn.is_linked else table.HEARINGS[State.PHONE]
    is_heard = hearing is not None and _may(turn, hearing.who)
    before = turn.memory.model_copy(deep=True)
    try:
        with turn.session.begin_nested():
            screen = hearing.hear(turn, turn.inbound.text) if hearing is not None and is_heard else None
            if screen is None and turn.inbound.kind is InboundKind.TEXT:
                heard = (hear(turn, turn.inbound.text) for hear in table.UNDERSTOOD_ANYWHERE)
                screen = next((found for found in heard if found is not None), None)
                hearing = None
            turn.session.flush()
    except DomainError as error:
        return _refused(turn, before, error)
    except DBAPIError as error:
        return _refused(turn, before, _conflict(error))
    if screen is None or hearing is None:
        return screen
    return _declared(hearing, _without_file(turn, hearing, screen))


def _without_file(turn: Turn, hearing: Hearing, screen: Screen) -> Screen:
    """The screen; first it says that of a file, where none is wanted, only the words under it were taken."""
    if turn.inbound.kind not in _FILES or hearing.wants_picture is not None:
        return screen
    said = Message(text=gettext("Файлы здесь не принимаются: взяли только слова."))
    return replace(screen, messages=(said, *screen.messages))


def _conflict(error: DBAPIError) -> DomainError:
    """What a constraint refused. Raises the error again when that was no rule of ours."""
    translated = translate(error)
    if translated is None or translated.kind is not ErrorKind.CONFLICT:
        raise error
    return translated


def _declared(by: Act | Hearing, screen: Screen) -> Screen:
    """Flows lead only where they say: the diagram is true. Raises RuntimeError."""
    if screen.state not in by.leads_to:
        name = by.code if isinstance(by, Act) else f"text in {by.state}"
        raise RuntimeError(f"{name} leads to {screen.state}, which it does not declare")
    return screen


def _refused(turn: Turn, before: Memory, error: DomainError) -> Screen:
    """A rule said no: what happened and what to do. Nothing is remembered of the attempt."""
    turn.memory = before
    text = text_of(error)
    return Screen(turn.memory.state, (Message(text=text),), toast=text)


def _not_understood(turn: Turn) -> Screen:
    """Help, not silence; after some times a human."""
    turn.memory.misunderstood += 1
    text = gettext("Не понял. Нажмите кнопку или напишите, например: «Алматы 12–15 марта, двое».")
    if turn.inbound.kind is not InboundKind.TEXT:
        text = gettext("Здесь я понимаю только слова и кнопки. Напишите, например: «Алматы 12–15 марта, двое».")
    elif turn.memory.is_forgetful:
        text = gettext(
            "Сейчас я не помню, о чём мы говорили: у нас неполадка, она скоро пройдёт. "
            "Кнопки работают, а слова напишите ещё раз через минуту."
        )
    rows: tuple[tuple[Button, ...], ...] = ((button(gettext("Помощь"), "help"),),)
    if turn.memory.misunderstood >= GIVE_UP_AFTER:
        text = gettext("Похоже, я не справляюсь. Позвать человека?")
        rows = ((button(gettext("🙋 Позвать человека"), "human"),), *rows)
    return Screen(turn.memory.state, (Message(text=text, rows=rows),))


def _shown(turn: Turn, screen: Screen) -> Answer:
    """The screen as an answer, with the row that leads back, and remembered."""
    memory = turn.memory
    memory.state = screen.state
    memory.is_aside = screen.again is None
    if screen.again is not None:
        memory.walk_to(screen.again)
    messages = list(screen.messages)
    if messages and not screen.is_bare:
        last = messages[-1]
        messages[-1] = last.model_copy(update={"rows": (*last.rows, navigation(memory))})
    offered = next((message.buttons for message in reversed(messages) if message.rows), ())
    if messages:  # a word beside a button leaves what was offered as it was
        memory.options = tuple((each.label, each.payload) for each in offered if each.payload is not None)
    return Answer(
        messages=tuple(messages),
        toast=screen.toast,
        press_id=turn.inbound.press_id,
        message_id=turn.inbound.message_id,
    )
