"""Calls to Kaspi Pay QR's stand-in as they go over the wire, with a certificate, a key, or nothing."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.standins import CREDENTIALS, StandIns

BIN = CREDENTIALS["KASPI_QR_BIN"]
TOKEN = CREDENTIALS["KASPI_QR_DEVICE_TOKEN"]


class QrCaller:
    """One client. Answers are envelopes; HTTP errors that are none are raised."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """An envelope, whatever its code and HTTP status."""
        headers = {"X-Request-ID": str(uuid.uuid4())}
        answer = self.http.request(method, path, headers=headers, **options)
        assert answer.headers["X-Request-ID"] == headers["X-Request-ID"]
        envelope = dict(answer.json())
        assert envelope.keys() == {"StatusCode", "Message", "Data"}
        return envelope

    def code(self, method: str, path: str, **options: Any) -> int:
        """The StatusCode alone."""
        return int(self.call(method, path, **options)["StatusCode"])

    def data(self, method: str, path: str, **options: Any) -> Any:
        """What a successful call says."""
        envelope = self.call(method, path, **options)
        assert envelope["StatusCode"] == 0, envelope
        return envelope["Data"]

    # --- the calls that most tests make --------------------------------------------------------------

    def create_document(self, **changes: object) -> dict[str, object]:
        usual = {"DeviceToken": TOKEN, "Amount": 58300.00, "ExternalId": str(uuid.uuid4()), "OrganizationBin": BIN}
        return {**usual, **changes}

    def create(self, **changes: object) -> dict[str, Any]:
        return dict(self.data("POST", "v01/qr/create", json=self.create_document(**changes)))

    def create_link(self, **changes: object) -> dict[str, Any]:
        return dict(self.data("POST", "v01/qr/create-link", json=self.create_document(**changes)))

    def push_document(self, phone: str, **changes: object) -> dict[str, object]:
        usual = {"OrganizationBin": BIN, "Amount": 58300.00, "PhoneNumber": phone, "DeviceToken": TOKEN}
        return {**usual, "Comment": "Студия у Кок-Тобе", **changes}

    def push(self, phone: str, **changes: object) -> int:
        data = self.data("POST", "v01/remote/create", json=self.push_document(phone, **changes))
        assert data.keys() == {"QrPaymentId"}
        return int(data["QrPaymentId"])

    def cancel_code(self, payment_id: int) -> int:
        document = {"OrganizationBin": BIN, "QrPaymentId": payment_id, "DeviceToken": TOKEN}
        return self.code("POST", "v01/remote/cancel", json=document)

    def status(self, payment_id: int) -> dict[str, Any]:
        return dict(self.data("GET", f"v02/payment/status/{payment_id}"))

    def word(self, payment_id: int) -> str:
        """The payment's Status."""
        return str(self.status(payment_id)["Status"])

    def details(self, payment_id: int, token: str = TOKEN) -> dict[str, Any]:
        query = {"QrPaymentId": str(payment_id), "DeviceToken": token}
        return self.call("GET", "v01/payment/details", params=query)

    def returnable(self, payment_id: int) -> float:
        """What can still be given back."""
        return float(self.details(payment_id)["Data"]["AvailableReturnAmount"])

    def return_document(self, payment_id: int, amount: float, **changes: object) -> dict[str, object]:
        usual = {"DeviceToken": TOKEN, "QrPaymentId": payment_id, "Amount": amount, "OrganizationBin": BIN}
        return {**usual, **changes}

    def give_back_code(self, payment_id: int, amount: float, **changes: object) -> int:
        return self.code("POST", "v01/payment/return", json=self.return_document(payment_id, amount, **changes))


def trusting(standins: StandIns) -> ssl.SSLContext:
    """TLS that trusts the local CA and shows no certificate of its own."""
    return ssl.create_default_context(cafile=standins.certificates.ca)


@contextmanager
def with_certificate(standins: StandIns, scheme: str = "r3") -> Iterator[QrCaller]:
    """The merchant."""
    context = trusting(standins)
    context.load_cert_chain(standins.certificates.client_pem)
    base = standins.qr_settings(scheme)["KASPI_QR_BASE_URL"].removesuffix("v01")
    with httpx.Client(base_url=base, verify=context, timeout=60, trust_env=False) as http:
        yield QrCaller(http)


@contextmanager
def over_plain_http(standins: StandIns, scheme: str, key: str | None = None) -> Iterator[QrCaller]:
    """Somebody without a certificate, perhaps with a key."""
    headers = {} if key is None else {"Api-Key": key}
    base = f"{standins.base_url}/kaspi-qr/{scheme}/"
    with httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as http:
        yield QrCaller(http)


def paid(kaspi: StandIns, merchant: QrCaller, **changes: object) -> int:
    """A payment that was made; its number."""
    created = merchant.create(**changes)
    kaspi.pay(created["QrToken"])
    return int(created["QrPaymentId"])
