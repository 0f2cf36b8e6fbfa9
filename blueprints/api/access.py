"""Access policies and limits of the API's own kind: a person is who the token says, whatever cookies come with it.

`@by_token` a person, others get 401; `@own_booking_by_token` likewise, and the view must load the booking by reference
AND person (404 otherwise); `@own_thread_by_token` the same for a conversation that the person is one of the two in.
The limits stand above the policy, so that calls without a good token are counted too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask.typing import ResponseReturnValue

from app.domain.accounts.sessions import SignedIn
from app.extensions import limiter
from app.kit.errors import DomainError, ErrorKind
from blueprints.api.tokens import bearer, token_or_address
from blueprints.shared.access import Policy
from blueprints.shared.limits import setting

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

api_limit = limiter.shared_limit(setting("limit_api"), scope="api", key_func=token_or_address)
api_hold_limit = limiter.shared_limit(setting("limit_hold"), scope="hold", key_func=token_or_address, methods=["POST"])
"""Acts that take nights or money in hand, counted by token; by address together with the portal's forms."""


def caller() -> SignedIn:
    """The person behind the token. Raises DomainError `token_missing`, `token_invalid` (401)."""
    found = bearer()
    if found is None:
        raise DomainError("token_missing", ErrorKind.UNAUTHENTICATED)
    return found


def _requires(policy: Policy) -> Callable[[View], View]:
    def declare(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            caller()
            return view(*args, **kwargs)

        guarded.__dict__["access_policy"] = policy
        return cast(View, guarded)

    return declare


by_token = _requires(Policy.TOKEN)
own_booking_by_token = _requires(Policy.TOKEN_OWN_BOOKING)
own_thread_by_token = _requires(Policy.TOKEN_OWN_THREAD)
