"""Pictures of the way in: adding them, their captions and order, and showing them to the landlord."""

from __future__ import annotations

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.db import transaction
from app.domain.hosting import entry as domain
from app.i18n import gettext
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import MAX_BYTES, Sized, largest_within, redrawn
from app.models import ENTRY_PHOTO_BYTES, ENTRY_PHOTOS_MOST
from app.wording.hosting import done_text
from blueprints.cabinet import cabinet
from blueprints.cabinet.entry import revealed
from blueprints.cabinet.loading import own_flat_or_404
from blueprints.shared.access import own_flat
from blueprints.shared.entry_photos import image_response, require_reveal
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.identity import require_person
from blueprints.shared.limits import review_limit
from blueprints.shared.uploads import takes_photos


@cabinet.post("/flats/<int:flat_id>/entry/photos")
@own_flat
@takes_photos(ENTRY_PHOTOS_MOST)
@review_limit
def add_entry_photos(flat_id: int) -> ResponseReturnValue:
    """Draw the chosen files anew and keep them sealed; those that are no pictures are named."""
    own_flat_or_404(flat_id)
    files = [file for file in request.files.getlist("photos") if file.filename]
    if not files:
        return revealed(flat_id, photo_problems=[gettext("Выберите хотя бы один файл.")], status=422)
    try:
        pictures, problems = _drawn(files)
        if pictures:
            with transaction() as session:
                domain.add_photos(session, flat_id, pictures, landlord_id=require_person().id, now=clock.now())
    except DomainError as error:
        return _refused(flat_id, error)
    done = done_text("entry_photos") if pictures else None
    return revealed(flat_id, done=done, photo_problems=problems, status=422 if problems else 200)


@cabinet.post("/flats/<int:flat_id>/entry/photos/<uuid:photo_id>")
@own_flat
def change_entry_photo(flat_id: int, photo_id: UUID) -> ResponseReturnValue:
    """Write under a picture, show it earlier, or delete it: whichever button of its form was pressed."""
    act, landlord_id, now = request.form.get("act", "describe"), require_person().id, clock.now()
    try:
        with transaction() as session:
            if act == "remove":
                domain.remove_photo(session, flat_id, photo_id, landlord_id=landlord_id, now=now)
            elif act == "forward":
                domain.move_photo(session, flat_id, photo_id, landlord_id=landlord_id, now=now)
            else:
                caption = request.form.get("caption", "")
                domain.describe_photo(session, flat_id, photo_id, caption, landlord_id=landlord_id, now=now)
    except DomainError as error:
        return _refused(flat_id, error)
    return revealed(flat_id, done=done_text("entry_photos"))


@cabinet.get("/flats/<int:flat_id>/entry/photos/<uuid:photo_id>")
@own_flat
def entry_photo(flat_id: int, photo_id: UUID) -> ResponseReturnValue:
    """One picture for the flat's landlord, as a part of the page that was just shown."""
    require_reveal(f"flat {flat_id}")
    with transaction() as session:
        image = domain.photo(session, flat_id, photo_id, landlord_id=require_person().id)
    return image_response(image)


def _refused(flat_id: int, error: DomainError) -> ResponseReturnValue:
    """The page with what was refused. What is not there at all is raised again."""
    if error.kind is ErrorKind.NOT_FOUND:
        raise error
    return revealed(flat_id, photo_problems=[text_of(error)], status=STATUS[error.kind])


def _drawn(files: list[FileStorage]) -> tuple[list[Sized], list[str]]:
    """The pictures in the files, and what is wrong with the others.

    Raises DomainError `too_many_photos` (422) before any is drawn, `photos_busy` (503).
    """
    if len(files) > ENTRY_PHOTOS_MOST:
        raise DomainError("too_many_photos", most=ENTRY_PHOTOS_MOST)
    pictures, problems = [], []
    for file in files:
        try:
            pictures.append(largest_within(redrawn(file.stream.read(MAX_BYTES + 1)), ENTRY_PHOTO_BYTES))
        except DomainError as error:
            if error.kind is not ErrorKind.INVALID:
                raise
            problems.append(f"{(file.filename or '')[:60]}: {text_of(error)}")
    return pictures, problems
