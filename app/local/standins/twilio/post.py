"""Posting forms, as Twilio does."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from app.local.standins.post import Answer, Poster


class FormPoster(Poster):
    """Posts forms; each thread that uses it has connections of its own."""

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """The answer. Raises OSError, http.client.HTTPException or ValueError (no such address)."""
        return self.send(url, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded", **headers})
