"""The secrets of a local installation: made once, kept in `.local/secrets.env` (0600), never leaving the machine."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


_MADE_WITH: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "SEAL_KEYS": lambda: f"1:{_random_key()}",
    "BLIND_INDEX_KEY": _random_key,
    "KASPI_MERCHANT_ID": lambda: f"zhilego-{secrets.token_hex(4)}",
    "KASPI_API_KEY": lambda: secrets.token_urlsafe(32),
    "KASPI_CALLBACK_SECRETS": lambda: secrets.token_urlsafe(32),
    "KASPI_QR_DEVICE_TOKEN": lambda: secrets.token_urlsafe(24),
    "KASPI_QR_CERTIFICATE_PASSWORD": lambda: secrets.token_urlsafe(16),
    "TWILIO_ACCOUNT_SID": lambda: f"AC{secrets.token_hex(16)}",
    "TWILIO_AUTH_TOKEN": lambda: secrets.token_hex(16),
    "TELEGRAM_BOT_TOKEN": lambda: f"{7_000_000_000 + secrets.randbelow(10**9)}:{secrets.token_urlsafe(26)}",
    "TELEGRAM_WEBHOOK_SECRET": lambda: secrets.token_urlsafe(32),
}


def local_secrets(file: Path) -> dict[str, str]:
    """Read the secrets as environment variables, making those that the file does not have yet.

    Raises:
        OSError: the file cannot be read or written.
    """
    known = _read(file)
    missing = {name: make() for name, make in _MADE_WITH.items() if name not in known}
    if missing:
        known |= missing
        _write(file, known)
    return known


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = [line.strip() for line in file.read_text().splitlines()]
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _write(file: Path, values: Mapping[str, str]) -> None:
    """Replace the file whole, so that a kill or a full disk leaves the old one."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as output:
        output.write("# Made by `make run`. Sealed data can be read only with these keys.\n")
        output.writelines(f"{name}={value}\n" for name, value in values.items())
        output.flush()
        os.fsync(output.fileno())
    unfinished.rename(file)
