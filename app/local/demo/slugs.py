"""The readable part of a flat's address, out of its Russian title."""

from __future__ import annotations

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN = "a|b|v|g|d|e|e|zh|z|i|y|k|l|m|n|o|p|r|s|t|u|f|h|c|ch|sh|sch||y||e|yu|ya"
_LETTERS = dict(zip(_CYRILLIC, _LATIN.split("|"), strict=True))


def slug_of(title: str) -> str:
    """Lower-case Latin words joined by hyphens, at most 60 characters: «Светлая студия» → `svetlaya-studiya`."""
    letters = []
    for character in title.lower():
        if character.isascii() and character.isalnum():
            letters.append(character)
        else:
            letters.append(_LETTERS.get(character, " "))
    words = "".join(letters).split()
    while len("-".join(words)) > 60:
        words.pop()
    return "-".join(words)
