"""Kaspi's callbacks as the provider would sign and send them to the application under test."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from flask import Flask
from werkzeug.test import TestResponse

from app.integrations.kaspi.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from app.kit import clock
from tests.services import KASPI_SECRET

PATH = "/kaspi/callback/"


def paid_body(order_id: str, amount: int, *, event_id: str | None = None, at: datetime | None = None) -> bytes:
    """The document that says an order was paid."""
    document = {
        "event_id": event_id or f"evt-{secrets.token_hex(8)}",
        "event": "payment.paid",
        "payment_id": f"pay-{secrets.token_hex(8)}",
        "order_id": order_id,
        "amount": f"{amount}.00",
        "transaction_id": f"T{secrets.token_hex(8)}",
        "at": (at or clock.now()).isoformat(timespec="seconds"),
    }
    return json.dumps(document).encode()


def headers(body: bytes, *, seconds: int = 0, secret: str = KASPI_SECRET) -> dict[str, str]:
    """Valid headers for a body, signed so many seconds from now."""
    timestamp = int(clock.now().timestamp()) + seconds
    return {TIMESTAMP_HEADER: str(timestamp), SIGNATURE_HEADER: sign(secret, timestamp, body)}


def send(app: Flask, body: bytes, sent: dict[str, str], *, address: str = "203.0.113.10") -> TestResponse:
    """Post it, as a server elsewhere does."""
    return app.test_client().post(
        PATH,
        data=body,
        headers={"Content-Type": "application/json", **sent},
        environ_overrides={"REMOTE_ADDR": address},
    )
