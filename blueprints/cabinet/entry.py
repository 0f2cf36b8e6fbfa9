"""How one gets into a flat: codes, Wi-Fi, directions. Nothing of it is on a page before it is asked for."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import transaction
from app.domain.access.details import LONGEST, AccessDetails
from app.domain.hosting import entry as domain
from app.domain.hosting.entry import Entry
from app.domain.hosting.flats import OwnFlat
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.pictures import MAX_BYTES
from app.models import ENTRY_PHOTOS_MOST, CodeMode
from blueprints.cabinet import cabinet
from blueprints.cabinet.forms import problems_of
from blueprints.cabinet.labels import said, say
from blueprints.cabinet.loading import own_flat_or_404
from blueprints.cabinet.rows import flat_head
from blueprints.shared.access import own_flat
from blueprints.shared.entry_photos import entry_photo_views
from blueprints.shared.errors import STATUS
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import render_page

TYPED_MOST = 4 * max(LONGEST.values())
"""More of a field is not even looked at; less than that is refused with words."""


@cabinet.get("/flats/<int:flat_id>/entry")
@own_flat
def entry(flat_id: int) -> ResponseReturnValue:
    """That there are instructions and how to see them; where there are none, the empty form."""
    flat = own_flat_or_404(flat_id)
    if flat.code_mode is not None:
        return _page(flat, values=None, done=said())
    return _page(flat, values=_values(AccessDetails(), CodeMode.SHARED), done=said())


@cabinet.post("/flats/<int:flat_id>/entry/show")
@own_flat
def show_entry(flat_id: int) -> ResponseReturnValue:
    """Show what is kept, to look at and to change; audited."""
    return revealed(flat_id)


@cabinet.post("/flats/<int:flat_id>/entry")
@own_flat
def save_entry(flat_id: int) -> ResponseReturnValue:
    """Keep what was typed. Guests whose keys are open hear of codes that are others now."""
    flat = own_flat_or_404(flat_id)
    typed = {name: request.form.get(name, "")[:TYPED_MOST] for name in (*LONGEST, "mode")}
    mode = CodeMode(typed["mode"]) if typed["mode"] in set(CodeMode) else None
    try:
        with transaction() as session:
            now, landlord_id = clock.now(), require_person().id
            told = domain.change(session, flat_id, typed, mode, landlord_id=landlord_id, now=now)
    except DomainError as error:
        return _page(flat, values=typed, problems=problems_of(error)), STATUS[error.kind], {"Cache-Control": "no-store"}
    say("entry_told" if told else "entry")
    return redirect(url_for("cabinet.entry", flat_id=flat_id), code=303)


def revealed(
    flat_id: int, *, done: str | None = None, photo_problems: list[str] | None = None, status: int = 200
) -> ResponseReturnValue:
    """The page with everything on it; showing it is audited each time."""
    flat = own_flat_or_404(flat_id)
    with transaction() as session:
        found = domain.reveal(session, flat_id, landlord_id=require_person().id, now=clock.now())
    values = _values(found.details, found.mode)
    page = _page(flat, values=values, entry=found, done=done, photo_problems=photo_problems)
    return page, status, {"Cache-Control": "no-store"}


def _values(details: AccessDetails, mode: CodeMode) -> dict[str, str]:
    return {**details.model_dump(), "mode": mode.value}


def _page(
    flat: OwnFlat,
    *,
    values: dict[str, str] | None,
    entry: Entry | None = None,
    problems: dict[str, str] | None = None,
    photo_problems: list[str] | None = None,
    done: str | None = None,
) -> str:
    photos = entry_photo_views(
        () if entry is None else entry.photos,
        subject=f"flat {flat.card.id}",
        url_of=lambda photo_id, word: url_for(
            "cabinet.entry_photo", flat_id=flat.card.id, photo_id=photo_id, shown=word
        ),
    )
    return render_page(
        "cabinet/entry.html",
        flat=flat_head(flat),
        values=values,
        problems=problems or {},
        photos=None if entry is None else photos,
        photo_problems=photo_problems or [],
        most_photos=ENTRY_PHOTOS_MOST,
        megabytes=MAX_BYTES // 1024**2,
        done=done,
    )
