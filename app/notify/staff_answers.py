"""What staff answers to a question from a chat: freely, or by a template when WhatsApp's 24 hours are over."""

from __future__ import annotations

from app.channels.message import Answer, Message, Notice, plain
from app.channels.whatsapp_text import marked, one_line, size
from app.i18n import gettext, use_language

STAFF_ANSWER = "staff_answer"
"""The template's kind; no notification has it."""

LONGEST_LATE = 700
"""Of an answer by the template (UTF-16 units): with its words around it Meta takes 1024 in all."""


def fits_late(text: str) -> bool:
    """Can it be told by the template?"""
    return size(_in_one_line(text)) <= LONGEST_LATE


def answer_of(text: str, language: str) -> Answer:
    """Staff's words as they are said in a chat of this language, whenever they get there.

    One that is too long for the template is refused by WhatsApp after the 24 hours, and staff sees that.
    """
    use_language(language)
    said = gettext("**Ответ поддержки**\n%(text)s") % {"text": plain(text.strip())}
    variables = (_in_one_line(text),) if fits_late(text) else ()
    notice = Notice(kind=STAFF_ANSWER, language=language, message=Message(text=said), variables=variables)
    return Answer(messages=(), notice=notice)


def _in_one_line(text: str) -> str:
    """As a template's place takes it: no line breaks, and nothing that would be bold or struck out."""
    return one_line(marked(plain(text)))
