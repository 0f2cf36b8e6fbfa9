"""Who calls the API: `Authorization: Bearer <session token>`, a token of `user_sessions`, or nobody."""

from __future__ import annotations

from flask import g, request

from app.db import reading
from app.domain.accounts import sessions
from app.domain.accounts.sessions import SignedIn
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from blueprints.shared.identity import note_seen
from blueprints.shared.limits import address

_SCHEME = "Bearer "


def bearer() -> SignedIn | None:
    """The person behind the request's token, read once; None without a token.

    Raises DomainError `token_invalid` (401) for a token that is unknown, revoked or has run out.
    """
    if "bearer" not in g:
        g.bearer = _read()
    found: SignedIn | None = g.bearer
    return found


def token_or_address() -> str:
    """What the API's limit counts by: a valid token, else the address. A made-up token earns no limit of its own."""
    try:
        found = bearer()
    except DomainError:
        found = None
    return found.session_id.hex() if found else address()


def _read() -> SignedIn | None:
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    found = None
    if header.startswith(_SCHEME) and len(header) < 200:
        with reading() as connection:
            found = sessions.load(connection, header.removeprefix(_SCHEME), now=clock.now())
    if found is None:
        raise DomainError("token_invalid", ErrorKind.UNAUTHENTICATED)
    note_seen(found)
    return found
