"""`flask whatsapp …`: every template is written down once and submitted once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.db import after_commit
from app.factory import create_worker_app
from app.i18n import LANGUAGES
from app.integrations.twilio_content import ContentApi
from app.models import NotificationKind
from app.notify.whatsapp_templates import templates
from app.notify.whatsapp_words import goes_by_template
from tests.services import Services, make_settings
from tests.standins import CREDENTIALS, StandIns, wait_until

COUNT = len(LANGUAGES) * sum(goes_by_template(kind) for kind in NotificationKind)


@pytest.fixture
def worker(services: Services, database_url: str, standins: StandIns) -> Iterator[Flask]:
    """An application of workers and commands beside the stand-in."""
    hooks = dict(after_commit.hooks)
    changes = {name.lower(): value for name, value in CREDENTIALS.items() if name.startswith("TWILIO_")}
    settings = make_settings(database_url, services.redis_url, twilio_content_base_url=standins.content_url, **changes)
    yield create_worker_app(settings)
    after_commit.hooks.update(hooks)


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
        10,
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
