"""What makes a city's demo flats believable: how many, how costly, streets, what is near, what windows show."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.local.demo.rooms.views import ViewKind


@dataclass(frozen=True, slots=True)
class Landmark:
    """Something near a flat, as it follows a noun in Russian and English and precedes it in Kazakh."""

    ru: str
    kk: str
    en: str


@dataclass(frozen=True, slots=True)
class Quarter:
    """One district: its share of the city's flats, streets (Russian, as on the signs), what is near."""

    slug: str
    share: int
    streets: tuple[str, ...]
    landmarks: tuple[Landmark, ...] = ()
    is_outer: bool = False
    """Far from the centre of a large city."""


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A city: number of flats, price level (Almaty is 1.0), views from its windows, its quarters."""

    slug: str
    flats: int
    price_level: float
    views: tuple[ViewKind, ...]
    quarters: tuple[Quarter, ...] = field(default=())
