"""What opens a flat: the content of the sealed documents."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from app.kit.errors import DomainError


class AccessDetails(BaseModel):
    """Codes and directions of one flat, as the landlord gave them. Empty text: the flat has none."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    apartment: str = Field(default="", max_length=40)
    entrance: str = Field(default="", max_length=40)
    floor: str = Field(default="", max_length=20)
    intercom: str = Field(default="", max_length=40)
    key_safe: str = Field(default="", max_length=40)
    smart_lock: str = Field(default="", max_length=40)
    wifi_name: str = Field(default="", max_length=80)
    wifi_password: str = Field(default="", max_length=80)
    directions: str = Field(default="", max_length=2000)
    """In Russian, or in whatever language the landlord writes."""
    directions_kk: str = Field(default="", max_length=2000)
    directions_en: str = Field(default="", max_length=2000)

    def directions_in(self, language: str) -> str:
        """The way in as it is told in this language, or else in one that there is."""
        wanted = {"kk": self.directions_kk, "en": self.directions_en}.get(language, "")
        return wanted or self.directions or self.directions_en or self.directions_kk

    def as_json(self) -> str:
        """The document as it is sealed. What is empty is left out, so that code before a field was added reads it."""
        return self.model_dump_json(exclude_defaults=True)


class BookingCodes(BaseModel):
    """Codes made for one booking; where one is empty the flat's own applies."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    intercom: str = Field(default="", max_length=40)
    key_safe: str = Field(default="", max_length=40)
    smart_lock: str = Field(default="", max_length=40)


LONGEST: dict[str, int] = {
    name: next(rule.max_length for rule in field.metadata if hasattr(rule, "max_length"))
    for name, field in AccessDetails.model_fields.items()
}
"""How many signs each field of a flat's details takes."""
WAYS_IN = ("intercom", "key_safe", "smart_lock", "directions", "directions_kk", "directions_en")


def details_from(given: Mapping[str, str]) -> AccessDetails:
    """What a landlord typed, by field; only directions may have several lines.

    Raises DomainError (422): `text_too_long` (with `field` and `length`), `keys_empty` when nothing says how to get in.
    """
    typed = {}
    for name, length in LONGEST.items():
        lines = [" ".join(line.split()) for line in given.get(name, "").splitlines()]
        typed[name] = ("\n" if name.startswith("directions") else " ").join(lines).strip()
        if len(typed[name]) > length:
            raise DomainError("text_too_long", field=name, length=length)
    if not any(typed[name] for name in WAYS_IN):
        raise DomainError("keys_empty")
    return AccessDetails(**typed)


TOLD = ("intercom", "key_safe", "smart_lock", "wifi_password")
"""What a guest who stays must hear of when it is another: without it a door or the network does not open."""


def changed(before: AccessDetails, after: AccessDetails) -> list[str]:
    """Names of the fields that are not the same; never what is in them."""
    return [name for name in AccessDetails.model_fields if getattr(before, name) != getattr(after, name)]


def merged(details: AccessDetails, codes: BookingCodes | None) -> AccessDetails:
    """The flat's details with the booking's own codes in place of the shared ones."""
    if codes is None:
        return details
    return details.model_copy(update={name: value for name, value in codes.model_dump().items() if value})
