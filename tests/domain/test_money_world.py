"""Promise 10, first half, in small: whatever happens to money, the ledger says what plain sums say."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import transaction
from tests.domain.money_world import World


@pytest.mark.parametrize("seed", [1, pytest.param(20_261, marks=pytest.mark.drill)])
def test_random_steps_leave_the_ledger_at_zero_and_nobody_paid_twice(
    waiting_app: Flask, now: datetime, seed: int
) -> None:
    with transaction() as session:
        world = World.begin(session, seed=seed, now=now)
    for _ in range(10):
        with transaction() as session:
            for _ in range(20):
                world.do(session)
        with transaction() as session:
            world.check(session)
    assert len(world.done) == 10, "every kind of step was made"


@pytest.mark.drill
def test_ten_thousand_random_operations(waiting_app: Flask, now: datetime) -> None:
    """Promise 10: every posting sums to zero, and every account holds what plain sums say."""
    with transaction() as session:
        world = World.begin(session, seed=10, now=now)
    while world.operations < 10_000:
        with transaction() as session:
            for _ in range(50):
                world.do(session)
    with transaction() as session:
        world.check(session)


@pytest.mark.parametrize("amount", [1, -1])
def test_one_tenge_that_was_not_earned_would_be_found(waiting_app: Flask, now: datetime, amount: int) -> None:
    """The control: a posting that balances, and that nothing stands behind."""
    with transaction() as session:
        world = World.begin(session, seed=3, now=now)
        for _ in range(20):
            world.do(session)
    with transaction() as session:
        insert = text(
            "INSERT INTO ledger_entries (posting_id, kind, event_key, account, amount, landlord_id, at)"
            " VALUES (:id, 'stay_earned', 'x', 'landlord_payable', :amount, :landlord, now()),"
            " (:id, 'stay_earned', 'x', 'platform_revenue', -:amount, NULL, now())"
        )
        session.execute(insert, {"id": uuid4(), "amount": amount, "landlord": world.flats[0][1]})
    with transaction() as session, pytest.raises(AssertionError):
        world.check(session)
