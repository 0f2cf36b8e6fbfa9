"""From the domain's answers to what templates show: addresses, translated labels, prices of chosen stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.config import Settings
from app.domain.listings.cards import CardInfo, PhotoInfo
from app.domain.pricing.quote import LineKind, Quote, QuoteLine
from app.i18n import N_, gettext, ngettext
from app.kit.money import format_tenge
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


class Card(NamedTuple):
    """A flat in a list, ready to be written."""

    id: int
    url: str
    title: str
    district_name: str
    city_name: str
    photo: PhotoInfo | None
    rating: float | None
    reviews_count: int
    property_class: str
    class_label: str
    rooms: int
    max_guests: int
    area_m2: int
    per_night: int


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote with translated labels. Lines are (kind, label, tenge); the deposit, which comes back, stands apart."""

    lines: list[tuple[str, str, int]]
    deposit: int
    total: int
    nights: int
    per_night_average: int


def class_label(code: str) -> str:
    """A class in the reader's language."""
    return gettext(CLASS_LABELS[PropertyClass(code)])


def status_label(status: BookingStatus) -> tuple[str, str]:
    """A booking's state as its guest reads it, and the tone of its badge."""
    label, tone = STATUS_LABELS[status]
    return gettext(label), tone


def property_path(property_id: int, slug: str) -> str:
    """The canonical address of a flat: built by hand, since `url_for` costs 10 µs and lists need twenty."""
    return f"/p/{property_id}-{slug}"


def photo_path(key: str, width: int, settings: Settings) -> str:
    """Where a picture is served in one of its widths (400, 800, 1600)."""
    return f"{settings.photo_url}/{key}-{width}.webp"


def card_view(info: CardInfo, *, suffix: str = "") -> Card:
    """A card. `suffix` is a query that keeps the guest's choice."""
    return Card(
        id=info.id,
        url=property_path(info.id, info.slug) + suffix,
        title=info.title,
        district_name=info.district_name,
        city_name=info.city_name,
        photo=info.photo,
        rating=info.rating,
        reviews_count=info.reviews_count,
        property_class=info.property_class,
        class_label=class_label(info.property_class),
        rooms=info.rooms,
        max_guests=info.max_guests,
        area_m2=info.area_m2,
        per_night=info.per_night,
    )


def quote_view(price: Quote) -> QuoteView:
    """The lines of a quote as people read them."""
    return QuoteView(
        lines=[
            (line.kind.value, _line_label(line, price.nights), line.amount)
            for line in price.lines
            if line.kind is not LineKind.DEPOSIT
        ],
        deposit=price.amount_of(LineKind.DEPOSIT),
        total=price.total,
        nights=price.nights,
        per_night_average=price.per_night_average,
    )


def _line_label(line: QuoteLine, stay_nights: int) -> str:
    counted = _counted_nights(line)
    if counted is not None:
        return f"{counted} × {format_tenge(line.unit_price or 0)}"
    if line.kind is LineKind.EXTRA_GUESTS:
        guests = ngettext("Ещё %(num)s гость", "Ещё %(num)s гостя", line.quantity) % {"num": line.quantity}
        nights = ngettext("%(num)s ночь", "%(num)s ночи", stay_nights) % {"num": stay_nights}
        return f"{guests} × {nights} × {format_tenge(line.unit_price or 0)}"
    if line.percent is not None:
        return gettext(_DISCOUNT_LABELS[line.kind]) % {"percent": line.percent}
    return gettext(_LINE_LABELS[line.kind])


def _counted_nights(line: QuoteLine) -> str | None:
    number = {"num": line.quantity}
    if line.kind is LineKind.NIGHTS:
        return ngettext("%(num)s ночь", "%(num)s ночи", line.quantity) % number
    if line.kind is LineKind.WEEKEND_NIGHTS:
        return ngettext("%(num)s ночь в выходные", "%(num)s ночи в выходные", line.quantity) % number
    if line.kind is LineKind.DATE_NIGHTS:
        return ngettext("%(num)s особая ночь", "%(num)s особые ночи", line.quantity) % number
    return None


_DISCOUNT_LABELS = {
    LineKind.LENGTH_DISCOUNT: N_("Скидка %(percent)s %% за долгий срок"),
    LineKind.PROMO_CODE: N_("Промокод: скидка %(percent)s %%"),
}
_LINE_LABELS = {
    LineKind.ONE_NIGHT_SURCHARGE: N_("Доплата за одну ночь"),
    LineKind.PROMO_CODE: N_("Промокод"),
    LineKind.CLEANING: N_("Уборка"),
    LineKind.SERVICE_FEE: N_("Сервисный сбор"),
}
