"""From the domain's answers to what templates show: addresses and translated labels."""

from __future__ import annotations

from typing import NamedTuple

from app.config import Settings
from app.domain.listings.cards import CardInfo, PhotoInfo
from app.domain.listings.wording import class_label
from app.i18n import N_, gettext
from app.models import BookingStatus

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
