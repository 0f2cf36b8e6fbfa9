"""Texts in WhatsApp: marks, lengths, labels (5-channels, WhatsApp)."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.message import plain
from app.channels.whatsapp_text import (
    LONGEST_ITEM,
    LONGEST_REPLY,
    LONGEST_TEXT,
    cut,
    labels,
    lines_of,
    marked,
    one_line,
    size,
    split,
)

SHOWN_AS_BOLD = re.compile(r"(?<![^\W_])\*(?=\S)[^*\n]*?\S\*(?![^\W_])")
UNFIT = re.compile(r"[\n\t]| {5,}")
"""What Twilio refuses in a variable (21656)."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Студия** у парка", "*Студия* у парка"),
        ("**Цена:** 24 000 ₸ за **2 ночи**", "*Цена:* 24 000 ₸ за *2 ночи*"),
        ("** bold **", "*bold*"),
        ("обычный текст", "обычный текст"),
        ("*чужое* и _чужое_ и ~чужое~", "∗чужое∗ и ˍчужоеˍ и ∼чужое∼"),
        ("*_вместе_*", "∗ˍвместеˍ∗"),
        ("```код```", "ˋˋˋкодˋˋˋ"),
        ("**жирно** и a*b", "*жирно* и a∗b"),
        ("Домофон: 43*5521", "Домофон: 43*5521"),
        ("Wi-Fi: Home_5G / pa*ss_w~rd", "Wi-Fi: Home_5G / pa*ss_w~rd"),
        ("https://zhilego.kz/x?a=_b_&c=*d*", "https://zhilego.kz/x?a=_b_&c=*d*"),
    ],
)
def test_bold_is_whatsapps_and_other_marks_are_no_marks(text: str, shown: str) -> None:
    assert marked(text) == shown


@given(st.text(alphabet="ab *_~`\n,я", max_size=60))
def test_what_people_write_is_never_bold(text: str) -> None:
    assert SHOWN_AS_BOLD.search(marked(plain(text))) is None


@pytest.mark.parametrize("piece", ["~~~_a", "_a", "*_~", "* _a"])
def test_marks_without_end_cost_no_worker_its_time(piece: str) -> None:
    """Anyone may write so many: each was looked for anew from the beginning, 37 s of them in one message."""
    before = time.process_time()
    marked(piece * (4000 // len(piece)))
    assert time.process_time() - before < 2


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_a_line_is_fit_for_a_variable(text: str) -> None:
    """Twilio refuses variables with line breaks, tabs, five spaces, or nothing in them."""
    for line in (one_line(text), *(line for line in lines_of(text) if line)):
        assert line
        assert UNFIT.search(line) is None


def test_paragraphs_stay_apart_by_one_empty_line() -> None:
    assert lines_of("\n\nа\n\n\n\nб\nв\n \n") == ("а", "", "б", "в")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=5000), st.integers(20, LONGEST_TEXT))
def test_a_split_text_loses_nothing_but_spaces(text: str, most: int) -> None:
    parts = split(text, most)
    assert all(0 < size(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_is_split_between_paragraphs() -> None:
    parts = split("\n\n".join([("абвгд " * 20).strip()] * 20), 500)
    assert all(part.endswith("абвгд") and part.startswith("абвгд") for part in parts)


@given(st.lists(st.text(alphabet="аб 12😀", max_size=60), min_size=1, max_size=10), st.sampled_from([20, 24]))
def test_labels_fit_and_are_told_apart(texts: list[str], most: int) -> None:
    short = labels(texts, most)
    assert all(1 <= size(label) <= most for label in short)
    assert len({label.casefold() for label in short}) == len(texts)


def test_labels_that_begin_alike_keep_their_ends() -> None:
    assert labels(["Продлить до 15 марта включительно", "Продлить до 16 апреля включительно"], LONGEST_ITEM) != []
    first, second = labels(["Квартира на Абая, дом 15", "Квартира на Абая, дом 16"], LONGEST_REPLY)
    assert (first[-2:], second[-2:]) == ("15", "16")
    assert "…" in first


def test_a_short_label_is_left_as_it_is() -> None:
    assert labels(["‹ Назад", "☰ Главное меню"], LONGEST_REPLY) == ["‹ Назад", "☰ Главное меню"]


@given(st.text(max_size=100), st.integers(2, 80))
def test_a_cut_text_fits(text: str, most: int) -> None:
    assert size(cut(text, most)) <= most
