"""Where phone numbers stand in a text, in digits, in words, or both. Pure.

A phone is a run of numbers whose digits make one, with brackets, dots or a few words between; or six and more numbers
dictated on end. Prices, dates and addresses have other digits, or stand too far apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from app.domain.messages.number_words import MOST_BETWEEN, Reading, Token, tokens_of

_JOIN = r"\s\-‐‑–—−.,()\[\]/\\*_~+|•:;'\"`"
_FILLER = r"и|а|ну|там|потом|затем|далее|дальше|код|тире|дефис|пробел|скобка|and|then|dash|space|содан|соң|кейін|одан"
_PLAIN_GAP = re.compile(rf"[{_JOIN}]{{0,6}}|[{_JOIN}]*(?:(?:{_FILLER})[{_JOIN}]+){{1,3}}", re.IGNORECASE)
_THOUSAND = re.compile(r"\b(?:тысяч[аи]?|тыс|мың|мын|thousand)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_WORDY_GAP = re.compile(rf"[{_JOIN}]*(?:[^\W\d_]+[{_JOIN}]+){{1,{MOST_BETWEEN}}}")
_DICTATED_GAP = re.compile(rf"[{_JOIN}]*(?:(?:{_FILLER})[{_JOIN}]+)?", re.IGNORECASE)
_PLUS = re.compile(r"\+[\s(]*\Z")
_OURS = re.compile(r"[78]?7(?:0[0-8]|47|5[01]|6[0-4]|7[15-8]|85)\d{7}")
"""A mobile of Kazakhstan as it is dialled (3-domain, Kazakhstan facts); without 7 or 8 in front it has ten digits."""
_TRUNK = re.compile(r"[78][2-79]\d{9}")
"""Any number of Kazakhstan or Russia with its 7 or 8."""
_BY_ITSELF = re.compile(r"\d\D|\d{4}")
"""How a number begins that is dictated: with its 7 or 8 alone, or all at once."""
_BEGUN = re.compile(r"7(?:[02-9]\d{0,9})?|8(?:[02-79]\d{0,9})?")
"""What either of the two may begin with; a zero may still be filled."""
_THOUSANDS = re.compile(r"\d{1,3}(?:[\s.,]?000)+(?:\D+\d{1,3}(?:[\s.,]?000)+)*\D*")
_AMOUNT = r"[1-9]\d{0,2}[\s.]\d00"
_APART = r"(?!\s\d)\D{1,20}"
"""More than a space: a comma, a dash, words."""
_AMOUNTS = re.compile(
    rf"(?:\d{{1,2}}(?=\D{{0,3}}[^\W\d_])\D{{1,20}})?(?:{_AMOUNT}|\d00)(?:{_APART}{_AMOUNT})*{_APART}\d{{1,3}}(?:[\s.]?\d00)?"
)
"""«7 500, 12 000 и 15 000», up to any number of it, perhaps with guests or nights before."""
_LOCAL = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{2}(?![\d-])")
_LONGEST_RUN = 9
"""More digits without a gap than this are no price: a phone, an account, a card."""
_MOST_DIGITS = 15
"""Of an international number (E.164)."""
_MOST_GAPS_OF_WORDS = 1
"""Numbers in words are everywhere in ordinary sentences; with words around each they are no phone."""
_MOST_READINGS = 64
"""At a time; eleven digits in words have no more, and a text made to have more shall not take long."""
_DICTATED = 6
_DICTATED_WORDS = 4
"""So many of them are in words; «сто шестьдесят пять» is one."""
_DATE = r"\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?"
_DATES = re.compile(rf"{_DATE}(?:\D+{_DATE})*(?:\D+\d{{1,4}}){{0,2}}")
"""«8.12.26 - 10.12.26» has the digits of a phone and is none."""


def phones_in(text: str) -> Iterator[tuple[int, int]]:
    """Where phone numbers stand: begin and end of each, not in any order; they may overlap."""
    yield from (found.span() for found in _LOCAL.finditer(text))
    tokens = tokens_of(text)
    yield from _dictated(text, tokens)
    first = 0
    while first < len(tokens):
        plus = _PLUS.search(text, max(0, tokens[first].begin - 4), tokens[first].begin)
        last = _last(text, tokens, first, has_plus=plus is not None)
        if last is None:
            first += 1
            continue
        yield (tokens[first].begin if plus is None else plus.start(), tokens[last].end)
        first = last + 1


def _last(text: str, tokens: list[Token], first: int, *, has_plus: bool) -> int | None:
    """The number that ends the phone which begins with this one; None when none does."""
    found, has_words = None, False
    readings = [Reading()]
    for place in range(first, len(tokens)):
        if found is not None and not has_plus and not has_words:
            break  # words may be read as a longer number than was meant: those are looked through to the end
        has_words = has_words or tokens[place].is_word
        gap = "" if place == first else text[tokens[place - 1].end : tokens[place].begin]
        is_wordy = _PLAIN_GAP.fullmatch(gap) is None
        if is_wordy and (_WORDY_GAP.fullmatch(gap) is None or _THOUSAND.search(gap)):
            break
        between = len(_WORD.findall(gap)) if is_wordy else 0
        on = (new for reading in readings for new in reading.on(tokens[place], gap, between=between))
        fitting = dict.fromkeys(new for new in on if _may_become(new, has_plus=has_plus))
        readings = list(islice(fitting, _MOST_READINGS))
        if place == first and len(tokens[first].digits) > _LONGEST_RUN:
            found = first
        if not readings:
            break
        if any(not reading.skipped and _is_phone(reading, has_plus=has_plus) for reading in readings):
            found = place
    return found


def _may_become(reading: Reading, *, has_plus: bool) -> bool:
    if reading.words and reading.gaps > _MOST_GAPS_OF_WORDS:
        return False
    return len(reading.digits) <= _MOST_DIGITS if has_plus else _BEGUN.fullmatch(reading.digits) is not None


def _is_phone(reading: Reading, *, has_plus: bool) -> bool:
    """Do these digits, written like that, make a phone?"""
    digits, written = reading.digits, reading.written
    if _OURS.fullmatch(digits) and (len(digits) == 11 or not reading.gaps):
        return has_plus or not (_THOUSANDS.fullmatch(written) or _AMOUNTS.fullmatch(written))
    if reading.gaps:
        return False
    if has_plus:
        return len(digits) >= 9
    if _TRUNK.fullmatch(digits) is None or (reading.words and _BY_ITSELF.match(written) is None):
        return False
    return not any(pattern.fullmatch(written) for pattern in (_THOUSANDS, _AMOUNTS, _DATES))


def _dictated(text: str, tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Where numbers are dictated: six or more on end, most of them in words, the rest short."""
    run: list[Token] = []
    for token in tokens:
        is_short = token.is_word or len(token.digits) <= 3
        if run and not (is_short and _DICTATED_GAP.fullmatch(text, run[-1].end, token.begin)):
            yield from _span(run)
            run = []
        if is_short:
            run.append(token)
    yield from _span(run)


def _span(run: list[Token]) -> Iterator[tuple[int, int]]:
    numbers, words, reading = 0, 0, Reading()
    for token in run:
        one = reading.filled_by(token)
        if one is None:
            numbers, words = numbers + 1, words + token.is_word
        reading = one or Reading(token.digits, token.digits, token.part)
    if numbers >= _DICTATED and words >= _DICTATED_WORDS:
        yield run[0].begin, run[-1].end
