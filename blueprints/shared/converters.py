"""Parts of addresses that have a form of their own."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

from app.kit.reference import ALPHABET


class ReferenceConverter(BaseConverter):
    """A booking's reference: `<reference:reference>`. Anything else is no address of ours: 404."""

    regex = f"[{ALPHABET}]{{8}}"
