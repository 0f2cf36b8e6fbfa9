"""Kazakh joins case endings to a word, and which one depends on how the word ends: no ending can follow a value.

«20 қараша дейін» is wrong («20 қарашаға дейін» is right, but «20 ақпанға», «20 маусымға», «15:00-ге»), so a value
stands where it needs no ending: after a colon, after a dash, in brackets, or before a word that takes the ending in
its place («20 қараша күніне дейін»). An amount of money may have one, since every amount ends with «₸», read «теңге».
"""

from __future__ import annotations

import re

import pytest

from tests.habits.test_translations import MESSAGES, forms, messages

_VALUE = r"(?:%\((?P<name>\w+)\)s|\}\})[*»”)]*"
_WANTS_A_CASE = "дейін|шейін|бастап|бері|кейін|соң|бұрын|қарай|қарсы|таман|астам|артық|жоғары|төмен|[мбп]ен|[мбпдт][ае]"
"""What follows a dative or an ablative, and what itself follows the sounds before it («және» does not)."""
_ENDINGS = "[ғгқк][ае]|[ае]|н[ае]|[дтн][ае]н?|[дтн][ыі]ң?|н?[ыі]|[мбп]ен"
_FAULT = re.compile(rf"{_VALUE}(?:\s+(?:{_WANTS_A_CASE})\b|[-‑]?(?P<ending>{_ENDINGS})\b)")
MONEY = frozenset({"price", "amount", "deposit"})
"""Values that format_tenge writes."""
_AFTER_TENGE = frozenset({"ге", "ден", "де", "нің", "ні"})


def faults(text: str) -> list[str]:
    """Each value with an ending that cannot be right for all values, or without the one that the next word wants."""
    return [
        found[0] for found in _FAULT.finditer(text) if not (found["name"] in MONEY and found["ending"] in _AFTER_TENGE)
    ]


def test_no_kazakh_text_needs_an_ending_on_a_value() -> None:
    said = {text for message in messages("kk") for text in forms(message.string)}
    said |= {path.read_text(encoding="utf-8") for path in MESSAGES.rglob("*.kk.txt")}
    assert [fault for text in said for fault in faults(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        *("Төлемді %(moment)s дейін күтеміз", "**%(day)s** дейін", "%(amount)s\u00a0бастап", "%(taken)s-і бос емес"),
        *("%(least)s-ден %(most)s км", "%(price)s-ға дейін", "Күндерді {{ pay_until | clock }} дейін ұстаймыз"),
        *("{{ check_in_at | clock }}-ден", "%(name)s-ның пікірі", "%(month)sда", "%(least)s пен"),
    ],
)
def test_a_missing_or_guessed_ending_would_be_found(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    [
        *("%(day)s күніне дейін", "%(amount)s-ге дейін", "%(number)s-фото", "Төлем мерзімі: %(moment)s. Дейін"),
        *("%(minutes)s минуттан кейін", "{{ reference }} брондауы бойынша", "%(messenger)s чатын"),
    ],
)
def test_a_right_text_is_let_alone(text: str) -> None:
    assert faults(text) == []
