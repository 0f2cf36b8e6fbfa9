"""Taking nights off the market and putting them back. Nothing happens before it was shown. Which: host_nights.py."""

from __future__ import annotations

from datetime import date, timedelta

from app.bots.flow import Act, Flow, Who
from app.bots.flows.host_showing import (
    NIGHTS,
    flat_title,
    night_values,
    nights_line,
    nights_of,
    own_flat,
    row_id,
    today_of,
)
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.channels.message import Button, Message
from app.domain.actor import Actor
from app.domain.availability import blocks
from app.domain.availability.ring import HORIZON_DAYS
from app.domain.hosting.calendar import Taken, taken_between, times_of
from app.domain.hosting.flats import OwnFlat
from app.i18n import gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import OccupancyKind
from app.wording.hosting import done_text, nights_text, taken_text

_BY_HAND = frozenset({OccupancyKind.BLOCK, OccupancyKind.MAINTENANCE})
SHOWN = 8


def confirm(turn: Turn, values: tuple[str, ...]) -> Screen:
    """What will be closed, or what is in the way."""
    flat = own_flat(turn, values)
    return confirm_nights(turn, flat, nights_of(turn, values))


def block(turn: Turn, values: tuple[str, ...]) -> Screen:
    """Close the nights. Pressed again it says the same."""
    flat, nights, actor = own_flat(turn, values), nights_of(turn, values), Actor.landlord(turn.user_id)
    try:
        blocks.block(turn.session, flat.card.id, nights, kind=OccupancyKind.BLOCK, actor=actor, now=turn.now)
    except DomainError as error:
        if error.code != "dates_taken":
            raise
        taken = taken_nights(turn, flat, nights.check_in, nights.check_out)
        if [(each.kind, each.nights) for each in taken] != [(OccupancyKind.BLOCK, nights)]:
            return _in_the_way(turn, flat, taken)
    lines = [done_text("blocked"), f"{flat_title(flat.card.title)} · {nights_line(turn, nights)}"]
    rows = (
        (button(gettext("Закрыть ещё"), "hblk", flat.card.id), button(gettext("Открыть даты"), "hunb", flat.card.id)),
    )
    return Screen(State.HOST_BLOCK, (Message(text="\n".join(lines), rows=rows),))


def show_blocks(turn: Turn, values: tuple[str, ...]) -> Screen:
    """The nights that the landlord closed, to open them again."""
    flat = own_flat(turn, values)
    found = [each for each in _coming(turn, flat) if each.kind in _BY_HAND]
    lines = [gettext("**Закрытые даты: %(title)s**") % {"title": flat_title(flat.card.title)}]
    lines += [_block_line(turn, each) for each in found[:SHOWN]]
    if not found:
        lines.append(gettext("Вы ничего не закрывали."))
    if len(found) > SHOWN:
        lines.append(gettext("И ещё %(count)s — в кабинете.") % {"count": len(found) - SHOWN})
    can = [each for each in found[:SHOWN] if not each.stays]
    rows = tuple(
        (button(nights_text(each.nights, today=today_of(turn)), "hunc", flat.card.id, each.id),) for each in can
    )
    message = Message(text="\n".join(lines), rows=rows, in_place=True)
    return Screen(State.HOST_FLAT, (message,), again=payload("hunb", flat.card.id))


def confirm_opening(turn: Turn, values: tuple[str, ...]) -> Screen:
    """Which nights will be free again. Raises DomainError `block_unknown` (404)."""
    flat, block_id = own_flat(turn, values), row_id(values, 1)
    found = next((each for each in _coming(turn, flat) if each.id == block_id and each.kind in _BY_HAND), None)
    if found is None:
        raise DomainError("block_unknown", ErrorKind.NOT_FOUND)
    text = gettext("Открыть ночи %(nights)s? Гости сразу смогут их забронировать.")
    rows = ((button(gettext("Да, открыть"), "hunx", flat.card.id, block_id),),)
    return Screen(State.HOST_FLAT, (Message(text=text % {"nights": nights_line(turn, found.nights)}, rows=rows),))


def unblock(turn: Turn, values: tuple[str, ...]) -> Screen:
    """Put them back on the market."""
    flat, actor = own_flat(turn, values), Actor.landlord(turn.user_id)
    blocks.unblock(turn.session, flat.card.id, row_id(values, 1), actor=actor, now=turn.now)
    rows = ((button(gettext("🏠 К квартире"), "hflat", flat.card.id),),)
    return Screen(State.HOST_FLAT, (Message(text=done_text("unblocked"), rows=rows),))


def confirm_nights(turn: Turn, flat: OwnFlat, nights: Stay) -> Screen:
    """What will be closed, or what is in the way; other nights may be typed instead."""
    turn.memory.notes = turn.memory.notes | {NIGHTS: payload("hblk", flat.card.id)}
    taken = taken_nights(turn, flat, nights.check_in, nights.check_out)
    if taken:
        return _in_the_way(turn, flat, taken)
    text = gettext("Закрыть ночи %(nights)s?\n%(title)s. Забронировать их никто не сможет.")
    shown = {"nights": nights_line(turn, nights), "title": flat_title(flat.card.title)}
    changes = [_quick(flat, gettext("+ ночь"), Stay(nights.check_in, nights.check_out + timedelta(days=1)))]
    if nights.nights > 1:
        changes.insert(0, _quick(flat, gettext("− ночь"), Stay(nights.check_in, nights.check_out - timedelta(days=1))))
    rows = ((button(gettext("Да, закрыть"), "hblx", *night_values(flat, nights)),), tuple(changes))
    return Screen(State.HOST_BLOCK, (Message(text=text % shown, rows=rows, in_place=True),))


def _in_the_way(turn: Turn, flat: OwnFlat, taken: list[Taken]) -> Screen:
    text = taken_text(taken, today=today_of(turn)) + " " + gettext("Выберите другие.")
    rows: list[tuple[Button, ...]] = [(button(gettext("Другие даты"), "hblk", flat.card.id),)]
    references = {each.reference: each for each in taken[:3] if each.reference is not None}
    rows += [(button(reference, "hbok", reference),) for reference in references]
    return Screen(State.HOST_BLOCK, (Message(text=text, rows=tuple(rows)),))


def _quick(flat: OwnFlat, label: str, nights: Stay) -> Button:
    return button(label, "hblq", *night_values(flat, nights))


def _coming(turn: Turn, flat: OwnFlat) -> list[Taken]:
    today = today_of(turn)
    return taken_nights(turn, flat, today, today + timedelta(days=HORIZON_DAYS + 1))


def taken_nights(turn: Turn, flat: OwnFlat, first: date, until: date) -> list[Taken]:
    """What takes nights of the flat from `first` up to `until`, in order."""
    times = times_of(flat.check_in_time, flat.check_out_time, flat.cleaning_minutes)
    return taken_between(turn.connection, flat.card.id, times, first=first, until=until)


def _block_line(turn: Turn, found: Taken) -> str:
    line = f"• {nights_line(turn, found.nights)}"
    return " · ".join([line, gettext("откроет только поддержка")]) if found.stays else line


FLOW = Flow(
    "host_block",
    acts=(
        Act("hblq", confirm, (State.HOST_BLOCK,), Who.LANDLORD),
        Act("hblx", block, (State.HOST_BLOCK,), Who.LANDLORD),
        Act("hunb", show_blocks, (State.HOST_FLAT,), Who.LANDLORD),
        Act("hunc", confirm_opening, (State.HOST_FLAT,), Who.LANDLORD),
        Act("hunx", unblock, (State.HOST_FLAT,), Who.LANDLORD),
    ),
)
