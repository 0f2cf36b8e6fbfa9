"""Comparing books with a statement: whatever is planted is found, nothing else is, and no order matters."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reconciliation.matching import Comparison, compare, expected_fee
from app.domain.reconciliation.sides import Books, Finding, OtherDay, OurPayment, OurRefund
from app.domain.reconciliation.statement import put_in_order
from app.integrations.kaspi.port import StatementKind, StatementLine
from app.models import DiscrepancyKind, MovementKind, SuggestedAction

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
FEE = 95
Kind = DiscrepancyKind


def payment(number: int, amount: int) -> tuple[str, OurPayment]:
    return f"tr_{number}", OurPayment(UUID(int=number), f"pay_{number}", amount)


def line(number: int, amount: int, *, kind: StatementKind = StatementKind.PAYMENT) -> StatementLine:
    """What an honest statement has of `payment(number)`, or of a refund of it."""
    is_payment = kind is StatementKind.PAYMENT
    fee = expected_fee(amount, FEE) if is_payment else 0
    return StatementLine(
        transaction_id=f"tr_{number}" if is_payment else f"back_{number}",
        provider_id=f"pay_{number}",
        order_id=str(UUID(int=number)),
        kind=kind,
        amount=amount,
        fee=fee,
        net=amount - fee,
        at=AT,
    )


def refund(number: int, amount: int) -> OurRefund:
    return OurRefund(f"transfer:{number}", UUID(int=number), f"pay_{number}", amount)


def compared(books: Books, lines: list[StatementLine]) -> Comparison:
    return compare(books, put_in_order(lines), fee_basis_points=FEE)


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return sorted((finding.kind.value, finding.subject) for finding in found)


@dataclass
class Planted:
    """Both sides, and the differences between them."""

    payments: dict[str, OurPayment] = field(default_factory=dict)
    elsewhere: dict[str, OtherDay] = field(default_factory=dict)
    refunds: list[OurRefund] = field(default_factory=list)
    other_refunds: list[OurRefund] = field(default_factory=list)
    lines: list[StatementLine] = field(default_factory=list)
    differences: list[tuple[str, str]] = field(default_factory=list)

    @property
    def books(self) -> Books:
        return Books(
            payments=self.payments, refunds=self.refunds, elsewhere=self.elsewhere, other_refunds=self.other_refunds
        )

    def payment(self, number: int, amount: int, fault: Kind | None) -> None:
        """A payment, honest or with a fault."""
        (name, ours), there = payment(number, amount), line(number, amount)
        second = f"{name}_again"
        if fault is Kind.OTHER_DAY:
            self.elsewhere[name] = OtherDay(ours, is_free=True)
        elif fault is not Kind.MISSING_HERE:
            self.payments[name] = ours
        if fault is Kind.DUPLICATE_HERE:
            self.payments[second] = ours
        self._tell(there, fault)
        if fault:
            self.differences.append((fault.value, f"payment:{second if fault is Kind.DUPLICATE_HERE else name}"))

    def refund(self, number: int, amount: int, fault: Kind | None) -> None:
        """A refund. Ours have no number of Kaspi's: a second one of ours is one that Kaspi does not have."""
        ours, there = refund(number, amount), line(number, amount, kind=StatementKind.REFUND)
        if fault is Kind.DUPLICATE_HERE:
            again = replace(ours, key=f"{ours.key}_again")
            self.refunds.append(again)
            self.differences.append((Kind.MISSING_THERE.value, again.key))
        if fault is Kind.OTHER_DAY:
            self.other_refunds.append(ours)
        elif fault is not Kind.MISSING_HERE:
            self.refunds.append(ours)
        self._tell(there, fault)
        if fault and fault is not Kind.DUPLICATE_HERE:
            is_about_ours = fault in {Kind.MISSING_THERE, Kind.AMOUNT_DIFFERS, Kind.OTHER_DAY}
            self.differences.append((fault.value, ours.key if is_about_ours else f"refund:{there.transaction_id}"))

    def _tell(self, there: StatementLine, fault: Kind | None) -> None:
        if fault is Kind.AMOUNT_DIFFERS:
            there = replace(there, amount=there.amount + 1_000)
        if fault is Kind.FEE_DIFFERS:
            there = replace(there, fee=(there.fee or 0) + 1)
        if fault is Kind.DUPLICATE_THERE:
            self.lines += [there, there]
        if fault is not Kind.MISSING_THERE:
            self.lines.append(there)


