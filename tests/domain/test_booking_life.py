"""The state machine is the table of the architecture, and its printed diagram says exactly that table."""

from __future__ import annotations

import re
from itertools import product

import pytest
from flask import Flask

from app.config import ROOT
from app.domain.bookings import state_machine
from app.domain.bookings.state_machine import ALLOWED, may_become
from app.models import BookingStatus

S = BookingStatus
TABLE = {
    "requested": "held declined expired cancelled_by_guest",
    "held": "confirmed expired cancelled_by_guest",
    "expired": "confirmed",
    "confirmed": "checked_in cancelled_by_guest cancelled_by_landlord cancelled_by_staff",
    "checked_in": "completed no_show cancelled_by_guest cancelled_by_landlord cancelled_by_staff",
}
"""2-architecture, Booking life, by hand."""


def printed(text: str) -> dict[BookingStatus, set[BookingStatus]]:
    """The transitions that a diagram shows."""
    found: dict[BookingStatus, set[BookingStatus]] = {status: set() for status in S}
    for current, target in re.findall(r"^ +(\w+) --> (\w+)$", text, re.MULTILINE):
        found[S(current)].add(S(target))
    return found


@pytest.mark.parametrize(("current", "target"), list(product(S, S)))
def test_exactly_the_transitions_of_the_architecture_are_allowed(current: S, target: S) -> None:
    assert may_become(current, target) == (target.value in TABLE.get(current.value, "").split())


def test_the_command_prints_the_table(web_app: Flask) -> None:
    """`flask bookings diagram`."""
    result = web_app.test_cli_runner().invoke(args=["bookings", "diagram"])
    assert result.exit_code == 0
    assert printed(result.output) == {status: set(targets) for status, targets in ALLOWED.items()}
    assert set(re.findall(r"\[\*\] --> (\w+)", result.output)) == {"requested", "held"}
    ends = {status.value for status, targets in ALLOWED.items() if not targets}
    assert set(re.findall(r"(\w+) --> \[\*\]", result.output)) == ends


def test_the_page_in_docs_is_the_printed_diagram() -> None:
    """Print it anew with `flask bookings diagram` when this fails."""
    page = (ROOT / "docs" / "booking-life.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{state_machine.diagram()}\n```" in page
    for status in S:
        name = "cancelled_by_…" if status.value.startswith("cancelled_by") else status.value
        assert f"| `{name}` |" in page


def test_a_diagram_that_lacks_a_transition_would_be_found() -> None:
    text = state_machine.diagram().replace("    expired --> confirmed\n", "")
    assert printed(text) != {status: set(targets) for status, targets in ALLOWED.items()}
