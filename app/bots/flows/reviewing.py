"""A review of a stay that is over: stars, then words."""

from __future__ import annotations

from app.bots import values
from app.bots.flow import Act, Flow, Hearing, Who
from app.bots.flows.showing import own_booking, title_of
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.channels.message import Message
from app.domain.reviews import writing
from app.i18n import gettext
from app.kit.errors import DomainError, ErrorKind

_DRAFT = "review"


def ask_stars(turn: Turn, given: tuple[str, ...]) -> Screen:
    """How good was it? Raises DomainError for a stay that cannot be reviewed."""
    found = own_booking(turn, given)
    writing.check_stay(found.status)
    if found.is_reviewed:
        raise DomainError("review_exists", ErrorKind.CONFLICT)
    rows = tuple((button("★" * stars, "star", found.reference, stars),) for stars in range(5, 0, -1))
    text = gettext("Как прошло проживание? **%(title)s**") % {"title": title_of(found)}
    return Screen(State.REVIEW_STARS, (Message(text=text, rows=rows),))


def take_stars(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The stars are kept until the words come."""
    found, stars = own_booking(turn, given), values.number_or(given, 1, 0)
    if not 1 <= stars <= 5:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    turn.memory.notes = turn.memory.notes | {_DRAFT: f"{found.reference}:{stars}"}
    text = gettext("Оценка: %(stars)s. Напишите пару слов: что понравилось, что нет.") % {"stars": "★" * stars}
    return Screen(State.REVIEW_TEXT, (Message(text=text),))


def hear_words(turn: Turn, text: str) -> Screen | None:
    """The review is complete."""
    reference, _, stars = turn.memory.notes.get(_DRAFT, "").partition(":")
    if not reference or not text.strip():
        return None
    writing.write(turn.session, reference, guest_id=turn.user_id, rating=int(stars), text=text, photos=(), now=turn.now)
    turn.memory.notes = {name: note for name, note in turn.memory.notes.items() if name != _DRAFT}
    return Screen(State.BOOKINGS, (Message(text=gettext("Спасибо! Отзыв опубликован.")),))


FLOW = Flow(
    "reviewing",
    acts=(
        Act("rev", ask_stars, (State.REVIEW_STARS,), Who.LINKED),
        Act("star", take_stars, (State.REVIEW_TEXT,), Who.LINKED),
    ),
    hearings=(Hearing(State.REVIEW_TEXT, hear_words, (State.BOOKINGS,), Who.LINKED, takes_numbers=True),),
)
