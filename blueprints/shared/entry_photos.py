"""Pictures of the way in on pages: shown as a part of a reveal that was audited, and to the one who asked for it.

A GET changes nothing, so a picture's address carries a signed word from the page of the reveal: who asked, and for
what. It is good for a few minutes; without it there is no picture, and with it every right is checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import abort, current_app, make_response, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.domain.access.photos import EntryPhoto
from blueprints.shared.identity import require_person

SHOWN_SECONDS = 15 * 60
"""How long the pictures of one reveal can be loaded."""


@dataclass(frozen=True, slots=True)
class EntryPhotoView:
    """A picture as a template writes it."""

    id: UUID
    url: str
    width: int
    height: int
    caption: str


def entry_photo_views(
    photos: Iterable[EntryPhoto], *, subject: str, url_of: Callable[[UUID, str], str]
) -> list[EntryPhotoView]:
    """The pictures of a reveal. `subject` is what was revealed; `url_of` builds an address from id and signed word."""
    word = _signer().dumps([str(require_person().id), subject])
    return [EntryPhotoView(each.id, url_of(each.id, word), each.width, each.height, each.caption) for each in photos]


def require_reveal(subject: str) -> None:
    """404 unless this person was shown `subject` some minutes ago (the word is in the query as `shown`)."""
    try:
        found = _signer().loads(request.args.get("shown", ""), max_age=SHOWN_SECONDS)
    except BadSignature:
        abort(404)
    if found != [str(require_person().id), subject]:
        abort(404)


def image_response(image: bytes) -> ResponseReturnValue:
    """A picture that nobody keeps."""
    response = make_response(image)
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    return response


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="entry-photos")
