"""How many come."""

from __future__ import annotations

from dataclasses import replace

from app.bots import understanding, values
from app.bots.flow import Act, Flow, Hearing
from app.bots.flows import booking, results
from app.bots.memory import Wish
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.bots.understanding import MOST_GUESTS
from app.channels.message import Message
from app.i18n import gettext
from app.kit.errors import DomainError

MOST_OFFERED = 6
ASKED = "asked"
"""Note: what the button says whose number is typed instead, after the number."""
_TO = (State.GUESTS, State.RESULTS, State.QUOTE)


def ask(turn: Turn, given: tuple[str, ...]) -> Screen:
    """How many come, in a search or (with a flat and its two days) to that flat; with a number: that many, and on."""
    rest = given[1:4] if len(given) > 1 else ()
    if given and given[0]:
        return _chosen(turn, values.number(given, 0), rest)
    turn.memory.notes[ASKED] = ":".join(rest)
    offered = [button(str(number), "gst", number, *rest) for number in range(1, MOST_OFFERED + 1)]
    rows = (tuple(offered[:3]), tuple(offered[3:]))
    text = gettext("Сколько будет гостей? Если больше шести, напишите числом.")
    return Screen(
        State.GUESTS,
        (Message(text=text, rows=rows, in_place=True),),
        again=payload("gst", None, *rest),
    )


def hear(turn: Turn, text: str) -> Screen | None:
    """A typed number; a whole wish is somebody else's matter."""
    said = understanding.understand(text, today=turn.today)
    number = said.guests or (None if said.is_anything else understanding.number_in(text))
    if number is None or (said.guests is not None and (said.cities or said.dates.check_in)):
        return None
    asked = turn.memory.notes.get(ASKED, "")
    rest = tuple(asked.split(":")) if asked else ()
    if number > MOST_GUESTS:
        return with_limit(ask(turn, ("", *rest)), number)
    return _chosen(turn, number, rest)


def take(wish: Wish, number: int | None) -> None:
    """Remember how many come, if that was said; nothing of before when they are too many, so that it is asked."""
    if number is not None:
        wish.guests = number if number <= MOST_GUESTS else None


def with_limit(screen: Screen, number: int | None) -> Screen:
    """The screen; after too large a number of guests it says first how many there can be."""
    if number is None or number <= MOST_GUESTS:
        return screen
    said = Message(text=gettext("Квартира принимает не больше %(guests)s гостей.") % {"guests": MOST_GUESTS})
    shown = tuple(message.model_copy(update={"in_place": False}) for message in screen.messages)
    return replace(screen, messages=(said, *shown))


def _chosen(turn: Turn, number: int, rest: tuple[str, ...]) -> Screen:
    """Raises DomainError `too_many_guests`, `button_old`."""
    if not 1 <= number <= MOST_GUESTS:
        raise DomainError("too_many_guests", guests=MOST_GUESTS)
    turn.memory.wish.guests = number
    if rest:
        return booking.show_quote(turn, (*rest, str(number)))
    return results.show(turn, ("0",))


FLOW = Flow(
    "guests",
    acts=(Act("gst", ask, _TO),),
    hearings=(Hearing(State.GUESTS, hear, _TO, takes_numbers=True),),
)
