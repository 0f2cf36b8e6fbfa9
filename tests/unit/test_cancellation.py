"""3-domain, Cancellation and refunds: the table of policies, who gets what back, and stays that become shorter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bookings.cancellation import (
    Bought,
    GivenUp,
    Paid,
    Part,
    RefundLine,
    Terms,
    Tier,
    free_until,
    refund,
    refund_of_nights,
)
from app.domain.pricing.quote import LineKind, quote, quote_added_nights
from app.domain.pricing.tariff import Tariff
from app.kit.money import percent_of
from app.kit.period import Stay
from app.models import CancellationPolicy, RefundCause
from tests.unit.strategies import stays, tariffs

CHECK_IN = datetime(2027, 3, 20, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)
PAID = Paid(nights=30_001, cleaning=3_000, service_fee=3_000, deposit=20_000)
P, T, C = CancellationPolicy, Tier, RefundCause
SECOND = timedelta(seconds=1)
money = st.integers(min_value=0, max_value=10_000_000)
paids = st.builds(Paid, money, money, money, money)
ahead = st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=60))
policies = st.sampled_from(list(CancellationPolicy))


def terms(policy: CancellationPolicy, *, paid_at: datetime = LONG_AGO) -> Terms:
    return Terms(policy, CHECK_IN, paid_at)


@pytest.mark.parametrize(
    ("policy", "hours", "tier"),
    [
        (P.FLEXIBLE, 24, T.FULL),
        (P.FLEXIBLE, 0, T.NOTHING),
        (P.MODERATE, 5 * 24, T.FULL),
        (P.MODERATE, 24, T.HALF),
        (P.STRICT, 14 * 24, T.FULL),
        (P.STRICT, 7 * 24, T.HALF),
    ],
)
def test_each_policy_counts_to_the_second(policy: CancellationPolicy, hours: int, tier: Tier) -> None:
    """At exactly so many hours before check-in the better tier still counts, a second later it does not."""
    worse = {T.FULL: T.HALF, T.HALF: T.NOTHING, T.NOTHING: T.NOTHING}
    moment = CHECK_IN - timedelta(hours=hours)
    assert terms(policy).tier(moment) is tier
    if hours:
        assert terms(policy).tier(moment + SECOND) is worse[tier]


def test_flexible_gives_half_until_check_in_itself() -> None:
    assert terms(P.FLEXIBLE).tier(CHECK_IN - SECOND) is T.HALF
    assert terms(P.FLEXIBLE).tier(CHECK_IN) is T.NOTHING


@pytest.mark.parametrize(
    ("since_payment", "before_check_in", "tier"),
    [
        (timedelta(hours=1), timedelta(hours=48), T.FULL),
        (timedelta(hours=1) + SECOND, timedelta(hours=48), T.NOTHING),
        (timedelta(minutes=5), timedelta(hours=48) - SECOND, T.NOTHING),
    ],
)
def test_an_hour_to_think_when_check_in_is_two_days_away(
    since_payment: timedelta, before_check_in: timedelta, tier: Tier
) -> None:
    now = CHECK_IN - before_check_in
    assert terms(P.STRICT, paid_at=now - since_payment).tier(now) is tier


@pytest.mark.parametrize(
    ("policy", "before", "back"),
    [
        (P.MODERATE, timedelta(days=6), {Part.NIGHTS: 30_001, Part.CLEANING: 3_000, Part.SERVICE_FEE: 3_000}),
        (P.MODERATE, timedelta(days=2), {Part.NIGHTS: 15_001, Part.CLEANING: 3_000, Part.SERVICE_FEE: 0}),
        (P.MODERATE, timedelta(hours=3), {Part.NIGHTS: 0, Part.CLEANING: 3_000, Part.SERVICE_FEE: 0}),
        (P.MODERATE, -timedelta(hours=3), {Part.NIGHTS: 0, Part.CLEANING: 0, Part.SERVICE_FEE: 0}),
    ],
)
def test_a_guest_gets_back_line_by_line(policy: CancellationPolicy, before: timedelta, back: dict[Part, int]) -> None:
    """Cleaning whenever the guest never checks in, the fee only with a full refund, the deposit always."""
    found = refund(PAID, terms(policy), C.CANCELLED_BY_GUEST, now=CHECK_IN - before)
    assert {line.part: line.back for line in found.lines} == back | {Part.DEPOSIT: 20_000}
    assert found.total == sum(back.values()) + 20_000
    assert found.total + found.kept == 56_001


@given(paids, policies, ahead, st.sampled_from([C.CANCELLED_BY_LANDLORD, C.CANCELLED_BY_STAFF]))
def test_a_landlords_cancellation_refunds_everything(
    paid: Paid, policy: CancellationPolicy, before: timedelta, cause: RefundCause
) -> None:
    found = refund(paid, terms(policy), cause, now=CHECK_IN - before)
    assert found.total == paid.nights + paid.cleaning + paid.service_fee + paid.deposit
    assert found.kept == 0


@given(paids, policies, ahead)
def test_a_no_show_gets_back_what_nobody_used(paid: Paid, policy: CancellationPolicy, before: timedelta) -> None:
    found = refund(paid, terms(policy), C.NO_SHOW, now=CHECK_IN - before)
    assert found.total == paid.cleaning + paid.deposit


@given(paids, policies, ahead, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_waiting_never_gives_more_back(
    paid: Paid, policy: CancellationPolicy, before: timedelta, later: timedelta
) -> None:
    now = CHECK_IN - before
    first = refund(paid, terms(policy), C.CANCELLED_BY_GUEST, now=now)
    second = refund(paid, terms(policy), C.CANCELLED_BY_GUEST, now=now + later)
    assert second.total <= first.total
    assert all(0 <= line.back <= line.paid for line in first.lines)


@given(policies, ahead, ahead)
def test_free_until_is_the_last_moment_of_a_full_refund(
    policy: CancellationPolicy, paid_before: timedelta, now_before: timedelta
) -> None:
    found = Terms(policy, CHECK_IN, CHECK_IN - paid_before)
    now = max(CHECK_IN - now_before, CHECK_IN - paid_before)
    until = found.free_until(now=now)
    if until is None:
        assert found.tier(now + SECOND) is not T.FULL
    else:
        assert found.tier(until) is T.FULL
        assert found.tier(until + SECOND) is not T.FULL


def test_before_booking_the_promise_is_the_policys() -> None:
    now = CHECK_IN - timedelta(days=10)
    assert free_until(P.MODERATE, CHECK_IN, now=now) == CHECK_IN - timedelta(days=5)
    assert free_until(P.STRICT, CHECK_IN, now=now) is None


# --- shorter stays --------------------------------------------------------------------------------------------------


@given(tariffs, stays(longest=60), st.data())
def test_given_up_nights_are_worth_no_more_than_the_stay_costs_less(
    tariff: Tariff, stay: Stay, data: st.DataObject
) -> None:
    """Never a plain difference, and never the price of a long stay for a short one."""
    if stay.nights == 1:
        return
    price = quote(tariff, stay, guests=2)
    nights = data.draw(st.integers(min_value=1, max_value=stay.nights - 1))
    percent, left = tariff.length_percent(stay.nights), tariff.length_percent(stay.nights - nights)
    percent_left = min(percent, left)
    bought = Bought(price.night_prices, price.accommodation, percent, stay.nights)
    value = GivenUp((bought,), nights, percent_left).value(price.accommodation)
    assert 0 <= value <= price.accommodation
    share = price.accommodation * sum(price.night_prices[-nights:]) / sum(price.night_prices)
    assert value <= share + 1
    if percent_left == percent:
        assert abs(value - share) <= 1


def test_a_week_that_becomes_six_nights_loses_its_discount() -> None:
    """Seven nights of 10 000 with 10 % off are 63 000; six without are 60 000: the seventh was worth 3 000."""
    bought = Bought((10_000,) * 7, 63_000, percent=10, left=7)
    found = GivenUp((bought,), 1, percent_left=0).value(63_000)
    assert found == 3_000


@pytest.mark.parametrize(
    ("before", "nights_back", "fee_back"),
    [(timedelta(days=6), 20_000, 2_000), (timedelta(days=2), 10_000, 0), (timedelta(hours=1), 0, 0)],
)
def test_a_shortening_is_a_partial_cancellation_under_the_policy(
    before: timedelta, nights_back: int, fee_back: int
) -> None:
    paid = Paid(nights=50_000, cleaning=3_000, service_fee=5_000, deposit=9_000)
    given_up = GivenUp((Bought((10_000,) * 5, 50_000, percent=0, left=5),), 2, percent_left=0)
    found = refund_of_nights(paid, given_up, terms(P.MODERATE), now=CHECK_IN - before)
    assert [(line.part, line.paid, line.back) for line in found.lines] == [
        (Part.NIGHTS, 20_000, nights_back),
        (Part.SERVICE_FEE, 2_000, fee_back),
    ]


def test_what_was_given_up_before_is_not_refunded_again() -> None:
    """The lines of a shortening leave what was paid, whether they came back or not."""
    tariff = Tariff(10_000, cleaning_fee=3_000, deposit=5_000)
    price = quote(tariff, Stay(CHECK_IN.date(), CHECK_IN.date() + timedelta(days=5)), guests=1)
    lines = [
        RefundLine(Part.NIGHTS, percent_of(20_000, 100), percent_of(20_000, 50)),
        RefundLine(Part.SERVICE_FEE, percent_of(2_000, 100), percent_of(2_000, 0)),
    ]
    left = Paid.of([price], [lines])
    whole = Paid.of([price])
    assert (whole.nights - left.nights, whole.service_fee - left.service_fee) == (20_000, 2_000)
    assert (left.cleaning, left.deposit) == (3_000, 5_000)


@given(tariffs, stays(longest=60), st.data())
def test_giving_up_nights_in_steps_is_worth_what_it_is_at_once(tariff: Tariff, stay: Stay, data: st.DataObject) -> None:
    """A discount that was lost in one step is not charged again in the next."""
    if stay.nights < 3:
        return
    price = quote(tariff, stay, guests=2)
    first = data.draw(st.integers(min_value=1, max_value=stay.nights - 2))
    second = data.draw(st.integers(min_value=1, max_value=stay.nights - first - 1))
    percent = tariff.length_percent(stay.nights)

    def value(paid: int, left: int, nights: int) -> int:
        bought = Bought(price.night_prices, price.accommodation, percent, left)
        return GivenUp((bought,), nights, tariff.length_percent(left - nights)).value(paid)

    one = value(price.accommodation, stay.nights, first)
    other = value(price.accommodation - one, stay.nights - first, second)
    at_once = value(price.accommodation, stay.nights, first + second)
    assert one + other >= at_once - 2
    assert one + other <= at_once + 2 or other == 0, "a week may cost less than six nights; nobody pays more for fewer"


@given(tariffs, stays(longest=30), st.integers(min_value=1, max_value=10), st.data())
def test_adding_nights_and_giving_them_up_never_makes_a_stay_cheaper(
    tariff: Tariff, stay: Stay, added: int, data: st.DataObject
) -> None:
    """Five nights and three more that earn a week's discount: giving the three up returns at most their price."""
    last = stay.check_out + timedelta(days=added)
    price = quote(tariff, stay, guests=1)
    more = quote_added_nights(tariff, Stay(stay.check_out, last), guests=1, nights_in_all=stay.nights + added)
    percents = tariff.length_percent(stay.nights), tariff.length_percent(stay.nights + added)
    bought = (
        Bought(price.night_prices, price.accommodation, percents[0], stay.nights),
        Bought(more.night_prices, more.accommodation, percents[1], added),
    )
    paid = price.accommodation + more.accommodation
    value = GivenUp(bought, added, tariff.length_percent(stay.nights)).value(paid)
    assert value <= more.accommodation + 1
    nights = data.draw(st.integers(min_value=1, max_value=stay.nights + added - 1))
    left = stay.nights + added - nights
    kept = paid - GivenUp(bought, nights, tariff.length_percent(left)).value(paid)
    if left <= stay.nights and stay.nights > 1:
        shorter = quote(tariff, Stay(stay.check_in, stay.check_in + timedelta(days=left)), guests=1)
        surcharges = sum(each.amount_of(LineKind.ONE_NIGHT_SURCHARGE) for each in (price, shorter))
        rounding = 10  # half a tenge, through a discount of at most 90 %
        assert kept >= shorter.accommodation - surcharges - rounding or kept == paid, "nobody pays more for fewer"


def test_a_night_given_up_is_worth_at_most_its_price() -> None:
    """Eight nights at 20 % off became six at the full price and nine again: one night less returns no lost discount."""
    bought = (Bought((10_000,) * 8, 64_000, percent=20, left=6), Bought((10_000,) * 3, 24_000, percent=20, left=3))
    assert GivenUp(bought, 1, percent_left=20).value(60_000 + 24_000) == 10_000
