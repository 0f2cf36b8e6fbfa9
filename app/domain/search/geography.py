"""A city's flat map in kilometres, on which plain distances and boxes are right enough and indexes are simple.

The equirectangular projection around the city's centre: within 50 km of it distances are off by less than 1 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, isfinite, radians

from app.kit.errors import DomainError
from app.models import Coordinates

KM_PER_DEGREE_OF_LATITUDE = 110.574
KM_PER_DEGREE_OF_LONGITUDE = 111.320
"""At the equator; shrinks with the cosine of the latitude."""
LEAST_RADIUS_KM, MOST_RADIUS_KM = 0.1, 50.0

Place = tuple[float, float]
"""Kilometres east and north of a city's centre."""
CENTRE: Place = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a city's map: its south-western and north-eastern corners."""

    south_west: Place
    north_east: Place


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within `km` of a place on a city's map."""

    middle: Place
    km: float


def on_map(place: Coordinates, centre: Coordinates) -> Coordinates:
    """Where a place is: kilometres east and north of the city's `centre`."""
    east = (place.longitude - centre.longitude) * KM_PER_DEGREE_OF_LONGITUDE * cos(radians(centre.latitude))
    return Coordinates(east, (place.latitude - centre.latitude) * KM_PER_DEGREE_OF_LATITUDE)


def box_on_map(south: float, west: float, north: float, east: float, centre: Coordinates) -> Box:
    """A map's window in degrees as a box on the city's map. Raises DomainError `area_wrong` when it is none."""
    if not (_is_place(south, west) and _is_place(north, east) and south < north and west < east):
        raise DomainError("area_wrong")
    corners = (on_map(Coordinates(west, south), centre), on_map(Coordinates(east, north), centre))
    return Box((corners[0][0], corners[0][1]), (corners[1][0], corners[1][1]))


def place_on_map(latitude: float, longitude: float, centre: Coordinates) -> Place:
    """A point in degrees on the city's map. Raises DomainError `area_wrong` when it is none."""
    if not _is_place(latitude, longitude):
        raise DomainError("area_wrong")
    found = on_map(Coordinates(longitude, latitude), centre)
    return found[0], found[1]


def circle(middle: Place, km: float) -> Circle:
    """Raises DomainError `radius_wrong` when the radius is not between 100 m and 50 km."""
    if not LEAST_RADIUS_KM <= km <= MOST_RADIUS_KM:
        raise DomainError("radius_wrong", least="0,1", most=int(MOST_RADIUS_KM))
    return Circle(middle, km)


def _is_place(latitude: float, longitude: float) -> bool:
    return isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
