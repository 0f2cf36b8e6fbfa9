"""Languages: texts, plurals, dates and money in Russian, Kazakh and English, with and without a web request.

Source texts are Russian; catalogs are gettext (app/translations). Babel gives months and weekdays; formats are kept as
small cached functions, since Babel's own formatting costs 10–40 µs a call on pages that write sixty of them.
"""

from __future__ import annotations

import gettext as gettext_module
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel import Locale

from app.kit.clock import ALMATY

DEFAULT_LANGUAGE = "ru"
LANGUAGES = {"ru": "Русский", "kk": "Қазақша", "en": "English"}
_DIRECTORY = Path(__file__).parent / "translations"

_current: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def current_language() -> str:
    """The language of what is being done now: `ru`, `kk` or `en`."""
    return _current.get()


def use_language(code: str) -> None:
    """Speak `code` from now on in this request, job or command; anything unknown means Russian."""
    _current.set(code if code in LANGUAGES else DEFAULT_LANGUAGE)


@lru_cache(maxsize=8)
def catalog(language: str) -> gettext_module.NullTranslations:
    """The texts of one language; Russian source texts where a translation is missing."""
    return gettext_module.translation("messages", str(_DIRECTORY), languages=[language], fallback=True)


def gettext(message: str) -> str:
    """`message` in the current language."""
    return catalog(_current.get()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The right plural form in the current language (1 ночь, 2 ночи, 5 ночей)."""
    return catalog(_current.get()).ngettext(singular, plural, count)


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark a text for translation where it is defined; it is translated where it is shown."""
    return message


@lru_cache(maxsize=4096)
def _day_text(day: date, language: str, with_year: bool) -> str:
    locale = Locale.parse(language)
    month = locale.months["format"]["wide"][day.month]
    text = f"{day.day}\u00a0{month}"
    if not with_year:
        return text
    return f"{day.year}\u00a0ж.\u00a0{text}" if language == "kk" else f"{text} {day.year}"


def format_date(day: date, *, today: date | None = None) -> str:
    """`5 марта`; with the year when it is not the year of `today`."""
    return _day_text(day, _current.get(), today is not None and day.year != today.year)


@lru_cache(maxsize=4096)
def _short_day(day: date, language: str) -> str:
    month = Locale.parse(language).months["format"]["abbreviated"][day.month].rstrip(".")
    return f"{day.day}\u00a0{month}"


def format_day_month(day: date) -> str:
    """`5 мар`."""
    return _short_day(day, _current.get())


@lru_cache(maxsize=64)
def _weekday(index: int, language: str) -> str:
    return str(Locale.parse(language).days["format"]["abbreviated"][index]).lower()


def format_weekday(day: date) -> str:
    """`пт`."""
    return _weekday(day.weekday(), _current.get())


def format_moment(moment: datetime, *, today: date | None = None) -> str:
    """`5 марта, 14:00` on clocks in Almaty."""
    local = moment.astimezone(ALMATY)
    return f"{format_date(local.date(), today=today)}, {local:%H:%M}"


@lru_cache(maxsize=512)
def _month_year(year: int, month: int, language: str) -> str:
    name = str(Locale.parse(language).months["stand-alone"]["wide"][month])
    return f"{year}\u00a0ж.\u00a0{name.lower()}" if language == "kk" else f"{name[:1].upper()}{name[1:]} {year}"


def format_month_year(day: date) -> str:
    """`Март 2027`."""
    return _month_year(day.year, day.month, _current.get())


def format_rating(value: float) -> str:
    """`4,8`; with a point in English."""
    text = f"{value:.1f}"
    return text if _current.get() == "en" else text.replace(".", ",")


def choose(texts: dict[str, str]) -> str:
    """A text that is kept in several languages, in the current one; Russian when it lacks that."""
    return texts.get(_current.get()) or texts["ru"]
