"""The file that staff takes to the bank: CSV, the same bytes at every export.

UTF-8, `;`, a header, CRLF (RFC 4180); amounts in tenge with two decimals. A spreadsheet must not take a cell for a
formula (OWASP, «CSV Injection»): one that begins like one gets an apostrophe.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.payouts.batches import to_export
from app.kit.errors import DomainError, ErrorKind
from app.models import Payout, PayoutBatch, PayoutStatus

HEADER = ("payout_id", "holder", "tax_id", "iban", "amount", "currency", "purpose")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class BankFile:
    """The bytes of a file, its name, and the SHA-256 that is kept of it."""

    name: str
    content: bytes
    sha256: str
    payouts: int


def export(session: Session, day: date, *, actor: Actor, now: datetime) -> BankFile:
    """The file of a day's batch; its payouts are at the bank from then on. Every export is audited.

    Whoever was blocked since the batch was made is not in it; it may be left with its first line alone.

    Raises DomainError `payout_batch_unknown` (404), `payout_batch_empty` (409), and RuntimeError when the file is not
    the one that was exported before.
    """
    statement = select(PayoutBatch).where(PayoutBatch.day == day).with_for_update()
    made = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if made is None:
        raise DomainError("payout_batch_unknown", ErrorKind.NOT_FOUND)
    payouts = to_export(session, made, actor=actor, now=now)
    content = written(payouts, day)
    digest = hashlib.sha256(content).digest()
    if made.file_sha256 is not None and made.file_sha256 != digest:
        raise RuntimeError("the file of this batch is not the one that was exported before")
    if made.file_sha256 is None:
        made.exported_at, made.file_sha256 = now, digest
        for payout in payouts:
            payout.status = PayoutStatus.EXPORTED
    audit.record(
        session, "payouts.exported", actor=actor, subject=("payout_batch", made.id), now=now, sha256=digest.hex()
    )
    return BankFile(f"payouts-{day.isoformat()}.csv", content, digest.hex(), len(payouts))


def written(payouts: list[Payout], day: date) -> bytes:
    """The payouts as the bank reads them, in this order."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    purpose = f"ЖильеGO: выплата за проживание гостей, {day:%d.%m.%Y}"
    for payout in payouts:
        cells = (str(payout.id), payout.holder, payout.tax_id, payout.iban, f"{payout.amount}.00", "KZT", purpose)
        writer.writerow([_plain(cell) for cell in cells])
    return text.getvalue().encode()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
