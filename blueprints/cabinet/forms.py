"""Reading the cabinet's forms: what was typed, and what is wrong with which field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from app.i18n import gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import NBSP
from blueprints.shared.errors import TEXTS, text_of

WHOLE_FORM = ""
"""The problem of no field in particular."""


class Fields:
    """The values of a form. Whatever cannot be read becomes a problem of its field; reading goes on."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: dict[str, str] = {}

    def text(self, name: str) -> str:
        """As it was typed, without white space around it."""
        return self._values.get(name, "").strip()[:200]

    def number(self, name: str) -> int:
        """A whole number that must be there; 0 when it is not, with a problem."""
        value = self.optional_number(name)
        if value is None and name not in self.problems:
            self.problems[name] = gettext("Введите число.")
        return value or 0

    def optional_number(self, name: str) -> int | None:
        """A whole number, or None where nothing was typed. `15 000` and `−20` are numbers."""
        typed = "".join(self.text(name).replace("−", "-").split())
        if not typed:
            return None
        digits = typed.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
            self.problems[name] = gettext("Нужно целое число.")
            return None
        return int(typed)

    def day(self, name: str) -> date | None:
        """A date that must be there."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            self.problems[name] = gettext("Выберите дату.")
            return None

    def optional_time(self, name: str) -> time | None:
        """A time of day to the minute, or None where nothing was typed."""
        typed = self.text(name)
        try:
            return time.fromisoformat(typed).replace(second=0, microsecond=0, tzinfo=None) if typed else None
        except ValueError:
            self.problems[name] = gettext("Введите время, например 21:30.")
            return None


def problems_of(error: DomainError) -> dict[str, str]:
    """A refusal as the problem of the field it is about. What is not there at all is raised again."""
    if error.kind not in {ErrorKind.INVALID, ErrorKind.CONFLICT}:
        raise error
    if "field" not in error.params:
        return {WHOLE_FORM: text_of(error)}
    if error.code != "value_out_of_range":
        return {str(error.params["field"]): text_of(error)}
    limits = {name: _grouped(error.params[name]) for name in ("least", "most")}
    return {str(error.params["field"]): gettext(TEXTS[error.code]) % limits}


def _grouped(number: object) -> str:
    return f"{number:,}".replace(",", NBSP)
