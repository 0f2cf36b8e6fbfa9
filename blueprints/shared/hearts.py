"""The heart of a flat: saved or not, in lists and on its page, for whoever is looking.

Kept markup (cards, a flat's page) has a gap where its heart belongs, so nothing that is kept is personal. For people
who are signed in a heart is a button of the page's one form `hearts`, and their page is made for them alone; for
everyone else it is a link to the sign-in, which saves the flat afterwards: the same for all, fit for the shared cache.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy.engine import Connection

from app.domain.favourites.reading import saved_among
from blueprints.shared.identity import current_person
from blueprints.shared.kept import kept
from blueprints.shared.navigation import here


@dataclass(frozen=True, slots=True)
class Hearts:
    """The hearts of one page."""

    saved: frozenset[int] | None
    """Which of its flats this person has saved; None when nobody is signed in."""
    here: str
    """Where a visitor comes back to after signing in."""

    def of(self, property_id: int, *, anchor: str = "") -> Markup:
        """The heart of one flat; `anchor` is where on the page it is."""
        number = str(property_id)
        if self.saved is not None:
            return heart_button(property_id, is_saved=property_id in self.saved)
        return kept("heart", "heart_link", id=number, next=quote(self.here + anchor, safe="/"))


def hearts_on(connection: Connection, property_ids: Collection[int]) -> Hearts:
    """The hearts of these flats on the page that is asked for: one query for people who are signed in, else none."""
    person = current_person()
    return Hearts(None if person is None else saved_among(connection, person.id, property_ids), here())


def heart_button(property_id: int, *, is_saved: bool) -> Markup:
    """The heart of someone who is signed in: what it does next is the other state, said by name and not flipped."""
    return kept("heart", "heart_button", is_saved, id=str(property_id))
