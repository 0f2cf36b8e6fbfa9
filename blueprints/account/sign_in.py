"""Signing in by phone and one-time code. The answer is the same for phones with and without an account."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import transaction
from app.domain.accounts import codes, sessions
from app.domain.accounts.codes import Verification
from app.domain.favourites import saving
from app.i18n import current_language, gettext
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.phone import PhoneError, mask_phone, parse_phone
from blueprints.account import account
from blueprints.account.entering import enter, open_here
from blueprints.shared.access import public
from blueprints.shared.errors import STATUS, TEXTS, text_of
from blueprints.shared.identity import current_person, sign_out_here
from blueprints.shared.limits import sign_in_address_limit, sign_in_limit
from blueprints.shared.navigation import safe_next
from blueprints.shared.rendering import render_page


@dataclass(frozen=True, slots=True)
class PhoneForm:
    """What was typed, kept when it is refused."""

    phone: str
    next: str
    save: int | None
    """The flat whose heart led here."""
    error: str | None = None


@account.route("/sign-in", methods=["GET", "POST"])
@public
@sign_in_limit
@sign_in_address_limit
def sign_in() -> ResponseReturnValue:
    """Ask for a phone; send a code to it."""
    target = safe_next(request.values.get("next"), default=url_for("account.bookings"))
    to_save = _flat_of(request.values.get("save", ""))
    if request.method == "GET":
        if current_person() is not None:
            return redirect(target)
        return _page(PhoneForm("", target, to_save))
    typed = request.form.get("phone", "")[:40]
    try:
        phone = parse_phone(typed)
    except PhoneError:
        problem = TEXTS["phone_wrong"]
        return _phone_again(PhoneForm(typed, target, to_save, gettext(problem)), 422)
    settings: Settings = current_app.config["SETTINGS"]
    try:
        with transaction() as db_session:
            challenge = codes.request_code(
                db_session, phone, language=current_language(), daily_cap=settings.sms_daily_cap, now=clock.now()
            )
    except DomainError as error:
        return _phone_again(PhoneForm(typed, target, to_save, text_of(error)), STATUS[error.kind])
    session["challenge"] = challenge
    session["next"], session["save"] = target, to_save
    return redirect(url_for("account.enter_code"))


def _phone_again(form: PhoneForm, status: int) -> ResponseReturnValue:
    return _page(form), status


def _page(form: PhoneForm) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return render_page("account/sign_in.html", form=form, has_telegram=bool(settings.telegram_bot_token))


def _flat_of(text: str) -> int | None:
    """The id of a flat as a heart says it, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@account.route("/sign-in/code", methods=["GET", "POST"])
@public
@sign_in_limit
@sign_in_address_limit
def enter_code() -> ResponseReturnValue:
    """Ask for the code; sign in, and save the flat whose heart led here.

    When it cannot be saved (404, 409) the answer says so, and the person is signed in all the same.
    """
    challenge = session.get("challenge")
    if not isinstance(challenge, str):
        return redirect(url_for("account.sign_in"))
    if request.method == "GET":
        return _code_page(challenge, None, 200)
    now = clock.now()
    with transaction() as db_session:
        outcome = codes.verify(db_session, challenge, request.form.get("code", "")[:20], now=now)
        token = None
        if outcome.user_id is not None:
            token = open_here(db_session, outcome.user_id, now=now)
    if token is None:
        return _code_page(challenge, _problem_text(outcome), 422)
    target, to_save = safe_next(session.get("next")), session.get("save")
    user_id = enter(token)
    if to_save is not None:
        with transaction() as db_session:
            saving.save(db_session, user_id, to_save, now=clock.now())
    return redirect(target)


@account.post("/sign-in/resend")
@public
@sign_in_limit
@sign_in_address_limit
def resend_code() -> ResponseReturnValue:
    """Send another code to the same phone."""
    challenge = session.get("challenge")
    if not isinstance(challenge, str):
        return redirect(url_for("account.sign_in"))
    settings: Settings = current_app.config["SETTINGS"]
    try:
        with transaction() as db_session:
            session["challenge"] = codes.resend_code(
                db_session, challenge, daily_cap=settings.sms_daily_cap, now=clock.now()
            )
    except DomainError as error:
        return _code_page(challenge, text_of(error), STATUS[error.kind])
    return redirect(url_for("account.enter_code"))


@account.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Sign out here: the session is revoked, the cookie is worth nothing any more."""
    person = current_person()
    if person is not None:
        with transaction() as db_session:
            sessions.close_session(db_session, person.signed_in, now=clock.now())
    sign_out_here()
    return redirect(url_for("portal.home"))


def _problem_text(outcome: Verification) -> str:
    return gettext(TEXTS[outcome.problem or codes.CodeProblem.OVER])


def _code_page(challenge: str, error: str | None, status: int) -> ResponseReturnValue:
    with transaction() as db_session:
        pending = codes.pending(db_session, challenge, now=clock.now())
    if pending is None:
        session.pop("challenge", None)
        return redirect(url_for("account.sign_in", next=session.get("next"), save=session.get("save")))
    page = render_page(
        "account/enter_code.html",
        phone_masked=mask_phone(pending.phone),
        error=error,
        resend_after=pending.resend_at,
        tries_left=pending.tries_left,
        next=session.get("next", "/"),
        save=session.get("save"),
    )
    return page, status
