"""Addresses inside the portal."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def here() -> str:
    """The path and query of this request."""
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path


def safe_next(target: str | None, *, default: str = "/") -> str:
    """`target` if it is a path on this site, else `default`: nobody is sent elsewhere by a link of ours."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target or len(target) > 2000:
        return default
    if any(ord(ch) < 32 for ch in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
