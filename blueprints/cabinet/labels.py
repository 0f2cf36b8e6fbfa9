"""Words of the cabinet: states as a landlord sees them, reasons, what was done."""

from __future__ import annotations

from datetime import date, timedelta

from flask import session

from app.domain.bookings.reasons import CANCEL_REASONS, DECLINE_REASONS
from app.domain.hosting.bookings import Happening
from app.i18n import N_, format_date, gettext
from app.kit import clock
from app.kit.period import Stay
from app.models import AmendmentKind, BookingStatus, PayoutStatus, PostingKind, PropertyStatus

HOST_STATUS: dict[BookingStatus, tuple[str, str]] = {
    BookingStatus.REQUESTED: (N_("Ждёт вашего ответа"), "wait"),
    BookingStatus.HELD: (N_("Ждёт оплаты"), "wait"),
    BookingStatus.CONFIRMED: (N_("Оплачено"), "good"),
    BookingStatus.CHECKED_IN: (N_("Гость заселился"), "good"),
    BookingStatus.COMPLETED: (N_("Завершено"), "quiet"),
    BookingStatus.NO_SHOW: (N_("Неявка"), "bad"),
    BookingStatus.EXPIRED: (N_("Время вышло"), "quiet"),
    BookingStatus.DECLINED: (N_("Вы отказали"), "quiet"),
    BookingStatus.CANCELLED_BY_GUEST: (N_("Гость отменил"), "quiet"),
    BookingStatus.CANCELLED_BY_LANDLORD: (N_("Вы отменили"), "bad"),
    BookingStatus.CANCELLED_BY_STAFF: (N_("Отменено поддержкой"), "bad"),
}
FLAT_STATUS: dict[PropertyStatus, tuple[str, str]] = {
    PropertyStatus.DRAFT: (N_("Черновик"), "quiet"),
    PropertyStatus.IN_REVIEW: (N_("На проверке"), "wait"),
    PropertyStatus.PUBLISHED: (N_("Опубликована"), "good"),
    PropertyStatus.PAUSED: (N_("На паузе"), "quiet"),
    PropertyStatus.REJECTED: (N_("Не прошла проверку"), "bad"),
    PropertyStatus.BLOCKED: (N_("Заблокирована"), "bad"),
}
PAYOUT_STATUS: dict[PayoutStatus, tuple[str, str]] = {
    PayoutStatus.CREATED: (N_("Готовится"), "wait"),
    PayoutStatus.EXPORTED: (N_("В банке"), "wait"),
    PayoutStatus.CONFIRMED: (N_("Отправлено"), "good"),
    PayoutStatus.RETURNED: (N_("Банк вернул"), "bad"),
}
LEDGER_LINES: dict[PostingKind, str] = {
    PostingKind.STAY_EARNED: N_("Проживание"),
    PostingKind.DEPOSIT_CLAIMED: N_("Из залога"),
    PostingKind.PAYOUT_SENT: N_("Выплата"),
    PostingKind.PAYOUT_RETURNED: N_("Банк вернул выплату"),
}
CHANGES = {
    AmendmentKind.EXTENSION: N_("Гость продлил проживание"),
    AmendmentKind.SHORTENING: N_("Гость сократил проживание"),
}
DONE = {
    "accepted": N_("Вы приняли запрос. Гость получил ссылку на оплату."),
    "declined": N_("Вы отказали. Мы сообщили гостю."),
    "cancelled": N_("Бронь отменена. Деньги вернутся гостю, даты остались закрытыми."),
    "no_show": N_("Неявка отмечена. Оставшиеся ночи снова свободны."),
    "reissued": N_("Новые коды готовы. Гость увидит их вместо прежних."),
    "entry": N_("Сохранено. Гости увидят это за сутки до заезда."),
    "entry_told": N_("Сохранено. Гостям, у которых ключи уже открыты, мы отправили новые коды."),
    "entry_photos": N_("Фотографии сохранены."),
    "blocked": N_("Ночи закрыты."),
    "unblocked": N_("Ночи снова свободны."),
    "prices": N_("Цены сохранены, в поиске уже новые."),
    "rule_added": N_("Правило добавлено."),
    "rule_deleted": N_("Правило удалено."),
    "terms": N_("Условия сохранены."),
    "replied": N_("Ответ опубликован."),
    "account": N_("Счёт сохранён. Он заработает через 72 часа."),
    "claimed": N_("Мы получили требование. Залог останется у нас, пока поддержка не решит."),
}
_SAID = "cabinet_done"


def say(code: str) -> None:
    """Tell the landlord on the next page what was done."""
    session[_SAID] = code


def said() -> str | None:
    """What was done on the page before, once."""
    code = session.pop(_SAID, None)
    return done_text(code) if code in DONE else None


def done_text(code: str) -> str:
    """What was done, in the current language."""
    return gettext(DONE[code])


def status_label(status: BookingStatus) -> tuple[str, str]:
    """A booking's state in the landlord's words, and its tone."""
    label, tone = HOST_STATUS[status]
    return gettext(label), tone


def flat_label(status: PropertyStatus) -> tuple[str, str]:
    """A flat's state, and its tone."""
    label, tone = FLAT_STATUS[status]
    return gettext(label), tone


def happening_label(step: Happening) -> str:
    """A step in a booking's life, with the landlord's reason where there is one."""
    if step.amendment is not None:
        return gettext(CHANGES[step.amendment])
    label = "" if step.status is None else status_label(step.status)[0]
    reason = {**DECLINE_REASONS, **CANCEL_REASONS}.get(step.reason)
    return label if reason is None else f"{label}: {gettext(reason).lower()}"


def line_label(kind: PostingKind, amount: int) -> str:
    """A line of a landlord's account; what a stay takes back again was refunded to its guest."""
    if kind is PostingKind.STAY_EARNED and amount > 0:
        return gettext("Возврат гостю")
    return gettext(LEDGER_LINES[kind])


def choices(reasons: dict[str, str]) -> list[tuple[str, str]]:
    """Reasons to choose from: (code, text)."""
    return [(code, gettext(text)) for code, text in reasons.items()]


def nights_text(nights: Stay) -> str:
    """The first and the last night of a stretch."""
    today = clock.local_date(clock.now())
    last: date = nights.check_out - timedelta(days=1)
    first_text = format_date(nights.check_in, today=today)
    return first_text if nights.nights == 1 else f"{first_text} — {format_date(last, today=today)}"
