"""Photos that people sent each other, for who was given their address: Twilio for a while, and programs by the API."""

from __future__ import annotations

from flask import Response, abort
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.messages import photos
from app.kit import clock
from app.kit.pictures import jpeg_of
from blueprints.portal import portal
from blueprints.shared.access import public


@portal.get("/message-photos/<word>.jpg")
@public
def message_photo(word: str) -> ResponseReturnValue:
    """One photo as a JPEG (WhatsApp shows no WebP). The word in the address is the right to it, for an hour."""
    photo_id = photos.photo_of_word(word, now=clock.now())
    if photo_id is None:
        abort(404)
    with reading() as connection:
        image = photos.image_by_id(connection, photo_id)
    if image is None:
        abort(404)
    answer = Response(jpeg_of(image), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
