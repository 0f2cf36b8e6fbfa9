"""Sealing of single fields: what was sealed for one place opens there and nowhere else (promise 31 in part)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.crypto import KeyRing, SealError, hash_token, random_token

OLD, NEW = b"1" * 32, b"2" * 32
INDEX = b"i" * 32
RING = KeyRing({1: OLD, 2: NEW}, INDEX)
PLACE = "access_instructions|details_sealed|17"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300), st.text(min_size=1, max_size=60))
def test_what_is_sealed_opens_at_its_place_and_does_not_show_its_text(text: str, place: str) -> None:
    place = place.encode(errors="replace").decode()
    sealed = RING.seal(text, place=place)
    assert RING.open(sealed, place=place) == text
    if len(text) > 3:
        assert text.encode() not in sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        "access_instructions|details_sealed|18",
        "access_grants|details_sealed|17",
        "access_instructions|codes_sealed|17",
        "",
    ],
)
def test_a_value_moved_to_another_row_column_or_table_does_not_open(elsewhere: str) -> None:
    """Promise 24: swapped ciphertexts are noticed."""
    sealed = RING.seal("4812", place=PLACE)
    with pytest.raises(SealError):
        RING.open(sealed, place=elsewhere)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_one_flipped_bit_anywhere_is_noticed(position: int, bit: int) -> None:
    sealed = bytearray(RING.seal("4812", place=PLACE))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(SealError):
        RING.open(bytes(sealed), place=PLACE)


@given(st.binary(max_size=80))
def test_garbage_is_refused_not_a_crash(garbage: bytes) -> None:
    with pytest.raises(SealError):
        RING.open(garbage, place=PLACE)


@given(st.integers(min_value=0, max_value=40))
def test_a_shortened_value_is_refused(length: int) -> None:
    sealed = RING.seal("4812", place=PLACE)
    with pytest.raises(SealError):
        RING.open(sealed[: min(length, len(sealed) - 1)], place=PLACE)


def test_the_highest_key_seals_and_every_key_opens() -> None:
    before = KeyRing({1: OLD}, INDEX).seal("4812", place=PLACE)
    assert RING.open(before, place=PLACE) == "4812"
    after = RING.seal("4812", place=PLACE)
    assert after[1] == 2
    with pytest.raises(SealError):
        KeyRing({1: OLD}, INDEX).open(after, place=PLACE)
    with pytest.raises(SealError):
        KeyRing({1: NEW, 2: OLD}, INDEX).open(after, place=PLACE)


def test_the_same_text_seals_differently_each_time() -> None:
    assert len({RING.seal("4812", place=PLACE) for _ in range(100)}) == 100


def test_an_error_does_not_name_the_row_or_the_value() -> None:
    with pytest.raises(SealError) as refused:
        RING.open(RING.seal("4812", place=PLACE), place="access_instructions|details_sealed|+77011234567")
    assert "4812" not in str(refused.value)
    assert "7701" not in str(refused.value)


def test_blind_indexes_are_equal_for_equal_values_of_one_purpose_only() -> None:
    phone = "+77011234567"
    assert RING.blind_index(phone, purpose="phone") == RING.blind_index(phone, purpose="phone")
    assert RING.blind_index(phone, purpose="phone") != RING.blind_index(phone, purpose="login_code")
    assert RING.blind_index(phone, purpose="phone") != KeyRing({1: OLD}, b"j" * 32).blind_index(phone, purpose="phone")
    assert len(RING.blind_index(phone, purpose="phone")) == 32


def test_tokens_are_long_and_kept_as_hashes() -> None:
    tokens = {random_token() for _ in range(500)}
    assert len(tokens) == 500
    assert all(len(token) >= 43 for token in tokens)
    assert all(len(hash_token(token)) == 32 for token in tokens)
