"""`flask chats diagram | help-list | help-answer`: the conversation as a picture, and people who asked for a human."""

from __future__ import annotations

from uuid import UUID

import click
from flask.cli import with_appcontext

from app.bots import table
from app.channels.message import Answer, Message, plain, to_json
from app.cli.staff import acting, by_staff, refusals, staff_transaction
from app.db import transaction
from app.domain.chats import help as helping
from app.domain.chats import replies
from app.i18n import DEFAULT_LANGUAGE, gettext, use_language
from app.kit import clock


@click.group()
def chats() -> None:
    """Conversations in messengers."""


@chats.command()
def diagram() -> None:
    """Print every state and act of the conversation as a Mermaid diagram."""
    click.echo(table.diagram())


@chats.command("help-list")
@by_staff
@with_appcontext
def help_list(phone: str) -> None:
    """Print who waits for a human, the longest first: id, messenger, when (UTC), question. Reading is audited."""
    with staff_transaction(phone) as (session, staff_id):
        found = helping.waiting(session, staff_id=staff_id, now=clock.now())
    for each in found:
        words = " ".join(each.question.split())
        click.echo(f"{each.id} {each.messenger} {each.asked_at:%Y-%m-%d %H:%M} {words}")
    click.echo(f"{len(found)} waiting")


@chats.command("help-answer")
@click.argument("request_id", type=click.UUID)
@click.argument("text")
@click.option("--as", "phone", default="", help="Phone of your account; it must be of the staff.")
@click.option("--reason", default="", help="Why; kept in the audit trail, so nothing personal.")
@with_appcontext
def help_answer(request_id: UUID, text: str, phone: str, reason: str) -> None:
    """Say an answer in the chat where the question was asked."""
    now = clock.now()
    with refusals(), transaction() as session:
        actor = acting(session, phone, reason)
        chat = helping.answer(session, request_id, text, actor=actor, reason=reason, now=now)
        is_gone = chat.unreachable_at is not None
        use_language(chat.language or DEFAULT_LANGUAGE)
        said = gettext("**Ответ поддержки**\n%(text)s") % {"text": plain(text.strip())}
        replies.add(session, chat, to_json(Answer(messages=(Message(text=said),))), now=now)
    click.echo("noted, but this chat takes nothing any more" if is_gone else "answered")
