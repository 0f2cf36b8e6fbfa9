"""A city's flat map in kilometres, on which plain distances and boxes are right enough and indexes are simple.

The equirectangular projection around the city's centre: within 50 km of it distances are off by less than 1 %.
"""

from __future__ import annotations

from math import cos, radians

from app.models import Coordinates

KM_PER_DEGREE_OF_LATITUDE = 110.574
KM_PER_DEGREE_OF_LONGITUDE = 111.320
"""At the equator; shrinks with the cosine of the latitude."""


def on_map(place: Coordinates, centre: Coordinates) -> Coordinates:
    """Where a place is: kilometres east and north of the city's `centre`."""
    east = (place.longitude - centre.longitude) * KM_PER_DEGREE_OF_LONGITUDE * cos(radians(centre.latitude))
    return Coordinates(east, (place.latitude - centre.latitude) * KM_PER_DEGREE_OF_LATITUDE)
