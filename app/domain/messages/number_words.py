"""Numbers as people write and dictate them, digits and words mixed, in Russian, Kazakh and English. Pure.

«Семьсот один», “seven oh one” and «жеті жүз бір» are 701. Words can be read in more ways than one: «двадцать, пять» may
be 25, or 20 and 5. So a run of them has a set of readings, and whoever looks for a number looks through all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple


class Part(Enum):
    """What a word adds to a number. What is open has zeros that the next word may fill: «семьсот» and «один»."""

    CLOSED = 0
    ONE = 1
    TEEN = 2
    TENS = 3
    HUNDREDS = 4
    HUNDRED = 5
    """«Жүз», “hundred”: a hundred, or as many as the word before says."""


_OPEN = {Part.TENS: 1, Part.HUNDREDS: 2, Part.HUNDRED: 2}
_FILLS = {Part.ONE: 1, Part.TEEN: 2, Part.TENS: 2}

_ONES = (
    "один два три четыре пять шесть семь восемь девять",
    "бір екі үш төрт бес алты жеті сегіз тоғыз",
    "бир еки уш торт бес алты жети сегиз тогыз",  # Kazakh on a Russian keyboard
    "one two three four five six seven eight nine",
)
_TEENS = (
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
)
_TENS = (
    "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "жиырма отыз қырық елу алпыс жетпіс сексен тоқсан",
    "жиырма отыз кырык елу алпыс жетпис сексен токсан",
    "twenty thirty forty fifty sixty seventy eighty ninety",
)
_HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"


def _vocabulary() -> Iterator[tuple[str, tuple[str, Part]]]:
    for words, first, step, part in (
        *((line, 1, 1, Part.ONE) for line in _ONES),
        *((line, 10, 1, Part.TEEN) for line in _TEENS),
        *((line, 20, 10, Part.TENS) for line in _TENS),
        (_HUNDREDS, 100, 100, Part.HUNDREDS),
    ):
        for place, word in enumerate(words.split()):
            yield word, (str(first + place * step), part)
    yield "он", ("10", Part.TENS)
    yield from ((word, ("0", Part.CLOSED)) for word in ("ноль", "нуль", "нөл", "нол", "zero", "oh"))
    yield from ((word, ("100", Part.HUNDRED)) for word in ("жүз", "жуз", "hundred"))


_WORDS = dict(_vocabulary())
_TIMES = {
    **{"double": 2, "triple": 3, "дважды": 2, "трижды": 3},
    **{"екі рет": 2, "үш рет": 3, "еки рет": 2, "уш рет": 3},
}
_STEMS = ("четв", "пят", "шест", "сем", "восьм")
_FIGURE = ("единиц[ау]", "двойк[ау]", "тройк[ау]", *(f"{stem}[её]рк[ау]" for stem in _STEMS), "девятк[ау]")
"""«Семёрка» is a digit by its name, from 1 to 9."""
_FIGURES = (
    *("нол(?:я|ей)|нул(?:я|ей)|zeros|zeroes", "единицы?|ones", "двойки|двоек|twos", "тройки|троек|threes"),
    *(
        f"{stem}[её]р(?:ки|ок)|{english}"
        for stem, english in zip(_STEMS, ("fours", "fives", "sixes", "sevens", "eights"), strict=True)
    ),
    "девятки|девяток|nines",
)
"""«Три семёрки» are three of them, from 0 to 9. «Три ноль» is 30: only several are counted."""
_COUNTS = {
    **{"два": 2, "две": 2, "пара": 2, "пару": 2, "три": 3, "четыре": 4, "пять": 5},
    **{"two": 2, "three": 3, "four": 4, "five": 5},
}
_TOKEN = re.compile(
    r"(?P<digits>\d+)|(?<![^\W\d_])(?:"
    rf"(?P<figure>{'|'.join(_FIGURE)})|(?P<count>{'|'.join(_COUNTS)})\s+(?P<figures>{'|'.join(_FIGURES)})|"
    rf"(?:(?P<times>{'|'.join(_TIMES)})\s+)?(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
    r")(?![^\W\d_])",
    re.IGNORECASE,
)


class Token(NamedTuple):
    """A number of a text: digits on end, or one word."""

    begin: int
    end: int
    digits: str
    part: Part
    is_word: bool


class Reading(NamedTuple):
    """One way to read numbers on end: their digits, and the same as it would be `written` without words for numbers.

    `words` of it are numbers, `gaps` are where ordinary words stand in between.
    """

    digits: str = ""
    written: str = ""
    part: Part = Part.CLOSED
    words: int = 0
    gaps: int = 0
    skipped: int = 0
    """Words since the last number."""

    def on(self, token: Token, gap: str, *, between: int) -> Iterator[Reading]:
        """The ways to read on with the next number, after this gap with so many ordinary words in it."""
        apart = self.skipped + between
        one = None if apart else self.filled_by(token)
        if one is not None:
            yield one
        if apart <= MOST_BETWEEN and (one is None or gap not in _WITHIN_A_NUMBER):
            digits, written = self.digits + token.digits, self.written + gap + token.digits
            yield Reading(digits, written, token.part, self.words + token.is_word, self.gaps + (apart > 0))
        if token.is_word and self.digits and apart < MOST_BETWEEN:  # «два», «он» may be ordinary words
            yield self._replace(written=f"{self.written}{gap}_", part=Part.CLOSED, skipped=apart + 1)

    def filled_by(self, token: Token) -> Reading | None:
        """With the word taken into the number before it, «семьсот» and «один»; None when it is no part of it."""
        if token.part is Part.HUNDRED and self.part is Part.ONE:
            return self._replace(
                digits=self.digits + "00", written=self.written + "00", part=Part.HUNDRED, words=self.words + 1
            )
        zeros = _FILLS.get(token.part, 9)
        if zeros > _OPEN.get(self.part, 0):
            return None
        part = Part.TENS if token.part is Part.TENS else Part.CLOSED
        digits, written = self.digits[:-zeros] + token.digits, self.written[:-zeros] + token.digits
        return self._replace(digits=digits, written=written, part=part, words=self.words + 1)


MOST_BETWEEN = 2
"""Ordinary words between two numbers of a phone: «спросите Асель»."""
_WITHIN_A_NUMBER = frozenset({" ", "-", "\u00a0"})
"""With these between them two words that can be one number are one; «двадцать, пять» may be two."""


def tokens_of(text: str) -> list[Token]:
    """Every number in the text, in its order."""
    return [_token(found) for found in _TOKEN.finditer(text)]


def _token(found: re.Match[str]) -> Token:
    if found["digits"] is not None:
        digits = "".join(str(unicodedata.digit(digit)) for digit in found["digits"])
        return Token(found.start(), found.end(), digits, Part.CLOSED, is_word=False)
    if found["word"] is None:
        count = 1 if found["count"] is None else _COUNTS[found["count"].lower()]
        digit = _place_of(found["figure"], _FIGURE, first=1) or _place_of(found["figures"], _FIGURES, first=0)
        return Token(found.start(), found.end(), digit * count, Part.CLOSED, is_word=True)
    word = found["word"].lower()
    digits, part = _WORDS[word]
    if found["times"] is not None:
        digits, part = digits * _TIMES[" ".join(found["times"].lower().split())], Part.CLOSED
    return Token(found.start(), found.end(), digits, part, is_word=True)


def _place_of(name: str | None, names: Sequence[str], *, first: int) -> str:
    """The digit that has this name; empty for no name."""
    found = (
        str(digit) for digit, pattern in enumerate(names, first) if re.fullmatch(pattern, name or "", re.IGNORECASE)
    )
    return next(found, "")
