"""Fault switches: what they are made of, how they are kept, and how a form shows them.

A provider's switches are one frozen pydantic model; every field has a title (Russian, for the form) and a default
that means "off". They apply until they are put back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict


class Faults(BaseModel):
    """Base of a provider's switches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def is_any_on(self) -> bool:
        """Whether anything differs from a well-behaved provider."""
        return self != type(self)()


FaultsT = TypeVar("FaultsT", bound=Faults)


def load(db: sqlite3.Connection, model: type[FaultsT]) -> FaultsT:
    """The switches as they stand; all off when nobody has touched them."""
    row = db.execute("SELECT document FROM faults WHERE provider = ?", (model.__name__,)).fetchone()
    return model() if row is None else model.model_validate_json(row["document"])


def save(db: sqlite3.Connection, faults: Faults) -> None:
    """Replace the switches."""
    db.execute("REPLACE INTO faults VALUES (?, ?)", (type(faults).__name__, faults.model_dump_json()))


@dataclass(frozen=True)
class FormField:
    """One control: `kind` is flag, choice or number."""

    name: str
    title: str
    hint: str
    kind: Literal["flag", "choice", "number"]
    value: object
    options: Mapping[str, str]
    is_on: bool


def form_fields(faults: Faults) -> list[FormField]:
    """The switches as controls of a form, in the model's order."""
    fields = []
    for name, field in type(faults).model_fields.items():
        value = getattr(faults, name)
        choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        words = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        fields.append(
            FormField(
                name=name,
                title=field.title or name,
                hint=field.description or "",
                kind="choice" if choices else "flag" if field.annotation is bool else "number",
                value=value,
                options={choice: str(words.get(choice, choice)) for choice in choices},
                is_on=value != field.default,
            )
        )
    return fields


def from_form(model: type[FaultsT], form: Mapping[str, Any]) -> FaultsT:
    """Read a submitted form; an empty number and an unticked box mean "off". Raises pydantic's ValidationError."""
    return model.model_validate({name: form[name] for name in model.model_fields if form.get(name)})
