"""`flask telegram …` against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.chats import identities
from app.factory import create_worker_app
from app.integrations.telegram.updates import PATH
from app.models import InboxItem, Messenger
from tests.integrations.telegram_bot import bot_at, someone
from tests.services import Services, make_settings
from tests.standins import CREDENTIALS, StandIns


@pytest.fixture
def app(standins: StandIns, services: Services, database_url: str) -> Iterator[Flask]:
    """An installation whose Telegram is the stand-in; its webhook is as it was afterwards."""
    standins.set_telegram_faults()
    bot = bot_at(standins)
    before = bot.webhook_info()["url"]
    names = ("telegram_bot_token", "telegram_bot_name", "telegram_webhook_secret")
    given = {name: CREDENTIALS[name.upper()] for name in names}
    yield create_worker_app(
        make_settings(database_url, services.redis_url, telegram_base_url=standins.telegram_url, **given)
    )
    standins.set_telegram_faults()
    bot.set_webhook(before, CREDENTIALS["TELEGRAM_WEBHOOK_SECRET"])


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["telegram", *words])


def test_the_webhook_is_set_told_of_and_deleted(app: Flask, standins: StandIns) -> None:
    assert run(app, "set-webhook").output == f"updates go to http://localhost{PATH}\n"
    told = run(app, "info").output
    assert f"@{CREDENTIALS['TELEGRAM_BOT_NAME']}" in told
    assert f"webhook: http://localhost{PATH}" in told
    assert run(app, "delete-webhook").exit_code == 0
    assert "webhook: none" in run(app, "info").output


def test_the_menu_of_commands_speaks_each_language(app: Flask, standins: StandIns) -> None:
    assert run(app, "set-commands").exit_code == 0
    shown = {code: someone(standins, language=code).state()["commands"] for code in ("ru", "kk", "en", "de")}
    assert [each["command"] for each in shown["ru"]][:2] == ["menu", "search"]
    assert shown["ru"][0]["description"] == "Главное меню"
    assert shown["kk"][0]["description"] == "Басты мәзір"
    assert shown["en"][0]["description"] != shown["ru"][0]["description"]
    assert shown["de"] == shown["ru"]


def test_updates_that_are_asked_for_are_kept_as_the_webhook_keeps_them(app: Flask, standins: StandIns) -> None:
    refused = run(app, "poll", "--once")  # the stand-in has a webhook
    assert (refused.exit_code, "409" in refused.stderr) == (1, True)
    run(app, "delete-webhook")
    person = someone(standins)
    person.send_text("Алматы")
    assert run(app, "poll", "--once").exit_code == 0
    assert run(app, "poll", "--once").output == ""
    with app.app_context(), transaction() as session:
        stream = identities.address_token(Messenger.TELEGRAM, str(person.id))
        kept = session.scalars(select(InboxItem).where(InboxItem.stream == stream)).all()
    assert len(kept) == 2


def test_what_goes_wrong_is_one_sentence(app: Flask, standins: StandIns, services: Services, database_url: str) -> None:
    standins.set_telegram_faults(server_error="before")
    failed = run(app, "info")
    assert (failed.exit_code, failed.stderr) == (1, "Error: telegram: 500\n")
    without = create_worker_app(make_settings(database_url, services.redis_url, telegram_bot_token=""))
    assert "TELEGRAM_BOT_TOKEN" in run(without, "info").stderr
