"""`flask chats diagram | help-list | help-answer`: the conversation as a picture, and people who asked for a human."""

from __future__ import annotations

from uuid import UUID

import click
from flask.cli import with_appcontext

from app.bots import table
from app.channels.message import to_json
from app.cli.staff import Refusal, acting, by_staff, by_staff_for, refusals, staff_transaction
from app.db import transaction
from app.domain.chats import help as helping
from app.domain.chats import identities, replies
from app.i18n import DEFAULT_LANGUAGE
from app.integrations.errors import ProviderError
from app.jobs import providers
from app.kit import clock
from app.notify.staff_answers import LONGEST_LATE, STAFF_ANSWER, answer_of, fits_late
from app.notify.whatsapp_templates import template_of


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
    """Print who waits for a human, the longest first: id, messenger, when (UTC), question. Reading is audited.

    Then the answers that were not brought: id, messenger, when (UTC), the code of why, answer. They can be given anew.
    """
    with staff_transaction(phone) as (session, staff_id):
        found = helping.waiting(session, staff_id=staff_id, now=clock.now())
        lost = helping.not_brought(session, staff_id=staff_id, now=clock.now())
    for asked in found:
        words = " ".join(asked.question.split())
        click.echo(f"{asked.id} {asked.messenger} {asked.asked_at:%Y-%m-%d %H:%M} {words}")
    for each in lost:
        words = " ".join(each.answer.split())
        why = f"not brought ({each.error_code})"
        click.echo(f"{each.id} {each.messenger} {each.answered_at:%Y-%m-%d %H:%M} {why}: {words}")
    click.echo(f"{len(found)} waiting, {len(lost)} not brought" if lost else f"{len(found)} waiting")


@chats.command("help-answer")
@click.argument("request_id", type=click.UUID)
@click.argument("text")
@by_staff_for()
@with_appcontext
def help_answer(request_id: UUID, text: str, phone: str, reason: str) -> None:
    """Say an answer in the chat where the question was asked.

    WhatsApp takes it freely for 24 hours after the person last wrote, and later by a template that Meta has approved.
    """
    now = clock.now()
    with refusals(), transaction() as session:
        acting(session, phone, reason)
        chat = helping.chat_of(session, request_id)
        language = chat.language or DEFAULT_LANGUAGE
        is_idle = identities.is_idle(chat, now=now)
        is_late = chat.unreachable_at is None and not replies.takes_free_text(chat, now=now)
    if is_idle:
        raise Refusal("This chat was not used for half a year: it may be somebody else's by now.")
    if is_late:
        _check_late(text, language)
    with refusals(), transaction() as session:
        actor = acting(session, phone, reason)
        chat = helping.answer(session, request_id, text, actor=actor, reason=reason, now=now)
        is_gone = chat.unreachable_at is not None
        replies.add(session, chat, to_json(answer_of(text, language)), now=now)
    click.echo("noted, but this chat takes nothing any more" if is_gone else "answered")


def _check_late(text: str, language: str) -> None:
    """Can it be told by the template? Raises Refusal: the question stays open."""
    late = "WhatsApp's 24 hours since the person's last message are over"
    if not fits_late(text):
        raise Refusal(f"{late}: an answer has {LONGEST_LATE} characters at most now.")
    template = template_of(STAFF_ANSWER, language)
    try:
        sid = None if template is None else providers.whatsapp_shelf().approved_sid_of(template)
    except ProviderError as error:
        raise Refusal(f"{late}, and its templates cannot be asked about ({error}): try again.") from error
    if sid is None:
        raise Refusal(f"{late}, and Meta has not approved the template for answers (`flask whatsapp templates`).")
