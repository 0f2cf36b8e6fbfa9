"""One call of the Bot API: its parameters, from wherever they came (query, form, multipart or JSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Request

from app.local.standins.telegram.refusals import bad

Json = dict[str, Any]
"""An object of the Bot API, as it travels."""


@dataclass(frozen=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """A method's parameters. Those that are objects may come as JSON or as text with JSON in it."""

    params: Mapping[str, object]
    uploads: Mapping[str, Upload]

    @classmethod
    def of(cls, request: Request) -> Call:
        """Read a request. Raises RefusalError when its body is not what it says."""
        given: dict[str, object] = {**request.args.to_dict(), **request.form.to_dict()}
        if request.is_json:
            body = request.get_json(silent=True)
            if not isinstance(body, dict):
                raise bad("can't parse request JSON object")
            given |= body
        uploads = {name: Upload(file.filename or name, file.read()) for name, file in request.files.items()}
        return cls({name: value for name, value in given.items() if value is not None}, uploads)

    def text(self, name: str) -> str:
        """A text; empty when not given."""
        value = self.params.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number; one that is not a number, or is missing without a default, is refused."""
        value = self.params.get(name, default)
        try:
            return int(value)  # type: ignore[call-overload, no-any-return]  # whatever came in, int() judges it
        except (TypeError, ValueError):
            raise bad(f"invalid {name} specified") from None

    def is_true(self, name: str) -> bool:
        """A switch, as the Bot API reads it."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def document(self, name: str) -> object:
        """An object or a list; None when not given."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None
