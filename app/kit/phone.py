"""Phone numbers as people in Kazakhstan write them, kept as E.164."""

from __future__ import annotations

import phonenumbers


class PhoneError(ValueError):
    """What was typed is not a phone number that can receive a message."""


def parse_phone(text: str) -> str:
    """E.164 of a number typed in any usual way (`8 701 …`, `+7 (701) …`, `7701…`, `701…`, or international).

    Raises PhoneError when it cannot be a mobile number. +7 9… (Russia) and other countries are valid guests.
    """
    if len(text) > 40:
        raise PhoneError("too long")
    cleaned = text.strip()
    digits = "".join(ch for ch in cleaned if ch.isdigit())
    if not cleaned.startswith("+") and len(digits) == 11 and digits[0] == "7":
        cleaned = "+" + digits
    try:
        number = phonenumbers.parse(cleaned, "KZ")
    except phonenumbers.NumberParseException as error:
        raise PhoneError("not a phone number") from error
    if not phonenumbers.is_valid_number(number):
        raise PhoneError("no such number")
    mobile = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if phonenumbers.number_type(number) not in mobile:
        raise PhoneError("not a mobile number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask_phone(e164: str) -> str:
    """Enough for its owner to recognise it, nothing for anyone else: `+7 701 ••• •• 67`."""
    if e164.startswith("+7") and len(e164) == 12:
        return f"+7 {e164[2:5]} ••• •• {e164[-2:]}"
    return f"{e164[:3]} ••• {e164[-2:]}"
