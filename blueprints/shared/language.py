"""Which language a page speaks: `?lang=kk` chooses and is remembered in a cookie; else the cookie; else Russian."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Flask, Response, g, request

from app.i18n import DEFAULT_LANGUAGE, LANGUAGES, use_language

COOKIE = "lang"
ONE_YEAR = 365 * 24 * 3600


def lang_url(code: str) -> str:
    """This page in another language. A page asks several times, so the part that stays is kept for the request."""
    base: str | None = g.get("language_base")
    if base is None:
        arguments = urlencode([(key, value) for key, value in request.args.items(multi=True) if key != "lang"])
        base = g.language_base = f"{quote(request.path)}?{arguments}{'&' if arguments else ''}lang="
    return base + code


def remember_language(code: str) -> None:
    """Speak `code` from the next page on in this browser."""
    g.remember_language = code


def install(app: Flask) -> None:
    """Choose before each request, remember after it."""

    @app.before_request
    def choose() -> None:
        wanted = request.args.get("lang")
        if wanted in LANGUAGES:
            g.remember_language = wanted
            use_language(wanted)
        else:
            use_language(request.cookies.get(COOKIE, DEFAULT_LANGUAGE))

    @app.after_request
    def remember(response: Response) -> Response:
        wanted = g.get("remember_language")
        if wanted is not None:
            response.set_cookie(
                COOKIE,
                wanted,
                max_age=ONE_YEAR,
                secure=app.config["SESSION_COOKIE_SECURE"],
                samesite="Lax",
                httponly=True,
            )
        return response
