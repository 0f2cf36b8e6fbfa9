"""Changing what a flat costs. Search reads what pricing writes, so both are written together, under the flat's lock.

What was quoted before stays as it was: bookings keep their quotes, and a guest who looks at an old price is told so
when they book (`price_changed`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.hosting.owning import check_between, lock_flat
from app.domain.pricing.tariff import MONTH, WEEK
from app.domain.search import index
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import PriceRule, StayDiscount

NIGHT_LEAST, NIGHT_MOST = 500, 10_000_000
"""Tenge a night may cost."""
FEE_MOST = 1_000_000
DEPOSIT_MOST = 10_000_000
DISCOUNT_MOST = 90
RULES_AHEAD_DAYS = 730
"""Rules may be made for dates that cannot be booked yet, up to two years."""
NAME_LENGTH = 80


class NightField(StrEnum):
    """The prices of nights without a rule: columns of `properties`."""

    BASE = "base_price"
    WEEKEND = "weekend_price"


@dataclass(frozen=True, slots=True)
class PriceList:
    """Everything but the rules for dates. Whole tenge; percentages are 0 where there is no discount."""

    base_price: int
    weekend_price: int | None
    cleaning_fee: int
    included_guests: int
    extra_guest_price: int
    one_night_surcharge: int
    deposit: int
    weekly_percent: int
    monthly_percent: int

    def check(self, *, max_guests: int) -> None:
        """Raises DomainError `value_out_of_range` (422, with `field`)."""
        check_between("base_price", self.base_price, NIGHT_LEAST, NIGHT_MOST)
        if self.weekend_price is not None:
            check_between("weekend_price", self.weekend_price, NIGHT_LEAST, NIGHT_MOST)
        check_between("cleaning_fee", self.cleaning_fee, 0, FEE_MOST)
        check_between("included_guests", self.included_guests, 1, max_guests)
        check_between("extra_guest_price", self.extra_guest_price, 0, FEE_MOST)
        check_between("one_night_surcharge", self.one_night_surcharge, 0, FEE_MOST)
        check_between("deposit", self.deposit, 0, DEPOSIT_MOST)
        check_between("weekly_percent", self.weekly_percent, 0, DISCOUNT_MOST)
        check_between("monthly_percent", self.monthly_percent, 0, DISCOUNT_MOST)


@dataclass(frozen=True, slots=True)
class WantedRule:
    """A rule for the nights from `first` up to, not including, `until`: a price or per cent, a shortest stay, or both.

    See `app.domain.pricing.tariff.NightRule`.
    """

    first: date
    until: date
    price: int | None = None
    percent: int | None = None
    min_nights: int | None = None
    name: str = ""

    def check(self, *, today: date) -> None:
        """Refuse what the table would, and what could never matter.

        Raises DomainError (422): `rule_dates_wrong`, `rule_over`, `rule_too_far`, `rule_price_or_percent`,
        `rule_says_nothing`, `value_out_of_range` (with `field`).
        """
        if self.until <= self.first:
            raise DomainError("rule_dates_wrong")
        if self.until <= today:
            raise DomainError("rule_over")
        if self.until > today + timedelta(days=RULES_AHEAD_DAYS):
            raise DomainError("rule_too_far", days=RULES_AHEAD_DAYS)
        if self.price is not None and self.percent is not None:
            raise DomainError("rule_price_or_percent")
        if self.price is None and not self.percent and self.min_nights is None:
            raise DomainError("rule_says_nothing")
        if self.price is not None:
            check_between("price", self.price, NIGHT_LEAST, NIGHT_MOST)
        if self.percent is not None:
            check_between("percent", self.percent, -90, 500)
        if self.min_nights is not None:
            check_between("min_nights", self.min_nights, 2, 90)


def change_prices(session: Session, property_id: int, wanted: PriceList, *, landlord_id: UUID, now: datetime) -> None:
    """Put a flat's price list in the place of the one before.

    Raises DomainError `property_unknown` (404), `value_out_of_range` (422, with `field`).
    """
    prop, busy = lock_flat(session, property_id, landlord_id)
    wanted.check(max_guests=prop.max_guests)
    discounts = {WEEK: wanted.weekly_percent, MONTH: wanted.monthly_percent}
    values = asdict(wanted)
    for name in ("weekly_percent", "monthly_percent"):
        del values[name]
    for name, value in values.items():
        setattr(prop, name, value)
    session.execute(delete(StayDiscount).where(StayDiscount.property_id == property_id))
    session.add_all(
        StayDiscount(property_id=property_id, min_nights=nights, percent=percent)
        for nights, percent in discounts.items()
        if percent
    )
    session.flush()
    index.refresh(session, prop, busy, now=now)
    actor, subject = Actor.landlord(landlord_id), ("property", property_id)
    audit.record(session, "prices.changed", actor=actor, subject=subject, now=now, **asdict(wanted))


def change_night_price(
    session: Session,
    property_id: int,
    field: NightField,
    price: int,
    *,
    before: int | None,
    landlord_id: UUID,
    now: datetime,
) -> None:
    """Change what one kind of night costs; the rest of the price list stays. Again with the same price: nothing.

    Raises DomainError `property_unknown` (404), `value_out_of_range` (422), `night_price_changed` (409)
    when it was not `before` any more.
    """
    prop, busy = lock_flat(session, property_id, landlord_id)
    check_between(field, price, NIGHT_LEAST, NIGHT_MOST)
    present = getattr(prop, field)
    if present == price:
        return
    if present != before:
        raise DomainError("night_price_changed", ErrorKind.CONFLICT)
    setattr(prop, field, price)
    session.flush()
    index.refresh(session, prop, busy, now=now)
    actor, subject = Actor.landlord(landlord_id), ("property", property_id)
    audit.record(session, "prices.changed", actor=actor, subject=subject, now=now, **{field.value: price})


def add_rule(session: Session, property_id: int, wanted: WantedRule, *, landlord_id: UUID, now: datetime) -> int:
    """Give some coming nights a rule of their own; its id.

    Raises DomainError `property_unknown` (404), `rule_overlaps` (409) where another rule has one of the nights, and
    as `WantedRule.check` (422).
    """
    prop, busy = lock_flat(session, property_id, landlord_id)
    wanted.check(today=clock.local_date(now))
    row = {
        "property_id": property_id,
        "nights": Range(wanted.first, wanted.until, bounds="[)"),
        "price": wanted.price,
        "percent": wanted.percent or None,
        "min_nights": wanted.min_nights,
        "name": wanted.name.strip()[:NAME_LENGTH],
        "created_at": now,
    }
    statement = insert(PriceRule).values(row).on_conflict_do_nothing().returning(PriceRule.id)
    rule_id = session.scalar(statement)
    if rule_id is None:
        raise DomainError("rule_overlaps", ErrorKind.CONFLICT)
    index.refresh(session, prop, busy, now=now)
    _record_rule(session, "prices.rule_added", property_id, rule_id, landlord_id=landlord_id, now=now)
    return rule_id


def delete_rule(session: Session, property_id: int, rule_id: int, *, landlord_id: UUID, now: datetime) -> None:
    """Let the nights of a rule cost what they cost otherwise.

    Raises DomainError `property_unknown`, `rule_unknown` (404).
    """
    prop, busy = lock_flat(session, property_id, landlord_id)
    statement = delete(PriceRule).where(PriceRule.id == rule_id, PriceRule.property_id == property_id)
    if session.execute(statement.returning(PriceRule.id)).first() is None:
        raise DomainError("rule_unknown", ErrorKind.NOT_FOUND)
    index.refresh(session, prop, busy, now=now)
    _record_rule(session, "prices.rule_deleted", property_id, rule_id, landlord_id=landlord_id, now=now)


def _record_rule(
    session: Session, action: str, property_id: int, rule_id: int, *, landlord_id: UUID, now: datetime
) -> None:
    actor, subject = Actor.landlord(landlord_id), ("property", property_id)
    audit.record(session, action, actor=actor, subject=subject, now=now, rule=rule_id)