@st.composite
def planted(draw: st.DrawFn) -> Planted:
    """Some payments and refunds, each of another payment, each honest or with one fault."""
    case = Planted()
    amounts = st.integers(min_value=1, max_value=3_000_000)
    cases = draw(st.lists(st.tuples(amounts, st.sampled_from([None, *Kind]), st.booleans()), max_size=25))
    for number, (amount, fault, is_refund) in enumerate(cases, start=1):
        (case.refund if is_refund else case.payment)(number, amount, fault)
    return case


@given(planted())
def test_exactly_what_was_planted_is_found(case: Planted) -> None:
    assert told(compared(case.books, case.lines).findings) == sorted(case.differences)


@given(planted(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_and_of_our_books_does_not_matter(case: Planted, chance: random.Random) -> None:
    lines, numbers, refunds = list(case.lines), list(case.payments), list(case.refunds)
    for each in (lines, numbers, refunds):
        chance.shuffle(each)
    books = replace(case.books, payments={name: case.payments[name] for name in numbers}, refunds=refunds)
    shuffled, straight = compared(books, lines), compared(case.books, case.lines)
    assert sorted(map(str, shuffled.findings)) == sorted(map(str, straight.findings))
    assert (shuffled.ours, shuffled.theirs, shuffled.matched) == (straight.ours, straight.theirs, straight.matched)


@given(planted())
def test_the_difference_of_the_sums_is_what_the_findings_explain(case: Planted) -> None:
    result = compared(case.books, case.lines)
    for movement in MovementKind:
        explained = sum(
            (finding.their_amount or 0) - (finding.our_amount or 0)
            for finding in result.findings
            if finding.movement is movement and finding.kind is not Kind.FEE_DIFFERS
        )
        assert result.theirs[movement].amount - result.ours[movement].amount == explained


@given(st.lists(st.integers(min_value=1, max_value=3_000_000), max_size=30))
def test_equal_books_have_no_difference_and_every_fee_is_to_be_posted(amounts: list[int]) -> None:
    books = Books(payments=dict(payment(number, amount) for number, amount in enumerate(amounts)))
    result = compared(books, [line(number, amount) for number, amount in enumerate(amounts)])
    assert result.findings == []
    assert (result.matched.count, result.matched.amount) == (len(amounts), sum(amounts))
    assert len(result.charged) == len(amounts)


def test_the_fee_of_money_that_does_not_agree_is_not_posted_yet() -> None:
    books = Books(payments=dict([payment(1, 20_000), payment(2, 20_000)]))
    lines = [replace(line(1, 20_000), amount=21_000), replace(line(2, 20_000), fee=500), line(3, 100)]
    assert [each.transaction_id for each in compared(books, lines).charged] == ["tr_2"]


def test_a_fee_that_kaspi_does_not_tell_is_no_difference() -> None:
    books = Books(payments=dict([payment(1, 20_000)]))
    assert compared(books, [replace(line(1, 20_000), fee=None)]).findings == []


@pytest.mark.parametrize(("amount", "fee"), [(100, 1), (52, 0), (53, 1), (58_300, 554), (1_000_000, 9_500)])
def test_the_fee_is_rounded_half_up(amount: int, fee: int) -> None:
    assert expected_fee(amount, FEE) == fee


def test_of_two_copies_the_one_that_agrees_is_ours() -> None:
    books = Books(payments=dict([payment(1, 20_000)]))
    dearer = replace(line(1, 20_000), amount=99_000)
    for lines in ([line(1, 20_000), dearer], [dearer, line(1, 20_000)]):
        [found] = compared(books, lines).findings
        assert (found.kind, found.their_amount) == (Kind.DUPLICATE_THERE, 99_000)


def test_copies_that_differ_are_told_the_same_in_any_order() -> None:
    copies = [line(1, 20_000), replace(line(1, 20_000), amount=99_000), replace(line(1, 20_000), amount=5)]
    stories = {
        str(compared(Books(), [copies[number] for number in order]).findings) for order in permutations(range(3))
    }
    assert len(stories) == 1


def test_a_line_that_another_days_statement_had_is_a_repetition() -> None:
    name, ours = payment(1, 20_000)
    books = Books(elsewhere={name: OtherDay(ours, is_free=False)})
    [found] = compared(books, [line(1, 20_000), line(1, 20_000)]).findings
    assert (found.kind, found.their_amount) == (Kind.DUPLICATE_THERE, 40_000)


def test_a_refund_that_we_asked_for_and_kaspi_made_is_to_be_asked_about() -> None:
    books = Books(sent=[refund(1, 500)])
    [found] = compared(books, [line(1, 500, kind=StatementKind.REFUND)]).findings
    assert (found.kind, found.action) == (Kind.MISSING_HERE, SuggestedAction.WAIT_FOR_REFUND)


@pytest.mark.parametrize(
    ("kind", "known", "action"),
    [
        (StatementKind.PAYMENT, True, SuggestedAction.CHECK_PAYMENT),
        (StatementKind.PAYMENT, False, SuggestedAction.RETURN_MONEY),
        (StatementKind.REFUND, True, SuggestedAction.RECORD_REFUND),
        (StatementKind.REFUND, False, SuggestedAction.ASK_KASPI),
    ],
)
def test_what_we_do_not_know_comes_with_advice(kind: StatementKind, *, known: bool, action: SuggestedAction) -> None:
    books = Books(known={"pay_1": UUID(int=1)} if known else {})
    [found] = compared(books, [line(1, 500, kind=kind)]).findings
    assert (found.action, found.payment_id) == (action, UUID(int=1) if known else None)


def test_a_line_with_the_numbers_of_two_payments_is_nobodys() -> None:
    books = Books(known={"pay_1": UUID(int=1), str(UUID(int=2)): UUID(int=2)})
    [found] = compared(books, [replace(line(1, 500), order_id=str(UUID(int=2)))]).findings
    assert found.payment_id is None


@pytest.mark.parametrize(
    ("told_so_far", "sent", "expected"),
    [
        (1_500, 0, []),
        (2_200, 0, [(Kind.MISSING_HERE, SuggestedAction.RECORD_REFUND, 700)]),
        (2_200, 700, [(Kind.MISSING_HERE, SuggestedAction.WAIT_FOR_REFUND, 700)]),
        (1_000, 0, [(Kind.MISSING_THERE, SuggestedAction.ASK_KASPI, 500)]),
    ],
)
def test_sums_given_back_so_far_are_compared_with_all_that_we_know(
    told_so_far: int, sent: int, expected: list[tuple[Kind, SuggestedAction, int]]
) -> None:
    """The QR surface: 1 000 were given back on another day, 500 on this one."""
    total = replace(line(1, told_so_far, kind=StatementKind.REFUND), transaction_id="T1:returned", fee=None)
    books = Books(
        refunds=[refund(1, 500)],
        returned={"pay_1": 1_500},
        sent=[refund(1, sent)] if sent else [],
        known={"pay_1": UUID(int=1)},
    )
    result = compared(books, [total])
    assert [(found.kind, found.action, found.at_stake) for found in result.findings] == expected
    assert result.theirs[MovementKind.REFUND].amount == told_so_far - 1_000
