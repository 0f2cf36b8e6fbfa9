"""What a flat is called by its class and its cancellation policy, the same for pages and chats."""

from __future__ import annotations

from app.i18n import N_, gettext
from app.models import CancellationPolicy, PropertyClass

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


def class_label(code: str) -> str:
    """A class in the reader's language."""
    return gettext(CLASS_LABELS[PropertyClass(code)])
