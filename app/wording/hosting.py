"""Words for landlords: states as they see them, reasons, what was done, and which nights are in the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.domain.hosting.calendar import Taken
from app.domain.hosting.flats import NamedRule
from app.i18n import N_, format_date, gettext
from app.kit.period import Stay
from app.models import BookingStatus, PayoutStatus, PropertyStatus

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
    PayoutStatus.RETURNED: (N_("Не выплачено"), "bad"),
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
    "account_stays": N_("Смена счёта отменена, остаётся прежний."),
    "claimed": N_("Мы получили требование. Депозит останется у нас, пока поддержка не решит."),
}
_NAMED = 5
"""So many of what is in the way are named."""


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


def choices(reasons: dict[str, str]) -> list[tuple[str, str]]:
    """Reasons to choose from: (code, text)."""
    return [(code, gettext(text)) for code, text in reasons.items()]


def nights_text(nights: Stay, *, today: date) -> str:
    """The first and the last night of a stretch."""
    last: date = nights.check_out - timedelta(days=1)
    first_text = format_date(nights.check_in, today=today)
    return first_text if nights.nights == 1 else f"{first_text} — {format_date(last, today=today)}"


def taken_text(taken: Sequence[Taken], *, today: date) -> str:
    """Why nights cannot be closed: whose they are."""
    closed = gettext("закрыто")
    names = [f"{each.reference or closed} ({nights_text(each.nights, today=today)})" for each in taken[:_NAMED]]
    return gettext("Эти ночи не свободны: %(what)s.") % {"what": ", ".join(names)}


def rules_text(rules: Sequence[NamedRule], wanted: Stay, *, today: date) -> str:
    """Why nights cannot have a price of their own: those of these rules that are about them."""
    others = [each for each in rules if each.rule.first < wanted.check_out and wanted.check_in < each.rule.until]
    names = []
    for each in others[:_NAMED]:
        nights = nights_text(Stay(each.rule.first, each.rule.until), today=today)
        names.append(f"{each.name} ({nights})" if each.name else nights)
    text = gettext("На эти ночи уже есть правило: %(what)s. Удалите его или выберите другие даты.")
    return text % {"what": ", ".join(names)}
