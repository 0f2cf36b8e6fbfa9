"""A browser over Flask's test client: cookies, form tokens taken from pages, and what a page says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.accounts import sessions
from app.kit import clock

_TAGS = re.compile(r"<(script|style|template)\b.*?</\1>|<[^>]+>", re.DOTALL)
CSRF = "c" * 40


def text_of(response: TestResponse) -> str:
    """The words of a page; no-break spaces become plain."""
    return " ".join(unescape(_TAGS.sub(" ", response.text)).split())


class Browser:
    """One person's browser. It sends what browsers send: the page's token, its own origin."""

    def __init__(self, app: Flask, *, base_url: str = "http://localhost", address: str = "127.0.0.1") -> None:
        self.app = app
        self._base_url = base_url
        self._environ = {"REMOTE_ADDR": address}
        self.client: FlaskClient = app.test_client()

    # --- who ---------------------------------------------------------------------------------------

    def sign_in(self, user_id: UUID, *, now: datetime | None = None) -> str:
        """Sign this person in without the code; the session's token."""
        with self.app.app_context(), transaction() as session:
            token = sessions.open_session(session, user_id, device="test", now=now or clock.now())
        self.hold_session({"_user_id": token, "_fresh": True, "csrf_token": CSRF})
        return token

    def hold_session(self, values: Mapping[str, object]) -> None:
        """Put exactly these values into the signed cookie."""
        with self.client.session_transaction(base_url=self._base_url) as cookie:
            cookie.clear()
            cookie.update(values)

    def session(self) -> dict[str, object]:
        """What the signed cookie holds."""
        with self.client.session_transaction(base_url=self._base_url) as cookie:
            return dict(cookie)

    @property
    def cookie_name(self) -> str:
        """The session cookie's name in this installation."""
        return str(self.app.config["SESSION_COOKIE_NAME"])

    def cookie(self) -> str:
        """The session cookie's value; empty when there is none."""
        found = self.client.get_cookie(self.cookie_name)
        return found.value if found else ""

    def take_cookie(self, value: str) -> None:
        """Replay a cookie that was kept elsewhere."""
        self.client.set_cookie(self.cookie_name, value)

    # --- what --------------------------------------------------------------------------------------

    def get(self, path: str, *, htmx: bool = False, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Open a page, or the part of it that htmx asks for."""
        return self.client.get(
            path, headers=self._headers(htmx, headers), base_url=self._base_url, environ_overrides=self._environ
        )

    def post(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        htmx: bool = False,
        token: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a form, with the token that our pages put into it unless told otherwise."""
        data = dict(fields or {})
        if token:
            data["csrf_token"] = self.form_token()
        return self.client.post(
            path,
            data=data,
            headers=self._headers(htmx, headers),
            base_url=self._base_url,
            environ_overrides=self._environ,
        )

    def form_token(self) -> str:
        """A valid form token for this browser's session."""
        held = self.session()
        if "csrf_token" not in held:
            self.hold_session({**held, "csrf_token": CSRF})
            held = self.session()
        return str(URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps(held["csrf_token"]))

    @staticmethod
    def _headers(htmx: bool, headers: Mapping[str, str] | None) -> dict[str, str]:
        return ({"HX-Request": "true", "HX-Request-Type": "partial"} if htmx else {}) | dict(headers or {})
