"""Claiming a guest's deposit with photos, on the booking's page."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.config import Settings
from app.db import transaction
from app.domain.aftercare import deposits
from app.domain.aftercare.deposits import MOST_PHOTOS
from app.domain.listings.cards import PhotoInfo
from app.integrations.photo_storage import PhotoStorage, PhotoStorageError
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import MAX_BYTES, redrawn
from blueprints.cabinet import cabinet
from blueprints.cabinet.booking import refused
from blueprints.cabinet.forms import Fields
from blueprints.cabinet.labels import say
from blueprints.shared.access import own_flat
from blueprints.shared.identity import require_person
from blueprints.shared.limits import review_limit
from blueprints.shared.uploads import takes_photos

log = structlog.get_logger(__name__)


@cabinet.post("/bookings/<reference:reference>/claim")
@own_flat
@takes_photos(MOST_PHOTOS)
@review_limit
def claim_deposit(reference: str) -> ResponseReturnValue:
    """Claim some of the deposit; staff decides."""
    fields, now = Fields(request.form), clock.now()
    landlord_id, amount = require_person().id, fields.optional_number("amount") or 0
    try:
        with transaction() as session:  # nothing is drawn for a claim that is refused anyway
            deposits.check_claim(session, reference, landlord_id=landlord_id, now=now)
        photos = _stored(request.files.getlist("photos"))
        with transaction() as session:
            deposits.claim(
                session,
                reference,
                landlord_id=landlord_id,
                amount=amount,
                reason=fields.text("reason"),
                text=request.form.get("text", ""),
                photos=photos,
                now=now,
            )
    except DomainError as error:
        return refused(reference, error)
    say("claimed")
    return redirect(url_for("cabinet.booking", reference=reference), code=303)


def _stored(files: Sequence[FileStorage]) -> list[PhotoInfo]:
    """The pictures in these files, drawn anew and kept where no server serves them."""
    chosen = [file for file in files if file.filename]
    if len(chosen) > MOST_PHOTOS:
        raise DomainError("too_many_photos", most=MOST_PHOTOS)
    settings: Settings = current_app.config["SETTINGS"]
    storage = PhotoStorage(settings.private_photo_dir, kind="claim")
    kept = []
    for file in chosen:
        picture = redrawn(file.stream.read(MAX_BYTES + 1))
        try:
            key = storage.keep(picture)
        except PhotoStorageError as error:
            log.exception("photos_unavailable")
            raise DomainError("photos_unavailable", ErrorKind.BUSY) from error
        kept.append(PhotoInfo(key, picture.width, picture.height, picture.blur))
    return kept
