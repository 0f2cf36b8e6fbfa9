"""What a person sees when something is refused or goes wrong: one designed page, or its fragment for htmx.

The texts of domain errors are every edge's: app/refusals.
"""

from __future__ import annotations

import structlog
from flask import Flask, Response, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from app.db import is_outage
from app.i18n import N_, gettext
from app.kit.errors import DomainError, ErrorKind
from app.refusals.texts import TEXTS, text_of
from blueprints.shared.identity import current_person, treat_as_anonymous
from blueprints.shared.rendering import is_htmx, render_page, request_id

__all__ = ["STATUS", "TEXTS", "error_page", "install", "text_of"]

log = structlog.get_logger(__name__)

STATUS = {
    ErrorKind.INVALID: 422,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.CONFLICT: 409,
    ErrorKind.BUSY: 503,
    ErrorKind.LIMIT: 429,
    ErrorKind.MALFORMED: 400,
}

PAGES: dict[int, tuple[str, str]] = {
    400: (N_("Запрос не понят"), N_("Вернитесь назад и попробуйте ещё раз.")),
    401: (N_("Нужно войти"), N_("Войдите и попробуйте ещё раз.")),
    403: (N_("Сюда нельзя"), N_("У вас нет доступа к этой странице. Если страница долго была открыта, обновите её.")),
    404: (N_("Такой страницы нет"), N_("Возможно, ссылка устарела или в адресе опечатка.")),
    405: (N_("Так нельзя"), N_("Эта страница открывается иначе. Вернитесь назад и попробуйте ещё раз.")),
    409: (N_("Не получилось"), N_("Что-то изменилось, пока вы смотрели. Обновите страницу и попробуйте ещё раз.")),
    413: (N_("Слишком много данных"), N_("Отправьте меньше данных за один раз.")),
    422: (N_("Проверьте данные"), N_("Что-то введено неверно. Исправьте и отправьте ещё раз.")),
    429: (N_("Слишком часто"), N_("Подождите минуту и попробуйте ещё раз.")),
    500: (N_("У нас ошибка"), N_("Мы уже знаем о ней. Попробуйте ещё раз через минуту: введённое не потеряно.")),
    503: (N_("Сервис на минуту занят"), N_("Попробуйте ещё раз через несколько секунд.")),
}


def error_page(status: int, *, text: str | None = None, error: DomainError | None = None) -> Response:
    """The designed answer with this status: a page, a fragment, or a problem document (RFC 9457) for the API."""
    title, usual = PAGES.get(status, PAGES[500])
    if request.path.startswith("/api/"):
        response = _problem(status, gettext(title), text or gettext(usual), error)
    else:
        response = _designed(status, gettext(title), text or gettext(usual))
    if status in {429, 503}:
        response.headers["Retry-After"] = "5" if status == 503 else "60"
    response.headers["Cache-Control"] = "no-store"
    return response


def _designed(status: int, title: str, text: str) -> Response:
    try:
        current_person()
    except (DBAPIError, PoolTimeoutError):  # the page says what it has to say without knowing to whom
        treat_as_anonymous()
    template = "errors/fragment.html" if is_htmx() else "errors/error.html"
    action = (gettext("На главную"), url_for("portal.home"))
    page = render_page(template, code=status, title=title, text=text, action=action)
    return make_response(page, status)


def _problem(status: int, title: str, detail: str, error: DomainError | None) -> Response:
    """For programs a refusal has its code, and the values in its text (amounts in tenge, moments in UTC)."""
    body: dict[str, object] = {"title": title, "status": status, "detail": detail, "request_id": request_id()}
    if error is not None:
        values = {name: value if isinstance(value, int | list) else str(value) for name, value in error.params.items()}
        body |= {"code": error.code, "params": values}
    response = make_response(jsonify(body), status)
    response.mimetype = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def install(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> ResponseReturnValue:
        log.info("refused", error=error.code, error_kind=error.kind.value)
        return error_page(STATUS[error.kind], text=text_of(error), error=error)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> ResponseReturnValue:
        return error_page(403)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        return error_page(error.code)

    @app.errorhandler(DBAPIError)
    @app.errorhandler(PoolTimeoutError)
    def database(error: Exception) -> ResponseReturnValue:
        if isinstance(error, PoolTimeoutError) or is_outage(error):
            log.error("database_away", error=type(error).__name__)
            treat_as_anonymous()
            return error_page(503)
        return _crash(error)

    @app.errorhandler(Exception)
    def crash(error: Exception) -> ResponseReturnValue:
        return _crash(error)


def _crash(error: Exception) -> Response:
    log.error("crash", exc_info=error)
    treat_as_anonymous()
    return error_page(500)
