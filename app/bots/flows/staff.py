"""The day's figures for staff: counts and sums only. Single bookings are for the portal, behind a second factor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.bots.flow import Act, Flow, Who
from app.bots.flows.host_showing import today_of
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.channels.message import Message
from app.domain.reports.daily import CityNight, DailyFigures, figures_of
from app.domain.reports.today import TodayCounts, counts, report_of
from app.i18n import format_date, gettext
from app.kit.money import format_tenge


def show_day(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Today so far with what waits, and yesterday."""
    today = today_of(turn)
    yesterday = today - timedelta(days=1)
    so_far, before = figures_of(turn.session, today), report_of(turn.session, yesterday)
    lines = [
        _title(gettext("Сегодня"), today),
        *_figures(so_far),
        *_waiting(counts(turn.connection, now=turn.now)),
        _full(gettext("Этой ночью заняты: %(taken)s из %(flats)s квартир"), so_far.occupancy),
        "",
        _title(gettext("Вчера"), yesterday),
        *_figures(before),
        _full(gettext("Ночью были заняты: %(taken)s из %(flats)s квартир"), before.occupancy),
    ]
    rows = ((button(gettext("↻ Обновить"), "staff"),),)
    return Screen(State.STAFF_DAY, (Message(text="\n".join(lines), rows=rows, in_place=True),), again="staff")


def _title(word: str, day: date) -> str:
    return f"**{word}, {format_date(day)}**"


def _figures(day: DailyFigures) -> tuple[str, ...]:
    made = {"made": day.bookings_made, "nights": day.nights_sold, "cancelled": day.bookings_cancelled}
    money = {"gross": format_tenge(day.gross), "refunds": format_tenge(day.refunds)}
    return (
        gettext("Оплачено броней: %(made)s · ночей: %(nights)s · отмен: %(cancelled)s") % made,
        gettext("Поступило %(gross)s · возвраты %(refunds)s") % money,
    )


def _waiting(now: TodayCounts) -> tuple[str, ...]:
    moving = {"arriving": now.arriving, "leaving": now.leaving, "staying": now.staying}
    paying = {"held": now.held, "requested": now.requested}
    return (
        gettext("Заезды: %(arriving)s · выезды: %(leaving)s · ночуют: %(staying)s") % moving,
        gettext("Ждут оплаты: %(held)s · ждут ответа хозяина: %(requested)s") % paying,
        gettext("Открытых обращений: %(cases)s · вопросов в чатах: %(questions)s")
        % {"cases": now.cases, "questions": now.questions},
    )


def _full(text: str, nights: Sequence[CityNight]) -> str:
    return text % {"taken": sum(each.taken for each in nights), "flats": sum(each.flats for each in nights)}


FLOW = Flow("staff", acts=(Act("staff", show_day, (State.STAFF_DAY,), Who.STAFF),))
