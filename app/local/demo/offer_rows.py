"""Writing the demo's promo codes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.pricing.promo import UsablePromo
from app.domain.pricing.quote import Promo
from app.kit import clock
from app.local.demo.offers import EXPIRED, SUMMER, WELCOME
from app.models import PromoCode


def add_offers(session: Session, *, now: datetime) -> UsablePromo:
    """Write them; the welcome code, which a past stay was booked with."""
    welcome = _offer(now, WELCOME.code, percent=10, max_amount=15_000, first_booking_only=True, uses_per_guest=1)
    first = _next_june(clock.local_date(now))
    summer = _offer(now, SUMMER.code, percent=15, max_amount=20_000, min_nights=3, uses_limit=500)
    summer.stay_from, summer.stay_until = first, first.replace(month=9)
    expired = _offer(now, EXPIRED.code, percent=20)
    expired.valid_until = now - timedelta(days=30)
    session.add_all([welcome, summer, expired])
    session.flush()
    return UsablePromo(welcome.id, welcome.code, Promo(welcome.percent, welcome.amount, welcome.max_amount))


def _offer(
    now: datetime,
    code: str,
    *,
    percent: int,
    max_amount: int | None = None,
    min_nights: int = 1,
    uses_limit: int | None = None,
    uses_per_guest: int | None = None,
    first_booking_only: bool = False,
) -> PromoCode:
    """A code that began 400 days ago and works for a year more."""
    began = now - timedelta(days=400)
    return PromoCode(
        code=code,
        percent=percent,
        max_amount=max_amount,
        valid_from=began,
        valid_until=now + timedelta(days=365),
        min_nights=min_nights,
        uses_limit=uses_limit,
        uses_per_guest=uses_per_guest,
        first_booking_only=first_booking_only,
        created_at=began,
    )


def _next_june(today: date) -> date:
    """The first of the June whose summer can still be booked."""
    return date(today.year + (today.month >= 8), 6, 1)
