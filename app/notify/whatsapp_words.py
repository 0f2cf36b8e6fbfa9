"""What templates of WhatsApp say: the SMS's words with numbered places instead of values.

A text that decides something ({% if %}) cannot be a template; its kind has words of its own beside it,
`templates/messages/<kind>/whatsapp-template.<language>.txt`. Codes are in none: a template is kept at Twilio and Meta.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.channels.whatsapp_text import cut, one_line
from app.i18n import current_language
from app.models import NotificationChannel, NotificationKind
from app.notify.catalogue import CATALOGUE
from app.notify.rendering import FOLDER, value_of

LONGEST_VALUE = 250
"""Characters of a variable; Twilio recommends no more."""

_PLACE = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_ENDING = {
    "ru": "Есть вопрос? Просто ответьте на это сообщение.",
    "kk": "Сұрағыңыз бар ма? Осы хабарламаға жауап беріңіз.",
    "en": "Any questions? Just reply to this message.",
}
"""WhatsApp takes no template that ends with a variable, as our texts do with their addresses."""


_STAFF_ANSWERS = {
    "ru": "Поддержка ЖильеGO ответила на ваш вопрос:",
    "kk": "ЖильеGO қолдау қызметі сұрағыңызға жауап берді:",
    "en": "ZhileGO support has answered your question:",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The body with places {{1}}, {{2}}…, and what stands in each: an expression of the message templates."""

    body: str
    expressions: tuple[str, ...]


def goes_by_template(kind: NotificationKind) -> bool:
    """Is it ever told by WhatsApp?"""
    return NotificationChannel.WHATSAPP in CATALOGUE[kind].channels


@cache
def words_of(kind: NotificationKind, language: str) -> Words:
    """The words of a kind. Raises ValueError for words that decide something, FileNotFoundError for none."""
    own = FOLDER / kind.value / f"whatsapp-template.{language}.txt"
    path = own if own.exists() else FOLDER / kind.value / f"sms.{language}.txt"
    source = path.read_text(encoding="utf-8").strip()
    if "{%" in source or "keys." in source:
        raise ValueError(f"{path.name} of {kind} is no template of WhatsApp")
    expressions = tuple(dict.fromkeys(_PLACE.findall(source)))
    body = _PLACE.sub(lambda found: f"{{{{{expressions.index(found[1]) + 1}}}}}", source)
    return Words(f"{body}\n{_ENDING[language]}", expressions)


def staff_answer_body(language: str) -> str:
    """The words around an answer of staff, which is {{1}}."""
    return f"{_STAFF_ANSWERS[language]}\n{{{{1}}}}\n{_ENDING[language]}"


def variables_of(kind: NotificationKind, params: Mapping[str, object]) -> tuple[str, ...]:
    """The values of a kind's words in the language that is spoken (`use_language`), in their order.

    Nothing for a kind that has no template. Raises jinja2.UndefinedError for a missing value.
    """
    if not goes_by_template(kind):
        return ()
    expressions = words_of(kind, current_language()).expressions
    return tuple(one_line(cut(value_of(each, params), LONGEST_VALUE)) for each in expressions)
