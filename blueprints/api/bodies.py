"""What the API takes: strict documents. What is not named here, or not of its type, is refused (422), never guessed.

Dates are ISO (`2027-03-05`), amounts whole tenge. Amounts are what the client showed: they are compared, never used.
What carries a file comes as a form (multipart/form-data), as strict as the rest.
"""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema
from werkzeug.datastructures import FileStorage

from app.kit.errors import DomainError
from blueprints.shared.uploads import make_room

Shown = Annotated[int, Field(ge=0, le=10**12)]
"""An amount that a person saw, in tenge."""
File = Annotated[str, WithJsonSchema({"type": "string", "contentMediaType": "application/octet-stream"})]
"""A file in a form. What is kept of it here is a hash: a body with another file is another body (Idempotency-Key)."""
PHOTO = "photo"
"""The only field that may be a file."""
MOST_PROBLEMS = 20
"""Problems that one answer lists."""


class Body(BaseModel):
    """A JSON object with known names only, and no conversion of types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Act(StrEnum):
    """What is asked for: to hold the nights, or, of a flat that is asked for first, the landlord's consent."""

    HOLD = "hold"
    REQUEST = "request"


class NewBooking(Body):
    """A stay that is to be held, or asked for."""

    property_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    check_in: date
    check_out: date
    guests: Annotated[int, Field(ge=1, le=40)]
    total_shown: Shown
    promo_code: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    act: Act = Act.HOLD
    guest_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Who arrives; not needed by people whose profile says it."""


class Paid(StrEnum):
    """What a payment is for."""

    BOOKING = "booking"
    EXTENSION = "extension"


class NewPayment(Body):
    """Another attempt to pay."""

    of: Paid = Paid.BOOKING


class Cancellation(Body):
    """The end of a booking. `back_shown` is what comes back; 0 where nothing was paid."""

    back_shown: Shown


class Extension(Body):
    """A later check-out, and what it adds."""

    check_out: date
    total_shown: Shown


class Shortening(Body):
    """An earlier check-out, and what comes back."""

    check_out: date
    back_shown: Shown


Kind = TypeVar("Kind", bound=Body)


def body_as(kind: type[Kind]) -> Kind:
    """The request's body. Raises DomainError `body_wrong` (422) with the problems, each by field, code and sentence.

    A body that may be left out counts as `{}`.
    """
    try:
        return kind.model_validate_json(request.get_data() or b"{}")
    except ValidationError as error:
        raise _wrong(error) from None


def is_form() -> bool:
    """Does the request come as a form that may carry a file?"""
    return request.mimetype == "multipart/form-data"


def form_as(kind: type[Kind]) -> tuple[Kind, FileStorage | None]:
    """The request's form, and its photo. Raises DomainError `body_wrong` as `body_as`.

    The caller must be known: room for one photo is made here. What is said twice, a file that is no photo of the form
    and a photo that is no file are wrong.
    """
    make_room(1)
    said: dict[str, object] = {
        name: values[0] if len(values) == 1 and name != PHOTO else values for name, values in request.form.lists()
    }
    photo = None
    for name, files in request.files.lists():
        is_photo = name == PHOTO and len(files) == 1 and name not in said
        photo = files[0] if is_photo else photo
        said[name] = hashlib.sha256(files[0].stream.read()).hexdigest() if is_photo else [name]
    try:
        return kind.model_validate_strings(said), photo
    except ValidationError as error:
        raise _wrong(error) from None


def _wrong(error: ValidationError) -> DomainError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    problems = [
        {"field": ".".join(map(str, each["loc"]))[:100], "code": each["type"], "message": each["msg"]}
        for each in found[:MOST_PROBLEMS]
    ]
    return DomainError("body_wrong", problems=problems)
