"""Texts within WhatsApp's limits: marks, lengths, labels. Pure.

Lengths are counted in UTF-16 units, the narrower of the two ways in which providers count characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.channels.message import Button

LONGEST_TEXT = 1600
"""Of free text (Twilio)."""
LONGEST_BODY = 1024
"""Of what stands above buttons, and of a picture's caption."""
LONGEST_REPLY, LONGEST_ITEM, LONGEST_NOTE = 20, 24, 72
"""Of a quick reply's title, of a list's row and of the line under it."""

_ADDRESS_OR_BOLD = re.compile(r"https?://\S+|\*\*(?P<bold>.+?)\*\*")
_PAIR = re.compile(r"(?<![^\W_])([*_~])(?=\S)(.*?\S)\1(?![^\W_])")
"""What WhatsApp would show as bold, italic or struck out."""
_LOOKALIKE = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})
_GAPS = re.compile(r"[\t\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_SPACES = re.compile(r" {5,}")


def size(text: str) -> int:
    """Its length as it is counted here."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def marked(text: str) -> str:
    """Our `**bold**` as WhatsApp's; what else it would take for marks is shown as it was written.

    A lonely mark is left alone, so that a Wi-Fi password stays one that can be copied; so is an address.
    """
    return "\n".join(_marked_line(line) for line in text.split("\n"))


def _marked_line(line: str) -> str:
    has_bold = "**" in line
    parts, at = [], 0
    for found in _ADDRESS_OR_BOLD.finditer(line):
        parts.append(_neutral(line[at : found.start()], has_bold=has_bold))
        bold = found["bold"]
        parts.append(found[0] if bold is None else _bold(bold))
        at = found.end()
    return "".join([*parts, _neutral(line[at:], has_bold=has_bold)])


def _bold(text: str) -> str:
    inside = text.strip().translate(_LOOKALIKE)
    return f"*{inside}*" if inside else ""


def _neutral(text: str, *, has_bold: bool) -> str:
    if has_bold:  # a lonely star would pair with our own
        text = text.replace("*", "∗")
    if text.count("`") > 1:
        text = text.replace("`", "ˋ")
    found = 1
    while found:  # what stands within a pair may be one itself
        text, found = _PAIR.subn(_lookalike, text)
    return text


def _lookalike(pair: re.Match[str]) -> str:
    mark = pair[1].translate(_LOOKALIKE)
    return f"{mark}{pair[2]}{mark}"


def one_line(text: str, *, empty: str = "–") -> str:
    """As a template's variable may be: no line breaks, no tabs, at most four spaces in a row, not empty."""
    flat = _SPACES.sub("    ", _GAPS.sub(" ", text.replace("\n", " "))).strip()
    return flat or empty


def lines_of(text: str) -> tuple[str, ...]:
    """Its lines, each fit for a variable; empty ones between paragraphs, one at a time."""
    found: list[str] = []
    for line in text.split("\n"):
        flat = one_line(line, empty="")
        if flat or (found and found[-1]):
            found.append(flat)
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis."""
    if size(text) <= most:
        return text
    return f"{_head(text, most - 1).rstrip(' ,.;:–—-')}…"


def split(text: str, most: int = LONGEST_TEXT) -> list[str]:
    """The text in messages that are not too long, parted between paragraphs, lines or words if that is possible."""
    parts = []
    while size(text) > most:
        head = _head(text, most)
        at = next((place for mark in ("\n\n", "\n", " ") if (place := head.rfind(mark)) > len(head) // 3), len(head))
        parts.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [part for part in [*parts, text] if part]


def labels(texts: Sequence[str], most: int) -> list[str]:
    """Titles that fit, each another one: of those that begin alike the middle is left out, else they get numbers."""
    flat = [one_line(text, empty="•") for text in texts]
    for shorten in (cut, _cut_middle):
        short = [shorten(text, most) for text in flat]
        if len({text.casefold() for text in short}) == len(short):
            return short
    return [f"{number}. {cut(text, most - 4)}" for number, text in enumerate(flat, 1)]


def numbered(buttons: Sequence[Button]) -> str:
    """A line for each button, by the number that may be typed instead of pressing it."""
    return "\n".join(
        f"{number}. {one_line(button.label, empty='•')}" + (f" — {one_line(button.note)}" if button.note else "")
        for number, button in enumerate(buttons, 1)
    )


def _cut_middle(text: str, most: int) -> str:
    if size(text) <= most:
        return text
    tail = (most - 1) // 2
    end = _head(text[::-1], tail)[::-1].lstrip()
    return f"{_head(text, most - 1 - tail).rstrip()}…{end}"


def _head(text: str, most: int) -> str:
    units = 0
    for at, letter in enumerate(text):
        units += 2 if letter > "\uffff" else 1
        if units > most:
            return text[:at]
    return text
