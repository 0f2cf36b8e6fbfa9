"""The QR surface as tests play it: envelopes that a recorder answers with, and the client pointed at it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from app.integrations.kaspi.qrpay import KaspiQrPay, QrAccess
from app.integrations.kaspi.traffic import FREE, Traffic
from tests.integrations.recorder import Answer, Recorder

NOW = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)

QR_CREATED = {
    "QrToken": "51236903777280167836178166503744993984459",
    "ExpireDate": "2026-03-01T12:03:00+05:00",
    "QrPaymentId": 15,
    "PaymentMethods": ["Gold", "Red", "Loan"],
    "QrPaymentBehaviorOptions": {
        "StatusPollingInterval": 7,
        "QrCodeScanWaitTimeout": 180,
        "PaymentConfirmationTimeout": 65,
    },
}
LINK_CREATED = {
    "PaymentLink": "https://pay.example/15",
    "ExpireDate": "2026-03-01T12:03:00.1234567",
    "PaymentId": 16,
    "PaymentMethods": ["Gold"],
    "PaymentBehaviorOptions": {
        "StatusPollingInterval": 5,
        "LinkActivationWaitTimeout": 180,
        "PaymentConfirmationTimeout": 65,
    },
}
PROCESSED = {
    "Status": "Processed",
    "TransactionId": "7788",
    "Amount": 58300.00,
    "ProductType": "Gold",
    "City": "Алматы",
}
DETAILS = {
    "QrPaymentId": 15,
    "TotalAmount": 58300.00,
    "AvailableReturnAmount": 58300.00,
    "TransactionDate": "2026-03-01T12:01:30+05:00",
}


def good(data: object) -> Answer:
    """A successful envelope."""
    return Answer(body=json.dumps({"StatusCode": 0, "Message": "OK", "Data": data}))


def bad(code: int) -> Answer:
    """A refusing envelope, whose words may speak of a person."""
    return Answer(body=json.dumps({"StatusCode": code, "Message": "Айгерим, +77011234567", "Data": None}))


def says(scripted: Recorder, *data: object) -> None:
    """Answer with these, one after another."""
    scripted.answers.extend(good(item) for item in data)


def client_at(
    base_url: str,
    *,
    api_key: str | None = "qr-key",
    tls: ssl.SSLContext | None = None,
    traffic: Traffic = FREE,
    pause: Callable[[float], None] = lambda _seconds: None,
) -> KaspiQrPay:
    """The real client, not waiting between attempts unless told how."""
    access = QrAccess(
        base_url=f"{base_url}/r1/v01",
        organization_bin="180340021791",
        device_token="device-token",
        api_key=api_key,
        tls=tls or _plain(),
    )
    return KaspiQrPay(access, traffic=traffic, pause=pause, now=lambda: NOW)


@cache
def _plain() -> ssl.SSLContext:
    return ssl.create_default_context()
