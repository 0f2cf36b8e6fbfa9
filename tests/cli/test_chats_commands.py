"""Staff and people who asked for a human in a chat."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.bots import table
from app.channels.message import from_json
from app.db import transaction
from app.domain.chats import help as helping
from app.domain.chats import identities
from app.kit import clock
from app.models import AuditEntry, ChannelIdentity, ChatReply, HelpRequest, Messenger, Role, User
from tests import factories

QUESTION = "Не открывается дверь,\nчто делать?"


@pytest.fixture
def asked(web_app: Flask) -> HelpRequest:
    """Somebody's question."""
    with web_app.app_context(), transaction() as session:
        now = clock.now()
        chat = identities.lock(session, Messenger.TELEGRAM, str(random.randrange(10**9, 10**10)), now=now).chat
        helping.ask(session, chat, QUESTION, now=now)
        session.flush()
        return session.scalars(select(HelpRequest).where(HelpRequest.identity_id == chat.id)).one()


@pytest.fixture
def phones(web_app: Flask) -> dict[str, str]:
    """Of someone of the staff, and of a guest."""
    with web_app.app_context(), transaction() as session:
        people = {"staff": factories.make_user(session, roles=(Role.SUPPORT,)), "guest": factories.make_user(session)}
        return {name: session.get_one(User, user_id).phone for name, user_id in people.items()}


def run(web_app: Flask, *words: str) -> Result:
    return web_app.test_cli_runner().invoke(args=["chats", *words])


def actions(web_app: Flask, asked: HelpRequest) -> list[str]:
    with web_app.app_context(), transaction() as session:
        entries = select(AuditEntry.action).where(AuditEntry.subject_id == str(asked.id))
        return list(session.scalars(entries.order_by(AuditEntry.id)))


def test_a_number_that_may_be_somebody_elses_by_now_is_told_nothing(web_app: Flask, phones: dict[str, str]) -> None:
    now = clock.now()
    with web_app.app_context(), transaction() as session:
        chat = identities.lock(session, Messenger.WHATSAPP, factories.new_phone(), now=now).chat
        chat.last_seen_at = now - identities.IDLE - timedelta(seconds=1)
        helping.ask(session, chat, QUESTION, now=chat.last_seen_at)
        session.flush()
        asked = session.scalars(select(HelpRequest).where(HelpRequest.identity_id == chat.id)).one()
    refused = run(web_app, "help-answer", str(asked.id), "Поверните", "--as", phones["staff"], "--reason", "door")
    assert (refused.exit_code, "half a year" in refused.stderr) == (2, True)
    with web_app.app_context(), transaction() as session:
        assert session.scalars(select(ChatReply).where(ChatReply.identity_id == asked.identity_id)).all() == []


def test_the_diagram_has_every_act(web_app: Flask) -> None:
    drawn = run(web_app, "diagram").output
    assert drawn.startswith("flowchart")
    assert all(f"([{code}])" in drawn for code in table.ACTS)


def test_a_question_is_read_and_answered_in_its_chat(
    web_app: Flask, asked: HelpRequest, phones: dict[str, str]
) -> None:
    listed = run(web_app, "help-list", "--as", phones["staff"])
    assert f"{asked.id} telegram" in listed.output
    assert "Не открывается дверь, что делать?" in listed.output
    words = ("help-answer", str(asked.id), " Нажмите **сильнее** ", "--as", phones["staff"], "--reason", "door")
    answered = run(web_app, *words)
    assert (answered.exit_code, answered.output) == (0, "answered\n")
    with web_app.app_context(), transaction() as session:
        reply = session.scalars(select(ChatReply).where(ChatReply.identity_id == asked.identity_id)).one()
        notice = from_json(reply.body or "").notice
    assert notice is not None
    assert notice.message.text == "**Ответ поддержки**\nНажмите ∗∗сильнее∗∗"
    assert actions(web_app, asked) == ["help.read", "help.answered"]
    again = run(web_app, *words)
    assert (again.exit_code, again.stderr) == (2, "Error: This was done before.\n")
    assert str(asked.id) not in run(web_app, "help-list", "--as", phones["staff"]).output


def test_an_answer_that_was_not_brought_is_listed_and_may_be_given_anew(
    web_app: Flask, asked: HelpRequest, phones: dict[str, str]
) -> None:
    words = ("help-answer", str(asked.id), "Нажмите\nсильнее", "--as", phones["staff"], "--reason", "door")
    assert run(web_app, *words).exit_code == 0
    with web_app.app_context(), transaction() as session:
        session.scalars(select(ChatReply).where(ChatReply.identity_id == asked.identity_id)).one().error_code = "63016"
    listed = run(web_app, "help-list", "--as", phones["staff"]).output
    assert "not brought (63016): Нажмите сильнее\n" in listed
    assert f"{asked.id} telegram" in listed
    assert listed.rstrip().endswith("not brought")
    assert run(web_app, *words).output == "answered\n"
    assert str(asked.id) not in run(web_app, "help-list", "--as", phones["staff"]).output
    assert actions(web_app, asked) == ["help.answered", "help.read", "help.answered"]


def test_of_a_chat_that_is_gone_staff_is_told(web_app: Flask, asked: HelpRequest, phones: dict[str, str]) -> None:
    with web_app.app_context(), transaction() as session:
        session.get_one(ChannelIdentity, asked.identity_id).unreachable_at = clock.now()
    answered = run(web_app, "help-answer", str(asked.id), "Да", "--as", phones["staff"], "--reason", "door")
    assert "takes nothing any more" in answered.output


@pytest.mark.parametrize(
    ("who", "text", "reason", "said"),
    [
        ("guest", "Да", "door", "No account of the staff"),
        ("", "Да", "door", "Write the phone"),
        ("staff", "Да", " ", "Say why"),
        ("staff", "  ", "door", "Write an answer."),
        ("staff", "я" * 2001, "door", "The text is too long: 2000"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    web_app: Flask, asked: HelpRequest, phones: dict[str, str], *, who: str, text: str, reason: str, said: str
) -> None:
    answer = run(web_app, "help-answer", str(asked.id), text, "--as", phones.get(who, who), "--reason", reason)
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"Error: {said}")
    assert actions(web_app, asked) == []
    assert run(web_app, "help-list", "--as", phones["guest"]).exit_code == 2


def test_an_unknown_question_is_said_to_be_unknown(web_app: Flask, phones: dict[str, str]) -> None:
    answer = run(web_app, "help-answer", str(uuid4()), "Да", "--as", phones["staff"], "--reason", "door")
    assert (answer.exit_code, answer.stderr) == (2, "Error: Nobody asked a question with this id.\n")
