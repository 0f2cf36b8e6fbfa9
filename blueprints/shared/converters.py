"""Parts of addresses that have a form of their own."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

from app.kit.reference import ALPHABET


class PhotoKeyConverter(BaseConverter):
    """A listing photo's key: `<photo_key:key>`, as the table of photos has it."""

    regex = "[a-z0-9-]{1,80}"


class ReferenceConverter(BaseConverter):
    """A booking's reference: `<reference:reference>`. Anything else is no address of ours: 404."""

    regex = f"[{ALPHABET}]{{8}}"
