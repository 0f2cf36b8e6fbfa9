"""All reviews of a flat, page by page; for htmx the next ones."""

from __future__ import annotations

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.reviews.reading import reviews_page
from app.i18n import current_language
from blueprints.portal import portal
from blueprints.shared.access import public
from blueprints.shared.presenting import card_view, property_path
from blueprints.shared.rendering import render_page


@portal.get("/p/<int:property_id>-<slug>/reviews")
@public
def property_reviews(property_id: int, slug: str) -> ResponseReturnValue:
    """Reviews of a published flat, newest first; `after` is where the last page ended."""
    cursor = request.args.get("after", "")
    with reading() as connection:
        page = reviews_page(connection, property_id, language=current_language(), cursor=cursor)
    if page is None:
        abort(404)
    path = property_path(property_id, page.card.slug)
    if slug != page.card.slug:
        return redirect(f"{path}/reviews", code=301)
    return render_page(
        "portal/reviews.html",
        fragment="list",
        card=card_view(page.card),
        rating=page.card.rating,
        stars=page.stars,
        reviews=page.reviews,
        property_url=path,
        is_first=not cursor,
        more_url=f"{path}/reviews?after={page.next_cursor}" if page.next_cursor else None,
    )
