"""What a night costs: the ordinary price, the weekend's, and that of some dates. Old and new are shown before."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from app.bots import phrases, values
from app.bots.flow import Act, Flow, Hearing, Who
from app.bots.flows.host_showing import (
    LONGEST_NAME,
    NIGHTS,
    flat_title,
    has_digits,
    night_values,
    nights_line,
    nights_of,
    own_flat,
    row_id,
    today_of,
)
from app.bots.flows.host_typed import amount_in
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.channels.message import Button, Message, plain
from app.domain.hosting.flats import NamedRule, OwnFlat, rules_of
from app.domain.hosting.owning import check_between
from app.domain.hosting.prices import (
    NIGHT_LEAST,
    NIGHT_MOST,
    NightField,
    WantedRule,
    add_rule,
    change_night_price,
    delete_rule,
)
from app.i18n import format_day_month, gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.kit.period import Stay
from app.wording.hosting import done_text, nights_text, rules_text

_WHAT = "host_price_of"
"""Note: what the typed amount is for, as `hpra` carries it."""
_FIELDS = {"b": NightField.BASE, "w": NightField.WEEKEND}
RULES_SHOWN = 5
_MUCH = 3
"""A price so many times larger or smaller is asked about twice: a zero more or less."""


class _Target(NamedTuple):
    """What a price is for: a kind of night, or some nights."""

    flat: OwnFlat
    field: NightField | None
    nights: Stay | None


def show_prices(turn: Turn, given: tuple[str, ...], lead: str = "") -> Screen:
    """The prices as they are; each can be changed, dates are chosen or typed. `lead` is said before."""
    flat = own_flat(turn, given)
    turn.memory.notes = turn.memory.notes | {NIGHTS: payload("hprd", flat.card.id)}
    rules = [each for each in rules_of(turn.connection, flat.card.id, today=today_of(turn)) if _has_price(each)]
    tariff = flat.tariff
    weekend = tariff.base_price if tariff.weekend_price is None else tariff.weekend_price
    lines = [lead, ""] if lead else []
    lines += [
        gettext("**Цены: %(title)s**") % {"title": flat_title(flat.card.title)},
        gettext("Обычная ночь: **%(price)s**") % {"price": format_tenge(tariff.base_price)},
        gettext("Пятница и суббота: **%(price)s**") % {"price": format_tenge(weekend)},
    ]
    lines += [f"• {_rule_line(turn, each)}" for each in rules[:RULES_SHOWN]]
    if len(rules) > RULES_SHOWN:
        lines.append(gettext("И ещё %(count)s — в кабинете.") % {"count": len(rules) - RULES_SHOWN})
    lines.append(gettext("Чтобы назначить цену на даты, напишите их: «12–15 декабря» (последняя ночь тоже входит)."))
    rows: list[tuple[Button, ...]] = [
        (button(gettext("Обычная ночь"), "hpra", flat.card.id, "b"),),
        (button(gettext("Пятница и суббота"), "hpra", flat.card.id, "w"),),
        (button(gettext("🗓 Цена на даты"), "hprd", flat.card.id),),
    ]
    rows += [(_removal(turn, flat, each),) for each in rules[:RULES_SHOWN]]
    message = Message(text="\n".join(lines), rows=tuple(rows), in_place=not lead)
    return Screen(State.HOST_PRICE, (message,), again=payload("hprc", flat.card.id))


def ask_price(turn: Turn, flat: OwnFlat, nights: Stay) -> Screen:
    """How much are these nights?"""
    return _ask(turn, _Target(flat, None, nights))


def ask_amount(turn: Turn, given: tuple[str, ...]) -> Screen:
    """How much? What for is in the button: `b`, `w`, or two days."""
    return _ask(turn, _target(turn, given))


def hear_amount(turn: Turn, text: str) -> Screen | None:
    """The amount that was typed: old and new, and nothing changed yet."""
    noted = turn.memory.notes.get(_WHAT)
    if noted is None:
        return None
    amount = amount_in(text)
    if amount is None and has_digits(text):
        raise DomainError("amount_unclear")
    if amount is None:
        return None
    target = _target(turn, tuple(noted.split(":")))
    check_between("price", amount, NIGHT_LEAST, NIGHT_MOST)
    least, most = _prices(target)
    lines = [gettext("**Изменить цену?**"), _subject(turn, target)]
    lines.append(
        gettext("Было %(old)s → станет **%(new)s**") % {"old": _span(least, most), "new": format_tenge(amount)}
    )
    if amount * _MUCH < least or amount > most * _MUCH:
        lines.append(gettext("Цена меняется больше чем втрое. Проверьте нули."))
    if target.field is not None:
        before = getattr(target.flat.tariff, target.field.value)
        yes = button(gettext("Да, изменить"), "hprx", target.flat.card.id, _code(target.field), before, amount)
    else:
        yes = button(gettext("Да, изменить"), "hprn", *_values(target), amount)
    return Screen(State.HOST_AMOUNT, (Message(text="\n".join(lines), rows=((yes,),)),))


def change_field(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Change the ordinary or the weekend's price, if it still is what was shown."""
    target = _target(turn, given[:2])
    if target.field is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    before = values.number_or(given, 2, 0) if len(given) > 2 and given[2] else None
    price, flat_id = values.number_or(given, 3, 0), target.flat.card.id
    change_night_price(
        turn.session, flat_id, target.field, price, before=before, landlord_id=turn.user_id, now=turn.now
    )
    return show_prices(turn, (str(flat_id),), done_text("prices"))


