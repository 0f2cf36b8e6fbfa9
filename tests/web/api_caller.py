"""A program that calls the API: a token, JSON, a key for each act; no cookies."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Self
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.accounts import sessions
from app.kit import clock


class ApiCaller:
    """Calls with this token; with an empty one, without any."""

    def __init__(self, app: Flask, token: str, *, address: str = "127.0.0.1") -> None:
        self.app = app
        self.token = token
        self._environ = {"REMOTE_ADDR": address}

    @classmethod
    def of(cls, app: Flask, user_id: UUID, *, now: datetime | None = None, address: str = "127.0.0.1") -> Self:
        """This person's."""
        with app.app_context(), transaction() as session:
            token = sessions.open_session(session, user_id, device="test", now=now or clock.now())
        return cls(app, token, address=address)

    def get(self, path: str) -> TestResponse:
        """Ask."""
        return self._client().get(path, headers=self._headers(), environ_overrides=self._environ)

    def put(self, path: str) -> TestResponse:
        """Let it be so."""
        return self._client().put(path, headers=self._headers(), environ_overrides=self._environ)

    def delete(self, path: str) -> TestResponse:
        """Let it not be so."""
        return self._client().delete(path, headers=self._headers(), environ_overrides=self._environ)

    def post(
        self, path: str, body: Mapping[str, object] | bytes | None = None, *, key: str | None = "new"
    ) -> TestResponse:
        """Act, under a new key, this one, or none (None)."""
        given = {} if key is None else {"Idempotency-Key": secrets.token_hex(8) if key == "new" else key}
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self._client().post(
            path,
            data=data,
            content_type="application/json",
            headers=self._headers() | given,
            environ_overrides=self._environ,
        )

    def post_form(self, path: str, fields: Mapping[str, object], *, key: str = "") -> TestResponse:
        """Act by a form; a field that is a stream (or a list of them) is a file. Under this key, or a new one."""
        return self._client().post(
            path,
            data=fields,
            content_type="multipart/form-data",
            headers=self._headers() | {"Idempotency-Key": key or secrets.token_hex(8)},
            environ_overrides=self._environ,
        )

    def _client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def problem_of(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a problem document."""
    assert answer.mimetype == "application/problem+json", answer.text
    assert answer.json is not None
    assert answer.json["status"] == answer.status_code
    return answer.status_code, str(answer.json.get("code"))
