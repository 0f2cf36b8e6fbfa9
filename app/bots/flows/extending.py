"""Staying longer: until when, for how much, and the payment for the added nights."""

from __future__ import annotations

from datetime import date

from app.bots import values
from app.bots.flow import Act, Flow, Who
from app.bots.flows.showing import own_booking
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link, payload
from app.channels.message import Button, Message
from app.domain.bookings.changes import latest_extension
from app.domain.bookings.reading import latest_payment_of_extension
from app.domain.checkout import preview
from app.domain.checkout.amendments import extend
from app.i18n import format_date, format_day_month, gettext, ngettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.models import AmendmentStatus, PaymentStatus
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
    label = gettext("Продлить и оплатить %(amount)s") % {"amount": format_tenge(view.total)}
    rows = ((button(label, "exth", found.reference, values.written_day(chosen), view.total),),)
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
    return _paying(turn, own_booking(turn, given).reference)


def _paying(turn: Turn, reference: str) -> Screen:
    found = own_booking(turn, (reference,))
    change = latest_extension(turn.connection, found.id)
    if change is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    if change.status is AmendmentStatus.CONFIRMED:
        text = gettext("Оплачено. Теперь выезд %(day)s.") % {"day": format_date(change.check_out)}
        return Screen(State.PAYING, (Message(text=text, rows=((button(gettext("🧳 Моя бронь"), "bk", reference),),)),))
    if change.status is not AmendmentStatus.HELD:
        text = gettext("Время на оплату вышло, ночи снова свободны.")
        return Screen(State.PAYING, (Message(text=text, rows=((button(gettext("Продлить"), "ext", reference),),)),))
    payment = latest_payment_of_extension(turn.connection, change.id)
    rows: tuple[tuple[Button, ...], ...] = ((button(gettext("↻ Проверить оплату"), "extp", reference),),)
    text = gettext("Ночи держим за вами. Создаём счёт в Kaspi…")
    if payment is not None and payment.status is PaymentStatus.CREATED and payment.pay_url is not None:
        label = gettext("Оплатить %(amount)s в Kaspi") % {"amount": format_tenge(change.total)}
        rows = ((link(label, payment.pay_url),), *rows)
        text = gettext("Ночи держим за вами. Оплатите продление в Kaspi.")
    return Screen(State.PAYING, (Message(text=text, rows=rows),))


def _day(reference: str, check_out: date, day: date) -> tuple[Button, ...]:
    nights = (day - check_out).days
    added = ngettext("+%(num)s ночь", "+%(num)s ночи", nights) % {"num": nights}
    return (button(f"{format_day_month(day)} ({added})", "ext", reference, values.written_day(day)),)


FLOW = Flow(
    "extending",
    acts=(
        Act("ext", ask, (State.EXTEND,), Who.LINKED),
        Act("exth", do, (State.PAYING,), Who.LINKED),
        Act("extp", show_payment, (State.PAYING,), Who.LINKED),
    ),
)
