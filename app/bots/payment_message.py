"""What a guest is told of a booking that is not paid yet: when asked in a chat, and by itself once the link is there.

Both say the same, so this knows no turn.
"""

from __future__ import annotations

from datetime import datetime

from app.bots import phrases
from app.bots.turn import button, link
from app.channels.message import Button, Message, plain
from app.domain.bookings.reading import BookingInfo, LatestPayment
from app.domain.checkout.standing import SLOW_AFTER, CheckoutState
from app.i18n import N_, format_moment, gettext
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
_AGAIN = (CheckoutState.DECLINED, CheckoutState.RAN_OUT)


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
        check = button(gettext("Проверить ответ"), "pay", found.reference)
        return Message(text=text, rows=((check,), (_give_up(found, gettext("Отозвать запрос")),)))
    said = _said(found, payment, state, now=now)
    left = phrases.time_left(found.hold_expires_at, now=now) if found.hold_expires_at is not None else ""
    qr = payment.qr_text or "" if payment is not None and state is CheckoutState.AWAITING else ""
    rows = _rows(found, payment, state, ways)
    return Message(text="\n\n".join(part for part in (head, said, left) if part), qr=qr, rows=rows)


def _stay(found: BookingInfo, *, now: datetime) -> str:
    stay = Stay(found.check_in, found.check_out)
    return phrases.stay_text(stay, found.guests, today=clock.local_date(now))


def _said(found: BookingInfo, payment: LatestPayment | None, state: CheckoutState, *, now: datetime) -> str:
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
    amount = format_tenge(found.total)
    if payment is not None and payment.phone is not None:
        said = gettext("Счёт на %(amount)s — в Kaspi на номере %(phone)s. Откройте приложение и подтвердите оплату.")
        return said % {"amount": amount, "phone": mask_phone(payment.phone)}
    if payment is not None and payment.pay_url is None:
        return gettext("Отсканируйте QR-код в приложении Kaspi: %(amount)s.") % {"amount": amount}
    return gettext("Счёт готов: %(amount)s. Оплатите в Kaspi — и бронь подтвердится сама.") % {"amount": amount}


def _rows(
    found: BookingInfo, payment: LatestPayment | None, state: CheckoutState, ways: tuple[PayMethod, ...]
) -> tuple[tuple[Button, ...], ...]:
    """To pay, to look again, to pay otherwise, to give up."""
    rows: list[tuple[Button, ...]] = []
    if state is CheckoutState.AWAITING and payment is not None and payment.pay_url is not None:
        label = gettext("Оплатить %(amount)s в Kaspi") % {"amount": format_tenge(found.total)}
        rows.append((link(label, payment.pay_url),))
    if state in _AGAIN:
        rows.append((button(gettext("Попробовать ещё раз"), "way", found.reference, "again"),))
    else:
        rows.append((button(gettext("Проверить оплату"), "pay", found.reference),))
    if ways:
        rows.append((button(gettext("Другой способ"), "way", found.reference),))
    return (*rows, (_give_up(found, gettext("Отменить бронь")),))


def _over_rows(found: BookingInfo, state: CheckoutState) -> tuple[tuple[Button, ...], ...]:
    rows: tuple[tuple[Button, ...], ...] = ()
    if state in {CheckoutState.CONFIRMED, CheckoutState.LATE}:
        rows = ((button(gettext("🧳 Моя бронь"), "bk", found.reference),),)
    elif state is not CheckoutState.ENDED:
        rows = ((button(gettext("К квартире"), "flat", found.card.id),),)
    return rows


def _give_up(found: BookingInfo, label: str) -> Button:
    return button(label, "drop", found.reference)
