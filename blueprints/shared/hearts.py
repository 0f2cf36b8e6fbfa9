"""The heart of a flat: saved or not, in lists and on its page, for whoever is looking.

Kept markup (cards, a flat's page) has a gap where its heart belongs, so nothing that is kept is personal. For people
who are signed in a heart is a button of the page's one form `hearts`, and their page is made for them alone; for
everyone else it is a link to the sign-in, which saves the flat afterwards: the same for all, fit for the shared cache.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from markupsafe import Markup
from sqlalchemy.engine import Connection

from app.domain.favourites.reading import saved_among
from blueprints.shared.identity import current_person
from blueprints.shared.kept import gap, kept, split
from blueprints.shared.navigation import here


class Hearts:
    """The hearts of one page. Each kind of them is written once a page, around gaps for the flat's number."""

    def __init__(self, saved: frozenset[int] | None, here: str) -> None:
        self.saved = saved
        """Which of the page's flats this person has saved; None when nobody is signed in."""
        self.here = here
        """Where a visitor comes back to after signing in, and without JavaScript."""
        self._written: dict[bool | str, list[str]] = {}

    def of(self, property_id: int, *, anchor: str = "") -> Markup:
        """The heart of one flat, which lies in the element `<anchor>-<id>` of a list.

        For someone who is signed in it asks for the other state by name, so that a double click does not take back.
        """
        kind = anchor if self.saved is None else property_id in self.saved
        if kind not in self._written:
            self._written[kind] = split(str(self._write(kind)))[::2]
        return Markup(str(property_id).join(self._written[kind]))  # noqa: S704  # our own templates and a number

    def _write(self, kind: bool | str) -> Markup:
        if isinstance(kind, bool):
            return kept("heart", "heart_button", kind, id=gap("id"))
        fragment = f"%23{kind}-{gap('id')}" if kind else ""
        return kept("heart", "heart_link", id=gap("id"), next=quote(self.here, safe="/") + fragment)


def hearts_on(connection: Connection, property_ids: Collection[int]) -> Hearts:
    """The hearts of these flats on the page that is asked for: one query for people who are signed in, else none."""
    person = current_person()
    return Hearts(None if person is None else saved_among(connection, person.id, property_ids), here())
