"""Words that only the cabinet's pages say: what happened to a booking, lines of the account, what was just done."""

from __future__ import annotations

from flask import session

from app.domain.bookings.reasons import CANCEL_REASONS, DECLINE_REASONS
from app.domain.hosting.bookings import Happening
from app.i18n import N_, gettext
from app.models import AmendmentKind, PostingKind
from app.wording.hosting import DONE, done_text, status_label

LEDGER_LINES: dict[PostingKind, str] = {
    PostingKind.STAY_EARNED: N_("За проживание"),
    PostingKind.DEPOSIT_CLAIMED: N_("Из депозита"),
    PostingKind.PAYOUT_SENT: N_("Выплата"),
    PostingKind.PAYOUT_RETURNED: N_("Выплата вернулась"),
}
CHANGES = {
    AmendmentKind.EXTENSION: N_("Гость продлил проживание"),
    AmendmentKind.SHORTENING: N_("Гость сократил проживание"),
}
_SAID = "cabinet_done"


def say(code: str) -> None:
    """Tell the landlord on the next page what was done."""
    session[_SAID] = code


def said() -> str | None:
    """What was done on the page before, once."""
    code = session.pop(_SAID, None)
    return done_text(code) if code in DONE else None


def happening_label(step: Happening) -> str:
    """A step in a booking's life, with the landlord's reason where there is one."""
    if step.amendment is not None:
        return gettext(CHANGES[step.amendment])
    label = "" if step.status is None else status_label(step.status)[0]
    reason = {**DECLINE_REASONS, **CANCEL_REASONS}.get(step.reason)
    return label if reason is None else f"{label}: {gettext(reason).lower()}"


def line_label(kind: PostingKind, amount: int) -> str:
    """A line of a landlord's account; what a stay takes back again was refunded to its guest."""
    if kind is PostingKind.STAY_EARNED and amount > 0:
        return gettext("Возврат гостю")
    return gettext(LEDGER_LINES[kind])
