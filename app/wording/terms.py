"""Classes, policies and states of bookings, as people read them."""

from __future__ import annotations

from app.i18n import N_, gettext
from app.models import BookingStatus, CancellationPolicy, PropertyClass

CLASS_LABELS = {
    PropertyClass.ECONOMY: N_("Эконом"),
    PropertyClass.COMFORT: N_("Комфорт"),
    PropertyClass.BUSINESS: N_("Бизнес"),
    PropertyClass.PREMIUM: N_("Премиум"),
}
POLICY_LABELS = {
    CancellationPolicy.FLEXIBLE: N_("Гибкие условия отмены"),
    CancellationPolicy.MODERATE: N_("Умеренные условия отмены"),
    CancellationPolicy.STRICT: N_("Строгие условия отмены"),
}
POLICY_LINES = {
    CancellationPolicy.FLEXIBLE: (
        N_("Отмена за 24 часа до заезда и раньше: возвращаем всё."),
        N_("Позже, но до заезда: возвращаем половину стоимости ночей и уборку."),
        N_("После заезда: ночи не возвращаются."),
    ),
    CancellationPolicy.MODERATE: (
        N_("Отмена за 5 дней до заезда и раньше: возвращаем всё."),
        N_("Не позже чем за 24 часа до заезда: возвращаем половину стоимости ночей и уборку."),
        N_("Позже: ночи не возвращаются."),
    ),
    CancellationPolicy.STRICT: (
        N_("Отмена за 14 дней до заезда и раньше: возвращаем всё."),
        N_("Не позже чем за 7 дней до заезда: возвращаем половину стоимости ночей и уборку."),
        N_("Позже: ночи не возвращаются."),
    ),
}
STATUS_LABELS: dict[BookingStatus, tuple[str, str]] = {
    BookingStatus.REQUESTED: (N_("Ждёт ответа хозяина"), "wait"),
    BookingStatus.HELD: (N_("Ждёт оплаты"), "wait"),
    BookingStatus.CONFIRMED: (N_("Оплачено"), "good"),
    BookingStatus.CHECKED_IN: (N_("Вы заселились"), "good"),
    BookingStatus.COMPLETED: (N_("Завершено"), "quiet"),
    BookingStatus.NO_SHOW: (N_("Неявка"), "bad"),
    BookingStatus.EXPIRED: (N_("Время на оплату вышло"), "quiet"),
    BookingStatus.DECLINED: (N_("Хозяин отказал"), "bad"),
    BookingStatus.CANCELLED_BY_GUEST: (N_("Вы отменили"), "quiet"),
    BookingStatus.CANCELLED_BY_LANDLORD: (N_("Отменено хозяином"), "bad"),
    BookingStatus.CANCELLED_BY_STAFF: (N_("Отменено поддержкой"), "bad"),
}


def class_label(code: str) -> str:
    """A class in the reader's language."""
    return gettext(CLASS_LABELS[PropertyClass(code)])


def status_label(status: BookingStatus) -> tuple[str, str]:
    """A booking's state as its guest reads it, and the tone of its badge."""
    label, tone = STATUS_LABELS[status]
    return gettext(label), tone
