"""A flat's rating: a sum and a count in `properties`, and what search sorts by in `property_search`."""

from __future__ import annotations

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.domain import changes
from app.domain.search.rows import rating_times_100, score_of
from app.models import Property, PropertySearch, Review


def add(session: Session, prop: Property, stars: int) -> None:
    """Count one more rating of a flat whose lock the caller holds."""
    prop.rating_sum += stars
    prop.rating_count += 1
    session.execute(
        update(PropertySearch)
        .where(PropertySearch.property_id == prop.id)
        .values(
            rating=rating_times_100(prop.rating_sum, prop.rating_count),
            score=score_of(prop.rating_sum, prop.rating_count),
        )
    )
    changes.listing(session, prop.id, prop.city_id)


def drifted(session: Session) -> list[int]:
    """The flats whose rating is not that of their reviews (`flask reviews check`); none, if all is well."""
    counted = (
        select(
            Review.property_id,
            func.sum(Review.rating).label("rating_sum"),
            func.count().label("rating_count"),
        )
        .group_by(Review.property_id)
        .subquery()
    )
    statement = (
        select(Property.id)
        .join(counted, counted.c.property_id == Property.id, isouter=True)
        .where(
            or_(
                Property.rating_sum != func.coalesce(counted.c.rating_sum, 0),
                Property.rating_count != func.coalesce(counted.c.rating_count, 0),
            )
        )
        .order_by(Property.id)
    )
    return list(session.scalars(statement))
