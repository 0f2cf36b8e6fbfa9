"""What a guest is told of a booking, or of more nights, that is not paid yet: when asked, and by itself.

Both say the same, so this knows no turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.bots import phrases
from app.bots.turn import button, link
from app.channels.message import Button, Message, plain
from app.domain.bookings.changes import Change
from app.domain.bookings.reading import BookingInfo, LatestPayment
from app.domain.checkout.standing import SLOW_AFTER, CheckoutState, extension_state
from app.i18n import N_, format_date, format_moment, gettext
from app.kit import clock
from app.kit.money import format_tenge
from app.kit.period import Stay
from app.kit.phone import mask_phone
from app.models import PayMethod

WAY_LABELS = {
    PayMethod.QR: N_("Показать QR-код"),
    PayMethod.LINK: N_("Оплатить по ссылке"),
    PayMethod.PUSH: N_("Выставить счёт в Kaspi по номеру"),
}
_OVER = {
    CheckoutState.REFUSED: N_("Хозяин не смог вас принять. Вы ничего не заплатили."),
    CheckoutState.UNANSWERED: N_("Хозяин не ответил вовремя. Вы ничего не заплатили."),
    CheckoutState.EXPIRED: N_("Время на оплату вышло, даты снова свободны. Можно забронировать заново."),
    CheckoutState.CANCELLED: N_("Бронь отменена."),
    CheckoutState.ENDED: N_("Бронь отменена."),
    CheckoutState.CONFIRMED: N_("Оплачено, квартира ваша. Ключи придут сюда ко времени заезда."),
    CheckoutState.LATE: N_("Оплата пришла слишком поздно. Разбираемся; если заселить не сможем, вернём деньги."),
}
"""States in which there is nothing to pay."""
_EXTENSION_OVER = {
    CheckoutState.EXPIRED: N_("Время на оплату вышло, ночи снова свободны. Бронь осталась прежней."),
    CheckoutState.CANCELLED: N_("Продление отменено, бронь осталась прежней."),
    CheckoutState.LATE: N_("Оплата за продление пришла слишком поздно, бронь осталась прежней. Деньги вернём."),
}
_AGAIN = (CheckoutState.DECLINED, CheckoutState.RAN_OUT)


class PayActs(NamedTuple):
    """The acts of the buttons below what is to be paid: to look again, to pay otherwise, to give it up."""

    show: str
    way: str
    drop: str


OF_BOOKING, OF_EXTENSION = PayActs("pay", "way", "drop"), PayActs("extp", "extw", "extd")


@dataclass(frozen=True, slots=True)
class _Due:
    """What is to be paid: `amount` (tenge) for the booking, or for more nights of it, while its nights are held."""

    reference: str
    acts: PayActs
    amount: int
    hold_expires_at: datetime | None
    ready: str
    """Said once there is something to pay with."""
    give_up: str
    """Label of the button."""


def message(
    found: BookingInfo,
    payment: LatestPayment | None,
    state: CheckoutState,
    *,
    ways: tuple[PayMethod, ...],
    now: datetime,
) -> Message:
    """How the booking stands and what can be done. `ways`: what the guest may choose between."""
    head = f"**{plain(found.card.title)}**\n{_stay(found, now=now)}"
    if state in _OVER:
        text = f"{head}\n\n{gettext(_OVER[state])}"
        return Message(text=text, rows=_over_rows(found, state))
    if state is CheckoutState.REQUESTED:
        until = found.answer_by or now
        said = gettext("Запрос у хозяина: он ответит до %(moment)s. Сейчас вы ничего не платите.")
        text = f"{head}\n\n{said % {'moment': format_moment(until, today=clock.local_date(now))}}"
        check = button(gettext("Проверить ответ"), OF_BOOKING.show, found.reference)
        give_up = button(gettext("Отозвать запрос"), OF_BOOKING.drop, found.reference)
        return Message(text=text, rows=((check,), (give_up,)))
    ready = gettext("Счёт готов: %(amount)s. Оплатите в Kaspi — и бронь подтвердится сама.")
    give_up_label = gettext("Отменить бронь")
    due = _Due(found.reference, OF_BOOKING, found.total, found.hold_expires_at, ready, give_up_label)
    return _unpaid(head, due, payment, state, ways=ways, now=now)


def extension_message(
    found: BookingInfo, change: Change, payment: LatestPayment | None, *, ways: tuple[PayMethod, ...], now: datetime
) -> Message:
    """How the payment for more nights stands and what can be done."""
    state, day = extension_state(change, payment, now=now), format_date(change.check_out)
    wanted = gettext("Продление до %(day)s") % {"day": day}
    head = f"**{plain(found.card.title)}**\n{wanted}, {phrases.nights_text(change.nights)}"
    if state is CheckoutState.CONFIRMED:
        text = gettext("Оплачено, проживание продлено: теперь выезд %(day)s.") % {"day": day}
        return Message(text=f"{head}\n\n{text}", rows=((button(gettext("🧳 Моя бронь"), "bk", found.reference),),))
    if state in _EXTENSION_OVER:
        again = button(gettext("Продлить"), "ext", found.reference)
        return Message(text=f"{head}\n\n{gettext(_EXTENSION_OVER[state])}", rows=((again,),))
    ready = gettext("Счёт готов: %(amount)s. Оплатите в Kaspi — и проживание продлится само.")
    give_up_label = gettext("Не продлевать")
    due = _Due(found.reference, OF_EXTENSION, change.total, change.hold_expires_at, ready, give_up_label)
    return _unpaid(head, due, payment, state, ways=ways, now=now)


def _unpaid(
    head: str,
    due: _Due,
    payment: LatestPayment | None,
    state: CheckoutState,
    *,
    ways: tuple[PayMethod, ...],
    now: datetime,
) -> Message:
    said = _said(due, payment, state, now=now)
    left = phrases.time_left(due.hold_expires_at, now=now) if due.hold_expires_at is not None else ""
    qr = payment.qr_text or "" if payment is not None and state is CheckoutState.AWAITING else ""
    rows = _rows(due, payment, state, ways)
    return Message(text="\n\n".join(part for part in (head, said, left) if part), qr=qr, rows=rows)


def _stay(found: BookingInfo, *, now: datetime) -> str:
    stay = Stay(found.check_in, found.check_out)
    return phrases.stay_text(stay, found.guests, today=clock.local_date(now))


def _said(due: _Due, payment: LatestPayment | None, state: CheckoutState, *, now: datetime) -> str:
    if state is CheckoutState.DECLINED:
        return gettext(
            "Kaspi отклонил платёж, деньги не списаны. Даты пока держатся за вами — можно попробовать ещё раз."
        )
    if state is CheckoutState.RAN_OUT:
        return gettext(
            "Kaspi ждёт оплату несколько минут, и они вышли. Даты держатся за вами, можно сделать новый счёт."
        )
    if state is CheckoutState.CREATING:
        is_slow = payment is not None and payment.created_at + SLOW_AFTER <= now
        said = gettext("Даты держатся за вами. Создаём счёт в Kaspi: ссылка придёт сюда сама.")
        return said + (" " + gettext("Kaspi отвечает дольше обычного.") if is_slow else "")
    amount = format_tenge(due.amount)
    if payment is not None and payment.phone is not None:
        said = gettext("Счёт на %(amount)s — в Kaspi на номере %(phone)s. Откройте приложение и подтвердите оплату.")
        return said % {"amount": amount, "phone": mask_phone(payment.phone)}
    if payment is not None and payment.pay_url is None:
        return gettext("Отсканируйте QR-код в приложении Kaspi: %(amount)s.") % {"amount": amount}
    return due.ready % {"amount": amount}


def _rows(
    due: _Due, payment: LatestPayment | None, state: CheckoutState, ways: tuple[PayMethod, ...]
) -> tuple[tuple[Button, ...], ...]:
    """To pay, to look again, to pay otherwise, to give up."""
    rows: list[tuple[Button, ...]] = []
    if state is CheckoutState.AWAITING and payment is not None and payment.pay_url is not None:
        label = gettext("Оплатить %(amount)s в Kaspi") % {"amount": format_tenge(due.amount)}
        rows.append((link(label, payment.pay_url),))
    if state in _AGAIN:
        rows.append((button(gettext("Попробовать ещё раз"), due.acts.way, due.reference, "again"),))
    else:
        rows.append((button(gettext("Проверить оплату"), due.acts.show, due.reference),))
    if ways:
        rows.append((button(gettext("Другой способ"), due.acts.way, due.reference),))
    return (*rows, (button(due.give_up, due.acts.drop, due.reference),))


def _over_rows(found: BookingInfo, state: CheckoutState) -> tuple[tuple[Button, ...], ...]:
    rows: tuple[tuple[Button, ...], ...] = ()
    if state in {CheckoutState.CONFIRMED, CheckoutState.LATE}:
        rows = ((button(gettext("🧳 Моя бронь"), "bk", found.reference),),)
    elif state is not CheckoutState.ENDED:
        rows = ((button(gettext("К квартире"), "flat", found.card.id),),)
    return rows
