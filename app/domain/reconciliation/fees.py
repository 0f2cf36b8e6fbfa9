"""What Kaspi kept goes to the ledger as its statement says, once for each line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.ledger import posting
from app.domain.ledger.posting import Fee
from app.domain.reconciliation.sides import Sums
from app.integrations.kaspi.port import StatementLine

BATCH = 5_000
"""Lines posted in one transaction."""


def post(session: Session, lines: Sequence[StatementLine]) -> Sums:
    """Post the fees of these lines that have any and were not posted before; what was posted."""
    charged = {_event_key(line): line for line in lines if line.fee}
    posted = Sums()
    for amount in posting.kaspi_fees(session, [Fee(key, line.fee or 0, line.at) for key, line in charged.items()]):
        posted.add(amount)
    return posted


def _event_key(line: StatementLine) -> str:
    """The line's identity; a number too long for the ledger is replaced by its digest."""
    key = f"{line.kind}:{line.transaction_id}"
    return key if len(key) <= 100 else f"{line.kind}:{hashlib.sha256(line.transaction_id.encode()).hexdigest()}"
