"""The search itself: a page of flats that can be booked for what was asked, priced as at checkout, and their count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from app.domain.listings.cards import CardInfo, CardRow, card_from, card_rows
from app.domain.search.conditions import CHOICES, Conditions, conditions_of
from app.domain.search.criteria import After, Criteria
from app.domain.search.spelling import NOTHING, as_query
from app.domain.search.statement import AMOUNT, COUNT_CAP, FOUND, PAGE_SIZE, SORT_VALUE, fetch, page
from app.kit.period import Stay


@dataclass(frozen=True, slots=True)
class Results:
    """One page. `count` is exact up to COUNT_CAP; `next_after` leads to the next page."""

    rows: list[CardRow]
    totals: list[int] | None
    """With a stay: its full price in each flat, in tenge."""
    count: int
    count_is_capped: bool
    next_after: After | None
    stays: list[Stay] | None = None
    """With flexible dates: the stay in each flat that its price is for."""

    @property
    def cards(self) -> list[CardInfo]:
        """The page's flats one by one; the portal's own list needs only `rows`."""
        return [card_from(row) for row in self.rows]


NOBODY = Results([], None, 0, False, None)


def find(connection: Connection, criteria: Criteria, *, language: str, now: datetime) -> Results:
    """Flats that fit and are free for the whole stay, counted up to the cap: one query, two with a text."""
    wanted = wanted_of(connection, criteria, now=now)
    if wanted is None:
        return NOBODY
    statement, params = page(criteria, wanted, language=language)
    rows = fetch(connection, statement, params)
    count = rows[0][FOUND] if rows else 0
    cards = card_rows(rows[:PAGE_SIZE])
    following = (rows[PAGE_SIZE - 1][SORT_VALUE], cards[-1].id) if len(rows) > PAGE_SIZE else None
    totals = stays = None
    if wanted.stays:
        totals = [row[AMOUNT] for row in rows[:PAGE_SIZE]]
        if len(wanted.stays) > 1:
            stays = [wanted.stays[amount % CHOICES] for amount in totals]
            totals = [amount // CHOICES for amount in totals]
        elif criteria.is_flexible:
            stays = [wanted.stays[0]] * len(cards)
    return Results(cards, totals, min(count, COUNT_CAP), count > COUNT_CAP, following, stays)


def wanted_of(connection: Connection, criteria: Criteria, *, now: datetime) -> Conditions | None:
    """What a flat must be; None when no flat can be: no bookable stay, or a word that nobody uses."""
    stays = criteria.stays(now=now)
    if criteria.stay is not None and not stays:
        return None
    text_query = as_query(connection, criteria.text) if criteria.text else None
    if text_query == NOTHING:
        return None
    return conditions_of(criteria, stays, text_query, now=now)
