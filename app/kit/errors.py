"""The one exception that rules raise, and how bad it is."""

from __future__ import annotations

from enum import StrEnum


class ErrorKind(StrEnum):
    """What an edge should make of an error (page and HTTP status, chat text, exit code)."""

    INVALID = "invalid"
    """What was sent cannot be right: 422."""
    NOT_FOUND = "not_found"
    """It does not exist, or not for this person: 404."""
    FORBIDDEN = "forbidden"
    """It exists, and this person may not: 403."""
    UNAUTHENTICATED = "unauthenticated"
    """It is not known who asks: 401."""
    CONFLICT = "conflict"
    """It was possible a moment ago, or will be: 409."""
    BUSY = "busy"
    """The system cannot answer now; try again: 503."""
    LIMIT = "limit"
    """Too many tries: 429."""
    MALFORMED = "malformed"
    """The call lacks what every such call has: 400."""


class DomainError(Exception):
    """A rule said no.

    `code` is stable and is translated once by every edge; `params` fill the text and carry no personal data.
    """

    def __init__(self, code: str, kind: ErrorKind = ErrorKind.INVALID, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.kind = kind
        self.params = params
