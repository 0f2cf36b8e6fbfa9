"""What buttons carry, written short and read with care: a value may be an old button's, or somebody's invention."""

from __future__ import annotations

from datetime import date

from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay

_MOST_DIGITS = 15
_LONGEST_REFERENCE = 12


def written_day(day: date) -> str:
    """A day in six digits: `270312`."""
    return f"{day:%y%m%d}"


def number(values: tuple[str, ...], index: int) -> int:
    """The number at `index`. Raises DomainError `button_old` (404)."""
    text = values[index] if index < len(values) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    return int(text)


def number_or(values: tuple[str, ...], index: int, otherwise: int) -> int:
    """The number at `index`; `otherwise` where the button has none, or something else. Never raises."""
    try:
        return number(values, index)
    except DomainError:
        return otherwise


def optional_number(values: tuple[str, ...], index: int) -> int | None:
    """The number at `index`, None when the button has none there. Raises as `number`."""
    return number(values, index) if len(values) > index and values[index] else None


def day(values: tuple[str, ...], index: int) -> date:
    """The day at `index`. Raises as `number`."""
    text = values[index] if index < len(values) else ""
    if not (text.isascii() and text.isdecimal() and len(text) == 6):
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise DomainError("button_old", ErrorKind.NOT_FOUND) from None


def optional_day(values: tuple[str, ...], index: int) -> date | None:
    """The day at `index`, None when the button has none there. Raises as `number`."""
    return day(values, index) if len(values) > index and values[index] else None


def stay(values: tuple[str, ...], index: int) -> Stay:
    """The nights between the days at `index` and after it. Raises as `number`."""
    check_in, check_out = day(values, index), day(values, index + 1)
    if check_out <= check_in:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    return Stay(check_in, check_out)


def text(values: tuple[str, ...], index: int) -> str:
    """The word at `index`, empty when the button has none there."""
    return values[index] if index < len(values) else ""


def reference(values: tuple[str, ...], index: int = 0) -> str:
    """The booking's reference at `index`. Raises DomainError `booking_unknown` (404) without one."""
    found = text(values, index)
    if not (found.isascii() and found.isalnum() and len(found) <= _LONGEST_REFERENCE):
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return found
