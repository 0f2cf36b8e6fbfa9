"""Room for files: a view that takes them says how much, and only for people who are signed in.

Everywhere else a request stays small (security.py). The room is made before the form is read, and the form's token is
looked for in it, so this must be installed before the check of tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.i18n import gettext
from app.kit.pictures import MAX_BYTES
from blueprints.shared.errors import error_page
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


def _most_files() -> int:
    view = current_app.view_functions.get(request.endpoint or "")
    return int(getattr(view, _MOST_FILES, 0))


def _hear_out() -> None:
    """Read what is still being sent and throw it away: a browser that cannot finish sending shows no answer."""
    if current_person() is None:
        return
    left = min(request.content_length or 0, _HEARD_OUT_BYTES)
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 256 * 1024))):
        left -= len(chunk)


def install(app: Flask) -> None:
    """Make room before forms are read, and say what is too much."""

    @app.before_request
    def make_room() -> None:
        count = _most_files()
        if count and request.method not in SAFE_METHODS and current_person() is not None:
            request.max_content_length = count * MAX_BYTES + _WORDS_BYTES
            request.max_form_parts = count + _PARTS_BESIDE_FILES

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
        count = _most_files()
        if not count:
            return error_page(413)
        _hear_out()
        text = gettext(
            "Фотографии вместе слишком большие: можно %(count)s, каждая до %(megabytes)s МБ."
            " Вернитесь назад, текст не потерян."
        )
        return error_page(413, text=text % {"count": count, "megabytes": MAX_BYTES // 1024**2})
