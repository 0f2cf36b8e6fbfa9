"""Cities and districts as pages need them, and keeping the tables equal to the reference data."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain.listings.reference_cities import CITIES
from app.models import City, Coordinates, District, LocalizedText, PropertySearch


@dataclass(frozen=True, slots=True)
class DistrictInfo:
    """A district."""

    id: int
    slug: str
    names: LocalizedText


@dataclass(frozen=True, slots=True)
class CityInfo:
    """A city with its districts and how many flats are listed there."""

    id: int
    slug: str
    names: LocalizedText
    names_in: LocalizedText
    location: Coordinates
    """Its centre: the origin of the city's map."""
    districts: tuple[DistrictInfo, ...]
    listings: int

    def district(self, slug: str) -> DistrictInfo | None:
        """The district with this slug."""
        return next((district for district in self.districts if district.slug == slug), None)


def all_cities(connection: Connection) -> dict[str, CityInfo]:
    """Every city by slug, in their fixed order. Three queries; callers keep the answer for a minute."""
    counts = dict(
        connection.execute(
            select(PropertySearch.city_id, func.count())
            .where(PropertySearch.is_listed)
            .group_by(PropertySearch.city_id)
        ).all()
    )
    districts: dict[int, list[DistrictInfo]] = {}
    columns = select(District.id, District.city_id, District.slug, District.names).order_by(District.id)
    for row in connection.execute(columns):
        districts.setdefault(row.city_id, []).append(DistrictInfo(row.id, row.slug, row.names))
    cities = select(City.id, City.slug, City.names, City.names_in, City.location).order_by(City.position)
    return {
        row.slug: CityInfo(
            row.id,
            row.slug,
            row.names,
            row.names_in,
            row.location,
            tuple(districts.get(row.id, ())),
            counts.get(row.id, 0),
        )
        for row in connection.execute(cities)
    }


def sync_reference(session: Session) -> None:
    """Make the tables say what the reference data says; ids stay. Safe to run at every deployment."""
    for position, city in enumerate(CITIES):
        names = {"ru": city.name_ru, "kk": city.name_kk, "en": city.name_en}
        values = {
            "slug": city.slug,
            "names": names,
            "names_in": {"ru": city.in_ru, "kk": city.in_kk, "en": city.in_en},
            "location": Coordinates(city.longitude, city.latitude),
            "position": position,
        }
        statement = insert(City).values(values).on_conflict_do_update(index_elements=["slug"], set_=values)
        city_id = session.scalars(statement.returning(City.id)).one()
        for district in city.districts:
            row = {
                "city_id": city_id,
                "slug": district.slug,
                "names": {"ru": district.name_ru, "kk": district.name_kk, "en": district.name_en},
                "location": Coordinates(district.longitude, district.latitude),
            }
            session.execute(
                insert(District).values(row).on_conflict_do_update(index_elements=["city_id", "slug"], set_=row)
            )
