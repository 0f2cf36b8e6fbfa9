"""Access policies: every route declares one, and a request to a route without one is refused.

`@public` anyone; `@signed_in` a person, others are sent to sign in; `@own_booking` a person, and the view must load the
booking by reference AND person (404 otherwise; the matrix test tries every route as another guest); the same two for
the API's tokens are in blueprints/api/access.py; `@landlord` someone
who lets flats, others get 404; `@own_flat` likewise, and the view must load the flat, or the booking of one, by its
landlord (404 otherwise); `@own_thread` a person, and the view must load the conversation by its id AND person, who is
one of the two in it (404 otherwise); `@webhook` the view itself authenticates the provider.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.shared.identity import current_person
from blueprints.shared.navigation import here

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class Policy(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    OWN_BOOKING = "own_booking"
    LANDLORD = "landlord"
    OWN_FLAT = "own_flat"
    OWN_THREAD = "own_thread"
    WEBHOOK = "webhook"
    TOKEN = "token"  # noqa: S105  # the name of a policy
    """A person by the API's token; others get 401."""
    TOKEN_OWN_BOOKING = "token_own_booking"  # noqa: S105
    TOKEN_OWN_THREAD = "token_own_thread"  # noqa: S105


def requires(policy: Policy) -> Callable[[View], View]:
    """Declare a view's policy; written right under the route."""

    def declare(view: View) -> View:
        if policy in {Policy.PUBLIC, Policy.WEBHOOK}:
            view.__dict__["access_policy"] = policy
            return view

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            person = current_person()
            if person is None:
                return _to_sign_in()
            if policy in {Policy.LANDLORD, Policy.OWN_FLAT} and not person.is_landlord:
                abort(404)
            return view(*args, **kwargs)

        guarded.__dict__["access_policy"] = policy
        return cast(View, guarded)

    return declare


public = requires(Policy.PUBLIC)
signed_in = requires(Policy.SIGNED_IN)
own_booking = requires(Policy.OWN_BOOKING)
landlord = requires(Policy.LANDLORD)
own_flat = requires(Policy.OWN_FLAT)
own_thread = requires(Policy.OWN_THREAD)
webhook = requires(Policy.WEBHOOK)


def policy_of(view: Callable[..., Any]) -> Policy | None:
    """The policy a view declares."""
    return getattr(view, "access_policy", None)


def refuse_undeclared(app: Flask) -> None:
    """Answer 403 on any route whose view declares no policy, whatever it does."""

    @app.before_request
    def check() -> None:
        endpoint = request.endpoint
        if endpoint is None:
            return
        if policy_of(current_app.view_functions[endpoint]) is None:
            abort(403)


def _to_sign_in() -> ResponseReturnValue:
    """To the sign-in page, and back to here afterwards (to «Мои бронирования» when this was a form)."""
    target = url_for("account.sign_in", next=here() if request.method == "GET" else None)
    if request.headers.get("HX-Request"):
        return "", 204, {"HX-Redirect": target}
    return redirect(target)
