"""The fixed list of amenities: a code, its text (Russian source, translated where shown), its bit in the mask.

The order is the order of bits: new amenities go to the end, none is ever removed.
"""

from __future__ import annotations

from app.i18n import N_

AMENITIES: tuple[tuple[str, str], ...] = (
    ("wifi", N_("Wi-Fi")),
    ("kitchen", N_("Кухня")),
    ("washer", N_("Стиральная машина")),
    ("air_conditioning", N_("Кондиционер")),
    ("tv", N_("Телевизор")),
    ("fridge", N_("Холодильник")),
    ("iron", N_("Утюг")),
    ("hair_dryer", N_("Фен")),
    ("workspace", N_("Рабочее место")),
    ("parking", N_("Парковка")),
    ("elevator", N_("Лифт")),
    ("balcony", N_("Балкон")),
    ("bath", N_("Ванна")),
    ("crib", N_("Детская кроватка")),
    ("pets", N_("Можно с животными")),
    ("smoking", N_("Можно курить")),
    ("dishwasher", N_("Посудомоечная машина")),
    ("microwave", N_("Микроволновая печь")),
    ("kettle", N_("Чайник")),
    ("mountain_view", N_("Вид на горы")),
)

_BIT = {code: 1 << index for index, (code, _text) in enumerate(AMENITIES)}


def mask_of(codes: list[str]) -> int:
    """The bit mask of these codes. Raises KeyError for an unknown one."""
    return sum(_BIT[code] for code in set(codes))


def amenities_in(mask: int) -> list[tuple[str, str]]:
    """The (code, Russian text) pairs whose bits are set, in the list's order."""
    return [(code, text) for code, text in AMENITIES if mask & _BIT[code]]
