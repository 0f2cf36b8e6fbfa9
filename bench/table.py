"""The table that is printed and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADER = ("work", "req/s", "of hello", "target", "CPU ms", "p50 ms", "p95 ms", "p99 ms", "KB", "queries", "errors")


@dataclass(frozen=True)
class Row:
    """One line; None where a column has no meaning."""

    work: str
    per_second: float
    ratio: float | None
    target: str
    cpu_ms: float | None
    p50: float
    p95: float
    p99: float
    kilobytes: float | None
    queries: int | None
    errors: int

    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        return (
            self.work,
            f"{self.per_second:.{0 if self.per_second >= 100 else 1}f}",
            "" if self.ratio is None else f"{self.ratio:.3f}",
            self.target,
            "" if self.cpu_ms is None else f"{self.cpu_ms:.2f}",
            f"{self.p50:.1f}",
            f"{self.p95:.1f}",
            f"{self.p99:.1f}",
            "" if self.kilobytes is None else f"{self.kilobytes:.1f}",
            "" if self.queries is None else f"{self.queries}",
            f"{self.errors}",
        )


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table with aligned columns."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    texts = [_line(HEADER, widths), f"| {' | '.join(rule)} |", *(_line(row.cells(), widths) for row in rows)]
    return "\n".join(texts)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return f"| {' | '.join([first, *rest])} |"
