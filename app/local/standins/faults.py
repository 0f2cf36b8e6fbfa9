"""Fault switches: what they are made of, how they are kept, how a form shows them, and how a drill lists them.

A provider's switches are one frozen pydantic model; every field is made by `flag`, `number` or `choice`, has Russian
words for the form and a default that means "off". They apply until they are put back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Faults(BaseModel):
    """Base of a provider's switches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def is_any_on(self) -> bool:
        """Whether anything differs from a well-behaved provider."""
        return self != type(self)()


FaultsT = TypeVar("FaultsT", bound=Faults)


@dataclass(frozen=True)
class Group:
    """Switches that stand together in the form. `surface`: the only one where they act, or None for all."""

    title: str
    surface: str | None = None


@dataclass(frozen=True)
class _About:
    """What pydantic's field does not know: the group, the words of each choice, the values that mean "on"."""

    group: Group
    on: tuple[object, ...]
    words: Mapping[str, str]


def flag(group: Group, title: str, hint: str = "") -> Any:
    """A switch that is on or off."""
    return _field(False, group, title, hint, on=(True,))


def number(
    group: Group, title: str, hint: str = "", *, on: float, default: float = 0, lowest: float = 0, highest: float
) -> Any:
    """A number within limits; drills try `on`."""
    return _field(default, group, title, hint, on=(on,), ge=lowest, le=highest)


def choice(group: Group, title: str, hint: str = "", *, words: Mapping[str, str]) -> Any:
    """One of the field's words, the first of which means "off"; drills try each of the others."""
    off, *on = words
    return _field(off, group, title, hint, on=tuple(on), words=words)


def _field(
    default: object,
    group: Group,
    title: str,
    hint: str,
    *,
    on: tuple[object, ...],
    words: Mapping[str, str] | None = None,
    ge: float | None = None,
    le: float | None = None,
) -> Any:
    made: Any = Field(default=default, title=title, description=hint, ge=ge, le=le)
    made.metadata.append(_About(group, on, words or {}))
    return made


def _about(field: FieldInfo) -> _About:
    return next(one for one in field.metadata if isinstance(one, _About))


def load(db: sqlite3.Connection, model: type[FaultsT]) -> FaultsT:
    """The switches as they stand; all off when nobody has touched them."""
    row = db.execute("SELECT document FROM faults WHERE provider = ?", (model.__name__,)).fetchone()
    return model() if row is None else model.model_validate_json(row["document"])


def save(db: sqlite3.Connection, faults: Faults) -> None:
    """Replace the switches."""
    db.execute("REPLACE INTO faults VALUES (?, ?)", (type(faults).__name__, faults.model_dump_json()))


def ways_to_fail(model: type[Faults], surface: str | None = None) -> list[tuple[str, object]]:
    """Every switch with each value that means "on", for drills; with a surface, only those that act on it."""
    return [
        (name, value)
        for name, field in model.model_fields.items()
        for value in _about(field).on
        if surface is None or _about(field).group.surface in {None, surface}
    ]


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
    group: str


def form_groups(faults: Faults) -> list[tuple[str, list[FormField]]]:
    """The switches as controls of a form, in the model's order, by the title of their group."""
    fields = [_form_field(name, field, getattr(faults, name)) for name, field in type(faults).model_fields.items()]
    return [(title, list(group)) for title, group in groupby(fields, lambda field: field.group)]


def _form_field(name: str, field: FieldInfo, value: object) -> FormField:
    is_choice = get_origin(field.annotation) is Literal and bool(get_args(field.annotation))
    return FormField(
        name=name,
        title=field.title or name,
        hint=field.description or "",
        kind="choice" if is_choice else "flag" if field.annotation is bool else "number",
        value=value,
        options=_about(field).words,
        is_on=value != field.default,
        group=_about(field).group.title,
    )


def from_form(model: type[FaultsT], form: Mapping[str, Any]) -> FaultsT:
    """Read a submitted form; an empty number and an unticked box mean "off". Raises pydantic's ValidationError."""
    return model.model_validate({name: form[name] for name in model.model_fields if form.get(name)})
