"""IBAN, IIN and BIN: what passes, and every slip of the pen that does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.bank_ids import BankIdError, is_business, parse_iban, parse_tax_id
from tests.bank import iban, tax_id

EXAMPLE = "KZ86125KZT5004100100"
"""The example of SWIFT's IBAN registry for Kazakhstan."""


def test_the_registrys_example_passes_however_it_is_typed() -> None:
    assert parse_iban(" kz86 125k zt50 0410 0100 ") == EXAMPLE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        EXAMPLE[:-1],
        EXAMPLE + "0",
        "RU" + EXAMPLE[2:],
        "KZ87" + EXAMPLE[4:],
        "KZ86125КZT5004100100",
        "KZ86A25KZT5004100100",
    ],
)
def test_what_is_no_iban_of_kazakhstan_is_refused(typed: str) -> None:
    with pytest.raises(BankIdError):
        parse_iban(typed)


@given(st.integers(0, 10**10 - 1), st.integers(4, 19), st.integers(1, 9))
def test_one_wrong_digit_of_an_iban_is_found(number: int, position: int, by: int) -> None:
    """ISO 7064 mod 97-10 finds every single wrong digit."""
    right = iban(number)
    assert parse_iban(right) == right
    if right[position].isdigit():
        wrong = right[:position] + str((int(right[position]) + by) % 10) + right[position + 1 :]
        with pytest.raises(BankIdError):
            parse_iban(wrong)


@given(st.dates(), st.integers(0, 6), st.integers(0, 9_999))
def test_one_wrong_digit_of_an_iin_is_found(born: object, century: int, number: int) -> None:
    first = f"{born:%y%m%d}{century}{number:04d}"
    try:
        right = tax_id(first)
    except ValueError:
        for last in range(10):
            with pytest.raises(BankIdError):
                parse_tax_id(f"{first}{last}")
        return
    assert parse_tax_id(right) == right
    assert not is_business(right)
    for wrong in set("0123456789") - {right[11]}:
        with pytest.raises(BankIdError):
            parse_tax_id(first + wrong)


@pytest.mark.parametrize("typed", ["", "12345678901", "1234567890123", "85010130012x", "８50101300123", "850191300121"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(BankIdError):
        parse_tax_id(typed)


def test_the_fifth_digit_of_a_business_is_four_to_six() -> None:
    for fifth in "456":
        assert is_business(parse_tax_id(tax_id(f"9801{fifth}000012")))


def test_the_second_row_of_weights_is_used_where_the_first_gives_ten() -> None:
    first = next(f"850101300{number:02d}" for number in range(100) if _weighed(f"850101300{number:02d}", 1) == 10)
    assert parse_tax_id(f"{first}{_weighed(first, 3)}")[:11] == first


def _weighed(digits: str, begin: int) -> int:
    return sum(int(digit) * ((begin + place - 1) % 11 + 1) for place, digit in enumerate(digits)) % 11
