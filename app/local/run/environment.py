"""The environment that the product's processes get: what a local installation needs, unless you set it yourself.

This is where `make run` reads the environment; the product itself reads it in `app.config`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.local.failure import LocalError
from app.local.run.layout import Layout
from app.local.standins.settings import WHATSAPP_NUMBER


@dataclass(frozen=True)
class Wishes:
    """What the person asked for by environment variables; None where nothing was said (or an empty text)."""

    port: str | None
    database_url: str | None
    redis_url: str | None
    yes: bool
    kaspi_mode: Literal["gateway", "qrpay"]
    is_under_make: bool

    @classmethod
    def from_environment(cls) -> Wishes:
        """Read PORT, DATABASE_URL, REDIS_URL, YES and KASPI_MODE.

        Raises:
            LocalError: APP_ENV asks for something else than a local installation, or there is no such mode.
        """
        if os.environ.get("APP_ENV", "local") not in {"", "local"}:
            raise LocalError("`make run` is for APP_ENV=local only: unset APP_ENV.")
        mode = os.environ.get("KASPI_MODE") or "gateway"
        if mode not in {"gateway", "qrpay"}:
            raise LocalError("KASPI_MODE is gateway (the default) or qrpay.")
        return cls(
            port=os.environ.get("PORT") or None,
            database_url=os.environ.get("DATABASE_URL") or None,
            redis_url=os.environ.get("REDIS_URL") or None,
            kaspi_mode="qrpay" if mode == "qrpay" else "gateway",
            yes=os.environ.get("YES") == "1",
            is_under_make="MAKELEVEL" in os.environ,
        )


def product_environment(
    layout: Layout,
    secrets: Mapping[str, str],
    *,
    portal_url: str,
    standins_url: str,
    database_url: str,
    redis_url: str,
    kaspi_qr: Mapping[str, str],
) -> dict[str, str]:
    """Everything for the children. A variable that is set already wins, so any setting can be tried by hand.

    `kaspi_qr` is what Kaspi's second surface needs, if it is in use.
    """
    ours = {
        **secrets,
        **kaspi_qr,
        "APP_ENV": "local",
        "COOKIE_SECURE": "false",
        "PUBLIC_URL": portal_url,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PHOTO_DIR": str(layout.photos),
        "PRIVATE_PHOTO_DIR": str(layout.private_photos),
        "KASPI_BASE_URL": f"{standins_url}/kaspi",
        "TWILIO_BASE_URL": f"{standins_url}/twilio",
        "TWILIO_SMS_FROM": "ZhileGO",
        "TELEGRAM_BASE_URL": f"{standins_url}/telegram",
        "TELEGRAM_BOT_NAME": "zhilego_demo_bot",
        "TELEGRAM_LINK_BASE": f"{standins_url}/telegram/open?start=",
        "TELEGRAM_LOGIN_URL": f"{standins_url}/telegram/login",
        "TWILIO_CONTENT_BASE_URL": f"{standins_url}/twilio-content",
        "TWILIO_WHATSAPP_FROM": WHATSAPP_NUMBER,
        "WHATSAPP_LINK_BASE": f"{standins_url}/whatsapp/open?text=",
        "QUIET_HOURS": "off",  # whoever tries it at night wants to see the messages
        "STANDINS_DIR": str(layout.standins),
        "STANDINS_URL": standins_url,
        "PORTAL_URL": portal_url,
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in os.environ.items() if value or name not in ours}
    # make passes its own state on, which a child must not take for its own.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PORT"):
        given.pop(name, None)
    return {**ours, **given}


def check_settings(environment: Mapping[str, str]) -> None:
    """Check the settings as every process will at its start.

    Raises:
        LocalError: one is wrong; the message names it.
    """
    from app.config import SettingsError, load_settings

    os.environ.update(environment)
    try:
        load_settings()
    except SettingsError as error:
        raise LocalError(str(error)) from None
