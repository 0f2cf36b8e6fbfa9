"""Giving a booking up: what comes back is shown before it happens. One that is not paid: paying.py."""

from __future__ import annotations

from app.bots import values
from app.bots.flow import Act, Flow, Who
from app.bots.flows import paying
from app.bots.flows.showing import own_booking
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.channels.message import Message
from app.domain.actor import Actor
from app.domain.checkout import preview
from app.domain.checkout.cancel import cancel
from app.i18n import format_moment, gettext
from app.kit.money import format_tenge
from app.models import BookingStatus
from app.wording.refunds import refund_view

_UNPAID = frozenset({BookingStatus.HELD, BookingStatus.REQUESTED})


def ask(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Line by line what comes back now, and until when it is so."""
    found = own_booking(turn, given)
    if found.status in _UNPAID:
        return paying.give_up(turn, (found.reference,))
    seen = preview.cancellation(turn.session, found.reference, guest_id=turn.user_id, now=turn.now)
    view = refund_view(seen.price.lines)
    lines = [gettext("**Отменить бронь %(reference)s?**") % {"reference": found.reference}]
    for row in view.rows:
        lines.append(
            gettext("%(part)s: %(back)s из %(paid)s")
            % {
                "part": row.label,
                "back": format_tenge(row.back),
                "paid": format_tenge(row.paid),
            }
        )
        if row.why:
            lines.append(row.why)
    lines.append(
        gettext("**Вернём %(amount)s** на счёт Kaspi, с которого вы платили.")
        % {
            "amount": format_tenge(view.total),
        }
    )
    if seen.same_until is not None and seen.later is not None:
        lines.append(
            gettext("Так до %(at)s, потом — %(later)s.")
            % {
                "at": format_moment(seen.same_until),
                "later": format_tenge(seen.later),
            }
        )
    rows = ((button(gettext("Да, отменить"), "canx", found.reference, view.total),),)
    return Screen(State.CANCEL, (Message(text="\n".join(lines), rows=rows),))


def do(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Cancel, if what comes back is still what was shown."""
    found = own_booking(turn, given)
    if found.status in _UNPAID:  # asked by a button of before: there is no refund that could have been shown
        return paying.give_up(turn, (found.reference, "yes"))
    back = cancel(
        turn.session,
        found.reference,
        actor=Actor.guest(turn.user_id),
        now=turn.now,
        back_shown=values.number_or(given, 1, -1),
    )
    amount = 0 if back is None else back.total
    text = gettext("Бронь %(reference)s отменена.") % {"reference": found.reference}
    if amount:
        text += " " + gettext("Вернём %(amount)s, напишем, когда деньги уйдут.") % {"amount": format_tenge(amount)}
    return Screen(State.BOOKINGS, (Message(text=text),))


FLOW = Flow(
    "cancelling",
    acts=(
        Act("can", ask, (State.CANCEL, State.PAYING), Who.LINKED),
        Act("canx", do, (State.BOOKINGS, State.PAYING), Who.LINKED),
    ),
)
