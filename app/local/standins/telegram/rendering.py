"""Texts with their entities as HTML, for the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from app.local.standins import words
from app.local.standins.telegram.call import Json
from app.local.standins.telegram.entities import length

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


_AS_IT_IS = frozenset({"text_link", "code", "pre"})
"""Inside these an address does not become a link."""


def to_html(text: str, entities: Sequence[Json]) -> Markup:
    """The text as Telegram shows it; web addresses become links also where nobody marked them."""
    return _piece(text.encode("utf-16-le"), 0, length(text), list(entities), words.linked)


def _piece(units: bytes, start: int, end: int, entities: list[Json], plain: Callable[[str], Markup]) -> Markup:
    parts: list[Markup] = []
    position = start

    def text_between(first: int, last: int) -> Markup:
        return plain(units[2 * first : 2 * last].decode("utf-16-le"))

    while entities:
        first = entities[0]
        first_end = first["offset"] + first["length"]
        inside = [one for one in entities[1:] if one["offset"] < first_end]
        entities = [one for one in entities[1:] if one["offset"] >= first_end]
        plain_inside = escape if first["type"] in _AS_IT_IS else plain
        parts.append(text_between(position, first["offset"]))
        parts.append(_wrapped(first, _piece(units, first["offset"], first_end, inside, plain_inside)))
        position = first_end
    parts.append(text_between(position, end))
    return Markup("").join(parts)


def _wrapped(entity: Json, inside: Markup) -> Markup:
    kind = entity["type"]
    if kind == "text_link":
        return Markup('<a href="{}" target="_blank" rel="noreferrer">{}</a>').format(entity["url"], inside)
    if kind == "spoiler":
        return Markup('<span class="tg-spoiler" tabindex="0">{}</span>').format(inside)
    if kind in _TAGS:
        return Markup("<{0}>{1}</{0}>").format(_TAGS[kind], inside)
    return Markup('<span class="tg-{}">{}</span>').format(kind, inside)
