"""What the texts of a flat may speak of, in three languages."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.listings.reference_cities import ReferenceCity, ReferenceDistrict
from app.local.demo.places import Landmark
from app.models import PropertyClass


@dataclass(frozen=True, slots=True)
class FlatFacts:
    """What the texts of a flat may speak of."""

    city: ReferenceCity
    district: ReferenceDistrict
    landmark: Landmark | None
    property_class: PropertyClass
    rooms: int
    beds: int
    max_guests: int
    area_m2: int
    self_check_in: bool
    has_parking: bool
    has_workspace: bool
    takes_pets: bool


Three = tuple[str, str, str]
"""The same words in Russian, Kazakh and English."""
