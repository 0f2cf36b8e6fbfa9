"""Answers in JSON, and those that are given once under a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain import idempotency
from app.domain.idempotency import Answer, Asked, Outcome
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from blueprints.api.access import caller

KEY_HEADER = "Idempotency-Key"
"""draft-ietf-httpapi-idempotency-key-header, section 2: missing 400, used for something else 422."""
REPLAYED_HEADER = "Idempotency-Replayed"


def json_answer(value: Any) -> Response:
    """A value as JSON."""
    return Response(orjson.dumps(value), mimetype="application/json")


def document(model: BaseModel) -> Response:
    """A document as JSON, `no-store`: it is one person's."""
    return personal(Response(model.model_dump_json(), mimetype="application/json"))


def once(wanted: BaseModel, act: Callable[[Session], Answer]) -> Response:
    """Call `act` in a transaction, once for the key of this call; asked again, repeat its answer byte for byte.

    `wanted` is what the body says: with another one the key is refused. Raises DomainError `key_missing`, `key_wrong`
    (400), `key_reused` (422), and whatever `act` raises, which leaves no key.
    """
    asked = Asked(
        user_id=caller().user_id,
        scope=str(request.endpoint),
        key=_key(),
        digest=idempotency.digest_of(request.path, wanted.model_dump_json()),
    )
    with transaction() as session:
        outcome = idempotency.once(session, asked, lambda: act(session), now=clock.now())
    return _answer(outcome)


def _key() -> str:
    key = request.headers.get(KEY_HEADER)
    if key is None:
        raise DomainError("key_missing", ErrorKind.MALFORMED)
    if not idempotency.is_key(key):
        raise DomainError("key_wrong", ErrorKind.MALFORMED)
    return key


def _answer(outcome: Outcome) -> Response:
    answer = outcome.answer
    response = Response(answer.body, status=answer.status, mimetype="application/json")
    if answer.location is not None:
        response.headers["Location"] = answer.location
    if outcome.is_replay:
        response.headers[REPLAYED_HEADER] = "true"
    return personal(response)


def personal(response: Response) -> Response:
    """An answer that no cache may keep."""
    response.headers["Cache-Control"] = "no-store"
    return response
