"""How the pages write money, moments, phones and states (Russian)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from app.kit import clock
from app.kit.money import NBSP, format_tenge

_MONTHS = ("янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек.")
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")

STATES = {
    "created": "создан",
    "pending": "ждёт оплаты",
    "paid": "оплачен",
    "failed": "отклонён",
    "expired": "срок истёк",
    "partially_refunded": "возвращён частично",
    "refunded": "возвращён",
    "waiting": "ждёт отправки",
    "delivered": "доставлен",
    "lost": "потерян",
    "given_up": "не доставлен",
    "cancelled": "отменён магазином",
    "discarded": "QR отозван",
}

OUTCOMES = {"undelivered": "не доставлено", "failed": "не отправлено"}

SURFACES = {"gateway": "шлюз", "qr": "QR", "link": "ссылка", "push": "счёт по номеру"}


def moment(seconds: float) -> str:
    """Almaty's clock: «18:34:05» today, «22 нояб., 18:34» on another day."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(clock.ALMATY)
    if at.date() == clock.local_date(clock.now()):
        return f"{at:%H:%M:%S}"
    return f"{at.day}{NBSP}{_MONTHS[at.month - 1]}, {at:%H:%M}"


def hour(seconds: float) -> str:
    """Almaty's clock to the minute: «18:34»."""
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(clock.ALMATY):%H:%M}"


def phone(e164: str) -> str:
    """«+7 701 123 45 67»; other countries' numbers as they are."""
    if re.fullmatch(r"\+7[0-9]{10}", e164):
        return NBSP.join((e164[:2], e164[2:5], e164[5:8], e164[8:10], e164[10:]))
    return e164


def state(name: str) -> str:
    """A state in words."""
    return STATES[name]


def outcome(name: str) -> str:
    """What became of a message that is not on its phone, in words."""
    return OUTCOMES[name]


def surface(name: str) -> str:
    """How the payer came to a payment, in words."""
    return SURFACES[name]


def linked(text: str) -> Markup:
    """The text with its web addresses as links."""
    parts, position = [], 0
    for match in _LINK.finditer(text):
        address = escape(match[0])
        parts += [escape(text[position : match.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        position = match.end()
    return Markup("").join([*parts, escape(text[position:])])


FILTERS: dict[str, Callable[..., Any]] = {
    "tenge": format_tenge,
    "moment": moment,
    "hour": hour,
    "phone": phone,
    "state": state,
    "surface": surface,
    "outcome": outcome,
    "linked": linked,
}
