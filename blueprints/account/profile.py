"""Name, language, and where one is signed in."""

from __future__ import annotations

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.accounts import people, sessions
from app.i18n import LANGUAGES
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.phone import mask_phone
from blueprints.account import account
from blueprints.account.chats import chats_view
from blueprints.shared.access import signed_in
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.identity import require_person, sign_out_here
from blueprints.shared.language import remember_language
from blueprints.shared.rendering import render_page


@account.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> ResponseReturnValue:
    """Show the profile; keep a changed name and language."""
    person = require_person()
    if request.method == "GET":
        return _page(saved=bool(session.pop("profile_saved", False)))
    name, language = request.form.get("name", "")[:200], request.form.get("language", "")
    try:
        with transaction() as db_session:
            people.update_profile(db_session, person.id, name=name, language=language, now=clock.now())
    except DomainError as error:
        return _page(name=name, error=text_of(error)), STATUS[error.kind]
    remember_language(language)
    session["profile_saved"] = True
    return redirect(url_for("account.profile"))


@account.post("/profile/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    """Revoke every session of this person, this one included."""
    with transaction() as db_session:
        sessions.close_all(db_session, require_person().signed_in, now=clock.now())
    sign_out_here()
    return redirect(url_for("account.sign_in"))


def _page(*, name: str | None = None, error: str | None = None, saved: bool = False) -> str:
    person = require_person()
    with transaction() as db_session:
        kept = people.profile_of(db_session, person.id)
        chats = chats_view(db_session, person.id, now=clock.now())
    with reading() as connection:
        places = sessions.sessions_of(connection, person.signed_in, now=clock.now())
    return render_page(
        "account/profile.html",
        name=kept.name if name is None else name,
        languages=list(LANGUAGES.items()),
        language=kept.language,
        phone_masked=mask_phone(kept.phone),
        sessions=[
            {"device": place.device, "last_seen": place.last_seen_at, "is_current": place.is_current}
            for place in places
        ],
        chats=chats,
        error=error,
        saved=saved,
    )
