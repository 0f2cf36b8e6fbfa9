"""What Kaspi kept goes to the ledger as its statement says, once for each line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from app.domain.ledger import posting
from app.domain.reconciliation.sides import Sums
from app.integrations.kaspi.port import StatementLine
from app.models import LedgerEntry, PostingKind

BATCH = 1_000
"""Lines posted in one transaction."""


def post(session: Session, lines: Sequence[StatementLine]) -> Sums:
    """Post the fees of these lines that have any and were not posted before; what was posted."""
    charged = {_event_key(line): line for line in lines if line.fee}
    known = select(LedgerEntry.event_key).where(
        LedgerEntry.kind == PostingKind.KASPI_FEE,
        LedgerEntry.event_key == any_(literal(list(charged), ARRAY(Text()))),
    )
    posted = Sums()
    before = frozenset(session.scalars(known))
    for key, line in charged.items():
        if key not in before and line.fee:
            posting.kaspi_fee(session, event_key=key, amount=line.fee, at=line.at)
            posted.add(line.fee)
    session.flush()
    return posted


def _event_key(line: StatementLine) -> str:
    """The line's identity; a number too long for the ledger is replaced by its digest."""
    key = f"{line.kind}:{line.transaction_id}"
    return key if len(key) <= 100 else f"{line.kind}:{hashlib.sha256(line.transaction_id.encode()).hexdigest()}"
