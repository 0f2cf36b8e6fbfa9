"""«Сообщить о проблеме»: what is wrong at arrival, within a day of check-in."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.aftercare import problems
from app.domain.bookings.reading import BookingInfo
from app.i18n import N_, gettext
from app.kit import clock
from app.kit.errors import DomainError
from app.models import ProblemReason
from blueprints.account import account
from blueprints.account.bookings import own_or_404
from blueprints.shared.access import own_booking
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.identity import require_person
from blueprints.shared.limits import review_limit
from blueprints.shared.presenting import card_view
from blueprints.shared.rendering import render_page

PROBLEMS: dict[str, str] = {
    ProblemReason.NO_ENTRY: N_("Не могу попасть в квартиру"),
    ProblemReason.NOT_AS_DESCRIBED: N_("Квартира не такая, как в объявлении"),
    ProblemReason.DIRTY: N_("Грязно"),
    ProblemReason.BROKEN: N_("Что-то не работает"),
    ProblemReason.UNSAFE: N_("Здесь небезопасно"),
    ProblemReason.OTHER: N_("Другое"),
}


@account.get("/bookings/<reference:reference>/problem")
@own_booking
def problem(reference: str) -> ResponseReturnValue:
    """The form; what was reported before; or why nothing can be reported now."""
    return _page(own_or_404(reference))


@account.post("/bookings/<reference:reference>/problem")
@own_booking
@review_limit
def report_problem(reference: str) -> ResponseReturnValue:
    """Report it: the landlord's money waits, staff looks into it."""
    found = own_or_404(reference)
    reason, text = request.form.get("reason", ""), request.form.get("text", "")
    try:
        with transaction() as session:
            guest_id, now = require_person().id, clock.now()
            problems.report(session, reference, guest_id=guest_id, reason=reason, text=text, now=now)
    except DomainError as error:
        return _page(found, reason=reason, text=text, error=text_of(error)), STATUS[error.kind]
    return redirect(url_for("account.problem", reference=reference), code=303)


def _page(found: BookingInfo, *, reason: str = "", text: str = "", error: str | None = None) -> str:
    with reading() as connection:
        case = problems.of_booking(connection, found.id)
    refused = problems.refusal(found.status, found.check_in_at, now=clock.now())
    return render_page(
        "account/problem.html",
        reference=found.reference,
        card=card_view(found.card),
        case=case,
        case_reason="" if case is None else gettext(PROBLEMS[case.reason]),
        refused=text_of(refused) if refused is not None and case is None else None,
        reasons=[(code, gettext(label)) for code, label in PROBLEMS.items()],
        reason=reason,
        text=text,
        longest=problems.LONGEST,
        error=error,
    )
