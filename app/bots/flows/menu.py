"""The beginning: which language, and what there is to do."""

from __future__ import annotations

from dataclasses import replace

from app.bots import understanding
from app.bots.flow import Act, Flow
from app.bots.flows import searching
from app.bots.states import State
from app.bots.turn import MENU, Screen, Turn, button
from app.channels.message import Button, Message
from app.domain.accounts import people
from app.domain.chats import identities
from app.i18n import LANGUAGES, gettext, use_language
from app.kit.errors import DomainError
from app.models import STAFF_ROLES
from app.refusals.chats import text_of

GREETING = "Сәлеметсіз бе! · Здравствуйте! · Hello!"
FIRST_WORDS = "first_words"
"""Note: what was written before a language was chosen."""


def ask_language(turn: Turn, values: tuple[str, ...]) -> Screen:
    """Which language; with a value: this one, and on to what was meant before."""
    if not values:
        rows = tuple((button(name, "lang", code),) for code, name in LANGUAGES.items())
        text = GREETING + "\n\nТілді таңдаңыз · Выберите язык · Choose a language"
        return Screen(State.LANGUAGE, (Message(text=text, rows=rows),), is_bare=True)
    identities.choose_language(turn.chat, values[0])
    use_language(values[0])
    if turn.chat.user_id is not None:
        people.choose_language(turn.session, turn.user_id, values[0], now=turn.now)
    resume, turn.memory.resume = turn.memory.resume, None
    words = turn.memory.notes.pop(FIRST_WORDS, "")
    if resume is not None:
        return resumed(turn, resume)
    return _answered(turn, words) or show_menu(turn, ())


def _answered(turn: Turn, words: str) -> Screen | None:
    """What was written first, as a wish; None for anything else. A refusal is said above the menu: raised, it would
    undo the choice of a language, at every press."""
    before = turn.memory.wish.model_copy()
    try:
        return searching.hear_wish(turn, words)
    except DomainError as error:
        turn.memory.wish = before
        menu = show_menu(turn, ())
        return replace(menu, messages=(Message(text=text_of(error)), *menu.messages))


def resumed(turn: Turn, wanted: str) -> Screen:
    """What was meant before the conversation had to ask something else: a button that goes on with it."""
    code, *rest = wanted.split(":")
    text = gettext("Готово. Продолжим с того места, где остановились.")
    return Screen(State.MENU, (Message(text=text, rows=((button(gettext("Продолжить"), code, *rest),),)),))


def show_menu(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Everything there is to do for this person."""
    turn.memory.trail = ()
    rows: list[tuple[Button, ...]] = [
        (button(gettext("🔎 Найти квартиру"), "city"),),
        (button(gettext("🧳 Мои брони"), "bks"), button(gettext("♡ Избранное"), "favs")),
        (button(gettext("💬 Сообщения"), "thrs"), button(gettext("❓ Помощь"), "help")),
    ]
    if turn.is_landlord:
        rows.append((button(gettext("🏠 Мои квартиры"), "host"),))
    if STAFF_ROLES & turn.roles:
        rows.append((button(gettext("📊 Сегодня"), "staff"),))
    rows.append((button(gettext("🌐 Язык"), "lang"),))
    text = gettext("**ЖильеGO** — квартиры посуточно по всему Казахстану. Что сделаем?")
    return Screen(State.MENU, (Message(text=text, rows=tuple(rows), in_place=True),), is_bare=True)


def hear_greeting(turn: Turn, text: str) -> Screen | None:
    """Whoever says hello is shown what there is to do. None for other words."""
    return show_menu(turn, ()) if understanding.is_greeting(text) else None


FLOW = Flow(
    "menu",
    acts=(
        Act("lang", ask_language, (State.LANGUAGE, State.MENU, *searching.NEXT)),
        Act(MENU, show_menu, (State.MENU,)),
    ),
)
