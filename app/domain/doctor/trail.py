"""The audit trail: its chain holds and keeps up."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain import audit_chain
from app.domain.doctor.finding import Finding, judge

AT_MOST = timedelta(seconds=60)
"""The job chains within 10 seconds; so long may an entry wait before that is a fault."""


def audit_chain_holds(session: Session, *, now: datetime) -> Finding:
    """Every link is the hash of the one before it and its entry (`flask audit verify`)."""
    found = audit_chain.verify(session)
    return judge(
        int(found.broken is not None),
        good=f"{found.links} links of the audit chain hold",
        bad=f"the audit chain is broken at {found.broken}",
    )


def audit_is_chained(session: Session, *, now: datetime) -> Finding:
    """No audit entry has been waiting for its place in the chain for more than a minute."""
    return judge(
        audit_chain.unchained(session, before=now - AT_MOST),
        good="every audit entry that is a minute old is in the chain",
        bad="{count} audit entries have not been chained for more than a minute",
    )


CHECKS = (audit_chain_holds, audit_is_chained)
