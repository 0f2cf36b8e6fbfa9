"""A booking of an own flat, and the requests that wait for an answer."""

from __future__ import annotations

from app.bots.flow import Act, Flow, Who
from app.bots.flows.host_showing import dates_of, flat_title, guest_of, guests_of, hosted_booking
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link, payload
from app.channels.message import Button, Message
from app.domain.access.grants import KeysState
from app.domain.bookings.reasons import DECLINE_REASONS
from app.domain.checkout import request
from app.domain.hosting.bookings import HostedBooking, requests_of, share_of
from app.i18n import current_language, format_moment, gettext, ngettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.models import BookingStatus
from app.wording.hosting import choices, done_text, status_label

SHOWN = 5
"""Requests in one message, which has to fit into the shortest that a messenger allows."""
_NO_REASON = "none"


def show_requests(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Who waits for an answer, the most urgent first."""
    found = requests_of(turn.connection, turn.user_id, language=current_language(), now=turn.now)
    if not found:
        text = gettext("Запросов нет. О новом напишем сразу.")
        return Screen(State.HOST_REQUESTS, (Message(text=text, in_place=True),), again="hreqs")
    lines = [gettext("**Ждут вашего ответа**")]
    for each in found[:SHOWN]:
        until = "" if each.answer_by is None else format_moment(each.answer_by)
        line = gettext("**%(dates)s** · %(guest)s, %(guests)s\n%(title)s · ответить до %(until)s") % {
            "dates": dates_of(each),
            "guest": guest_of(each),
            "guests": guests_of(each),
            "title": flat_title(each.title),
            "until": until,
        }
        lines.append(line)
    if len(found) > SHOWN:
        lines.append(gettext("И ещё %(count)s — в кабинете.") % {"count": len(found) - SHOWN})
    rows = tuple(
        (button(f"{dates_of(each)} · {guest_of(each)}", "hreq", each.reference, note=flat_title(each.title)),)
        for each in found[:SHOWN]
    )
    message = Message(text="\n\n".join(lines), rows=rows, in_place=True)
    return Screen(State.HOST_REQUESTS, (message,), again="hreqs")


def show_booking(turn: Turn, values: tuple[str, ...], lead: str = "") -> Screen:
    """Everything about one booking, with an answer to it while it is a request. `lead` is said before."""
    found = hosted_booking(turn, values)
    lines = [lead, ""] if lead else []
    lines += _lines(turn, found)
    message = Message(text="\n".join(lines), rows=_offers(turn, found))
    return Screen(State.HOST_BOOKING, (message,), again=payload("hbok", found.reference))


def show_request(turn: Turn, values: tuple[str, ...]) -> Screen:
    """A request to be answered; what became of it, if it waits no more."""
    found = hosted_booking(turn, values)
    return show_booking(turn, values, "" if _is_open(turn, found) else _too_late(found))


def accept(turn: Turn, values: tuple[str, ...]) -> Screen:
    """Take the nights for the guest, who is asked to pay."""
    found = hosted_booking(turn, values)
    try:
        request.accept(turn.session, found.reference, landlord_id=turn.user_id, now=turn.now)
    except DomainError as error:
        if error.code == "dates_taken":
            raise DomainError("request_dates_taken", ErrorKind.CONFLICT) from error
        return _answered(turn, values, error)
    return show_booking(turn, values, done_text("accepted"))


def ask_reason(turn: Turn, values: tuple[str, ...]) -> Screen:
    """Why not? The guest is told in words, and may be told nothing."""
    found = hosted_booking(turn, values)
    if not _is_open(turn, found):
        return show_booking(turn, values, _too_late(found))
    offers = [(label, code) for code, label in choices(DECLINE_REASONS)]
    offers.append((gettext("Не указывать причину"), _NO_REASON))
    rows = tuple((button(label, "hdecx", found.reference, code),) for label, code in offers)
    text = gettext("Почему отказываете? %(guest)s, %(dates)s.") % {"guest": guest_of(found), "dates": dates_of(found)}
    return Screen(State.HOST_DECLINE, (Message(text=text, rows=rows),))


def decline(turn: Turn, values: tuple[str, ...]) -> Screen:
    """Say no, with a reason of the list or without."""
    found = hosted_booking(turn, values)
    chosen = values[1] if len(values) > 1 else ""
    reason = chosen if chosen in DECLINE_REASONS else ""
    try:
        request.decline(turn.session, found.reference, landlord_id=turn.user_id, reason=reason, now=turn.now)
    except DomainError as error:
        return _answered(turn, values, error)
    return show_booking(turn, values, done_text("declined"))


def _answered(turn: Turn, values: tuple[str, ...], error: DomainError) -> Screen:
    """The request was answered, taken back or is over: both are refused before anything is written. Raises the rest."""
    if error.code not in {"wrong_state", "request_over"}:
        raise error
    return show_booking(turn, values, _too_late(hosted_booking(turn, values)))


def _is_open(turn: Turn, found: HostedBooking) -> bool:
    return found.status is BookingStatus.REQUESTED and found.answer_by is not None and found.answer_by > turn.now


def _too_late(found: HostedBooking) -> str:
    """Why this is no request (any more)."""
    if found.status is BookingStatus.REQUESTED:
        return gettext("Время ответа на этот запрос вышло.")
    return gettext("На этот запрос отвечать уже не нужно: сейчас «%(status)s».") % {
        "status": status_label(found.status)[0]
    }


def _lines(turn: Turn, found: HostedBooking) -> list[str]:
    nights = ngettext("%(num)s ночь", "%(num)s ночи", found.nights) % {"num": found.nights}
    moments = {"check_in": format_moment(found.check_in_at), "check_out": format_moment(found.check_out_at)}
    status = status_label(found.status)[0]
    lines = [
        f"**{guest_of(found)}** · {found.reference}",
        flat_title(found.title),
        f"{dates_of(found)} · {nights} · {guests_of(found)}",
        gettext("Заезд %(check_in)s, выезд %(check_out)s") % moments,
        gettext("Состояние: %(status)s") % {"status": status},
    ]
    if _is_open(turn, found) and found.answer_by is not None:
        lines.append(gettext("Ответьте до %(moment)s") % {"moment": format_moment(found.answer_by)})
    if found.status is BookingStatus.HELD and found.hold_expires_at is not None:
        lines.append(gettext("Ждём оплату до %(moment)s") % {"moment": format_moment(found.hold_expires_at)})
    lines += _money(turn, found)
    if found.keys is not None and found.status.is_paid:
        lines.append(f"🔑 {_keys(turn, found)}")
    return lines


def _money(turn: Turn, found: HostedBooking) -> list[str]:
    """What it brings, and when."""
    mine = share_of(turn.session, found)
    if not found.was_paid:
        is_alive = found.status in {BookingStatus.REQUESTED, BookingStatus.HELD}
        text = gettext("Вы получите **%(amount)s**: комиссия %(percent)s %% уже вычтена.")
        return [text % {"amount": format_tenge(mine.amount), "percent": found.commission_percent}] if is_alive else []
    lines = [gettext("Ваш доход после комиссии: **%(amount)s**") % {"amount": format_tenge(mine.amount)}]
    if mine.is_frozen and mine.payable_at is not None:
        lines.append(gettext("Деньги ждут: гость сообщил о проблеме при заезде, поддержка разбирается."))
    elif mine.payable_at is not None and mine.amount:
        lines.append(gettext("Поступят на баланс %(moment)s.") % {"moment": format_moment(mine.payable_at)})
    elif mine.amount:
        lines.append(gettext("Уже на балансе."))
    return lines


def _keys(turn: Turn, found: HostedBooking) -> str:
    if found.keys_seen_at is not None:
        return gettext("Гость открыл ключи %(moment)s.") % {"moment": format_moment(found.keys_seen_at)}
    if found.keys is not None and found.keys.state(turn.now) is KeysState.NOT_YET:
        return gettext("Гость увидит коды с %(moment)s.") % {"moment": format_moment(found.keys.opens_at)}
    return gettext("Гостю коды уже доступны, он их ещё не открывал.")


def _offers(turn: Turn, found: HostedBooking) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = []
    if _is_open(turn, found):
        accepting = button(gettext("✓ Принять"), "hacc", found.reference)
        rows.append((accepting, button(gettext("✕ Отклонить"), "hdec", found.reference)))
    rows.append((button(gettext("✎ Написать гостю"), "wrtb", found.reference),))
    url = f"{turn.around.public_url}/cabinet/bookings/{found.reference}"
    rows.append((link(gettext("Открыть на сайте"), url),))
    return tuple(rows)


FLOW = Flow(
    "host_bookings",
    acts=(
        Act("hreqs", show_requests, (State.HOST_REQUESTS,), Who.LANDLORD),
        Act("hreq", show_request, (State.HOST_BOOKING,), Who.LANDLORD),
        Act("hbok", show_booking, (State.HOST_BOOKING,), Who.LANDLORD),
        Act("hacc", accept, (State.HOST_BOOKING,), Who.LANDLORD),
        Act("hdec", ask_reason, (State.HOST_DECLINE, State.HOST_BOOKING), Who.LANDLORD),
        Act("hdecx", decline, (State.HOST_BOOKING,), Who.LANDLORD),
    ),
)
