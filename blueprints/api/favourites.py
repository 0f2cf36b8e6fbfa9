"""A person's saved flats: the same list as on the portal. Both acts may be repeated, so they need no key."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.favourites import saving
from app.domain.favourites.reading import SavedFlat, saved_flats
from app.i18n import current_language
from app.kit import clock
from blueprints.api import api
from blueprints.api.access import api_limit, by_token, caller
from blueprints.api.answers import document, json_answer, personal
from blueprints.api.listing_documents import SavedItem, SavedPage, SavedState
from blueprints.api.listings import item_of
from blueprints.api.openapi import says


@api.get("/favourites")
@api_limit
@by_token
@says(SavedPage)
def favourites() -> ResponseReturnValue:
    """The caller's saved flats, the newest first; those that cannot be booked now have `is_published` false."""
    with reading() as connection:
        found = saved_flats(connection, caller().user_id, language=current_language())
    page: SavedPage = {"items": [_saved(flat) for flat in found.flats]}
    return personal(json_answer(page))


@api.put("/favourites/<int:property_id>")
@api_limit
@by_token
@says(SavedState)
def save_flat(property_id: int) -> ResponseReturnValue:
    """Save a flat. 404 `property_unknown` when it is not among the listings, 409 `too_many_saved`."""
    with transaction() as session:
        saving.save(session, caller().user_id, property_id, now=clock.now())
    return document(SavedState(property_id=property_id, is_saved=True))


@api.delete("/favourites/<int:property_id>")
@api_limit
@by_token
@says(SavedState)
def forget_flat(property_id: int) -> ResponseReturnValue:
    """Take a flat out of the list, whether it was there or not."""
    with transaction() as session:
        saving.forget(session, caller().user_id, property_id)
    return document(SavedState(property_id=property_id, is_saved=False))


def _saved(flat: SavedFlat) -> SavedItem:
    saved_at = f"{flat.saved_at:%Y-%m-%dT%H:%M:%SZ}"  # the database answers in UTC
    return {**item_of(flat.card), "is_published": flat.is_published, "saved_at": saved_at}
