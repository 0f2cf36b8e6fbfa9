"""What staff answers to a question from a chat: freely, or by a template when WhatsApp's 24 hours are over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.channels.message import Answer, Message, Notice, plain, to_json
from app.channels.whatsapp_text import marked, one_line, size
from app.domain.chats import identities, replies
from app.i18n import DEFAULT_LANGUAGE, gettext, use_language

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


def tell_author(session: Session, author_id: UUID, *, error_code: str, now: datetime) -> None:
    """Tell who wrote an answer that it was not brought, in the chat of theirs that they used last, if it takes that.

    Nothing about the person or the question: those are on the staff's list, which is audited.
    """
    chats = identities.reachable(session, author_id)
    chat = next((chat for chat in chats if replies.takes_free_text(chat, now=now)), None)
    if chat is None or identities.is_idle(chat, now=now):
        return
    use_language(chat.language or DEFAULT_LANGUAGE)
    text = gettext("Ваш ответ на вопрос из чата не доставлен (код %(code)s). Он снова в списке: flask chats help-list.")
    told = Message(text=text % {"code": error_code})
    replies.add(session, chat, to_json(Answer(messages=(told,))), now=now)


def _in_one_line(text: str) -> str:
    """As a template's place takes it: no line breaks, and nothing that would be bold or struck out."""
    return one_line(marked(plain(text)))
