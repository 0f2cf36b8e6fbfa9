"""Pictures of claims on deposits, for the guest and the landlord of the booking and for staff."""

from __future__ import annotations

from flask import abort, current_app
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import reading
from app.domain.aftercare import claims
from app.integrations.photo_storage import PhotoStorage
from app.kit.pictures import WIDTHS
from blueprints.account import account
from blueprints.shared.access import signed_in
from blueprints.shared.identity import require_person


@account.get("/claim-photos/<key>/<int:width>")
@signed_in
def claim_photo(key: str, width: int) -> ResponseReturnValue:
    """One picture in one of its widths; what is not this person's to see does not exist."""
    person = require_person()
    with reading() as connection:
        may_see = claims.exists(connection, key) if person.is_staff else claims.may_see(connection, key, person.id)
    if not may_see or width not in WIDTHS:
        abort(404)
    settings: Settings = current_app.config["SETTINGS"]
    try:
        content = PhotoStorage(settings.private_photo_dir, kind="claim").read(key, width)
    except FileNotFoundError:
        abort(404)
    return content, 200, {"Content-Type": "image/webp", "Cache-Control": "private, no-store"}
