"""What opens a flat: the content of the sealed documents."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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


class BookingCodes(BaseModel):
    """Codes made for one booking; where one is empty the flat's own applies."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    intercom: str = Field(default="", max_length=40)
    key_safe: str = Field(default="", max_length=40)
    smart_lock: str = Field(default="", max_length=40)


def merged(details: AccessDetails, codes: BookingCodes | None) -> AccessDetails:
    """The flat's details with the booking's own codes in place of the shared ones."""
    if codes is None:
        return details
    return details.model_copy(update={name: value for name, value in codes.model_dump().items() if value})
