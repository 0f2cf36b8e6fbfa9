"""Saved flats: the list, and the heart that puts a flat into it or takes it out."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.favourites import saving
from app.domain.favourites.reading import saved_flats
from app.domain.listings.cards import CardRow
from app.i18n import current_language
from app.kit import clock
from blueprints.account import account
from blueprints.shared.access import signed_in
from blueprints.shared.hearts import Hearts
from blueprints.shared.identity import require_person
from blueprints.shared.navigation import here, safe_next
from blueprints.shared.presenting import card_view
from blueprints.shared.rendering import is_htmx, render_page

PAGE_SIZE = 24
LAST_PAGE = -(-saving.MOST_SAVED // PAGE_SIZE)


@account.get("/favourites")
@signed_in
def favourites() -> ResponseReturnValue:
    """The saved flats, the newest first. A heart emptied here can be filled again: its card stays until the next visit.

    An unreadable page number is the first page; one beyond the end leads there.
    """
    asked = request.args.get("page", "")
    number = min(max(int(asked), 1), LAST_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1
    offset = (number - 1) * PAGE_SIZE
    with reading() as connection:
        found = saved_flats(
            connection, require_person().id, language=current_language(), offset=offset, limit=PAGE_SIZE
        )
    if number > 1 and not found.flats:
        return redirect(url_for("account.favourites"))
    return render_page(
        "account/favourites.html",
        flats=[(_with_city(flat.row), flat.is_published) for flat in found.flats],
        count=found.count,
        gone={flat.row.id: card_view(flat.card) for flat in found.flats if not flat.is_published},
        hearts=Hearts(frozenset(flat.row.id for flat in found.flats), here()),
        is_first=number == 1,
        next_url=url_for("account.favourites", page=number + 1) if found.count > offset + PAGE_SIZE else None,
    )


def _with_city(row: CardRow) -> CardRow:
    """Saved flats are all over the country: of each the city is said before the district."""
    places = [place for place in (row.city_name, row.district_name) if place]
    return row._replace(district_name=", ".join(places))


@account.post("/favourites/<int:property_id>")
@signed_in
def press_heart(property_id: int) -> ResponseReturnValue:
    """Save the flat (`saved=yes`) or forget it (`no`): the heart anew for htmx, else back to where it was pressed."""
    wanted = request.form.get("saved")
    if wanted not in {"yes", "no"}:
        abort(400)
    user_id, is_saved = require_person().id, wanted == "yes"
    with transaction() as session:
        if is_saved:
            saving.save(session, user_id, property_id, now=clock.now())
        else:
            saving.forget(session, user_id, property_id)
    if is_htmx():
        return Hearts(frozenset({property_id} if is_saved else ()), here()).of(property_id)
    return redirect(safe_next(request.form.get("next"), default=url_for("account.favourites")), code=303)
