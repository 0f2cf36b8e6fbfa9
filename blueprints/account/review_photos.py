"""Photos that come with a review's form. What was stored once is not asked for again when the form is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage

from app.config import Settings
from app.domain.listings.cards import PhotoInfo
from app.domain.reviews.writing import MOST_PHOTOS
from app.integrations.photo_storage import PhotoStorage, PhotoStorageError
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import MAX_BYTES, redrawn
from blueprints.shared.errors import text_of

log = structlog.get_logger(__name__)

_KEPT_SECONDS = 20 * 3600
"""How long a stored photo waits for its form; files without a review are removed after a day."""


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A stored photo, and the signed word by which the form speaks of it."""

    token: str
    photo: PhotoInfo


@dataclass(frozen=True, slots=True)
class TakenPhotos:
    """What was stored, now and before, and why the rest was not."""

    kept: tuple[KeptPhoto, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def photos(self) -> list[PhotoInfo]:
        """The pictures in the order of the form."""
        return [each.photo for each in self.kept]


def take(reference: str, tokens: Sequence[str], files: Sequence[FileStorage]) -> TakenPhotos:
    """Store the new files of a form beside those that an earlier try has stored.

    Raises DomainError `photos_busy` and `photos_unavailable` (503).
    """
    kept = [each for each in (_known(reference, token) for token in tokens[:MOST_PHOTOS]) if each is not None]
    chosen = [file for file in files if file.filename]
    problems: list[str] = []
    room = MOST_PHOTOS - len(kept)
    if len(chosen) > room:
        problems.append(text_of(DomainError("too_many_photos", most=MOST_PHOTOS)))
    for file in chosen[:room]:
        try:
            kept.append(_stored(reference, file))
        except DomainError as error:
            if error.kind is not ErrorKind.INVALID:
                raise
            problems.append(f"{(file.filename or '')[:60]}: {text_of(error)}")
    return TakenPhotos(tuple(kept), tuple(problems))


def _stored(reference: str, file: FileStorage) -> KeptPhoto:
    picture = redrawn(file.stream.read(MAX_BYTES + 1))
    try:
        key = _storage().keep(picture)
    except PhotoStorageError as error:
        log.exception("photos_unavailable")
        raise DomainError("photos_unavailable", ErrorKind.BUSY) from error
    photo = PhotoInfo(key, picture.width, picture.height, picture.blur)
    return KeptPhoto(_signer().dumps([reference, *photo]), photo)


def _known(reference: str, token: str) -> KeptPhoto | None:
    """The photo behind a token of this booking's form; None when it is someone's invention, too old or gone."""
    try:
        of_booking, *photo = _signer().loads(token, max_age=_KEPT_SECONDS)
    except BadSignature:
        return None
    found = PhotoInfo(*photo)
    return KeptPhoto(token, found) if of_booking == reference and _storage().holds(found.key) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="review-photo")


def _storage() -> PhotoStorage:
    settings: Settings = current_app.config["SETTINGS"]
    return PhotoStorage(settings.photo_dir)
