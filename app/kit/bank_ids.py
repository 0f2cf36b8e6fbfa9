"""What a bank in Kazakhstan needs to pay someone: the account's IBAN and the holder's IIN or BIN, checked as written.

A check finds slips of the pen, not strangers: that an account is the holder's is for staff and the bank to say.
"""

from __future__ import annotations

import re

_IBAN = re.compile(r"KZ[0-9]{2}[0-9]{3}[0-9A-Z]{13}")
"""SWIFT's IBAN registry (ISO 13616): KZ2!n3!n13!c, 20 characters."""
_FIRST_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)


class BankIdError(ValueError):
    """What was typed cannot be such a number. Never carries what was typed."""


def parse_iban(text: str) -> str:
    """An IBAN of Kazakhstan without spaces, in capitals.

    Raises BankIdError for another country, a wrong length, or check digits that do not fit (ISO 7064, mod 97-10).
    """
    iban = "".join(text.split()).upper()
    if _IBAN.fullmatch(iban) is None:
        raise BankIdError("not an IBAN of Kazakhstan")
    digits = "".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])
    if int(digits) % 97 != 1:
        raise BankIdError("the check digits do not fit")
    return iban


def parse_tax_id(text: str) -> str:
    """An IIN (of a person) or a BIN (of a business): twelve digits.

    Raises BankIdError when they are not, when the fifth digit belongs to neither, or the twelfth does not fit the
    others: weights 1…11 modulo 11; where that gives 10, weights 3…11, 1, 2; where that gives 10 too, there is no such
    number (rules of the national registers of identification numbers).
    """
    number = "".join(text.split())
    if len(number) != 12 or not (number.isascii() and number.isdigit()):
        raise BankIdError("not twelve digits")
    if number[4] not in "0123456":  # 0-3 begins a day of birth, 4-6 says what kind of business it is
        raise BankIdError("neither a person's nor a business's number")
    if _check_digit(number) != int(number[11]):
        raise BankIdError("the check digit does not fit")
    return number


def is_business(tax_id: str) -> bool:
    """Is it a BIN rather than an IIN?"""
    return tax_id[4] in "456"


def _check_digit(number: str) -> int | None:
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        found = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11
        if found < 10:
            return found
    return None
