"""A statement put in order: by Kaspi's numbers, repeats apart, sums given back so far apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.integrations.kaspi.port import StatementKind, StatementLine

RUNNING_TOTAL = ":returned"
"""How the number of a line ends that says what was given back so far: the QR surface has no statement of its own, so a
payment's `details` are made a line (see `KaspiPort.statement`)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of one day by Kaspi's number; of those that it has more than once, all copies in `repeated`."""

    payments: dict[str, StatementLine] = field(default_factory=dict)
    refunds: dict[str, StatementLine] = field(default_factory=dict)
    returned: dict[str, StatementLine] = field(default_factory=dict)
    """Sums given back so far, by the payment's provider id."""
    repeated: dict[tuple[StatementKind, str], list[StatementLine]] = field(default_factory=dict)


def put_in_order(lines: Iterable[StatementLine]) -> Statement:
    """Read the lines, in whatever order they come; the result does not depend on it."""
    found = Statement()
    for line in lines:
        if line.kind is StatementKind.REFUND and line.transaction_id.endswith(RUNNING_TOTAL):
            found.returned[line.provider_id] = line
            continue
        place = found.payments if line.kind is StatementKind.PAYMENT else found.refunds
        first = place.get(line.transaction_id)
        if first is None:
            place[line.transaction_id] = line
        else:
            found.repeated.setdefault((line.kind, line.transaction_id), [first]).append(line)
    for (kind, transaction_id), copies in found.repeated.items():
        copies.sort(key=_order)
        place = found.payments if kind is StatementKind.PAYMENT else found.refunds
        place[transaction_id] = copies[0]
    return found


def _order(line: StatementLine) -> tuple[object, ...]:
    return (line.amount, line.fee is None, line.fee or 0, line.at, line.provider_id)
