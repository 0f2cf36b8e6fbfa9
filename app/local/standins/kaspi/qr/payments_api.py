"""Payments of Kaspi Pay QR: by QR code, by link, by a bill pushed to a phone; and how they stand."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from typing import Annotated

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field

from app.kit import clock
from app.local.standins.desk import desk
from app.local.standins.kaspi import payments
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.kaspi.payments import Order, Payment, Surface
from app.local.standins.kaspi.qr.devices import check_bin, device
from app.local.standins.kaspi.qr.envelope import (
    BAD_AMOUNT,
    PURCHASE_NOT_FOUND,
    WRONG_STATUS,
    QrError,
    QrRequest,
    TengeNumber,
    Text,
    answer,
    api,
    fail,
    faults,
    now,
)

_METHODS = ["Gold", "Red", "Loan"]
_POLLING_SECONDS = 5
_NAMES = ("Айгерим С.", "Данияр К.", "Асель Т.", "Нурлан Ж.", "Мария П.", "Тимур А.")


def _phone(number: object) -> str:
    """A Kazakhstan mobile as +77011234567, however it was written. Raises ValueError."""
    digits = re.sub(r"[ ()-]", "", number) if isinstance(number, str) else ""
    match = re.fullmatch(r"(?:\+?7|8)(7[0-9]{9})", digits)
    if match is None:
        raise ValueError("a phone is a mobile number of Kazakhstan")
    return f"+7{match[1]}"


Phone = Annotated[str, BeforeValidator(_phone)]


class CreateRequest(QrRequest):
    """The document of `POST /qr/create` and `POST /qr/create-link`."""

    DeviceToken: Text
    Amount: TengeNumber
    ExternalId: Text
    OrganizationBin: Text


class RemoteRequest(QrRequest):
    """The document of `POST /remote/create`."""

    OrganizationBin: Text
    Amount: TengeNumber
    PhoneNumber: Phone
    DeviceToken: Text
    Comment: Annotated[str, Field(max_length=250)] = ""


class CancelRequest(QrRequest):
    """The document of `POST /remote/cancel`."""

    OrganizationBin: Text
    QrPaymentId: int
    DeviceToken: Text


class ClientQuery(QrRequest):
    """The query of `GET /remote/client-info`."""

    phoneNumber: Phone  # noqa: N815  Kaspi's name
    deviceToken: Text  # noqa: N815  Kaspi's name


@api.post("/v01/qr/create")
def create_qr() -> ResponseReturnValue:
    """Make a QR code. Not idempotent: each call makes another payment."""
    set_switches = faults()
    payment = _create("qr", set_switches)
    data = {
        "QrToken": desk().pay_url(payment.token),
        "ExpireDate": almaty_iso(payment.expires_at),
        "QrPaymentId": int(payment.payment_id),
        "PaymentMethods": _METHODS,
        "QrPaymentBehaviorOptions": _behaviour("QrCodeScanWaitTimeout", set_switches),
    }
    return answer(data, set_switches)


@api.post("/v01/qr/create-link")
def create_link() -> ResponseReturnValue:
    """Make a link that opens Kaspi's app. Not idempotent either."""
    set_switches = faults()
    payment = _create("link", set_switches)
    data = {
        "PaymentLink": desk().pay_url(payment.token),
        "ExpireDate": almaty_iso(payment.expires_at),
        "PaymentId": int(payment.payment_id),
        "PaymentMethods": _METHODS,
        "PaymentBehaviorOptions": _behaviour("LinkActivationWaitTimeout", set_switches),
    }
    return answer(data, set_switches)


def _create(surface: Surface, set_switches: KaspiFaults) -> Payment:
    fail(set_switches.create_500, "before")
    asked = CreateRequest.model_validate_json(request.get_data())
    order = Order(asked.ExternalId, asked.Amount, expires_in=set_switches.qr_wait_seconds)
    return _open(surface, order, asked.OrganizationBin, asked.DeviceToken, set_switches)


def _open(surface: Surface, order: Order, bin_number: str, device_token: str, set_switches: KaspiFaults) -> Payment:
    with desk().store.writing() as db:
        at = device(db, device_token)
        check_bin(bin_number)
        if not order.amount:
            raise QrError(BAD_AMOUNT)
        order = Order(**{**vars(order), "trade_point": at.trade_point})
        payment = payments.open_new(db, surface, payments.new_number(), order, now=now())
    fail(set_switches.create_500, "after")
    return payment


