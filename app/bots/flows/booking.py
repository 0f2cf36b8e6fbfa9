"""The price of a stay, line by line, and the booking itself: held at once, or asked for where the landlord decides."""

from __future__ import annotations

from dataclasses import dataclass

from app.bots import phrases, values
from app.bots.flow import Act, Flow, Hearing, Who
from app.bots.flows import flat, paying
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.channels.message import Button, Message, plain
from app.domain.accounts import people
from app.domain.availability import calendar
from app.domain.checkout.hold import hold
from app.domain.checkout.limits import HOLD
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ACCEPTED_HOLD, ANSWER, ask
from app.domain.listings.reading import PropertyInfo
from app.domain.pricing import promo
from app.domain.pricing.quote import LineKind, Promo, Quote, quote
from app.i18n import current_language, gettext, ngettext
from app.kit.errors import DomainError
from app.kit.money import format_tenge
from app.kit.period import Stay
from app.refusals.texts import text_of
from app.wording.price_lines import quote_view

PROMO, PROMO_TRIES, WANTED = "promo", "promo_tries", "wanted"
"""Notes: the code that is used, how many were tried, and what the person was about to book."""
MOST_PROMO_TRIES = 10
"""Codes cannot be guessed: so many in one conversation."""
LONGEST_CODE = 40
_ASK_AGAIN = frozenset(
    {
        *("price_changed", "needs_request", "books_instantly", "dates_taken"),
        *("promo_unknown", "promo_not_now", "promo_other_dates", "promo_too_short", "promo_used_up"),
        *("promo_used_before", "promo_first_only"),
    }
)
"""Refusals after which the person decides anew, with the new price before them."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A stay in a flat, as a button says it; `total` (tenge) is what was shown with it."""

    property_id: int
    stay: Stay
    guests: int
    total: int | None = None

    @classmethod
    def of(cls, given: tuple[str, ...]) -> _Wanted:
        """Raises DomainError `button_old` (404)."""
        total = values.optional_number(given, 4)
        return cls(values.number(given, 0), values.stay(given, 1), values.number(given, 3), total)

    @property
    def values(self) -> tuple[str, ...]:
        """What a button carries."""
        days = (values.written_day(self.stay.check_in), values.written_day(self.stay.check_out))
        return (str(self.property_id), *days, str(self.guests))