def change_nights(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Give the nights a price of their own. Pressed again it says the same."""
    flat, nights, price = own_flat(turn, given), nights_of(turn, given), values.number_or(given, 3, 0)
    wanted = WantedRule(nights.check_in, nights.check_out, price)
    try:
        add_rule(turn.session, flat.card.id, wanted, landlord_id=turn.user_id, now=turn.now)
    except DomainError as error:
        if error.code != "rule_overlaps":
            raise
        rules = rules_of(turn.connection, flat.card.id, today=today_of(turn))
        same = [each for each in rules if (each.rule.first, each.rule.until) == (nights.check_in, nights.check_out)]
        if not any(each.rule.price == price for each in same):
            return _in_the_way(turn, flat, rules, nights)
    return show_prices(turn, given, done_text("rule_added"))


def confirm_removal(turn: Turn, given: tuple[str, ...]) -> Screen:
    """What the nights cost now, and that they will cost as any other. Raises DomainError `rule_unknown` (404)."""
    flat, rule_id = own_flat(turn, given), row_id(given, 1)
    rules = rules_of(turn.connection, flat.card.id, today=today_of(turn))
    found = next((each for each in rules if each.id == rule_id), None)
    if found is None:
        raise DomainError("rule_unknown", ErrorKind.NOT_FOUND)
    text = gettext("Убрать особую цену?\n%(rule)s\nЭти ночи будут стоить как обычные.")
    rows = ((button(gettext("Да, убрать"), "hprz", flat.card.id, rule_id),),)
    return Screen(State.HOST_PRICE, (Message(text=text % {"rule": _rule_line(turn, found)}, rows=rows),))


def remove(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The nights cost what they cost otherwise."""
    flat = own_flat(turn, given)
    delete_rule(turn.session, flat.card.id, row_id(given, 1), landlord_id=turn.user_id, now=turn.now)
    return show_prices(turn, given, done_text("rule_deleted"))


def _ask(turn: Turn, target: _Target) -> Screen:
    """Ask for the amount; of nights that have a rule already: say so instead."""
    if target.nights is not None:
        wanted = WantedRule(target.nights.check_in, target.nights.check_out, target.flat.tariff.base_price)
        wanted.check(today=today_of(turn))
        rules = rules_of(turn.connection, target.flat.card.id, today=today_of(turn))
        if any(_is_about(each, target.nights) for each in rules):
            return _in_the_way(turn, target.flat, rules, target.nights)
    value = ":".join(str(each) for each in _values(target))
    turn.memory.notes = turn.memory.notes | {_WHAT: value}
    text = gettext("%(what)s\nСейчас %(price)s за ночь. Напишите новую цену: «25 000» или «25к».")
    shown = {"what": _subject(turn, target), "price": _span(*_prices(target))}
    return Screen(State.HOST_AMOUNT, (Message(text=text % shown),), again=payload("hpra", *_values(target)))


def _in_the_way(turn: Turn, flat: OwnFlat, rules: list[NamedRule], nights: Stay) -> Screen:
    """A night has one rule at most: those that are there can be removed."""
    text = rules_text(rules, nights, today=today_of(turn))
    there = [each for each in rules if _is_about(each, nights)][:RULES_SHOWN]
    rows = tuple((_removal(turn, flat, each),) for each in there)
    rows = (*rows, (button(gettext("₸ Цены"), "hprc", flat.card.id),))
    return Screen(State.HOST_PRICE, (Message(text=text, rows=rows),))


def _is_about(named: NamedRule, nights: Stay) -> bool:
    return named.rule.first < nights.check_out and nights.check_in < named.rule.until


def _removal(turn: Turn, flat: OwnFlat, named: NamedRule) -> Button:
    first, last = named.rule.first, named.rule.until - timedelta(days=1)
    days = format_day_month(first) if first == last else phrases.short_days(first, last)
    year = "" if last.year == today_of(turn).year else f" {last.year}"
    return button(f"✕ {days}{year}", "hprr", flat.card.id, named.id, note=_rule_line(turn, named))


def _target(turn: Turn, given: tuple[str, ...]) -> _Target:
    """Raises DomainError `flat_unknown`, `button_old` (404)."""
    flat = own_flat(turn, given)
    field = _FIELDS.get(given[1]) if len(given) == 2 else None
    return _Target(flat, field, None if field is not None else nights_of(turn, given))


def _values(target: _Target) -> tuple[object, ...]:
    if target.nights is not None:
        return night_values(target.flat, target.nights)
    return target.flat.card.id, _code(target.field)


def _code(field: NightField | None) -> str:
    return next(code for code, each in _FIELDS.items() if each is field)


def _prices(target: _Target) -> tuple[int, int]:
    """The least and the most that it costs now."""
    tariff = target.flat.tariff
    if target.nights is not None:
        prices = [int(tariff.price_of(night)) for night in target.nights.dates()]
        return min(prices), max(prices)
    weekend = tariff.base_price if tariff.weekend_price is None else tariff.weekend_price
    price = tariff.base_price if target.field is NightField.BASE else weekend
    return price, price


def _subject(turn: Turn, target: _Target) -> str:
    labels = {NightField.BASE: gettext("Обычная ночь"), NightField.WEEKEND: gettext("Пятница и суббота")}
    what = nights_line(turn, target.nights) if target.nights is not None else labels[target.field or NightField.BASE]
    return f"{flat_title(target.flat.card.title)} · {what}"


def _span(least: int, most: int) -> str:
    return format_tenge(least) if least == most else f"{format_tenge(least)} – {format_tenge(most)}"


def _has_price(named: NamedRule) -> bool:
    return named.rule.price is not None or named.rule.percent is not None


def _nights(turn: Turn, named: NamedRule) -> str:
    return nights_text(Stay(named.rule.first, named.rule.until), today=today_of(turn))


def _rule_line(turn: Turn, named: NamedRule) -> str:
    name = f"{plain(named.name[:LONGEST_NAME])}, " if named.name else ""
    if named.rule.price is not None:
        return f"{name}{_nights(turn, named)}: {format_tenge(named.rule.price)}"
    percent = named.rule.percent or 0
    return f"{name}{_nights(turn, named)}: {'+' if percent > 0 else '−'}{abs(percent)} %"


FLOW = Flow(
    "host_prices",
    acts=(
        Act("hprc", show_prices, (State.HOST_PRICE,), Who.LANDLORD),
        Act("hpra", ask_amount, (State.HOST_AMOUNT, State.HOST_PRICE), Who.LANDLORD),
        Act("hprx", change_field, (State.HOST_PRICE,), Who.LANDLORD),
        Act("hprn", change_nights, (State.HOST_PRICE,), Who.LANDLORD),
        Act("hprr", confirm_removal, (State.HOST_PRICE,), Who.LANDLORD),
        Act("hprz", remove, (State.HOST_PRICE,), Who.LANDLORD),
    ),
    hearings=(Hearing(State.HOST_AMOUNT, hear_amount, (State.HOST_AMOUNT,), Who.LANDLORD, takes_numbers=True),),
)
