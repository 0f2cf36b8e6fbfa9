"""Money, phones, references, periods and the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.kit import clock
from app.kit.money import format_tenge, percent_of
from app.kit.period import Stay
from app.kit.phone import PhoneError, mask_phone, parse_phone
from app.kit.reference import ALPHABET, new_reference
from tests.unit.strategies import days, moments, stays

amounts = st.integers(min_value=-(10**12), max_value=10**12)


# --- money ---------------------------------------------------------------------------------------


@given(amounts, st.integers(min_value=0, max_value=100))
def test_a_percentage_is_rounded_half_up_to_a_whole_tenge(amount: int, percent: int) -> None:
    exact = Fraction(amount * percent, 100)
    found = percent_of(amount, percent)
    assert abs(found - exact) <= Fraction(1, 2)
    if abs(found - exact) == Fraction(1, 2):
        assert abs(found) > abs(exact)


@given(amounts, st.integers(min_value=0, max_value=100))
def test_a_percentage_of_a_debt_is_the_debt_of_the_percentage(amount: int, percent: int) -> None:
    assert percent_of(-amount, percent) == -percent_of(amount, percent)


@pytest.mark.parametrize(("amount", "percent", "found"), [(5, 10, 1), (4, 10, 0), (15, 10, 2), (-5, 10, -1), (1, 0, 0)])
def test_percentages_at_the_half(amount: int, percent: int, found: int) -> None:
    assert percent_of(amount, percent) == found


@given(amounts)
def test_written_money_reads_back(amount: int) -> None:
    written = format_tenge(amount)
    assert written.endswith("\u00a0₸")
    assert " " not in written, "only non-breaking spaces: a price never breaks over two lines"
    assert int(written.removesuffix("\u00a0₸").replace("\u00a0", "").replace("−", "-")) == amount


def test_money_is_written_with_groups_of_three() -> None:
    assert format_tenge(12_500) == "12\u00a0500\u00a0₸"
    assert format_tenge(1_234_567) == "1\u00a0234\u00a0567\u00a0₸"
    assert format_tenge(-999) == "−999\u00a0₸"


# --- phones --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "+77011234567",
        "+7 (701) 123-45-67",
        "8 701 123 45 67",
        "87011234567",
        "77011234567",
        "7011234567",
        " 701 123-45-67 ",
        "007 701 123 45 67".replace("007", "+7"),
    ],
)
def test_one_number_typed_in_any_way_is_one_number(typed: str) -> None:
    assert parse_phone(typed) == "+77011234567"


@pytest.mark.parametrize("typed", ["+79161234567", "+49 1512 3456789", "+998 90 123 45 67"])
def test_guests_from_elsewhere_are_welcome(typed: str) -> None:
    assert parse_phone(typed).startswith("+")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "привет",
        "123",
        "+7701123456",
        "+770112345678",
        "+7 727 250 00 00",
        "+",
        "+0",
        "8" * 41,
        "٠" * 11,
        "²³",
    ],
)
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(PhoneError):
        parse_phone(typed)


@given(st.text(max_size=60))
def test_anything_typed_is_a_number_or_refused_never_a_crash(typed: str) -> None:
    try:
        found = parse_phone(typed)
    except PhoneError:
        return
    assert parse_phone(found) == found, "a number in its final form stays as it is"


def test_a_masked_phone_shows_three_digits_of_the_operator_and_the_last_two() -> None:
    masked = mask_phone("+77011234567")
    assert masked == "+7 701 ••• •• 67"
    assert "1234" not in masked
    assert sum(ch.isdigit() for ch in mask_phone("+4915123456789")) <= 5


# --- references ----------------------------------------------------------------------------------


def test_references_have_no_lookalikes_and_no_vowels_and_differ() -> None:
    found = {new_reference() for _ in range(2_000)}
    assert len(found) == 2_000
    assert set("".join(found)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("01OILAEUY")
    assert all(len(reference) == 8 for reference in found)


# --- stays ---------------------------------------------------------------------------------------


@given(stays())
def test_a_stay_is_half_open(stay: Stay) -> None:
    nights = list(stay.dates())
    assert len(nights) == stay.nights == len(set(nights))
    assert nights[0] == stay.check_in
    assert nights[-1] == stay.check_out - timedelta(days=1)


@given(stays(longest=30), stays(longest=30))
def test_two_stays_share_a_night_exactly_when_they_overlap(one: Stay, other: Stay) -> None:
    shared = set(one.dates()) & set(other.dates())
    assert bool(shared) == (one.check_in < other.check_out and other.check_in < one.check_out)


@given(days, st.integers(min_value=0, max_value=400))
def test_a_stay_without_a_night_is_no_stay(check_in: date, back: int) -> None:
    with pytest.raises(ValueError, match="after check-in"):
        Stay(check_in, check_in - timedelta(days=back))


# --- the clock -----------------------------------------------------------------------------------


def test_now_is_aware_and_utc() -> None:
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2027-03-04T18:59:59", "2027-03-04"),
        ("2027-03-04T19:00:00", "2027-03-05"),
        ("2027-03-04T19:00:01", "2027-03-05"),
        ("2026-12-31T19:00:01", "2027-01-01"),
        ("2028-02-28T19:00:01", "2028-02-29"),
    ],
)
def test_the_day_turns_at_midnight_in_almaty(utc: str, local: str) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert clock.local_date(moment) == date.fromisoformat(local)


@given(days, st.times(min_value=time(0), max_value=time(23, 59)))
def test_a_local_moment_reads_back(day: date, wall: time) -> None:
    moment = clock.at_local(day, wall)
    assert moment.tzinfo is UTC
    assert (clock.local_date(moment), clock.local_time(moment)) == (day, wall)
    assert moment + timedelta(hours=5) == datetime.combine(day, wall, UTC), "UTC+5 all year since March 2024"


@given(moments, moments)
def test_days_follow_moments(one: datetime, other: datetime) -> None:
    assume(one <= other)
    assert clock.local_date(one) <= clock.local_date(other)
