"""Keys of forms that move money: made when the form is rendered, so that sending it twice does what it says once.

A double click, a reload of the sent form and a copy that was delayed all lead where the first one led. A form rendered
anew (another tab, «back» to a page that is not kept) is another wish; what the state of a booking says about it stands.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable

from flask import request
from sqlalchemy.orm import Session

from app.domain import idempotency
from app.domain.idempotency import Answer, Asked
from app.kit import clock
from blueprints.shared.identity import require_person

FIELD = "form_key"
_NOT_SAID = frozenset({FIELD, "csrf_token"})
"""Fields that say nothing of what is wished for."""


def form_key() -> str:
    """A new key, for the hidden field of a form. For templates."""
    return secrets.token_urlsafe(18)


def once(session: Session, act: Callable[[], str]) -> str:
    """Call `act`, which answers with the path to go to; of a form that was sent before, where it led then.

    A form without a key acts as it is: the page may be older than keys. Raises DomainError `key_reused` (422) when its
    fields or files were changed after it was sent, and whatever `act` raises, which leaves no key.
    """
    key = request.form.get(FIELD, "")
    if not idempotency.is_key(key):
        return act()
    said = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_SAID]
    said = sorted([*said, *_files()])
    asked = Asked(
        user_id=require_person().id,
        scope=str(request.endpoint),
        key=key,
        digest=idempotency.digest_of(request.path, json.dumps(said)),
    )
    answer = idempotency.once(session, asked, lambda: Answer(303, location=act()), now=clock.now()).answer
    if answer.location is None:
        raise RuntimeError("a form's answer leads somewhere")
    return answer.location


def _files() -> list[tuple[str, str]]:
    """What files the form carries: the same form with another photo is another wish."""
    found = []
    for name, file in request.files.items(multi=True):
        if file.filename:
            file.stream.seek(0)
            found.append((name, hashlib.sha256(file.stream.read()).hexdigest()))
    return found


def once_to(session: Session, path: str, act: Callable[[], object]) -> str:
    """The same for an act that always leads to one place."""

    def act_and_go() -> str:
        act()
        return path

    return once(session, act_and_go)
