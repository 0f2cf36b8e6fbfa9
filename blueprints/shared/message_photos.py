"""The photo that comes with a message: drawn when everything else about the message is allowed, and not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from werkzeug.datastructures import FileStorage

from app.domain.messages import photos
from app.domain.messages.photos import UndrawnError
from app.domain.messages.writing import Words
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import MAX_BYTES, Sized
from blueprints.shared.limits import count_picture
from blueprints.shared.uploads import photo_not_sent

T = TypeVar("T")


def send_with_photo(words: Words, file: FileStorage | None, send: Callable[[Words], T], *, sender: str) -> T:
    """Call `send`, which opens a transaction of its own; where that lacks only the photo, draw it and call again.

    So what is refused, and what was sent before, costs no drawing, and no transaction waits for any. `sender` is whom
    the limit counts by. Raises DomainError `photo_not_sent` (422), `photos_busy` (503), and whatever `send` raises.
    """
    try:
        return send(words)
    except UndrawnError:
        if file is None:
            raise
        photo = _drawn(file, sender)
    return send(replace(words, photo=photo))


def _drawn(file: FileStorage, sender: str) -> Sized:
    count_picture(sender)
    file.stream.seek(0)
    try:
        return photos.drawn(file.stream.read(MAX_BYTES + 1))
    except DomainError as error:
        if error.kind is not ErrorKind.INVALID:
            raise
        raise photo_not_sent(error) from error
