"""A guest's bookings: the list, one of them with what can be done, and its keys."""

from __future__ import annotations

from app.bots import phrases, values
from app.bots.flow import Act, Flow, Who
from app.bots.flows.showing import dates_of, own_booking, title_of
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link, payload
from app.channels.message import Button, Message, plain
from app.domain.access import grants
from app.domain.access.grants import KeysState, KeysWindow
from app.domain.bookings.reading import BookingInfo, bookings_of, stay_details
from app.i18n import current_language, format_moment, gettext
from app.kit import clock
from app.kit.money import format_tenge
from app.kit.period import Stay
from app.models import BookingStatus
from app.wording.key_lines import key_lines
from app.wording.terms import status_label

PER_PAGE = 6
_CHANGEABLE = frozenset({BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN})
_UNPAID = frozenset({BookingStatus.HELD, BookingStatus.REQUESTED})


def show_bookings(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The coming stays first, then those that are over; some on a page."""
    page = values.number_or(given, 0, 0)
    found = bookings_of(turn.connection, turn.user_id, language=current_language())
    coming = [each for each in found if each.status in _CHANGEABLE | _UNPAID and each.check_out_at > turn.now]
    ordered = [*reversed(coming), *(each for each in found if each not in coming)]
    shown = ordered[page * PER_PAGE : (page + 1) * PER_PAGE]
    again = payload("bks", page) if page else "bks"
    if not shown:
        text = gettext("Броней пока нет. Найдём квартиру?")
        rows: tuple[tuple[Button, ...], ...] = ((button(gettext("🔎 Найти квартиру"), "city"),),)
        return Screen(State.BOOKINGS, (Message(text=text, rows=rows, in_place=True),), again=again)
    lines = [gettext("**Ваши брони**"), *(_line(each) for each in shown)]
    rows = tuple((_choice(turn, each),) for each in shown)
    turning = []
    if page:
        turning.append(button(gettext("‹ Раньше"), "bks", page - 1))
    if len(ordered) > (page + 1) * PER_PAGE:
        turning.append(button(gettext("Ещё ›"), "bks", page + 1))
    if turning:
        rows = (*rows, tuple(turning))
    return Screen(State.BOOKINGS, (Message(text="\n\n".join(lines), rows=rows, in_place=True),), again=again)


def _choice(turn: Turn, found: BookingInfo) -> Button:
    """Opens a booking. A row of WhatsApp's list is short and has a second line for the rest."""
    label = f"{dates_of(found)} · {found.reference}" if turn.has_grid else dates_of(found)
    return button(label, "bk", found.reference, note=f"{found.reference} · {title_of(found)}")


def show_booking(turn: Turn, given: tuple[str, ...]) -> Screen:
    """One booking with what can be done about it now."""
    found = own_booking(turn, given)
    photos = (found.card.photo.key,) if found.card.photo is not None else ()
    message = Message(text="\n".join(_lines(turn, found)), photos=photos, rows=_offers(turn, found))
    return Screen(State.BOOKING, (message,), again=payload("bk", found.reference))


def show_keys(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The keys, audited each time. Raises DomainError in words before they may be seen."""
    reference = values.reference(given)
    found = own_booking(turn, given)
    details = grants.reveal(turn.session, reference, guest_id=turn.user_id, now=turn.now)
    lines = [gettext("**🔑 Ключи к брони %(reference)s**") % {"reference": reference}]
    address = stay_details(turn.connection, found.id)
    lines.append(plain(f"{found.card.city_name}, {address.street}, {address.building}"))
    lines += [f"{label}: **{plain(value)}**" for label, value, _is_code in key_lines(details)]
    rows = ((link(gettext("Фото входа и страница брони"), f"{turn.around.public_url}/bookings/{reference}"),),)
    return Screen(State.KEYS, (Message(text="\n".join(lines), rows=rows),))


def _line(found: BookingInfo) -> str:
    return f"**{dates_of(found)}** · {title_of(found)}\n{status_label(found.status)[0]} · {format_tenge(found.total)}"


def _lines(turn: Turn, found: BookingInfo) -> list[str]:
    lines = [
        f"**{title_of(found)}**",
        f"{found.card.city_name}, {found.card.district_name}",
        phrases.stay_text(Stay(found.check_in, found.check_out), found.guests, today=clock.local_date(turn.now)),
        gettext("Заезд %(check_in)s, выезд %(check_out)s")
        % {"check_in": format_moment(found.check_in_at), "check_out": format_moment(found.check_out_at)},
        f"{status_label(found.status)[0]} · **{format_tenge(found.total)}** · {found.reference}",
    ]
    if found.status in _CHANGEABLE:
        address = stay_details(turn.connection, found.id)
        lines.append(plain(f"📍 {address.street}, {address.building}"))
    if found.keys_from is not None and found.keys_until is not None and found.status in _CHANGEABLE:
        window = KeysWindow(found.keys_from, found.keys_until)
        if window.state(turn.now) is KeysState.NOT_YET:
            lines.append(gettext("🔑 Ключи откроются %(at)s") % {"at": format_moment(found.keys_from)})
    if found.status is BookingStatus.HELD and found.hold_expires_at is not None and found.hold_expires_at > turn.now:
        lines.append(phrases.time_left(found.hold_expires_at, now=turn.now))
    if found.status is BookingStatus.REQUESTED and found.answer_by is not None:
        lines.append(gettext("Хозяин ответит до %(at)s") % {"at": format_moment(found.answer_by)})
    return lines


def _offers(turn: Turn, found: BookingInfo) -> tuple[tuple[Button, ...], ...]:
    reference = found.reference
    rows: list[tuple[Button, ...]] = []
    if found.status in _UNPAID:
        rows.append((button(gettext("Оплата"), "pay", reference),))
    if found.status in _CHANGEABLE and found.check_out_at > turn.now:
        rows.append((button(gettext("🔑 Ключи"), "keys", reference), button(gettext("Продлить"), "ext", reference)))
    if found.status is BookingStatus.COMPLETED and not found.is_reviewed:
        rows.append((button(gettext("★ Оставить отзыв"), "rev", reference),))
    if found.status in _CHANGEABLE | _UNPAID and found.check_out_at > turn.now:
        rows.append((button(gettext("Отменить бронь"), "can", reference),))
    rows.append((button(gettext("💬 Написать хозяину"), "wrtp", found.card.id),))
    rows.append((link(gettext("Открыть на сайте"), f"{turn.around.public_url}/bookings/{reference}"),))
    return tuple(rows)


FLOW = Flow(
    "bookings",
    acts=(
        Act("bks", show_bookings, (State.BOOKINGS,), Who.LINKED),
        Act("bk", show_booking, (State.BOOKING,), Who.LINKED),
        Act("keys", show_keys, (State.KEYS,), Who.LINKED),
    ),
)
