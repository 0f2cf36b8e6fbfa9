"""How values look on Kaspi's wire: "12500.00" for money, ISO 8601 with an offset for times, plain ASCII for ids.

Documents are read strictly (no number where a string belongs) but fields we do not know are skipped, so that
Kaspi may add some. Nothing of a refused document's content reaches the error's text: only the fields' names.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
)

from app.integrations.errors import ProviderProtocolError

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})\.([0-9]{2})")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})")


def amount_to_wire(amount: int) -> str:
    """Write whole tenge as the wire wants it. Raises ValueError for anything but a positive sum."""
    if amount <= 0:
        raise ValueError("an amount sent to Kaspi is positive")
    return f"{amount}.00"


def amount_from_wire(text: object) -> int:
    """Read a wire amount as whole tenge. Raises ValueError for another form, a sign or a part of a tenge."""
    match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("an amount is a string such as 12500.00")
    if match[2] != "00":
        raise ValueError("an amount is in whole tenge")
    return int(match[1])


def time_from_wire(text: object) -> datetime:
    """Read a wire time as UTC. Raises ValueError for another form, no offset or a moment outside the calendar."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError("a time is written as 2026-03-01T10:00:00+05:00")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:  # the first and last days of the calendar, shifted out of it by their offset
        raise ValueError("the time is out of range") from None


def _web_address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError("an address starts with https://")
    return text


def _tenge(text: object) -> object:
    if text != "KZT":
        raise ValueError("money is in tenge")
    return text


WireCurrency = Annotated[str, BeforeValidator(_tenge)]
"""Kaspi's documents name no currency; should one, an amount in another is no amount of ours."""
WireAmount = Annotated[int, BeforeValidator(amount_from_wire)]
WireTime = Annotated[AwareDatetime, BeforeValidator(time_from_wire)]
WireId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
WireText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,2000}$")]
WireUrl = Annotated[WireText, AfterValidator(_web_address)]


class WireModel(BaseModel):
    """Base of every document that Kaspi sends."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


ModelT = TypeVar("ModelT", bound=WireModel)


def read(model: type[ModelT], body: bytes) -> ModelT:
    """Read a document. Raises ProviderProtocolError that names the fields at fault, never their content."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _malformed(model, error) from None


def read_value(model: type[ModelT], value: object) -> ModelT:
    """Read a part of a document that has been taken out of it. Raises as `read`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _malformed(model, error) from None


def _malformed(model: type[WireModel], error: ValidationError) -> ProviderProtocolError:
    fields = {
        ".".join(map(str, detail["loc"])) or "document"
        for detail in error.errors(include_input=False, include_url=False, include_context=False)
    }
    return ProviderProtocolError(f"kaspi: {model.__name__} is malformed: {', '.join(sorted(fields))}")