def show_quote(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Everything the stay costs, or why it cannot be had."""
    return _quote(turn, _Wanted.of(given))


def take(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Hold the nights. The same button again leads to the same hold."""
    return _book(turn, given, is_request=False)


def request(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Ask the landlord. The same button again leads to the same request."""
    return _book(turn, given, is_request=True)


def ask_promo(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The code is typed next; with `-` at the end the one that is used is taken away."""
    wanted = _Wanted.of(given)
    if values.text(given, 4) == "-":
        turn.memory.notes.pop(PROMO, None)
        return _quote(turn, wanted)
    turn.memory.notes[WANTED] = payload("quote", *wanted.values)
    return Screen(State.PROMO, (Message(text=gettext("Напишите промокод.")),))


def hear_promo(turn: Turn, text: str) -> Screen | None:
    """A typed code: it shows in the price, or why it does not count. None for a sticker."""
    if not text.strip():
        return None
    wanted = _Wanted.of(tuple(turn.memory.notes.get(WANTED, "").split(":")[1:]))
    tries = int(turn.memory.notes.get(PROMO_TRIES, "0")) + 1
    if tries > MOST_PROMO_TRIES:
        return _quote(turn, wanted, before=gettext("Слишком много промокодов. Попробуйте завтра."))
    turn.memory.notes[PROMO_TRIES] = str(tries)
    turn.memory.notes[PROMO] = text.strip()[:LONGEST_CODE]
    return _quote(turn, wanted)


def hear_name(turn: Turn, text: str) -> Screen | None:
    """Who comes; then the booking goes on. Asked once more for what is no name.

    Raises DomainError as `people.update_profile`.
    """
    code, *given = turn.memory.notes.get(WANTED, "").split(":")
    name = " ".join(text.split())
    if "?" in name:  # a question is nobody's name
        return _ask_name()
    if not any(letter.isalpha() for letter in name):
        return Screen(State.NAME, (Message(text=gettext("Напишите имя буквами.")),))
    people.update_profile(turn.session, turn.user_id, name=name, language=current_language(), now=turn.now)
    return _book(turn, tuple(given), is_request=code == "req")


def _ask_name() -> Screen:
    return Screen(State.NAME, (Message(text=gettext("Напишите, как вас зовут: хозяин должен знать, кого ждать.")),))


def _book(turn: Turn, given: tuple[str, ...], *, is_request: bool) -> Screen:
    wanted = _Wanted.of(given)
    if not people.profile_of(turn.session, turn.user_id).name:
        turn.memory.notes[WANTED] = payload("req" if is_request else "hold", *given[:5])
        return _ask_name()
    asked = HoldRequest(
        wanted.property_id,
        wanted.stay,
        wanted.guests,
        total_shown=wanted.total,
        promo_code=turn.memory.notes.get(PROMO),
    )
    act = ask if is_request else hold
    try:
        with turn.session.begin_nested():
            booking = act(turn.session, asked, guest_id=turn.user_id, channel=turn.booked_by, now=turn.now)
            turn.session.flush()
    except DomainError as error:
        if error.code not in _ASK_AGAIN:
            raise
        return _quote(turn, wanted, before=text_of(error))
    turn.memory.notes.pop(PROMO, None)
    return paying.show(turn, (booking.reference,))


def _quote(turn: Turn, wanted: _Wanted, *, before: str = "") -> Screen:
    """The quote, after what has to be said first."""
    prop = flat.read(turn, wanted.property_id)
    wish = turn.memory.wish
    wish.check_in, wish.check_out, wish.guests = wanted.stay.check_in, wanted.stay.check_out, wanted.guests
    problem = calendar.problem_with(wanted.stay, wanted.guests, prop.ring, prop.rules, now=turn.now)
    again = payload("quote", *wanted.values)
    if problem is not None:
        text = before or text_of(problem)
        return Screen(State.QUOTE, (Message(text=text, rows=_other_choices(wanted)),), again=again)
    off, complaint = _promo(turn, wanted.stay)
    price = quote(prop.tariff, wanted.stay, guests=wanted.guests, promo=off)
    said = "\n".join(part for part in (before, complaint) if part)
    text = _text(turn, prop, wanted, price)
    rows = (*_book_rows(turn, prop, wanted, price, has_promo=off is not None), *_other_choices(wanted))
    messages = (Message(text=said),) if said else ()
    return Screen(State.QUOTE, (*messages, Message(text=text, rows=rows, in_place=not said)), again=again)


def _promo(turn: Turn, stay: Stay) -> tuple[Promo | None, str]:
    """What the noted code takes off, or why it does not count; then it is forgotten."""
    code = turn.memory.notes.get(PROMO)
    if code is None or not turn.is_linked:
        return None, ""
    try:
        found = promo.usable(turn.session, code, stay, guest_id=turn.user_id, now=turn.now, locked=False)
    except DomainError as error:
        turn.memory.notes.pop(PROMO, None)
        return None, text_of(error)
    return found.promo, ""


def _text(turn: Turn, prop: PropertyInfo, wanted: _Wanted, price: Quote) -> str:
    view = quote_view(price)
    lines = [f"{label} — {format_tenge(amount)}" for _, label, amount in view.lines]
    if view.deposit:
        lines.append(gettext("Депозит — %(amount)s") % {"amount": format_tenge(view.deposit)})
        lines.append(gettext("Вернём на Kaspi через 48 часов после выезда, если в квартире всё цело."))
    lines.append(gettext("**Итого: %(total)s**") % {"total": format_tenge(price.total)})
    head = f"**{plain(prop.card.title)}**\n{phrases.stay_text(wanted.stay, wanted.guests, today=turn.today)}"
    return "\n\n".join(
        [
            f"{head}\n{flat.times_text(prop)}",
            "\n".join(lines),
            flat.policy_text(turn, prop, wanted.stay),
            _how(prop),
        ]
    )


def _how(prop: PropertyInfo) -> str:
    if prop.face.is_instant:
        minutes = int(HOLD.total_seconds()) // 60
        return ngettext(
            "Бронь держится %(num)s минуту, чтобы вы успели оплатить через Kaspi. Больше цена не изменится.",
            "Бронь держится %(num)s минуты, чтобы вы успели оплатить через Kaspi. Больше цена не изменится.",
            minutes,
        ) % {"num": minutes}
    return gettext(
        "Сначала хозяин подтверждает заезд: он ответит за %(answer)s ч, потом у вас будет %(pay)s ч на оплату. "
        "Сейчас вы ничего не платите."
    ) % {"answer": int(ANSWER.total_seconds()) // 3600, "pay": int(ACCEPTED_HOLD.total_seconds()) // 3600}


def _book_rows(
    turn: Turn, prop: PropertyInfo, wanted: _Wanted, price: Quote, *, has_promo: bool
) -> tuple[tuple[Button, ...], ...]:
    book = gettext("Забронировать и оплатить") if prop.face.is_instant else gettext("Отправить запрос")
    code = "hold" if prop.face.is_instant else "req"
    promo_button = button(gettext("Ввести промокод"), "promo", *wanted.values)
    if has_promo or price.amount_of(LineKind.PROMO_CODE):
        promo_button = button(gettext("Убрать промокод"), "promo", *wanted.values, "-")
    return ((button(book, code, *wanted.values, price.total),), (promo_button,))


def _other_choices(wanted: _Wanted) -> tuple[tuple[Button, ...], ...]:
    number, days = wanted.property_id, wanted.values[1:3]
    return (
        (
            button(gettext("Изменить даты"), "cin", None, number),
            button(gettext("Изменить гостей"), "gst", None, number, *days),
        ),
        (button(gettext("К квартире"), "flat", number),),
    )


def flat_in_talk(turn: Turn) -> int | None:
    """The flat that is talked about, when there is one."""
    noted = turn.memory.notes.get("flat", "")
    return int(noted) if noted.isdecimal() else None


_SCREENS = (State.QUOTE, State.PAYING, State.NAME)

FLOW = Flow(
    "booking",
    acts=(
        Act("quote", show_quote, (State.QUOTE,)),
        Act("hold", take, _SCREENS, who=Who.LINKED),
        Act("req", request, _SCREENS, who=Who.LINKED),
        Act("promo", ask_promo, (State.PROMO, State.QUOTE), who=Who.LINKED),
    ),
    hearings=(
        Hearing(State.PROMO, hear_promo, (State.QUOTE,), who=Who.LINKED, takes_numbers=True),
        Hearing(State.NAME, hear_name, _SCREENS, who=Who.LINKED, takes_numbers=True),
    ),
)
