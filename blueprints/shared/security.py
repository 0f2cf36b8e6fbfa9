"""Headers, and the refusal of requests that another site makes a browser send."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request, session

from app.config import Settings
from app.extensions import csrf, talisman

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def policy_for(settings: Settings) -> dict[str, str]:
    """The policy, with the hosts that static files and photos are served from when these are not our own."""
    policy = dict(CONTENT_SECURITY_POLICY)
    for url, directives in (
        (settings.static_url, ("script-src", "style-src", "font-src", "img-src")),
        (settings.photo_url, ("img-src",)),
    ):
        parts = urlsplit(url)
        for directive in directives if parts.netloc else ():
            policy[directive] += f" {parts.scheme}://{parts.netloc}"
    return policy


def allow_telegram_widget() -> None:
    """Let this answer show Telegram's own widget, which opens a window of Telegram's and waits for its word.

    https://core.telegram.org/widgets/login
    """
    g.shows_telegram_widget = True


def _let_telegram_in(response: Response) -> Response:
    if g.get("shows_telegram_widget", False):
        policy = response.headers["Content-Security-Policy"]
        policy = policy.replace("script-src 'self'", "script-src 'self' https://telegram.org", 1)
        response.headers["Content-Security-Policy"] = f"{policy}; frame-src https://oauth.telegram.org"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return response


def install(app: Flask, settings: Settings) -> None:
    """Set cookies' attributes, headers, CSRF tokens and the check of the origin."""
    is_secure = settings.cookie_secure
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if is_secure else "session",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)
    app.after_request(_let_telegram_in)  # what is registered first comes last
    talisman.init_app(
        app,
        force_https=False,
        session_cookie_secure=is_secure,
        strict_transport_security=is_secure,
        strict_transport_security_max_age=365 * 24 * 3600,
        content_security_policy=policy_for(settings),
        content_security_policy_nonce_in=["script-src"],
        referrer_policy="strict-origin-when-cross-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()", "browsing-topics": "()"},
    )
    own_host = urlsplit(settings.public_url).netloc

    @app.before_request
    def same_origin() -> None:
        """A browser says where a request comes from; what another site sends changes nothing here."""
        if request.method in SAFE_METHODS or request.blueprint == "webhooks":
            return
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            abort(403)
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc not in {own_host, request.host}:
            abort(403)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if "Cache-Control" not in response.headers:
            personal = session.accessed or request.method not in SAFE_METHODS
            response.headers["Cache-Control"] = "no-store" if personal else "private, no-cache"
        return response
