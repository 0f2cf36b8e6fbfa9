"""Room for files: a view that takes them says how much, and only for people who are known.

Everywhere else a request stays small (security.py). The room is made before the form is read: for who is signed in
before the check of the form's token, which looks for it in the form; for a program's call by the view itself, once its
own token was checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.i18n import gettext
from app.kit.errors import DomainError
from app.kit.pictures import MAX_BYTES
from blueprints.shared.errors import error_page, text_of
from blueprints.shared.identity import current_person
from blueprints.shared.security import SAFE_METHODS

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_MOST_FILES = "most_files"
_WORDS_BYTES = 256 * 1024
_PARTS_BESIDE_FILES = 30
_HEARD_OUT_BYTES = 150 * 1024 * 1024


def takes_photos(count: int) -> Callable[[View], View]:
    """Declare that a view takes up to so many photos; written below its access policy."""

    def declare(view: View) -> View:
        view.__dict__[_MOST_FILES] = count
        return view

    return declare


def make_room(count: int) -> None:
    """Let this request carry so many photos; its sender is known and its form was not read yet."""
    request.max_content_length = count * MAX_BYTES + _WORDS_BYTES
    request.max_form_parts = count + _PARTS_BESIDE_FILES
    g.most_photos = count


def photo_not_sent(error: DomainError) -> DomainError:
    """The refusal of a picture as a whole sentence: `reason` for people, `problem` (its code) for programs."""
    return DomainError("photo_not_sent", reason=text_of(error), problem=error.code)


def _most_files() -> int:
    view = current_app.view_functions.get(request.endpoint or "")
    return int(getattr(view, _MOST_FILES, 0))


def _hear_out() -> None:
    """Read what is still being sent and throw it away: a browser that cannot finish sending shows no answer."""
    left = min(request.content_length or 0, _HEARD_OUT_BYTES)
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 256 * 1024))):
        left -= len(chunk)


def install(app: Flask) -> None:
    """Make room before forms are read, and say what is too much."""

    @app.before_request
    def make_room_for_forms() -> None:
        count = _most_files()
        if count and request.method not in SAFE_METHODS and current_person() is not None:
            make_room(count)

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
        count = g.get("most_photos", 0)
        if not count:
            return error_page(413)
        _hear_out()
        if request.blueprint == "api":
            return _too_large_for_a_program()
        text = gettext(
            "Фотографии вместе слишком большие: можно %(count)s, каждая до %(megabytes)s МБ."
            " Вернитесь назад, текст не потерян."
        )
        return error_page(413, text=text % {"count": count, "megabytes": MAX_BYTES // 1024**2})


def _too_large_for_a_program() -> ResponseReturnValue:
    """Of a body that no photo made too large (long fields, many parts) nothing is said about photos."""
    if (request.content_length or 0) <= MAX_BYTES:
        return error_page(413)
    error = photo_not_sent(DomainError("photo_too_large", megabytes=MAX_BYTES // 1024**2))
    return error_page(413, text=text_of(error), error=error)
