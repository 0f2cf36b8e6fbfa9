"""Signing in by Telegram: its widget on a page of its own, and a Mini App (promise 13 for signed data).

A proof counts once. It is spent by a form of ours, never by following a link: nobody is signed in to somebody else's
account by an address that they were sent.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import transaction
from app.domain.chats import signing_in
from app.integrations.telegram import login
from app.integrations.telegram.login import OldProofError, Proof, ProofError
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from blueprints.account import account
from blueprints.account.entering import enter, open_here
from blueprints.shared.access import public
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.limits import sign_in_address_limit, sign_in_limit
from blueprints.shared.once import spend
from blueprints.shared.rendering import render_page
from blueprints.shared.security import allow_telegram_widget


@account.get("/sign-in/telegram")
@public
def telegram_widget() -> ResponseReturnValue:
    """Telegram's widget. The only page that loads a script of somebody else's, so that no other page has to."""
    settings = _settings()
    if not settings.telegram_bot_token:
        return redirect(url_for("account.sign_in"))

    if not settings.telegram_login_url:
        allow_telegram_widget()
    return render_page(
        "account/telegram.html",
        step="widget",
        bot_name=settings.telegram_bot_name,
        login_url=settings.telegram_login_url,
        return_to=settings.public_url + url_for("account.telegram_return"),
    )


@account.get("/auth/telegram")
@public
def telegram_return() -> ResponseReturnValue:
    """Where the widget leads back to: asks whether to sign in, and changes nothing."""
    fields = {name: value for name, value in request.args.items() if name != "lang"}
    if not fields:
        return redirect(url_for("account.telegram_widget"))
    try:
        _widget_proof(fields)
    except DomainError as error:
        return _refused(error)
    name = " ".join(fields.get("first_name", "").split())[:80]
    return render_page("account/telegram.html", step="confirm", name=name, proof=urlencode(fields))


@account.post("/auth/telegram")
@public
@sign_in_limit
@sign_in_address_limit
def telegram_sign_in() -> ResponseReturnValue:
    """Sign in by the widget's proof."""
    try:
        return _enter(_widget_proof(dict(parse_qsl(request.form.get("proof", "")[: login.LONGEST * 4]))))
    except DomainError as error:
        return _refused(error)


@account.get("/auth/telegram/mini-app")
@public
def mini_app() -> ResponseReturnValue:
    """Our page inside Telegram: its script hands over what Telegram put behind the #."""
    return render_page("account/telegram.html", step="mini_app")


@account.post("/auth/telegram/mini-app")
@public
@sign_in_limit
@sign_in_address_limit
def mini_app_sign_in() -> ResponseReturnValue:
    """Sign in by a Mini App's initData."""
    try:
        given, token = request.form.get("init_data", ""), _settings().telegram_bot_token
        try:
            proof = login.check_mini_app(given, token=token, now=clock.now())
        except ProofError as error:
            raise _problem(error) from None
        return _enter(proof)
    except DomainError as error:
        return _refused(error)


def _widget_proof(fields: dict[str, str]) -> Proof:
    """Raises DomainError `telegram_login_wrong` (422), `telegram_login_old` (409)."""
    try:
        return login.check_widget(fields, token=_settings().telegram_bot_token, now=clock.now())
    except ProofError as error:
        raise _problem(error) from None


def _problem(error: ProofError) -> DomainError:
    if isinstance(error, OldProofError):
        return DomainError("telegram_login_old", ErrorKind.CONFLICT)
    return DomainError("telegram_login_wrong")


def _enter(proof: Proof) -> ResponseReturnValue:
    """Spend the proof and sign in."""
    if not spend(f"telegram:{proof.mark}", login.WIDGET_LIFETIME + login.AHEAD):
        raise DomainError("telegram_login_old", ErrorKind.CONFLICT)
    now = clock.now()
    with transaction() as db_session:
        user_id = signing_in.account_of(db_session, proof.telegram_id, now=now)
        token = open_here(db_session, user_id, now=now)
    enter(token)
    return redirect(url_for("account.bookings"))


def _refused(error: DomainError) -> ResponseReturnValue:
    return render_page("account/telegram.html", step="refused", error=text_of(error)), STATUS[error.kind]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
