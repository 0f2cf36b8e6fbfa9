"""`make run` gives the product and the stand-ins one WhatsApp number, and says where the phones are."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.local.run.environment import product_environment
from app.local.run.layout import Layout
from app.local.run.page import welcome_page
from app.local.run.product import product_plan
from app.local.secrets import local_secrets
from app.local.standins.settings import StandInSettings


def test_the_product_is_told_where_the_phones_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = product_environment(
        Layout(tmp_path),
        local_secrets(tmp_path / "secrets.env"),
        portal_url="http://127.0.0.1:20001",
        standins_url="http://127.0.0.1:20002",
        database_url="postgresql://x@127.0.0.1/x",
        redis_url="redis://127.0.0.1",
        kaspi_qr={},
    )
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = StandInSettings()
    assert settings.whatsapp_number == environment["TWILIO_WHATSAPP_FROM"]
    assert settings.whatsapp_webhook_url == "http://127.0.0.1:20001/whatsapp/webhook/"
    assert environment["WHATSAPP_LINK_BASE"] == "http://127.0.0.1:20002/whatsapp/open?text="
    assert environment["TWILIO_CONTENT_BASE_URL"] == "http://127.0.0.1:20002/twilio-content"
    afterwards = product_plan().afterwards
    assert afterwards is not None
    told = [("telegram", "set-commands"), ("whatsapp", "create-templates")]
    assert [spec.command[-2:] for spec in afterwards(environment)] == told
    real = {"TELEGRAM_BASE_URL": "https://api.telegram.org", "TWILIO_CONTENT_BASE_URL": "https://content.twilio.com"}
    assert afterwards({**environment, **real}) == []
    page = welcome_page(portal_url="http://127.0.0.1:1", standins_url="http://127.0.0.1:2", logs=tmp_path)
    assert "http://127.0.0.1:2/whatsapp/" in page


@pytest.mark.parametrize("number", ["+77270000001", "whatsapp:+77270000001"])
def test_the_number_may_be_written_as_twilio_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    given = {**local_secrets(tmp_path / "secrets.env"), "STANDINS_DIR": str(tmp_path), "PORTAL_URL": "http://x"}
    for name, value in {**given, "TWILIO_WHATSAPP_FROM": number}.items():
        monkeypatch.setenv(name, value)
    assert StandInSettings().whatsapp_number == "+77270000001"
