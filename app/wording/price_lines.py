"""A quote line by line, as people read it."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.pricing.quote import LineKind, Quote, QuoteLine
from app.i18n import N_, gettext, ngettext
from app.kit.money import format_tenge


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote with translated labels. Lines are (kind, label, tenge); the deposit, which comes back, stands apart."""

    lines: list[tuple[str, str, int]]
    deposit: int
    total: int
    nights: int
    per_night_average: int


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
