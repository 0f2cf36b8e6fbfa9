"""One way of writing words, and what a typed one means."""

from __future__ import annotations

import pytest

from app.domain.search.spelling import MOST_MEANINGS, meanings
from app.domain.search.words import MOST_WORDS, normalised, query_words, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Кок-Тобе", "Kok-Tobe"),
        ("Кок-Тобе", "Көк-Төбе"),
        ("Кок-Тобе", "кок тобе"),
        ("Абай", "Abay"),
        ("Шымбулак", "Shymbulaq"),
        ("Әл-Фараби", "Al-Farabi"),
        ("Жандосов", "Zhandosov"),
        ("Ещё", "еще"),
        ("Юрта", "Yurta"),
    ],
)
def test_one_place_is_written_in_one_way(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_words_are_ascii_so_that_trigrams_work_in_every_locale() -> None:
    assert normalised("Съешь ещё этих мягких французских булок, да выпей чаю! Үйіңіз Ғң 42").isascii()
    assert normalised("🏠 ½ ٣ \x00") == ""


def test_small_words_say_nothing() -> None:
    assert query_words("у метро") == query_words("near metro") == query_words("метро жанында") == ("metro",)
    assert query_words("у в на") == ()
    assert len(query_words(" ".join(f"слово{n}" for n in range(40)))) <= MOST_WORDS


def test_every_word_is_kept_once() -> None:
    assert words_of(["Парк парк", "park"]) == "park"


def test_a_known_word_means_itself_its_endings_and_its_near_forms() -> None:
    candidates = [("park", 1.0), ("parkom", 0.57), ("parkovka", 0.45), ("parka", 0.57), ("paris", 0.3)]
    assert meanings("park", candidates) == ["park", "parka", "parkom"]
    assert meanings("kok", [("kok", 1.0), ("koktem", 0.37)]) == ["kok"], "short words have no endings"


def test_a_misspelt_word_means_the_most_similar_known_ones() -> None:
    assert meanings("panfilav", [("panfilova", 0.46), ("panfilov", 0.5), ("pan", 0.33)]) == ["panfilov", "panfilova"]
    assert meanings("kverti", []) == []
    assert len(meanings("dom", [("dom", 0.9)] * 100)) <= MOST_MEANINGS
