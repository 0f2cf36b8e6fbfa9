"""How many segments an SMS costs: https://www.twilio.com/docs/glossary/what-sms-character-limit.

Letters of the GSM-7 alphabet travel as 160 in a message or 153 in each part of a longer one; a single other letter
makes all of it UCS-2, 70 or 67 units of 16 bits each. Cyrillic is always UCS-2.
"""

from __future__ import annotations

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")
"""Letters of the extension table, which take two places."""


def segments(text: str) -> int:
    """Segments that a text is sent in; at least one."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        units, whole, part = len(text) + sum(letter in _GSM_TWICE for letter in text), 160, 153
    else:
        units, whole, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= whole else -(-units // part)
