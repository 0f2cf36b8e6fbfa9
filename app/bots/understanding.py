"""What people mean by what they type when they look for a flat: «Алматы 12–15 марта, двое, до 20 000». Pure.

Each part is looked for by itself and taken out of the text, so that the «2» of «2 гостя» is no day of a month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from app.bots.understood_dates import FOLDED, NO_DATES, Dates, dates_in
from app.bots.understood_places import Place, places_in
from app.models import PropertyClass

LONGEST = 500
"""Characters that are read; a search is shorter."""
MOST_GUESTS = 16
"""Flats take no more, nor does search."""
MOST_ROOMS = 4
LEAST_PRICE = 1000
"""Tenge: a smaller number after «до» is no price of a night."""
MOST_PRICE = 10_000_000


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text says; None and nothing for what it does not."""

    cities: tuple[str, ...] = ()
    """Slugs. More than one: to be asked about."""
    districts: tuple[Place, ...] = ()
    dates: Dates = NO_DATES
    nights: int | None = None
    guests: int | None = None
    """As typed: more than `MOST_GUESTS` is to be told."""
    price_to: int | None = None
    """Tenge a night."""
    rooms: int | None = None
    property_class: PropertyClass | None = None

    @property
    def is_anything(self) -> bool:
        """Was anything understood?"""
        return self != Understood()


_NUMBERS = {
    1: "один одного одной одну одна бир one",
    2: "два две двух двое двоих двоем вдвоем еки екеу екеумиз two",
    3: "три трех трое троих троем втроем уш ушеу ушеумиз three",
    4: "четыре четырех четверо четверых вчетвером торт тортеу тортеумиз four",
    5: "пять пяти пятеро пятерых впятером бес бесеу бесеумиз five",
    6: "шесть шести шестеро шестерых алты алтау алтаумиз six",
    7: "семь семи жети seven",
    8: "восемь сегиз eight",
    9: "девять тогыз nine",
    10: "десять он ten",
}
_NUMBER_OF = {word: number for number, words in _NUMBERS.items() for word in words.split()}
_WORDS = "|".join(sorted(_NUMBER_OF, key=len, reverse=True))
_N = rf"(?<![\d.,])(\d{{1,2}}|{_WORDS})"
_COUNT = rf"(?<![\d.,])(\d{{1,6}}|{_WORDS})"
_ANY = 10**6
"""However many guests: what is too many is not ours to say."""
_PRICE = re.compile(
    r"(?:до|не дороже|дешевле|under|up to|below|max)?\s*(?<!\d)(\d{1,3}(?:[ \u00a0.,]?\d{3})+|\d{1,7})\s*"
    r"(к|k|тыс\w*|мын\w*|000)?\s*(₸|тг|тенге|тенг|kzt|tenge)?\s*(-?\s*(?:га|ге|ка|ке)?\s*дейин)?"
)
_GUESTS = re.compile(
    rf"{_COUNT}\s*-?\s*(?:х|м|ти|х\s+)?\s*(?:человек\w*|чел\b|гост\w*|взросл\w*|guests?|people|persons?|adults?|адам\w*|конак\w*)"
)
_CHILDREN = re.compile(rf"{_COUNT}\s*(?:дет\w*|ребен\w*|child\w*|kids?|бала\w*)")
_TOGETHER = re.compile(
    r"\b(вдвоем|втроем|вчетвером|впятером|двое|двоих|трое|троих|четверо|четверых|пятеро|пятерых|шестеро|шестерых|"
    r"(?:екеу|ушеу|тортеу|бесеу|алтау)(?:миз)?)\b"
)
_FOR = re.compile(
    rf"\bfor\s+{_N}\b(?!\s*(?:[-–./]|night|day|week|month|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
)
_ALONE = re.compile(r"\b(я один|я одна|на одного|для одного|just me|alone|бир озим)\b")
_NIGHTS = re.compile(rf"{_N}\s*(?:ноч\w*|сут\w*|дн(?:я|ей)\b|день\b|nights?|days?|тун\w*|кун(?:ге|ди|и)?\b)")
_NIGHT = re.compile(r"\b(?:на ночь|на одну ночь|на сутки|a night|one night|бир тунге)\b")
_WEEK = re.compile(r"\b(?:на неделю|неделю|a week|one week|бир аптага|аптага)\b")
_IN_A_WEEK = re.compile(r"\b(?:через неделю|in a week|аптадан кейин)\b")
_IN_DAYS = re.compile(rf"\b(?:через|in)\s+{_N}\s*(?:дн(?:я|ей)|день|days?)\b")
_ROOMS = re.compile(
    rf"{_N}\s*-?\s*(?:х|ех|ух|но)?\s*-?\s*(?:к(?:омн?\w*|\.?\s?кв\w*)|комнат\w*|rooms?|bedrooms?|болме\w*)"
)
_ROOM_WORDS = (
    (re.compile(r"\b(?:однушк\w*|однокомнатн\w*|студи\w*|studio)\b"), 1),
    (re.compile(r"\b(?:двушк\w*|двухкомнатн\w*|двушечк\w*)\b"), 2),
    (re.compile(r"\b(?:трешк\w*|трехкомнатн\w*)\b"), 3),
    (re.compile(r"\b(?:четырехкомнатн\w*)\b"), 4),
)
_CLASSES = (
    (re.compile(r"\b(?:эконом\w*|economy|budget)\b"), PropertyClass.ECONOMY),
    (re.compile(r"\b(?:комфорт\w*|comfort|жайлы)\b"), PropertyClass.COMFORT),
    (re.compile(r"\b(?:бизнес\w*|business)\b"), PropertyClass.BUSINESS),
    (re.compile(r"\b(?:премиум\w*|люкс\w*|premium|luxury)\b"), PropertyClass.PREMIUM),
)

