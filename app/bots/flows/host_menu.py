"""The landlord's menu, and who arrives and leaves today and tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.bots.flow import Act, Flow, Who
from app.bots.flows.host_showing import flat_title, guest_of, guests_of, today_of
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link
from app.channels.message import Button, Message
from app.domain.hosting.bookings import HostedBooking, moving_between, requests_of
from app.i18n import current_language, format_date, gettext
from app.kit import clock
from app.models import BookingStatus

SHOWN = 6
"""Lines of a day's list: more would not fit into the shortest message."""


def show_menu(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """What waits for the landlord, and everything they can do here."""
    today = today_of(turn)
    waiting = requests_of(turn.connection, turn.user_id, language=current_language(), now=turn.now)
    moving = _moving(turn, today, today)
    lines = [
        gettext("**Ваши квартиры сегодня**"),
        gettext("Заезды: %(arriving)s · выезды: %(leaving)s")
        % {"arriving": len(_arriving(moving, today)), "leaving": len(_leaving(moving, today))},
    ]
    if waiting:
        lines.append(gettext("Ждут вашего ответа: %(count)s") % {"count": len(waiting)})
    requests_label = gettext("📥 Запросы")
    rows = (
        (button(gettext("🗓 Заезды и выезды"), "hday"),),
        (button(f"{requests_label} · {len(waiting)}" if waiting else requests_label, "hreqs"),),
        (button(gettext("🏠 Квартиры, даты и цены"), "hflats"),),
        (button(gettext("💰 Доход"), "hearn"),),
        (link(gettext("Открыть кабинет"), f"{turn.around.public_url}/cabinet"),),
    )
    return Screen(State.HOST_MENU, (Message(text="\n".join(lines), rows=rows, in_place=True),), again="host")


def show_days(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Today's and tomorrow's arrivals and departures."""
    today = today_of(turn)
    tomorrow = today + timedelta(days=1)
    moving = _moving(turn, today, tomorrow)
    lines: list[str] = []
    shown: list[HostedBooking] = []
    for title, day in ((gettext("Сегодня"), today), (gettext("Завтра"), tomorrow)):
        lines.append(f"**{title}, {format_date(day)}**")
        groups = (("→", _arriving(moving, day)), ("←", _leaving(moving, day)))
        if not any(found for _, found in groups):
            lines.append(gettext("Никто не заезжает и не выезжает."))
        for arrow, found in groups:
            for each in found[: SHOWN - len(shown)]:
                lines.append(f"{arrow} {_line(each, is_arrival=arrow == '→')}")
                shown.append(each)
    hidden = sum(len(_arriving(moving, day)) + len(_leaving(moving, day)) for day in (today, tomorrow)) - len(shown)
    if hidden > 0:
        lines.append(gettext("И ещё %(count)s — в кабинете.") % {"count": hidden})
    rows: list[tuple[Button, ...]] = [
        (button(f"{guest_of(each)} · {each.reference}", "hbok", each.reference, note=flat_title(each.title)),)
        for each in {each.reference: each for each in shown}.values()
    ]
    rows.append((link(gettext("Открыть кабинет"), f"{turn.around.public_url}/cabinet"),))
    message = Message(text="\n".join(lines), rows=tuple(rows), in_place=True)
    return Screen(State.HOST_DAY, (message,), again="hday")


def _moving(turn: Turn, first: date, last: date) -> list[HostedBooking]:
    return moving_between(
        turn.connection, turn.user_id, first=first, last=last, language=current_language(), now=turn.now
    )


def _arriving(moving: Sequence[HostedBooking], day: date) -> list[HostedBooking]:
    return [each for each in moving if each.check_in == day and each.status is not BookingStatus.COMPLETED]


def _leaving(moving: Sequence[HostedBooking], day: date) -> list[HostedBooking]:
    return [each for each in moving if each.check_out == day and each.status is not BookingStatus.HELD]


def _line(found: HostedBooking, *, is_arrival: bool) -> str:
    moment = found.check_in_at if is_arrival else found.check_out_at
    parts = [f"{clock.local_time(moment):%H:%M}", guest_of(found), guests_of(found), flat_title(found.title)]
    if is_arrival:
        parts.append(gettext("ждёт оплаты") if found.status is BookingStatus.HELD else gettext("оплачено"))
    return " · ".join(parts)


FLOW = Flow(
    "host_menu",
    acts=(
        Act("host", show_menu, (State.HOST_MENU,), Who.LANDLORD),
        Act("hday", show_days, (State.HOST_DAY,), Who.LANDLORD),
    ),
)
