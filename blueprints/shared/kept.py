"""Parts of pages as finished markup, kept in the process.

A component's macro sees its arguments and the environment's globals only, so what it writes in a language follows from
its arguments: kept by these it is never stale. Texts that differ from visit to visit (dates, addresses) are not part of
the key but put in afterwards. Whatever belongs to one person or request, a token or a nonce, is no business of a kept
macro.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Hashable
from functools import lru_cache

from markupsafe import Markup, escape

from app.i18n import current_language
from blueprints.shared.templates import template

KEPT = 2048
"""A few KB each."""

_MARK = secrets.token_hex(8)
"""Nothing that anyone can write into a title."""
_GAP = re.compile(f"@{_MARK}:([a-z_]+)@")


def gap(name: str) -> str:
    """Stands for a text that is put in later."""
    return f"@{_MARK}:{name}@"


def split(markup: str) -> list[str]:
    """Markup around its gaps: text, name of a gap, text, name, …, text."""
    return _GAP.split(markup)


def kept(component: str, macro: str, *shown: Hashable, **filled: str) -> Markup:
    """What a macro of components/`component`.html writes for `shown` (values) and, by name, `filled` (texts)."""
    pieces = list(_pieces(current_language(), component, macro, shown, tuple(filled)))
    pieces[1::2] = [escape(filled[name]) for name in pieces[1::2]]
    return Markup("".join(pieces))  # noqa: S704  # our own templates and escaped texts


@lru_cache(maxsize=KEPT)
def _pieces(
    _language: str, component: str, macro: str, shown: tuple[Hashable, ...], names: tuple[str, ...]
) -> list[str]:
    write = getattr(template(f"components/{component}.html").module, macro)
    return split(str(write(*shown, **{name: gap(name) for name in names})))
