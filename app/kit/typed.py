"""What people type into large fields, as they mean it."""

from __future__ import annotations

import unicodedata


def typed_lines(text: str) -> str:
    """Words and line breaks: composed letters, one kind of line end, nothing that neither prints nor breaks a line."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cs"}).strip()
