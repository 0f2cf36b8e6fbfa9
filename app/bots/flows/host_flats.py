"""The landlord's flats: the list, and one of them with its next bookings and what can be changed here."""

from __future__ import annotations

from app.bots import values
from app.bots.flow import Act, Flow, Who
from app.bots.flows.host_showing import dates_of, flat_title, guest_of, own_flat
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link, payload
from app.channels.message import Button, Message, plain
from app.domain.hosting.bookings import agenda_of
from app.domain.hosting.flats import flats_of
from app.i18n import current_language, gettext
from app.kit.money import format_tenge
from app.wording.hosting import flat_label, status_label

PER_PAGE = 6
BOOKINGS_SHOWN = 5


def show_flats(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Every flat, some on a page."""
    page = min(values.number_or(given, 0, 0), 200)
    found = flats_of(turn.connection, turn.user_id, language=current_language(), now=turn.now)
    shown = found[page * PER_PAGE : (page + 1) * PER_PAGE]
    again = payload("hflats", page) if page else "hflats"
    if not shown:
        text = gettext("Квартир здесь нет.")
        return Screen(State.HOST_FLATS, (Message(text=text, in_place=True),), again=again)
    lines = [gettext("**Мои квартиры**")]
    for each in shown:
        price = gettext("%(price)s за ночь") % {"price": format_tenge(each.card.per_night)}
        lines.append(f"**{flat_title(each.card.title)}**\n{flat_label(each.status)[0]} · {price}")
    rows: list[tuple[Button, ...]] = [(button(flat_title(each.card.title), "hflat", each.card.id),) for each in shown]
    turning = [button(gettext("‹ Раньше"), "hflats", page - 1)] if page else []
    turning += [button(gettext("Ещё ›"), "hflats", page + 1)] if len(found) > (page + 1) * PER_PAGE else []
    if turning:
        rows.append(tuple(turning))
    message = Message(text="\n\n".join(lines), rows=tuple(rows), in_place=True)
    return Screen(State.HOST_FLATS, (message,), again=again)


def show_flat(turn: Turn, given: tuple[str, ...]) -> Screen:
    """One flat: its state, the next bookings, dates and prices."""
    flat = own_flat(turn, given)
    agenda = agenda_of(turn.connection, turn.user_id, flat.card.id, language=current_language(), now=turn.now)
    coming = (*agenda.leaving, *agenda.staying, *agenda.arriving, *agenda.upcoming, *agenda.unpaid)
    lines = [
        f"**{flat_title(flat.card.title)}**",
        plain(f"{flat.card.city_name}, {flat.street}, {flat.building}"),
        flat_label(flat.status)[0],
        gettext("%(price)s за ночь") % {"price": format_tenge(flat.tariff.base_price)},
    ]
    if not coming:
        lines.append(gettext("Предстоящих броней нет."))
    lines += [
        f"{dates_of(each)} · {guest_of(each)} · {status_label(each.status)[0]}" for each in coming[:BOOKINGS_SHOWN]
    ]
    rows: list[tuple[Button, ...]] = [
        (
            button(gettext("🗓 Закрыть даты"), "hblk", flat.card.id),
            button(gettext("Открыть даты"), "hunb", flat.card.id),
        ),
        (button(gettext("₸ Цены"), "hprc", flat.card.id),),
    ]
    rows += [
        (button(f"{dates_of(each)} · {guest_of(each)}", "hbok", each.reference),) for each in coming[:BOOKINGS_SHOWN]
    ]
    rows.append((link(gettext("Открыть на сайте"), f"{turn.around.public_url}/cabinet/flats/{flat.card.id}"),))
    message = Message(text="\n".join(lines), rows=tuple(rows), in_place=True)
    return Screen(State.HOST_FLAT, (message,), again=payload("hflat", flat.card.id))


FLOW = Flow(
    "host_flats",
    acts=(
        Act("hflats", show_flats, (State.HOST_FLATS,), Who.LANDLORD),
        Act("hflat", show_flat, (State.HOST_FLAT,), Who.LANDLORD),
    ),
)
