"""The landlord's money: what is owed now, what comes when, what was paid, and the month so far."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from app.bots.flow import Act, Flow, Who
from app.bots.flows.host_showing import today_of
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link
from app.channels.message import Button, Message
from app.domain.ledger.balances import month_of_landlord
from app.domain.payouts import accounts
from app.domain.payouts.batches import LEAST
from app.domain.payouts.reading import ComingShare, coming_shares, payouts_of_landlord
from app.i18n import format_day_month, format_moment, format_month_year, gettext
from app.kit import clock
from app.kit.money import format_tenge
from app.wording.hosting import PAYOUT_STATUS

COMING_SHOWN = 4
PAYOUTS_SHOWN = 3
BATCH_AT = time(9, 0)
"""When a day's payouts are made (app/jobs/schedule.py)."""


def show_earnings(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Balance, the next payout, what will come, the last payouts and this month."""
    first = today_of(turn).replace(day=1)
    begin = clock.at_local(first, time(0))
    money = month_of_landlord(turn.connection, turn.user_id, begin=begin, end=turn.now + timedelta(seconds=1))
    coming = coming_shares(turn.session, turn.user_id)
    lines = [_balance(money.owed), *_next_payout(turn, money.owed)]
    if coming:
        lines += ["", gettext("**Скоро поступит**"), *(_coming_line(each) for each in coming[:COMING_SHOWN])]
    if len(coming) > COMING_SHOWN:
        lines.append(gettext("И ещё %(count)s — в кабинете.") % {"count": len(coming) - COMING_SHOWN})
    lines += ["", f"**{format_month_year(first)}**"]
    month = {"earned": format_tenge(money.earned), "stays": money.stays}
    lines.append(gettext("Заработано %(earned)s, броней: %(stays)s") % month)
    payouts = payouts_of_landlord(turn.connection, turn.user_id)[:PAYOUTS_SHOWN]
    if payouts:
        lines += ["", gettext("**Последние выплаты**")]
    lines += [
        f"{format_day_month(each.day)} · {format_tenge(each.amount)} · {gettext(PAYOUT_STATUS[each.status][0])}"
        for each in payouts
    ]
    rows: tuple[tuple[Button, ...], ...] = tuple(
        (button(each.reference, "hbok", each.reference),) for each in coming[:COMING_SHOWN]
    )
    rows = (*rows, (link(gettext("Выплаты и счёт на сайте"), f"{turn.around.public_url}/cabinet/payouts"),))
    return Screen(State.HOST_EARNINGS, (Message(text="\n".join(lines), rows=rows, in_place=True),), again="hearn")


def _balance(owed: int) -> str:
    if owed < 0:
        return gettext("Удержим из следующих выплат: **%(sum)s**") % {"sum": format_tenge(-owed)}
    return gettext("К выплате: **%(sum)s**") % {"sum": format_tenge(owed)}


def _next_payout(turn: Turn, owed: int) -> list[str]:
    """When the balance is paid, or why it is not."""
    account = accounts.state_of(turn.session, turn.user_id, now=turn.now)
    if account is None:
        return [gettext("Укажите счёт для выплат: это делается на сайте.")]
    if not account.is_verified:
        return [gettext("Выплаты начнутся после проверки. Заработанное копится на балансе.")]
    if account.iban_last4 is None:
        if account.pending_usable_from is None:
            return [gettext("Укажите счёт для выплат: это делается на сайте.")]
        return [gettext("Новый счёт заработает %(moment)s.") % {"moment": format_moment(account.pending_usable_from)}]
    if owed < LEAST:
        return [gettext("Выплаты собираем каждый день, от %(least)s.") % {"least": format_tenge(LEAST)}]
    text = gettext("Следующая выплата %(moment)s на счёт •%(last4)s.")
    return [text % {"moment": format_moment(_next_batch(turn)), "last4": account.iban_last4}]


def _next_batch(turn: Turn) -> datetime:
    today = today_of(turn)
    at = clock.at_local(today, BATCH_AT)
    return at if at > turn.now else clock.at_local(today + timedelta(days=1), BATCH_AT)


def _coming_line(each: ComingShare) -> str:
    when = format_moment(each.payable_at)
    if each.is_frozen:
        when = gettext("ждёт: гость сообщил о проблеме при заезде, поддержка разбирается")
    return f"{each.reference} · {format_tenge(each.amount)} · {when}"


FLOW = Flow("host_earnings", acts=(Act("hearn", show_earnings, (State.HOST_EARNINGS,), Who.LANDLORD),))