def _behaviour(wait_name: str, set_switches: KaspiFaults) -> dict[str, int]:
    return {
        "StatusPollingInterval": _POLLING_SECONDS,
        wait_name: set_switches.qr_wait_seconds,
        "PaymentConfirmationTimeout": payments.CONFIRM_SECONDS,
    }


@api.post("/v01/remote/create")
def create_remote() -> ResponseReturnValue:
    """Push a bill to the payer's phone. Not idempotent: each call pushes another one."""
    set_switches = faults()
    fail(set_switches.create_500, "before")
    asked = RemoteRequest.model_validate_json(request.get_data())
    order = Order("", asked.Amount, payments.BILL_SECONDS, asked.Comment, phone=asked.PhoneNumber)
    payment = _open("push", order, asked.OrganizationBin, asked.DeviceToken, set_switches)
    return answer({"QrPaymentId": int(payment.payment_id)}, set_switches)


@api.post("/v01/remote/cancel")
def cancel_remote() -> ResponseReturnValue:
    """Take a pushed bill back, if nobody has paid or rejected it yet."""
    set_switches = faults()
    asked = CancelRequest.model_validate_json(request.get_data())
    check_bin(asked.OrganizationBin)
    with desk().store.writing() as db:
        device(db, asked.DeviceToken)
        payment = _present(db, str(asked.QrPaymentId), set_switches)
        if payment.surface != "push":
            raise QrError(PURCHASE_NOT_FOUND)
        if not payments.cancel(db, payment):
            raise QrError(WRONG_STATUS)
    return answer({"Status": "RemotePaymentCanceled"}, set_switches)


@api.get("/v01/remote/client-info")
def client_info() -> ResponseReturnValue:
    """Name whoever a bill to this phone would reach, as Kaspi shows strangers: first name and initial."""
    set_switches = faults()
    asked = ClientQuery.model_validate(request.args.to_dict())
    with desk().store.reading() as db:
        device(db, asked.deviceToken)
    return answer({"ClientName": _NAMES[int(asked.phoneNumber) % len(_NAMES)]}, set_switches)


@api.get("/v02/payment/status/<payment_id>")
def status(payment_id: str) -> ResponseReturnValue:
    """Tell how a payment stands: the only way to learn it, since nobody is called back."""
    set_switches = faults()
    if set_switches.status_500:
        fail("before", "before")
    with desk().store.writing() as db:
        payment = _present(db, payment_id, set_switches)
    data = {
        "Status": "UnderReview" if set_switches.status_unknown else status_word(payment),
        "TransactionId": payment.transaction_id,
        "Amount": float(payment.paid_amount or payment.amount),
        "ProductType": "Gold" if payment.is_paid else None,
        "LoanOfferName": None,
        "LoanTerm": None,
        "IsOffer": False,
        "StoreName": "ЖильеGO",
        "Address": "пр. Абая, 1",
        "City": "Алматы",
    }
    return answer(data, set_switches)


def _present(db: sqlite3.Connection, payment_id: str, set_switches: KaspiFaults) -> Payment:
    payments.expire_due(db, set_switches, now=now())
    payment = payments.find(db, payment_id)
    if payment is None or payment.surface == "gateway":
        raise QrError(PURCHASE_NOT_FOUND)
    return payment


def status_word(payment: Payment) -> str:
    """The payment's state as this surface names it. Money that was given back changes nothing."""
    is_pushed = payment.surface == "push"
    if payment.is_paid:
        return "Processed"
    if payment.ending:
        return "RemotePaymentCanceled" if payment.ending == "cancelled" else "QrTokenDiscarded"
    return {
        "created": "RemotePaymentCreated" if is_pushed else "QrTokenCreated",
        "pending": "Wait",
        "failed": "RemotePaymentRejected" if is_pushed else "Error",
        "expired": "Expired",
    }[payment.status]


def almaty_iso(moment: float) -> str:
    """Unix seconds as Kaspi writes moments: 2026-11-23T18:30:00+05:00."""
    return datetime.fromtimestamp(moment, UTC).astimezone(clock.ALMATY).isoformat(timespec="seconds")
