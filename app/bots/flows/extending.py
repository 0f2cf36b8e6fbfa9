"""Staying longer: until when, for how much, and the payment for the added nights. The link comes by itself."""

from __future__ import annotations

from datetime import date

from app.bots import values
from app.bots.flow import Act, Flow, Who
from app.bots.flows import paying
from app.bots.flows.showing import own_booking
from app.bots.payment_message import OF_EXTENSION, extension_message
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.channels.message import Button, Message
from app.domain.bookings.changes import Change, latest_extension
from app.domain.bookings.reading import BookingInfo, LatestPayment, latest_payment_of_extension
from app.domain.checkout import pay, preview
from app.domain.checkout.amendments import extend
from app.i18n import format_date, format_day_month, gettext, ngettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.models import AmendmentStatus
from app.wording.price_lines import quote_view

OFFERED = 6
"""So many later days are offered by buttons."""


def ask(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The days the stay could end on, and with one chosen what it costs."""
    found = own_booking(turn, given)
    chosen = values.optional_day(given, 1)
    seen = preview.extension(turn.session, found.reference, chosen, guest_id=turn.user_id, now=turn.now)
    again = payload("ext", found.reference)
    if not seen.check_outs:
        text = gettext("Продлить нельзя: следующая ночь занята, или проживание уже не меняется.")
        return Screen(State.EXTEND, (Message(text=text),), again=again)
    if chosen is None:
        rows = tuple(_day(found.reference, found.check_out, day) for day in seen.check_outs[:OFFERED])
        text = gettext("Сейчас выезд %(day)s. До какого дня продлить?") % {"day": format_date(found.check_out)}
        return Screen(State.EXTEND, (Message(text=text, rows=rows),), again=again)
    if seen.problem is not None:
        raise seen.problem
    if seen.price is None:
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    view = quote_view(seen.price)
    lines = [gettext("**Продлить до %(day)s**") % {"day": format_date(chosen)}]
    lines += [f"{label}: {format_tenge(amount)}" for _kind, label, amount in view.lines]
    lines.append(gettext("**Итого %(amount)s**") % {"amount": format_tenge(view.total)})
    go_on = button(gettext("Продлить и оплатить"), "exth", found.reference, values.written_day(chosen), view.total)
    rows = ((go_on,),)
    return Screen(State.EXTEND, (Message(text="\n".join(lines), rows=rows),), again=again)


def do(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Hold the added nights; Kaspi is asked for a bill."""
    chosen = values.optional_day(given, 1)
    if chosen is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    reference = values.reference(given)
    extend(
        turn.session,
        reference,
        chosen,
        guest_id=turn.user_id,
        total_shown=values.number_or(given, 2, -1),
        now=turn.now,
    )
    return _paying(turn, reference)


def show_payment(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Where the payment for the added nights stands."""
    return _paying(turn, values.reference(given))


def change_way(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Other ways to pay for the added nights, as for a booking."""
    return paying.other_way(turn, given, _EXTENSION) or _paying(turn, values.reference(given))


def give_up(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Ask whether the added nights are given back; with `yes` do it. The booking stays as it is."""
    reference = values.reference(given)
    if values.text(given, 1) == "yes":
        pay.cancel_extension(turn.session, reference, guest_id=turn.user_id, now=turn.now)
        return _paying(turn, reference)
    _, change = _own_extension(turn, reference)
    if change.status is not AmendmentStatus.HELD:
        return _paying(turn, reference)
    text = gettext("Не продлевать? Добавленные ночи сразу станут свободными, бронь останется прежней.")
    rows = (
        (button(gettext("Да, не продлевать"), OF_EXTENSION.drop, reference, "yes"),),
        (button(gettext("Нет, оставить"), OF_EXTENSION.show, reference),),
    )
    return Screen(State.PAYING, (Message(text=text, rows=rows),))


def _paying(turn: Turn, reference: str) -> Screen:
    found, change = _own_extension(turn, reference)
    payment = latest_payment_of_extension(turn.connection, change.id)
    message = extension_message(found, change, payment, ways=turn.around.pay_ways, now=turn.now)
    return Screen(State.PAYING, (message,), again=payload(OF_EXTENSION.show, reference))


def _own_extension(turn: Turn, reference: str) -> tuple[BookingInfo, Change]:
    """An own booking and the extension of it that was asked for last. Raises DomainError `button_old` without one."""
    found = own_booking(turn, (reference,))
    change = latest_extension(turn.connection, found.id)
    if change is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    return found, change


def _latest(turn: Turn, found: BookingInfo) -> LatestPayment | None:
    change = latest_extension(turn.connection, found.id)
    return None if change is None else latest_payment_of_extension(turn.connection, change.id)


def _day(reference: str, check_out: date, day: date) -> tuple[Button, ...]:
    nights = (day - check_out).days
    added = ngettext("+%(num)s ночь", "+%(num)s ночи", nights) % {"num": nights}
    return (button(f"{format_day_month(day)} ({added})", "ext", reference, values.written_day(day)),)


_EXTENSION = paying.Payable(OF_EXTENSION, _latest, pay.retry_extension, pay.switch_extension)

FLOW = Flow(
    "extending",
    acts=(
        Act("ext", ask, (State.EXTEND,), Who.LINKED),
        Act("exth", do, (State.PAYING,), Who.LINKED),
        Act("extp", show_payment, (State.PAYING,), Who.LINKED),
        Act("extw", change_way, (State.PAYING,), Who.LINKED),
        Act("extd", give_up, (State.PAYING,), Who.LINKED),
    ),
)
