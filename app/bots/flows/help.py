"""Help: what can be written here, and a human for what cannot."""

from __future__ import annotations

from app.bots.flow import Act, Flow, Hearing
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link
from app.channels.message import Message
from app.domain.chats import help as asking
from app.i18n import gettext


def show_help(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """What there is to know."""
    text = gettext(
        "**Как это работает**\n"
        "1. Напишите, что ищете: «Алматы 12–15 марта, двое».\n"
        "2. Выберите квартиру и нажмите «Забронировать»: цена окончательная.\n"
        "3. Оплатите в Kaspi за 15 минут — и ключи придут сюда.\n\n"
        "Отменить, продлить или написать хозяину можно в «Мои брони»."
    )
    rows = (
        (button(gettext("🙋 Позвать человека"), "human"),),
        (link(gettext("Открыть сайт"), turn.around.public_url),),
    )
    return Screen(State.HELP, (Message(text=text, rows=rows, in_place=True),), again="help")


def ask_human(_turn: Turn, _values: tuple[str, ...]) -> Screen:
    """The next text goes to our staff."""
    text = gettext("Напишите, что случилось, одним сообщением. Сотрудник ответит здесь же.")
    return Screen(State.HUMAN, (Message(text=text),))


def hear_question(turn: Turn, text: str) -> Screen | None:
    """Keep the question for staff."""
    asking.ask(turn.session, turn.chat, text, now=turn.now)
    said = gettext("Передали сотруднику. Ответ придёт сюда.")
    return Screen(State.MENU, (Message(text=said),))


FLOW = Flow(
    "help",
    acts=(Act("help", show_help, (State.HELP,)), Act("human", ask_human, (State.HUMAN,))),
    hearings=(Hearing(State.HUMAN, hear_question, (State.MENU,), takes_numbers=True),),
)
