"""How a flat is let: lengths of stays, the last minute for tonight, cleaning, asking first."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import transaction
from app.domain.hosting.flats import OwnFlat
from app.domain.hosting.terms import Terms, change_terms
from app.kit import clock
from app.kit.errors import DomainError
from blueprints.cabinet import cabinet
from blueprints.cabinet.forms import Fields, problems_of
from blueprints.cabinet.labels import said, say
from blueprints.cabinet.loading import own_flat_or_404
from blueprints.cabinet.rows import flat_head
from blueprints.shared.access import own_flat
from blueprints.shared.errors import STATUS
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import render_page


@cabinet.route("/flats/<int:flat_id>/terms", methods=["GET", "POST"])
@own_flat
def terms(flat_id: int) -> ResponseReturnValue:
    """Show the terms; change them."""
    flat = own_flat_or_404(flat_id)
    if request.method == "GET":
        return _page(flat, _as_it_is(flat), done=said())
    fields = Fields(request.form)
    wanted = Terms(
        min_nights=fields.number("min_nights"),
        max_nights=fields.number("max_nights"),
        cut_off_time=fields.optional_time("cut_off_time"),
        cleaning_minutes=fields.number("cleaning_minutes"),
        instant_booking=fields.text("booking") != "request",
    )
    typed = {name: fields.text(name) for name in _as_it_is(flat)}
    if fields.problems:
        return _page(flat, typed, problems=fields.problems), 422
    try:
        with transaction() as session:
            change_terms(session, flat_id, wanted, landlord_id=require_person().id, now=clock.now())
    except DomainError as error:
        return _page(flat, typed, problems=problems_of(error)), STATUS[error.kind]
    say("terms")
    return redirect(url_for("cabinet.terms", flat_id=flat_id), code=303)


def _as_it_is(flat: OwnFlat) -> dict[str, str]:
    return {
        "min_nights": str(flat.min_nights),
        "max_nights": str(flat.max_nights),
        "cut_off_time": "" if flat.cut_off_time is None else f"{flat.cut_off_time:%H:%M}",
        "cleaning_minutes": str(flat.cleaning_minutes),
        "booking": "instant" if flat.instant_booking else "request",
    }


def _page(
    flat: OwnFlat, values: dict[str, str], *, problems: dict[str, str] | None = None, done: str | None = None
) -> str:
    return render_page(
        "cabinet/terms.html",
        flat=flat_head(flat),
        values=values,
        problems=problems or {},
        usual_cut_off="23:59" if flat.self_check_in else "20:00",
        done=done,
    )
