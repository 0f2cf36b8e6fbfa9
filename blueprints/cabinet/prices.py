"""What a flat costs: its price list and the rules for dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.hosting.flats import NamedRule, OwnFlat, rules_of
from app.domain.hosting.prices import PriceList, WantedRule, add_rule, change_prices, delete_rule
from app.i18n import gettext, ngettext
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.money import format_tenge
from app.kit.period import Stay
from app.wording.hosting import nights_text, rules_text
from blueprints.cabinet import cabinet
from blueprints.cabinet.forms import WHOLE_FORM, Fields, problems_of
from blueprints.cabinet.labels import said, say
from blueprints.cabinet.loading import own_flat_or_404
from blueprints.cabinet.rows import flat_head, today
from blueprints.shared.access import own_flat
from blueprints.shared.errors import STATUS
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import render_page

_RULE_FIELDS = ("first", "last", "price", "percent", "rule_min_nights", "name")


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as the list shows it."""

    name: str
    nights: str
    what: str
    delete_url: str


@cabinet.route("/flats/<int:flat_id>/prices", methods=["GET", "POST"])
@own_flat
def prices(flat_id: int) -> ResponseReturnValue:
    """Show the price list; change it."""
    flat = own_flat_or_404(flat_id)
    if request.method == "GET":
        return _page(flat, done=said())
    fields = Fields(request.form)
    wanted = _price_list(fields)
    if fields.problems:
        return _page(flat, typed=fields, problems=fields.problems), 422
    try:
        with transaction() as session:
            change_prices(session, flat_id, wanted, landlord_id=require_person().id, now=clock.now())
    except DomainError as error:
        return _page(flat, typed=fields, problems=problems_of(error)), STATUS[error.kind]
    say("prices")
    return redirect(url_for("cabinet.prices", flat_id=flat_id), code=303)


@cabinet.post("/flats/<int:flat_id>/rules")
@own_flat
def new_rule(flat_id: int) -> ResponseReturnValue:
    """Give nights of some dates a rule of their own."""
    flat, fields = own_flat_or_404(flat_id), Fields(request.form)
    wanted = _wanted_rule(fields)
    if wanted is None or fields.problems:
        return _page(flat, rule=fields, rule_problems=fields.problems), 422
    try:
        with transaction() as session:
            add_rule(session, flat_id, wanted, landlord_id=require_person().id, now=clock.now())
    except DomainError as error:
        problems = problems_of(error)
        if "min_nights" in problems:
            problems["rule_min_nights"] = problems.pop("min_nights")
        if error.code == "rule_overlaps":
            problems = {WHOLE_FORM: _what_is_in_the_way(flat_id, wanted)}
        return _page(flat, rule=fields, rule_problems=problems), STATUS[error.kind]
    say("rule_added")
    return redirect(url_for("cabinet.prices", flat_id=flat_id), code=303)


@cabinet.post("/flats/<int:flat_id>/rules/<int:rule_id>/delete")
@own_flat
def drop_rule(flat_id: int, rule_id: int) -> ResponseReturnValue:
    """Let the nights of a rule cost what they cost otherwise."""
    with transaction() as session:
        delete_rule(session, flat_id, rule_id, landlord_id=require_person().id, now=clock.now())
    say("rule_deleted")
    return redirect(url_for("cabinet.prices", flat_id=flat_id), code=303)


def _price_list(fields: Fields) -> PriceList:
    return PriceList(
        base_price=fields.number("base_price"),
        weekend_price=fields.optional_number("weekend_price"),
        cleaning_fee=fields.optional_number("cleaning_fee") or 0,
        included_guests=fields.number("included_guests"),
        extra_guest_price=fields.optional_number("extra_guest_price") or 0,
        one_night_surcharge=fields.optional_number("one_night_surcharge") or 0,
        deposit=fields.optional_number("deposit") or 0,
        weekly_percent=fields.optional_number("weekly_percent") or 0,
        monthly_percent=fields.optional_number("monthly_percent") or 0,
    )


def _wanted_rule(fields: Fields) -> WantedRule | None:
    first, last = fields.day("first"), fields.day("last")
    price, percent = fields.optional_number("price"), fields.optional_number("percent")
    least = fields.optional_number("rule_min_nights")
    if first is None or last is None:
        return None
    return WantedRule(first, last + timedelta(days=1), price, percent, least, fields.text("name"))


def _what_is_in_the_way(flat_id: int, wanted: WantedRule) -> str:
    with reading() as connection:
        rules = rules_of(connection, flat_id, today=today())
    return rules_text(rules, Stay(wanted.first, wanted.until), today=today())


def _page(
    flat: OwnFlat,
    *,
    typed: Fields | None = None,
    problems: dict[str, str] | None = None,
    rule: Fields | None = None,
    rule_problems: dict[str, str] | None = None,
    done: str | None = None,
) -> str:
    with reading() as connection:
        rules = rules_of(connection, flat.card.id, today=today())
    now = _as_it_is(flat)
    new = rule or Fields({})
    return render_page(
        "cabinet/prices.html",
        flat=flat_head(flat),
        values=now if typed is None else {name: typed.text(name) for name in now},
        problems=problems or {},
        max_guests=flat.max_guests,
        rules=[_rule(flat.card.id, each) for each in rules],
        rule={name: new.text(name) for name in _RULE_FIELDS},
        rule_problems=rule_problems or {},
        done=done,
    )


def _as_it_is(flat: OwnFlat) -> dict[str, str]:
    """The price list as texts of the form's fields; where nothing is asked for the field is empty."""
    tariff = flat.tariff
    values: dict[str, int | None] = {
        "base_price": tariff.base_price,
        "weekend_price": tariff.weekend_price,
        "cleaning_fee": tariff.cleaning_fee,
        "included_guests": tariff.included_guests,
        "extra_guest_price": tariff.extra_guest_price,
        "one_night_surcharge": tariff.one_night_surcharge,
        "deposit": tariff.deposit,
        "weekly_percent": tariff.weekly_percent,
        "monthly_percent": tariff.monthly_percent,
    }
    return {name: str(value) if value else "" for name, value in values.items()}


def _rule(flat_id: int, named: NamedRule) -> RuleView:
    parts = []
    if named.rule.price is not None:
        parts.append(gettext("%(price)s за ночь") % {"price": format_tenge(named.rule.price)})
    if named.rule.percent is not None:
        percent = f"{'+' if named.rule.percent > 0 else '−'}{abs(named.rule.percent)}"
        parts.append(gettext("%(percent)s %% к цене") % {"percent": percent})
    if named.rule.min_nights is not None:
        text = ngettext("от %(num)s ночи", "от %(num)s ночей", named.rule.min_nights)
        parts.append(text % {"num": named.rule.min_nights})
    return RuleView(
        name=named.name,
        nights=nights_text(Stay(named.rule.first, named.rule.until), today=today()),
        what=", ".join(parts),
        delete_url=url_for("cabinet.drop_rule", flat_id=flat_id, rule_id=named.id),
    )
