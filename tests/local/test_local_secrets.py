"""Secrets of a local installation: made once, for our eyes only, and complete."""

import re
import stat
from pathlib import Path

from app.config import Settings
from app.local.secrets import local_secrets


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"

    first = local_secrets(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert local_secrets(file) == first


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    first, second = local_secrets(tmp_path / "a.env"), local_secrets(tmp_path / "b.env")

    assert not set(first.values()) & set(second.values())


def test_a_secret_that_a_newer_version_needs_is_added_to_an_older_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    known = local_secrets(file)
    file.write_text("".join(f"{name}={value}\n" for name, value in known.items() if name != "KASPI_API_KEY"))

    grown = local_secrets(file)

    assert grown["KASPI_API_KEY"] != known["KASPI_API_KEY"]
    assert {**grown, "KASPI_API_KEY": ""} == {**known, "KASPI_API_KEY": ""}


def test_the_bots_token_looks_like_one(tmp_path: Path) -> None:
    token = local_secrets(tmp_path / "secrets.env")["TELEGRAM_BOT_TOKEN"]
    assert re.fullmatch(r"[0-9]{10}:[A-Za-z0-9_-]{35}", token)


def test_the_product_accepts_them(tmp_path: Path) -> None:
    values = {name.lower(): value for name, value in local_secrets(tmp_path / "secrets.env").items()}
    addresses = {
        "public_url": "http://127.0.0.1:8000",
        "database_url": "postgresql://x@127.0.0.1/x",
        "redis_url": "redis://127.0.0.1",
        "kaspi_base_url": "http://127.0.0.1:8100/kaspi",
        "telegram_bot_name": "zhilego_demo_bot",
    }

    settings = Settings.model_validate(
        {**values, **addresses, "app_env": "local", "cookie_secure": "false", "twilio_sms_from": "ZhileGO"}
    )

    assert len(settings.seal_keys[1]) == len(settings.blind_index_key) == 32