_GREETING = re.compile(
    r"\W*(?:привет|здравству|здрасьте|добр(?:ый|ое|ого|ой) |салам|ассал|салем|кайырлы |(?:hello|hi|hey)\b|"
    r"good (?:morning|day|afternoon|evening))"
)


class _Rest:
    """What of a text has not been understood yet."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take the first match out."""
        match = pattern.search(self.text)
        if match is not None:
            self.text = f"{self.text[: match.start()]} ; {self.text[match.end() :]}"
        return match

    def number(self, pattern: re.Pattern[str], most: int) -> int | None:
        """Take a number out; None when there is none, or one that makes no sense."""
        match = self.take(pattern)
        if match is None:
            return None
        number = _NUMBER_OF.get(match[1]) or int(match[1])
        return number if 1 <= number <= most else None


def understand(text: str, *, today: date, city: str | None = None) -> Understood:
    """What a text says about a flat that is looked for (in `city`, a slug, so far). Never raises."""
    rest = _Rest(" ".join(text[:LONGEST].casefold().translate(FOLDED).split()))
    price_to = _price(rest)
    rooms = _rooms(rest)
    property_class = next((found for pattern, found in _CLASSES if rest.take(pattern)), None)
    guests = _guests(rest)
    ahead = 7 if rest.take(_IN_A_WEEK) else rest.number(_IN_DAYS, 90)
    nights = 1 if rest.take(_NIGHT) else 7 if rest.take(_WEEK) else rest.number(_NIGHTS, 90)
    dates = dates_in(rest.text, today=today)
    if ahead is not None and dates == NO_DATES:
        dates = Dates(today + timedelta(days=ahead))
    if dates.check_in is not None and dates.check_out is None and nights is not None:
        dates = Dates(dates.check_in, dates.check_in + timedelta(days=nights))
    places = places_in(rest.text, city=city)
    return Understood(places.cities, places.districts, dates, nights, guests, price_to, rooms, property_class)


def is_greeting(text: str) -> bool:
    """Does a text begin as people begin to talk, in any of the languages?"""
    return _GREETING.match(text[:LONGEST].casefold().translate(FOLDED)) is not None


def price_in(text: str) -> int | None:
    """A price alone, as an answer to «how much at most»: tenge a night."""
    rest = _Rest(" ".join(text[:LONGEST].casefold().translate(FOLDED).split()))
    return _price(rest, is_asked=True)


def number_in(text: str) -> int | None:
    """A number, as an answer to «how many»."""
    match = re.search(_COUNT + r"(?!\d)", text[:LONGEST].casefold().translate(FOLDED))
    return None if match is None else _NUMBER_OF.get(match[1]) or int(match[1])


def _price(rest: _Rest, *, is_asked: bool = False) -> int | None:
    """A number is a price when «до» or a unit says so, or when it was asked for."""
    for match in _PRICE.finditer(rest.text):
        number, thousands, unit, until = match[1], match[2], match[3], match[4]
        is_limit = match[0].lstrip()[:1].isalpha() or until is not None
        amount = int(re.sub(r"\D", "", number)) * (1000 if thousands else 1)
        is_price = is_asked or unit is not None or (is_limit and amount >= LEAST_PRICE)
        is_year = not is_asked and unit is None and thousands is None and 2000 <= amount <= 2100
        if is_price and not is_year and LEAST_PRICE <= amount <= MOST_PRICE:
            rest.text = f"{rest.text[: match.start()]} ; {rest.text[match.end() :]}"
            return amount
    return None


def _rooms(rest: _Rest) -> int | None:
    for pattern, rooms in _ROOM_WORDS:
        if rest.take(pattern):
            return rooms
    return rest.number(_ROOMS, MOST_ROOMS)


def _guests(rest: _Rest) -> int | None:
    guests = rest.number(_GUESTS, _ANY)
    if guests is None:
        together = rest.take(_TOGETHER)
        guests = _NUMBER_OF[together[1]] if together is not None else 1 if rest.take(_ALONE) else None
        guests = guests or rest.number(_FOR, MOST_GUESTS)
    children = rest.number(_CHILDREN, _ANY) if guests is not None else None
    return guests if children is None or guests is None else guests + children
