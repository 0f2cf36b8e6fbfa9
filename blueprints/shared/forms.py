"""What forms say, read strictly: an amount or a date that is not plainly one counts as none."""

from __future__ import annotations

from datetime import date

from flask import request
from werkzeug.datastructures import MultiDict


def shown_amount(field: str) -> int:
    """Tenge that the page showed and the form sends back; -1, hence never equal, for anything but a plain number."""
    text = request.form.get(field, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1


def day(values: MultiDict[str, str], field: str) -> date | None:
    """An ISO date (`2027-03-05`), or None."""
    text = values.get(field, "")
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
