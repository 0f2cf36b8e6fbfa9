"""Small pieces of text that several flows say alike: a stay, guests, a flat in a line, the time that is left."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.channels.message import plain
from app.domain.listings.cards import CardInfo
from app.i18n import format_date, format_day_month, format_moment, format_rating, gettext, ngettext
from app.kit import clock
from app.kit.period import Stay

LONG_HOLD = timedelta(hours=1)
"""What lasts longer is told as a moment, not in minutes."""


def days_text(check_in: date, check_out: date, *, today: date) -> str:
    """`12–15 марта`, `28 февраля – 3 марта`, with the year when it is another one."""
    end, last = format_date(check_out), format_date(check_out, today=today)
    if check_in.year != check_out.year:
        return f"{format_date(check_in, today=today)} – {last}"
    if check_in.month != check_out.month:
        return last.replace(end, f"{format_date(check_in)} – {end}")
    return last.replace(end, f"{check_in.day}–{end}")


def short_days(check_in: date, check_out: date) -> str:
    """`12–15 мар`, `28 фев – 3 мар`, for a button or the beginning of a line."""
    last = format_day_month(check_out)
    if (check_in.year, check_in.month) == (check_out.year, check_out.month):
        return f"{check_in.day}–{last}"
    return f"{format_day_month(check_in)} – {last}"


def nights_text(nights: int) -> str:
    """`3 ночи`."""
    return ngettext("%(num)s ночь", "%(num)s ночи", nights) % {"num": nights}


def guests_text(guests: int) -> str:
    """`2 гостя`."""
    return ngettext("%(num)s гость", "%(num)s гостя", guests) % {"num": guests}


def stay_text(stay: Stay, guests: int | None, *, today: date) -> str:
    """`12–15 марта, 3 ночи, 2 гостя`."""
    parts = [days_text(stay.check_in, stay.check_out, today=today), nights_text(stay.nights)]
    return ", ".join(parts if guests is None else [*parts, guests_text(guests)])


def flat_lines(card: CardInfo) -> list[str]:
    """A flat's title, where it is and how it is rated, its size."""
    where = ", ".join(name for name in (card.city_name, card.district_name) if name)
    if card.rating is not None:
        where += f" · ★ {format_rating(card.rating)} ({card.reviews_count})"
    rooms = ngettext("%(num)s комната", "%(num)s комнаты", card.rooms) % {"num": card.rooms}
    most = ngettext("до %(num)s гостя", "до %(num)s гостей", card.max_guests) % {"num": card.max_guests}
    size = gettext("%(area)s м²") % {"area": card.area_m2}
    return [f"**{plain(card.title)}**", where, f"{rooms} · {most} · {size}"]


def time_left(until: datetime, *, now: datetime) -> str:
    """`Осталось 14 минут, чтобы оплатить.`; a moment when that is hours away."""
    if until - now > LONG_HOLD:
        moment = format_moment(until, today=clock.local_date(now))
        return gettext("Ждём оплату до %(moment)s") % {"moment": moment}
    minutes = max(1, int((until - now).total_seconds()) // 60)
    text = ngettext("Осталась %(num)s минута, чтобы оплатить", "Осталось %(num)s минуты, чтобы оплатить", minutes)
    return text % {"num": minutes} + "."


def shortened(text: str, length: int) -> str:
    """The text in at most `length` characters, cut at a word."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[length // 2 :] else cut}…"
