"""HTML of messages: what `parse_mode=HTML` allows, and the entities it becomes (core.telegram.org/bots/api#html-style).

Offsets and lengths are UTF-16 code units, as everywhere in the Bot API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.local.standins.telegram.call import Json
from app.local.standins.telegram.refusals import bad

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
_START = re.compile(
    r"<([A-Za-z][A-Za-z0-9-]*)((?:\s+[A-Za-z-]+(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))?)*)\s*>"
)
_END = re.compile(r"</([A-Za-z][A-Za-z0-9-]*)?\s*>")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
_SYMBOL = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_WEB = re.compile(r"(?:https?://|tg://|mailto:)[^\s<>\"]+")
_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?")


def length(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class _Open:
    """A tag that waits for its end. `mark` is what `length` has grown to where it stands."""

    tag: str
    kind: str
    mark: int
    attributes: dict[str, str]


@dataclass
class _Reader:
    """Reads one text from its beginning to its end."""

    source: str
    text: list[str] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)
    mark: int = 0
    open: list[_Open] = field(default_factory=list)

    def read(self) -> tuple[str, list[Json]]:
        position = 0
        while position < len(self.source):
            position = self._step(position)
        if self.open:
            raise _unreadable(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.text), self.entities

    def _step(self, position: int) -> int:
        symbol = self.source[position]
        if symbol == "<":
            return self._end_tag(position) if self.source.startswith("</", position) else self._start_tag(position)
        match = _SYMBOL.match(self.source, position) if symbol == "&" else None
        if match is None:
            self._add(symbol)
            return position + 1
        self._add(_symbol(match))
        return match.end()

    def _add(self, text: str) -> None:
        self.text.append(text)
        self.mark += length(text)

    def _start_tag(self, position: int) -> int:
        at = len(self.source[:position].encode())
        match = _START.match(self.source, position)
        if match is None:
            named = re.compile(r"<([A-Za-z][A-Za-z0-9-]*)").match(self.source, position)
            if named is None:
                raise _unreadable(f'Unsupported start tag "" at byte offset {at}')
            raise _unreadable(f"Unclosed start tag at byte offset {at}")
        tag = match[1].lower()
        attributes = {
            one[1].lower(): _unescaped(one[2] or one[3] or one[4] or "") for one in _ATTRIBUTE.finditer(match[2])
        }
        is_spoiler = tag == "span" and attributes.get("class") == "tg-spoiler"
        if tag == "span" and not is_spoiler:
            raise _unreadable(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
        if tag not in _KINDS and not is_spoiler:
            raise _unreadable(f'Unsupported start tag "{tag}" at byte offset {at}')
        self.open.append(_Open(tag, "spoiler" if is_spoiler else _KINDS[tag], self.mark, attributes))
        return match.end()

    def _end_tag(self, position: int) -> int:
        at = len(self.source[:position].encode())
        if not self.open:
            raise _unreadable(f"Unexpected end tag at byte offset {at}")
        match = _END.match(self.source, position)
        if match is None:
            raise _unreadable(f"Unclosed end tag at byte offset {at}")
        opened, tag = self.open.pop(), (match[1] or "").lower()
        if tag not in {"", opened.tag}:
            raise _unreadable(f'Unmatched end tag at byte offset {at}, expected "</{opened.tag}>", found "</{tag}>"')
        self._close(opened)
        return match.end()

    def _close(self, opened: _Open) -> None:
        entity: Json = {"type": opened.kind, "offset": opened.mark, "length": self.mark - opened.mark}
        if opened.kind == "text_link":
            inside = "".join(self.text).encode("utf-16-le")[2 * opened.mark :].decode("utf-16-le")
            entity["url"] = opened.attributes.get("href", inside)
            if not _WEB.fullmatch(entity["url"]):
                return  # Telegram keeps the words and forgets the link
        if entity["length"]:
            self.entities.append(entity)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The text without tags and white space around it, and its entities, outer ones first. Raises RefusalError."""
    return trimmed(*_Reader(source).read())


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without white space at both ends, which no message keeps."""
    skipped = length(text) - length(text.lstrip())
    text = text.strip()
    end = length(text)
    kept = []
    for entity in entities:
        first = max(0, entity["offset"] - skipped)
        last = min(end, entity["offset"] + entity["length"] - skipped)
        if first < last:
            kept.append({**entity, "offset": first, "length": last - first})
    return text, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def commands_in(text: str) -> list[Json]:
    """The bot's commands in what a person typed, as entities."""
    return [
        {"type": "bot_command", "offset": length(text[: match.start()]), "length": length(match[0])}
        for match in _COMMAND.finditer(text)
    ]


def _symbol(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    is_a_letter = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if is_a_letter else match[0]


def _unescaped(text: str) -> str:
    return _SYMBOL.sub(_symbol, text)


def _unreadable(what: str) -> Exception:
    return bad(f"can't parse entities: {what}")
