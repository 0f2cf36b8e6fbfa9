"""A landlord who changes the way in: what its tests share."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import select

from app.db import transaction
from app.domain.hosting import entry
from app.kit import clock
from app.models import AuditEntry, CodeMode
from tests import factories
from tests.domain.stays import Paid

MORNING = clock.at_local(clock.local_date(clock.now()), time(10, 0))


def change(
    paid: Paid, texts: dict[str, str] | None = None, *, days_before: float = 0.5, mode: CodeMode | None = None
) -> int:
    """The landlord changes these fields, so long before check-in; how many guests were told."""
    given = factories.CODES.model_dump() | (texts or {})
    now = paid.check_in_at - timedelta(days=days_before)
    with transaction() as session:
        return entry.change(session, paid.flat, given, mode, landlord_id=paid.landlord, now=now)


def entries_about(paid: Paid) -> list[AuditEntry]:
    with transaction() as session:
        about = select(AuditEntry).where(AuditEntry.subject_kind == "property")
        return list(session.scalars(about.where(AuditEntry.subject_id == str(paid.flat)).order_by(AuditEntry.id)))
