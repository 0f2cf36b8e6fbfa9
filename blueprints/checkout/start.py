"""The last look before the stay is held, or asked for: what, when, how much, with which promo code; then the act."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.db import reading, transaction
from app.domain.accounts import people
from app.domain.availability import calendar
from app.domain.bookings.cancellation import free_until
from app.domain.checkout.hold import hold
from app.domain.checkout.limits import HOLD
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ACCEPTED_HOLD, ANSWER, ask
from app.domain.listings.reading import PropertyInfo, property_page
from app.domain.pricing import promo
from app.domain.pricing.quote import Promo, quote
from app.i18n import current_language, gettext
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import CancellationPolicy, Channel
from app.wording.price_lines import quote_view
from app.wording.terms import POLICY_LABELS
from blueprints.checkout import checkout
from blueprints.shared import form_keys, stay_query
from blueprints.shared.access import signed_in
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.forms import shown_amount
from blueprints.shared.identity import Person, require_person
from blueprints.shared.limits import hold_address_limit, hold_limit
from blueprints.shared.pay_methods import usual_way
from blueprints.shared.presenting import card_view, property_path
from blueprints.shared.rendering import render_page
from blueprints.shared.stay_query import StayQuery

NAME_MISSING = DomainError("name_missing")
LONGEST_CODE = 40
"""Characters of a promo code that are read; the longest has 32."""


@dataclass(frozen=True, slots=True)
class PromoView:
    """The promo code's field: what was typed, whether it counts, and why not."""

    typed: str
    is_applied: bool
    error: str | None


@checkout.route("", methods=["GET", "POST"])
@signed_in
@hold_limit
@hold_address_limit
def start() -> ResponseReturnValue:
    """Show the stay and its price; hold it or ask for it. Prices in the form are compared with ours, never used.

    `apply` in the form only tries a promo code (or takes it away) and shows the price. Tries are counted with the
    holds, so that codes cannot be guessed.
    """
    values = request.form if request.method == "POST" else request.args
    property_id = _property_id(values)
    query = stay_query.read(values, today=clock.local_date(clock.now()))
    if request.method == "POST" and query.stay is not None:
        if "apply" in request.form:
            typed = _typed_code() if request.form["apply"] == "promo" else ""
            return _page(_property(property_id), query, query.stay, name=_typed_name(), code=typed)
        return _book(property_id, query, query.stay)
    prop = _property(property_id)
    if query.stay is not None:
        problem = calendar.problem_with(query.stay, query.guests, prop.ring, prop.rules, now=clock.now())
        if problem is None:
            return _page(prop, query, query.stay, name=require_person().name)
    return redirect(property_path(prop.card.id, prop.card.slug) + query.suffix())


def _book(property_id: int, query: StayQuery, stay: Stay) -> ResponseReturnValue:
    person, name, code = require_person(), _typed_name(), _typed_code()
    wanted = HoldRequest(property_id, stay, query.guests, shown_amount("total"), code or None, usual_way().method)
    if not name:
        page = _page(_property(property_id), query, stay, name=name, code=code, error=text_of(NAME_MISSING))
        return page, STATUS[NAME_MISSING.kind]
    try:
        with transaction() as session:
            path = form_keys.once(session, lambda: _hold_or_ask(session, wanted, person, name))
    except DomainError as error:
        page = _page(_property(property_id), query, stay, name=name, code=code, error=text_of(error))
        return page, STATUS[error.kind]
    return redirect(path, code=303)


def _hold_or_ask(session: Session, wanted: HoldRequest, person: Person, name: str) -> str:
    """Where the guest goes from here."""
    act = ask if request.form.get("act") == "request" else hold
    booking = act(session, wanted, guest_id=person.id, channel=Channel.WEB, now=clock.now())
    if name != person.name:
        people.update_profile(session, person.id, name=name, language=person.signed_in.language, now=clock.now())
    return url_for("checkout.status", reference=booking.reference)


def _typed_name() -> str:
    return request.form.get("guest_name", "").strip()[:200]


def _typed_code() -> str:
    return request.form.get("promo_code", "").strip()[:LONGEST_CODE]


def _property_id(values: MultiDict[str, str]) -> int:
    text = values.get("property_id", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        abort(404)
    return int(text)


def _property(property_id: int) -> PropertyInfo:
    with reading() as connection:
        prop = property_page(connection, property_id, language=current_language(), now=clock.now())
    if prop is None:
        abort(404)
    return prop


def _promo(stay: Stay, code: str) -> tuple[Promo | None, PromoView]:
    """What the code takes off for this guest and stay, and how its field looks."""
    if not code:
        return None, PromoView("", is_applied=False, error=None)
    try:
        with transaction() as session:
            found = promo.usable(session, code, stay, guest_id=require_person().id, now=clock.now(), locked=False)
    except DomainError as error:
        return None, PromoView(code, is_applied=False, error=text_of(error))
    return found.promo, PromoView(found.code, is_applied=True, error=None)


def _page(
    prop: PropertyInfo, query: StayQuery, stay: Stay, *, name: str, code: str = "", error: str | None = None
) -> str:
    now = clock.now()
    policy = CancellationPolicy(prop.cancellation_policy)
    check_in_at = clock.at_local(stay.check_in, prop.check_in_time)
    off, promo_view = _promo(stay, code)
    return render_page(
        "checkout/start.html",
        fragment="price",
        card=card_view(prop.card, suffix=query.suffix()),
        query=query,
        quote=quote_view(quote(prop.tariff, stay, guests=query.guests, promo=off)),
        promo=promo_view,
        policy_label=gettext(POLICY_LABELS[policy]),
        free_cancellation_until=free_until(policy, check_in_at, now=now),
        check_in_at=check_in_at,
        check_out_at=clock.at_local(stay.check_out, prop.check_out_time),
        guest_name=name,
        error=error if error != promo_view.error else None,
        is_instant=prop.face.is_instant,
        hold_minutes=int(HOLD.total_seconds()) // 60,
        answer_hours=int(ANSWER.total_seconds()) // 3600,
        pay_hours=int(ACCEPTED_HOLD.total_seconds()) // 3600,
    )
