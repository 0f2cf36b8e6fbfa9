"""Texts of notifications: `templates/messages/<kind>/<channel>.<language>.txt`.

A chat without words of its own says what `chat.<language>.txt` says, where that is not there what the SMS says. In
chats `**bold**` is bold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.channels.message import plain
from app.config import ROOT
from app.i18n import format_date, format_moment, use_language
from app.kit import clock
from app.kit.money import format_tenge
from app.models import NotificationChannel, NotificationKind

FOLDER = ROOT / "templates" / "messages"

LONGEST_TITLE = 40
"""Characters of a flat's title in a message: a segment of an SMS has 67."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # plain text
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        date=format_date, moment=format_moment, clock=_clock, money=_money, short=_short, plain=plain
    )
    return environment


def render(kind: NotificationKind, channel: NotificationChannel, language: str, **params: object) -> str:
    """The text of a notification, without surrounding white space. Raises jinja2.UndefinedError for a missing value."""
    use_language(language)
    sms = NotificationChannel.SMS
    spoken = (sms.value,) if channel is sms else (channel.value, "chat", sms.value)
    names = [f"{kind.value}/{name}.{language}.txt" for name in spoken]
    return _environment().select_template(names).render(**params).strip()


def value_of(expression: str, params: Mapping[str, object]) -> str:
    """One value as the texts write it («check_in | date»), in the language that is spoken.

    Raises jinja2.UndefinedError for a missing one.
    """
    return str(_environment().compile_expression(expression, undefined_to_none=False)(**params))


def _clock(moment: datetime) -> str:
    return f"{clock.local_time(moment):%H:%M}"


def _money(amount: int | str) -> str:
    return format_tenge(int(amount))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1].rstrip(' ,.–')}…"
