"""What comes back and what does not, as people read it: each part with the reason when some of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.bookings.cancellation import Part, RefundLine
from app.i18n import N_, format_date, gettext
from app.kit import clock
from app.kit.money import format_tenge
from app.models import RefundCause, RefundStatus

PART_LABELS = {
    Part.NIGHTS: N_("Ночи"),
    Part.CLEANING: N_("Уборка"),
    Part.SERVICE_FEE: N_("Сервисный сбор"),
    Part.DEPOSIT: N_("Депозит"),
}
CAUSE_LABELS = {
    RefundCause.CANCELLED_BY_GUEST: N_("Вы отменили бронь"),
    RefundCause.CANCELLED_BY_LANDLORD: N_("Хозяин отменил бронь"),
    RefundCause.CANCELLED_BY_STAFF: N_("Поддержка отменила бронь"),
    RefundCause.NO_SHOW: N_("Неявка"),
    RefundCause.SHORTENED: N_("Проживание сокращено"),
    RefundCause.DEPOSIT: N_("Депозит"),
    RefundCause.PAID_TWICE: N_("Оплачено дважды"),
    RefundCause.DATES_TAKEN: N_("Даты заняли до того, как пришла оплата"),
    RefundCause.BOOKING_CLOSED: N_("Оплата пришла после закрытия брони"),
    RefundCause.WRONG_AMOUNT: N_("Пришла другая сумма"),
}


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One part: label, what it cost and what comes back (tenge), and why the rest does not."""

    label: str
    paid: int
    back: int
    why: str | None


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund line by line."""

    rows: list[RefundRow]
    total: int
    kept: int


def refund_view(lines: Sequence[RefundLine]) -> RefundView:
    """The lines of a refund, owed or only shown, with translated labels."""
    return RefundView(
        rows=[RefundRow(gettext(PART_LABELS[line.part]), line.paid, line.back, _why(line)) for line in lines],
        total=sum(line.back for line in lines),
        kept=sum(line.paid - line.back for line in lines),
    )


def progress_label(status: RefundStatus, amount: int, done_at: datetime | None) -> str:
    """How far the money has come, in a sentence."""
    if done_at is not None:
        said, day = gettext("Вернули %(amount)s %(day)s."), format_date(clock.local_date(done_at))
    elif status is RefundStatus.BY_BANK:
        said = gettext("Kaspi не смог вернуть %(amount)s. Переведём их на ваш счёт в банке: поддержка свяжется с вами.")
        day = ""
    else:
        said, day = gettext("Вернём %(amount)s: отправим в Kaspi, на счёт, с которого вы платили."), ""
    return said % {"amount": format_tenge(amount), "day": day}


def cause_label(cause: RefundCause) -> str:
    """Why money goes back, in the reader's language."""
    return gettext(CAUSE_LABELS[cause])


def _why(line: RefundLine) -> str | None:
    if line.back == line.paid:
        return None
    if line.part is Part.NIGHTS:
        if line.back:
            return gettext("По условиям отмены сейчас возвращается половина стоимости ночей.")
        return gettext("По условиям отмены ночи уже не возвращаются.")
    if line.part is Part.CLEANING:
        return gettext("Уборка возвращается, только если вы не заезжали.")
    return gettext("Сервисный сбор возвращается только вместе со всей суммой.")
