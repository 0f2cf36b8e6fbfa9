"""A landlord's own flats as the cabinet shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.engine import Connection

from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, card_from
from app.domain.pricing.rates import SPARE_NIGHTS, TARIFF_COLUMNS, tariff_of_values
from app.domain.pricing.tariff import NightRule, Tariff
from app.kit import clock
from app.models import CodeMode, PropertyStatus


@dataclass(frozen=True, slots=True)
class FlatSummary:
    """A flat in the landlord's list, with what waits for them."""

    card: CardInfo
    status: PropertyStatus
    requests: int
    arrivals_today: int
    departures_today: int
    upcoming: int


@dataclass(frozen=True, slots=True)
class OwnFlat:
    """Everything about a flat that its landlord can change here. `code_mode` is None without instructions."""

    card: CardInfo
    status: PropertyStatus
    street: str
    building: str
    tariff: Tariff
    max_guests: int
    min_nights: int
    max_nights: int
    check_in_time: time
    check_out_time: time
    cut_off_time: time | None
    self_check_in: bool
    cleaning_minutes: int
    instant_booking: bool
    code_mode: CodeMode | None


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule for dates with its id and the landlord's name for it."""

    id: int
    rule: NightRule
    name: str


_SUMMARIES = text(
    f"""
    SELECT {CARD_COLUMNS}, p.status,
        count(b.id) FILTER (WHERE b.status = 'requested' AND b.answer_by > :now) AS requests,
        count(b.id) FILTER (WHERE b.status IN ('confirmed', 'checked_in') AND b.check_in = :today) AS arrivals,
        count(b.id) FILTER (WHERE b.status IN ('checked_in', 'completed') AND b.check_out = :today) AS departures,
        count(b.id) FILTER (WHERE b.status = 'confirmed') AS upcoming
    FROM properties p {CARD_JOINS}
    LEFT JOIN bookings b ON b.property_id = p.id AND b.check_out >= :today
        AND b.status IN ('requested', 'confirmed', 'checked_in', 'completed')
    WHERE p.landlord_id = :landlord_id
    GROUP BY p.id, c.id, d.id, f.id ORDER BY p.id LIMIT 200
    """  # noqa: S608  # constants of our own
)
_FLAT = text(
    f"""
    SELECT {CARD_COLUMNS}, p.status, p.street, p.building, p.min_nights, p.max_nights, p.check_in_time,
        p.check_out_time, p.cut_off_time, p.self_check_in, p.cleaning_minutes, p.instant_booking, a.mode AS code_mode,
        {TARIFF_COLUMNS}
    FROM properties p {CARD_JOINS} LEFT JOIN access_instructions a ON a.property_id = p.id
    WHERE p.landlord_id = :landlord_id AND p.id = :property_id
    """  # noqa: S608  # constants of our own
)
_RULES = text(
    "SELECT id, lower(nights), upper(nights), price, percent, min_nights, name FROM price_rules"
    " WHERE property_id = :property_id AND upper(nights) > :today ORDER BY nights LIMIT 200"
)


def flats_of(connection: Connection, landlord_id: UUID, *, language: str, now: datetime) -> list[FlatSummary]:
    """Every flat of a landlord, whatever its status, the oldest first."""
    params = {"landlord_id": landlord_id, "lang": language, "now": now, "today": clock.local_date(now)}
    return [
        FlatSummary(
            card_from(row), PropertyStatus(row.status), row.requests, row.arrivals, row.departures, row.upcoming
        )
        for row in connection.execute(_SUMMARIES, params)
    ]


def flat_of(
    connection: Connection, landlord_id: UUID, property_id: int, *, language: str, now: datetime
) -> OwnFlat | None:
    """One flat of this landlord; None for anyone else's."""
    params = {
        "landlord_id": landlord_id,
        "property_id": property_id,
        "lang": language,
        "yesterday": clock.local_date(now) - timedelta(days=SPARE_NIGHTS),
    }
    row = connection.execute(_FLAT, params).one_or_none()
    return None if row is None else _flat(row)


def rules_of(connection: Connection, property_id: int, *, today: date) -> list[NamedRule]:
    """The rules for dates that are not over, the earliest first."""
    rows = connection.execute(_RULES, {"property_id": property_id, "today": today})
    return [NamedRule(rule_id, NightRule(*values), name) for rule_id, *values, name in rows]


def _flat(row: Row[tuple[object, ...]]) -> OwnFlat:
    return OwnFlat(
        card=card_from(row),
        status=PropertyStatus(row.status),
        street=row.street,
        building=row.building,
        tariff=tariff_of_values(dict(row._mapping)),
        max_guests=row.max_guests,
        min_nights=row.min_nights,
        max_nights=row.max_nights,
        check_in_time=row.check_in_time,
        check_out_time=row.check_out_time,
        cut_off_time=row.cut_off_time,
        self_check_in=row.self_check_in,
        cleaning_minutes=row.cleaning_minutes,
        instant_booking=row.instant_booking,
        code_mode=None if row.code_mode is None else CodeMode(row.code_mode),
    )
