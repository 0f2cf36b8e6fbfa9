"""Reading a page as a guest without JavaScript does: its words, links and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx

_SILENT = frozenset({"script", "style", "template", "head"})
_VOID = frozenset({"input", "img", "meta", "link", "br", "hr", "source", "use", "path", "wbr", "col"})


@dataclass
class Form:
    """A form with what its fields hold."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """One answer of the portal, read."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(convert_charrefs=True)
        self.response = response
        self.status = response.status_code
        self.path = response.url.raw_path.decode()
        self.html = response.text
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.ids: dict[str, dict[str, str]] = {}
        """Attributes of the elements that have an id."""
        self._words: list[str] = []
        self._silent = 0
        self._select: str | None = None
        self.feed(self.html)

    @property
    def text(self) -> str:
        """The words on the page, single spaces between them (no-break spaces become plain)."""
        return " ".join(" ".join(self._words).split())

    def form(self, action: str) -> Form:
        """The form that is sent to this path; AssertionError when the page has none."""
        for form in self.forms:
            if urlsplit(form.action).path == action:
                return form
        raise AssertionError(f"no form for {action} on {self.path} ({self.status}): {self.text[:500]}")

    def has_form(self, action: str) -> bool:
        """Is there a form that is sent to this path?"""
        return any(urlsplit(form.action).path == action for form in self.forms)

    def link(self, begins: str) -> str:
        """The first link that begins so; AssertionError when the page has none."""
        for link in self.links:
            if link.startswith(begins):
                return link
        raise AssertionError(f"no link to {begins}… on {self.path} ({self.status}): {self.text[:500]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids[found["id"]] = found
        if tag in _SILENT and tag not in _VOID:
            self._silent += 1
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "form":
            self.forms.append(Form(found.get("action", self.path), found.get("method", "get").lower()))
        elif self.forms:
            self._field(tag, found)

    def _field(self, tag: str, found: dict[str, str]) -> None:
        fields = self.forms[-1].fields
        if tag == "select":
            self._select = found.get("name")
        elif tag == "option" and self._select and ("selected" in found or self._select not in fields):
            fields[self._select] = found.get("value", "")
        elif tag == "input" and found.get("name"):
            is_choice = found.get("type") in {"radio", "checkbox"}
            if not is_choice or "checked" in found:
                fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self._words.append(data)
