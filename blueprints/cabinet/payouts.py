"""«Выплаты»: what a landlord is owed, what comes when, what was paid, and the account that it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from flask import current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import reading, transaction
from app.domain.accounts.codes import CodeProblem
from app.domain.ledger.balances import Line, of_landlord, statement_of_landlord
from app.domain.payouts import accounts
from app.domain.payouts.accounts import AccountDetails, AccountState
from app.domain.payouts.batches import LEAST
from app.domain.payouts.reading import ComingShare, PayoutInfo, coming_shares, payouts_of_landlord, references_of
from app.i18n import current_language, gettext
from app.kit import clock
from app.kit.errors import DomainError
from app.models import Account
from app.wording.hosting import PAYOUT_STATUS
from blueprints.cabinet import cabinet
from blueprints.cabinet.forms import Fields
from blueprints.cabinet.labels import line_label, said, say
from blueprints.shared.access import landlord
from blueprints.shared.errors import STATUS, TEXTS, text_of
from blueprints.shared.identity import require_person
from blueprints.shared.limits import sign_in_limit
from blueprints.shared.rendering import render_page

_CHALLENGE = "account_challenge"
_FIELDS = ("holder", "tax_id", "iban")
_FIELD_OF = {"holder_wrong": "holder", "tax_id_wrong": "tax_id", "iban_wrong": "iban"}


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout in the list."""

    day: date
    amount: int
    label: str
    tone: str
    iban_last4: str


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A line of the statement: what the landlord earned is positive, what left their account negative."""

    at: datetime
    label: str
    reference: str | None
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class Money:
    """Everything about a landlord's money on one page, in tenge; `owed` is negative for one who owes us."""

    owed: int
    in_transit: int
    coming: list[ComingShare]
    payouts: list[PayoutRow]
    statement: list[StatementRow]
    month: date
    earlier: str
    later: str | None


@dataclass(frozen=True, slots=True)
class AccountForm:
    """The account's form as it was filled in; `asks_code` in its second step."""

    values: dict[str, str]
    problems: dict[str, str]
    asks_code: bool = False


@cabinet.get("/payouts")
@landlord
def payouts() -> ResponseReturnValue:
    """The money of this landlord."""
    return _page(None, done=said())


@cabinet.post("/payouts/account")
@landlord
@sign_in_limit
def ask_account_code() -> ResponseReturnValue:
    """Check another account; send the code that proves who asks to keep it."""
    values = _values()
    try:
        _details(values)
        settings: Settings = current_app.config["SETTINGS"]
        with transaction() as db_session:
            session[_CHALLENGE] = accounts.ask_for_proof(
                db_session,
                require_person().id,
                language=current_language(),
                daily_cap=settings.sms_daily_cap,
                now=clock.now(),
            )
    except DomainError as error:
        return _refused(values, error)
    return _page(AccountForm(values, {}, asks_code=True))


@cabinet.post("/payouts/account/code")
@landlord
@sign_in_limit
def change_account() -> ResponseReturnValue:
    """Keep the account once the code is right."""
    values, challenge = _values(), str(session.get(_CHALLENGE, ""))
    code = Fields(request.form).text("code")
    try:
        wanted = _details(values)
        with transaction() as db_session:
            person_id, now = require_person().id, clock.now()
            outcome = accounts.change(db_session, person_id, wanted, challenge=challenge, code=code, now=now)
            kept = accounts.state_of(db_session, person_id, now=now)
    except DomainError as error:
        return _refused(values, error)
    if outcome.problem is not None:
        problem = {"code": gettext(TEXTS[outcome.problem])}
        can_try_again = outcome.problem is CodeProblem.WRONG
        return _page(AccountForm(values, problem, asks_code=can_try_again)), 422
    session.pop(_CHALLENGE, None)
    say("account" if kept is not None and kept.pending_last4 else "account_stays")
    return redirect(url_for("cabinet.payouts"), code=303)


def _values() -> dict[str, str]:
    fields = Fields(request.form)
    return {name: fields.text(name) for name in _FIELDS}


def _details(values: dict[str, str]) -> AccountDetails:
    return accounts.check_details(**values)


def _refused(values: dict[str, str], error: DomainError) -> ResponseReturnValue:
    problems = {_FIELD_OF.get(error.code, ""): text_of(error)}
    return _page(AccountForm(values, problems)), STATUS[error.kind]


def _page(form: AccountForm | None, *, done: str | None = None) -> str:
    now = clock.now()
    with transaction() as db_session:
        account = accounts.state_of(db_session, require_person().id, now=now)
        coming = coming_shares(db_session, require_person().id)
    return render_page(
        "cabinet/payouts.html",
        account=account,
        money=_money(coming, now=now),
        form=form or _empty_form(account),
        is_open=form is not None,
        least=LEAST,
        done=done,
    )


def _empty_form(account: AccountState | None) -> AccountForm:
    """The holder is known again; numbers are typed anew, since a page does not show them."""
    return AccountForm({"holder": "" if account is None else account.holder, "tax_id": "", "iban": ""}, {})


def _money(coming: list[ComingShare], *, now: datetime) -> Money:
    person_id, first = require_person().id, _month(now)
    following = _next_month(first)
    begin, end = clock.at_local(first, time(0, 0)), clock.at_local(following, time(0, 0))
    with reading() as connection:
        lines = list(statement_of_landlord(connection, person_id, begin=begin, end=end))
        references = references_of(connection, [line.booking_id for line in lines if line.booking_id is not None])
        return Money(
            owed=-of_landlord(connection, person_id),
            in_transit=-of_landlord(connection, person_id, Account.PAYOUTS_IN_TRANSIT),
            coming=coming,
            payouts=[_payout_row(payout) for payout in payouts_of_landlord(connection, person_id)],
            statement=[_statement_row(line, references) for line in lines],
            month=first,
            earlier=_url(_previous_month(first)),
            later=_url(following) if following <= clock.local_date(now) else None,
        )


def _payout_row(payout: PayoutInfo) -> PayoutRow:
    label, tone = PAYOUT_STATUS[payout.status]
    return PayoutRow(payout.day, payout.amount, gettext(label), tone, payout.iban_last4)


def _statement_row(line: Line, references: dict[int, str]) -> StatementRow:
    reference = None if line.booking_id is None else references.get(line.booking_id)
    return StatementRow(line.at, line_label(line.kind, line.amount), reference, -line.amount, -line.balance)


def _month(now: datetime) -> date:
    """The month that the address asks for (`2026-11`), or this one."""
    this = clock.local_date(now).replace(day=1)
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return this
    return asked if date(2020, 1, 1) <= asked <= this else this


def _next_month(first: date) -> date:
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def _previous_month(first: date) -> date:
    return first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1)


def _url(month: date) -> str:
    return url_for("cabinet.payouts", month=f"{month:%Y-%m}")
