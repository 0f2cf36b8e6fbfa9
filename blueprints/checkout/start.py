"""The last look before the hold: what, when, how much; then the hold itself."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.db import reading, transaction
from app.domain.accounts import people
from app.domain.availability import calendar
from app.domain.bookings.cancellation import free_until
from app.domain.checkout.hold import hold
from app.domain.checkout.limits import HOLD
from app.domain.checkout.look import HoldRequest
from app.domain.listings.reading import PropertyInfo, property_page
from app.domain.pricing.quote import quote
from app.i18n import current_language, gettext
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import CancellationPolicy, Channel
from blueprints.checkout import checkout
from blueprints.shared import stay_query
from blueprints.shared.access import signed_in
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.identity import require_person
from blueprints.shared.limits import hold_address_limit, hold_limit
from blueprints.shared.presenting import POLICY_LABELS, card_view, property_path, quote_view
from blueprints.shared.rendering import render_page
from blueprints.shared.stay_query import StayQuery


@checkout.route("", methods=["GET", "POST"])
@signed_in
@hold_limit
@hold_address_limit
def start() -> ResponseReturnValue:
    """Show the stay and its price; hold it. Prices in the form are compared with ours, never used."""
    values = request.form if request.method == "POST" else request.args
    property_id = _property_id(values)
    query = stay_query.read(values, today=clock.local_date(clock.now()))
    if request.method == "POST" and query.stay is not None:
        return _hold(property_id, query, query.stay)
    prop = _property(property_id)
    if query.stay is not None:
        problem = calendar.problem_with(query.stay, query.guests, prop.ring, prop.rules, now=clock.now())
        if problem is None:
            return _page(prop, query, query.stay, name=require_person().name)
    return redirect(property_path(prop.card.id, prop.card.slug) + query.suffix())


def _hold(property_id: int, query: StayQuery, stay: Stay) -> ResponseReturnValue:
    person, name = require_person(), request.form.get("guest_name", "").strip()[:200]
    if not name:
        error = DomainError("name_missing")
        return _page(_property(property_id), query, stay, name=name, error=text_of(error)), STATUS[error.kind]
    wanted = HoldRequest(property_id, stay, query.guests, _shown_total())
    try:
        with transaction() as session:
            booking = hold(session, wanted, guest_id=person.id, channel=Channel.WEB, now=clock.now())
            if name != person.name:
                language = person.signed_in.language
                people.update_profile(session, person.id, name=name, language=language, now=clock.now())
    except DomainError as error:
        return _page(_property(property_id), query, stay, name=name, error=text_of(error)), STATUS[error.kind]
    return redirect(url_for("checkout.status", reference=booking.reference), code=303)


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


def _shown_total() -> int:
    """What the page said the stay costs; -1, hence never equal, for anything that is not a plain number."""
    text = request.form.get("total", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1


def _page(prop: PropertyInfo, query: StayQuery, stay: Stay, *, name: str, error: str | None = None) -> str:
    now = clock.now()
    policy = CancellationPolicy(prop.cancellation_policy)
    check_in_at = clock.at_local(stay.check_in, prop.check_in_time)
    return render_page(
        "checkout/start.html",
        card=card_view(prop.card, suffix=query.suffix()),
        query=query,
        quote=quote_view(quote(prop.tariff, stay, guests=query.guests)),
        policy_label=gettext(POLICY_LABELS[policy]),
        free_cancellation_until=free_until(policy, check_in_at, now=now),
        check_in_at=check_in_at,
        check_out_at=clock.at_local(stay.check_out, prop.check_out_time),
        guest_name=name,
        error=error,
        hold_minutes=int(HOLD.total_seconds()) // 60,
    )
