"""Choosing drawn pictures that fit a flat: its class, the rooms it has, and one view from all its windows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from app.local.demo.rooms.catalogue import PICTURES, RoomKind, RoomPicture
from app.local.demo.rooms.views import ViewKind
from app.models import PropertyClass

_TIERS: dict[PropertyClass, frozenset[int]] = {
    PropertyClass.ECONOMY: frozenset({1}),
    PropertyClass.COMFORT: frozenset({2}),
    PropertyClass.BUSINESS: frozenset({2, 3}),
    PropertyClass.PREMIUM: frozenset({3}),
}
_COVERS: dict[PropertyClass, tuple[RoomKind, ...]] = {
    PropertyClass.ECONOMY: (RoomKind.BEDROOM, RoomKind.LIVING),
    PropertyClass.COMFORT: (RoomKind.LIVING, RoomKind.BEDROOM, RoomKind.CORNER, RoomKind.KITCHEN, RoomKind.VIEW),
    PropertyClass.BUSINESS: (RoomKind.LIVING, RoomKind.BEDROOM, RoomKind.KITCHEN, RoomKind.VIEW),
    PropertyClass.PREMIUM: (RoomKind.LIVING, RoomKind.BEDROOM, RoomKind.VIEW, RoomKind.BALCONY),
}


def is_shown(view: ViewKind, property_class: PropertyClass) -> bool:
    """Is there a cover with this view for flats of this class?"""
    covers, tiers = _COVERS[property_class], _TIERS[property_class]
    return any(picture.view == view and picture.kind in covers and picture.tier in tiers for picture in PICTURES)


class PhotoChooser:
    """Chooses for the flats of one city one after another, so that covers differ from flat to flat."""

    def __init__(self, views: Sequence[ViewKind], rng: random.Random) -> None:
        """`views` are what windows of this city may show."""
        self._views = tuple(views)
        self._rng = rng
        self._covers: Counter[str] = Counter()

    def choose(self, property_class: PropertyClass, rooms: int, view: ViewKind | None) -> list[RoomPicture]:
        """Five to nine pictures, the cover first. `view` (if any) is the one the flat is praised for."""
        cover = self._cover(property_class, rooms, view)
        self._covers[cover.key] += 1
        chosen = [cover]
        seen = view or cover.view
        for kind in self._plan(rooms, cover.kind, property_class):
            candidates = self._fitting(kind, property_class, seen, exclude=chosen)
            if candidates:
                best = max(candidates, key=lambda picture: (picture.palette == cover.palette, self._rng.random()))
                chosen.append(best)
                seen = seen or best.view
        return chosen

    def _plan(self, rooms: int, cover: RoomKind, property_class: PropertyClass) -> list[RoomKind]:
        plan = [RoomKind.BEDROOM, RoomKind.KITCHEN, RoomKind.BATHROOM, RoomKind.HALL]
        if rooms >= 2:
            plan = [RoomKind.LIVING, RoomKind.BEDROOM, RoomKind.KITCHEN, RoomKind.BATHROOM, RoomKind.HALL]
        if rooms >= 3:
            plan.insert(2, RoomKind.BEDROOM)
        if cover in plan:
            plan.remove(cover)
        extras = [RoomKind.CORNER, RoomKind.BALCONY, RoomKind.VIEW]
        self._rng.shuffle(extras)
        plan += extras[: self._rng.randint(1, 2)] if property_class is not PropertyClass.ECONOMY else extras[:1]
        if rooms == 1:
            plan.append(RoomKind.LIVING)
        return plan[:8]

    def _cover(self, property_class: PropertyClass, rooms: int, view: ViewKind | None) -> RoomPicture:
        kinds = _COVERS[property_class]
        if rooms == 1 and property_class is PropertyClass.ECONOMY:
            kinds = (RoomKind.BEDROOM, RoomKind.LIVING, RoomKind.KITCHEN)
        candidates = [picture for kind in kinds for picture in self._fitting(kind, property_class, view, exclude=())]
        if view is not None:
            candidates = [picture for picture in candidates if picture.view == view] or candidates
        return min(candidates, key=lambda picture: (self._covers[picture.key], self._rng.random()))

    def _fitting(
        self, kind: RoomKind, property_class: PropertyClass, view: ViewKind | None, *, exclude: Sequence[RoomPicture]
    ) -> list[RoomPicture]:
        """Pictures of a kind for this class: with the same view or no window, else any view of the city."""
        tiers = _TIERS[property_class]
        of_kind = [picture for picture in PICTURES if picture.kind is kind and picture not in exclude]
        possible = [picture for picture in of_kind if picture.view is None or picture.view in self._views]
        right = [picture for picture in possible if picture.tier in tiers]
        same_view = [picture for picture in right if picture.view in {None, view}] if view is not None else right
        if kind in {RoomKind.BALCONY, RoomKind.VIEW}:
            return same_view
        return same_view or right or possible
