"""Texts of notifications: `templates/messages/<kind>/<channel>.<language>.txt`, one template a channel and language."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.config import ROOT
from app.i18n import format_date, format_moment, use_language
from app.kit.money import format_tenge
from app.models import NotificationChannel, NotificationKind


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "messages"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # plain text
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(date=format_date, moment=format_moment, money=format_tenge)
    return environment


def render(kind: NotificationKind, channel: NotificationChannel, language: str, **params: object) -> str:
    """The text of a notification, without surrounding white space. Raises jinja2.UndefinedError for a missing value."""
    use_language(language)
    template = _environment().get_template(f"{kind.value}/{channel.value}.{language}.txt")
    return template.render(**params).strip()
