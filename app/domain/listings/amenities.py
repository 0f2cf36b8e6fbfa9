"""The fixed list of amenities: a code, its text (Russian source, translated where shown), its bit in the mask.

The order is the order of bits: new amenities go to the end, none is ever removed.
"""

from __future__ import annotations

from app.i18n import marked as _

AMENITIES: tuple[tuple[str, str], ...] = (
    ("wifi", _("Wi-Fi")),
    ("kitchen", _("Кухня")),
    ("washer", _("Стиральная машина")),
    ("air_conditioning", _("Кондиционер")),
    ("tv", _("Телевизор")),
    ("fridge", _("Холодильник")),
    ("iron", _("Утюг")),
    ("hair_dryer", _("Фен")),
    ("workspace", _("Рабочее место")),
    ("parking", _("Парковка")),
    ("elevator", _("Лифт")),
    ("balcony", _("Балкон")),
    ("bath", _("Ванна")),
    ("crib", _("Детская кроватка")),
    ("pets", _("Можно с животными")),
    ("smoking", _("Можно курить")),
    ("dishwasher", _("Посудомоечная машина")),
    ("microwave", _("Микроволновая печь")),
    ("kettle", _("Чайник")),
    ("mountain_view", _("Вид на горы")),
)

_BIT = {code: 1 << index for index, (code, _text) in enumerate(AMENITIES)}


def mask_of(codes: list[str]) -> int:
    """The bit mask of these codes. Raises KeyError for an unknown one."""
    return sum(_BIT[code] for code in set(codes))


def amenities_in(mask: int) -> list[tuple[str, str]]:
    """The (code, Russian text) pairs whose bits are set, in the list's order."""
    return [(code, text) for code, text in AMENITIES if mask & _BIT[code]]
