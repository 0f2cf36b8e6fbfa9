"""Between the hold and the payment: how it stands, another way to pay, giving up. The link comes by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.bots import payment_message, values
from app.bots.flow import Act, Flow, Who
from app.bots.flows.showing import own_booking
from app.bots.payment_message import OF_BOOKING, PayActs
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.channels.message import Message
from app.domain.bookings.reading import BookingInfo, LatestPayment, latest_payment, was_answered
from app.domain.checkout import pay
from app.domain.checkout.standing import booking_state
from app.domain.payments.ways import PayWay
from app.i18n import gettext
from app.kit.errors import DomainError
from app.models import BookingStatus, PayMethod


@dataclass(frozen=True, slots=True)
class Payable:
    """What may be paid in other ways: a booking, or more nights for one."""

    acts: PayActs
    latest: Callable[[Turn, BookingInfo], LatestPayment | None]
    retry: Callable[..., None]
    switch: Callable[..., None]
    """As `pay.retry` and `pay.switch`."""


_BOOKING = Payable(OF_BOOKING, lambda turn, found: latest_payment(turn.connection, found.id), pay.retry, pay.switch)


def show(turn: Turn, given: tuple[str, ...]) -> Screen:
    """How an own booking stands that may have to be paid. Two or three queries."""
    found = own_booking(turn, given)
    payment = latest_payment(turn.connection, found.id)
    answered = found.status is not BookingStatus.EXPIRED or was_answered(turn.connection, found.id)
    state = booking_state(found, payment, answered=answered, now=turn.now)
    message = payment_message.message(found, payment, state, ways=turn.around.pay_ways, now=turn.now)
    return Screen(State.PAYING, (message,), again=payload("pay", found.reference))


def change_way(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Show the ways to pay; with one of them pay that way, with `again` make a new bill of the same kind."""
    return other_way(turn, given, _BOOKING) or show(turn, given)


def other_way(turn: Turn, given: tuple[str, ...], payable: Payable) -> Screen | None:
    """The ways to choose from; None once one was chosen, for which another payment is intended then."""
    found = own_booking(turn, given)
    wanted = values.text(given, 1)
    if not wanted:
        rows = tuple(
            (button(gettext(payment_message.WAY_LABELS[way]), payable.acts.way, found.reference, way.value),)
            for way in turn.around.pay_ways
        )
        text = gettext("Как вам удобнее заплатить? Счёт по номеру придёт в Kaspi на ваш телефон.")
        return Screen(State.PAYING, (Message(text=text, rows=rows, in_place=True),))
    if wanted == "again":
        payment = payable.latest(turn, found)
        way = PayWay() if payment is None else PayWay(payment.method, payment.phone)
        payable.retry(turn.session, found.reference, guest_id=turn.user_id, now=turn.now, way=way)
    else:
        chosen = next((way for way in turn.around.pay_ways if way.value == wanted), None)
        if chosen is None:
            raise DomainError("way_unknown")
        payable.switch(turn.session, found.reference, PayWay(PayMethod(chosen)), guest_id=turn.user_id, now=turn.now)
    return None


def give_up(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Ask whether the nights are given back; with `yes` do it."""
    found = own_booking(turn, given)
    if values.text(given, 1) == "yes":
        pay.cancel_hold(turn.session, found.reference, guest_id=turn.user_id, now=turn.now)
        return show(turn, (found.reference,))
    if found.status not in {BookingStatus.HELD, BookingStatus.REQUESTED}:
        return show(turn, (found.reference,))
    is_request = found.status is BookingStatus.REQUESTED
    text = gettext("Отозвать запрос?") if is_request else gettext("Отменить бронь? Даты сразу станут свободными.")
    rows = (
        (button(gettext("Да, отменить"), "drop", found.reference, "yes"),),
        (button(gettext("Нет, оставить"), "pay", found.reference),),
    )
    return Screen(State.PAYING, (Message(text=text, rows=rows),))


FLOW = Flow(
    "paying",
    acts=(
        Act("pay", show, (State.PAYING,), who=Who.LINKED),
        Act("way", change_way, (State.PAYING,), who=Who.LINKED),
        Act("drop", give_up, (State.PAYING,), who=Who.LINKED),
    ),
)
