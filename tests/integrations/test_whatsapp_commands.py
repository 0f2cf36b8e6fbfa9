"""`flask whatsapp …`: every template is written down once and submitted once; what staff answers late goes by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from redis import Redis
from sqlalchemy import select

from app.db import after_commit, transaction
from app.domain.chats import help as helping
from app.domain.chats import identities
from app.factory import create_worker_app
from app.i18n import use_language
from app.integrations.twilio_content import ContentApi
from app.jobs import chat_replies, providers
from app.kit import clock
from app.models import ChatReply, HelpRequest, Messenger, Role, User
from app.notify.staff_answers import LONGEST_LATE
from app.notify.whatsapp_templates import templates
from tests import factories
from tests.services import Services, make_settings
from tests.standins import CREDENTIALS, PATIENCE, StandIns, wait_until
from tests.whatsapp_phone import WhatsAppPhone

COUNT = len(list(templates()))


@pytest.fixture
def worker(services: Services, database_url: str, standins: StandIns) -> Iterator[Flask]:
    """An application of workers and commands beside the stand-in."""
    hooks = dict(after_commit.hooks)
    changes = {name.lower(): value for name, value in CREDENTIALS.items() if name.startswith("TWILIO_")}
    changes |= {"twilio_content_base_url": standins.content_url, "twilio_base_url": standins.twilio_url}
    changes["twilio_whatsapp_from"] = standins.whatsapp_number
    providers.installed.cache_clear()
    yield create_worker_app(make_settings(database_url, services.redis_url, **changes))
    after_commit.hooks.update(hooks)
    providers.installed.cache_clear()
    use_language("ru")


def run(app: Flask, command: str) -> list[str]:
    result = app.test_cli_runner().invoke(args=["whatsapp", command])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_templates_are_created_and_submitted_once_and_then_approved(worker: Flask, standins: StandIns) -> None:
    first = run(worker, "create-templates")
    assert sum(line.startswith("submitted ") for line in first) <= COUNT
    again = run(worker, "create-templates")
    assert not [line for line in again if line.startswith(("created ", "submitted "))]
    wait_until(
        lambda: sum("  approved" in line for line in run(worker, "templates")) == COUNT,
        PATIENCE,
        "approval of every template",
    )
    api = ContentApi(
        base_url=standins.content_url,
        account_sid=CREDENTIALS["TWILIO_ACCOUNT_SID"],
        auth_token=CREDENTIALS["TWILIO_AUTH_TOKEN"],
    )
    names = [name for name, _ in api.names() if name.startswith("zg_")]
    assert sorted(names) == sorted(template.friendly_name for _, template in templates())
    api.close()


def test_a_provider_in_trouble_is_told_in_a_sentence(worker: Flask, standins: StandIns) -> None:
    standins.set_whatsapp_faults(answer="server_error")
    result = worker.test_cli_runner().invoke(args=["whatsapp", "templates"])
    assert result.exit_code == 1
    assert result.output == "Error: twilio: HTTP 500\n"


def ask_yesterday(phone: str) -> tuple[UUID, str]:
    """A question of somebody who has been silent since; its id and the phone of someone of the staff."""
    now = clock.now() - timedelta(hours=25)
    with transaction() as session:
        chat = identities.lock(session, Messenger.WHATSAPP, phone, now=now).chat
        chat.language, chat.last_seen_at = "ru", now
        helping.ask(session, chat, "Как открыть дверь?", now=now)
        session.flush()
        asked = session.scalars(select(HelpRequest.id).where(HelpRequest.identity_id == chat.id)).one()
        return asked, session.get_one(User, factories.make_user(session, roles=(Role.SUPPORT,))).phone


def test_an_answer_after_the_24_hours_goes_by_its_template_or_not_at_all(
    worker: Flask, standins: StandIns, services: Services, phone: WhatsAppPhone
) -> None:
    phone.send_text("Как открыть дверь?")
    phone.jump_25_hours()
    with worker.app_context():
        asked, staff = ask_yesterday(phone.phone)
        api = providers.whatsapp_contents()

    def answer(text: str) -> Result:
        words = ["chats", "help-answer", str(asked), text, "--as", staff, "--reason", "door"]
        return worker.test_cli_runner().invoke(args=words)

    def is_approved() -> bool:
        return all("  approved" in line for line in run(worker, "templates"))

    for name, sid in list(api.names()):
        if name.startswith("zg_staff_answer"):
            api._client.delete(f"/v1/Content/{sid}").raise_for_status()
    Redis.from_url(services.redis_url).flushdb()
    refused = answer("Поверните ключ")
    assert refused.exit_code == 2
    assert "are over, and Meta has not approved the template" in refused.stderr
    run(worker, "create-templates")
    wait_until(is_approved, PATIENCE, "approval of every template")
    Redis.from_url(services.redis_url).flushdb()  # no is believed for five minutes
    too_long = answer("я" * (LONGEST_LATE + 1))
    assert (too_long.exit_code, "700 characters at most" in too_long.stderr) == (2, True)
    answered = answer("Поверните *ключ*\n\nи\tтолкните      дверь")
    assert (answered.exit_code, answered.output) == (0, "answered\n"), "the question was open all the while"
    with worker.app_context():
        with transaction() as session:
            reply_id = session.scalars(select(ChatReply.id).order_by(ChatReply.id.desc()).limit(1)).one()
        chat_replies.send(reply_id, now=clock.now())
    message = phone.wait_for("Поддержка ЖильеGO ответила")
    assert message.is_template
    assert "\nПоверните ∗ключ∗  и толкните    дверь\n" in message.body
