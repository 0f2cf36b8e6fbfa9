"""Returns of Kaspi Pay QR: what can be given back, and giving it back. A repeated call returns twice."""

from __future__ import annotations

import sqlite3

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field

from app.local.standins.desk import desk
from app.local.standins.kaspi import payments, refunds
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.kaspi.payments import Payment
from app.local.standins.kaspi.qr.devices import Device, check_bin, device
from app.local.standins.kaspi.qr.envelope import (
    BAD_AMOUNT,
    NO_PARTIAL_RETURN,
    RETURN_EXCEEDS_PURCHASE,
    RETURN_FAILED,
    RETURN_PURCHASE_NOT_FOUND,
    WRONG_STATUS,
    WRONG_TRADE_POINT,
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
from app.local.standins.kaspi.qr.payments_api import almaty_iso


class DetailsQuery(QrRequest):
    """The query of `GET /payment/details`."""

    QrPaymentId: str = Field(pattern="^[0-9]{1,19}$")
    DeviceToken: Text


class ReturnRequest(QrRequest):
    """The document of `POST /payment/return`."""

    DeviceToken: Text
    QrPaymentId: int
    Amount: TengeNumber
    OrganizationBin: Text


@api.get("/v01/payment/details")
def details() -> ResponseReturnValue:
    """Tell what was paid, when, and how much of it can still be returned."""
    set_switches = faults()
    if set_switches.status_500:
        fail("before", "before")
    asked = DetailsQuery.model_validate(request.args.to_dict())
    with desk().store.reading() as db:
        payment = _purchase(db, asked.QrPaymentId, device(db, asked.DeviceToken))
    if payment.paid_at is None:
        raise QrError(WRONG_STATUS)
    data = {
        "QrPaymentId": int(payment.payment_id),
        "TotalAmount": float(payment.paid_amount or 0),
        "AvailableReturnAmount": float(payment.returnable),
        "TransactionDate": almaty_iso(payment.paid_at),
    }
    return answer(data, set_switches)


@api.post("/v01/payment/return")
def give_back() -> ResponseReturnValue:
    """Give money back, each time it is called, until nothing is left to give."""
    set_switches = faults()
    fail(set_switches.refund_500, "before")
    asked = ReturnRequest.model_validate_json(request.get_data())
    check_bin(asked.OrganizationBin)
    with desk().store.writing() as db:
        payment = _purchase(db, str(asked.QrPaymentId), device(db, asked.DeviceToken))
        _check(payment, asked.Amount, set_switches)
        refund = refunds.begin(
            db,
            set_switches,
            payment,
            payments.new_number(),
            asked.Amount,
            settles_as="done",
            settles_at=now(),
            now=now(),
        )
    fail(set_switches.refund_500, "after")
    return answer({"ReturnOperationId": int(refund.refund_id)}, set_switches)


def _purchase(db: sqlite3.Connection, payment_id: str, at: Device) -> Payment:
    payment = payments.find(db, payment_id)
    if payment is None or payment.surface == "gateway":
        raise QrError(RETURN_PURCHASE_NOT_FOUND)
    if payment.trade_point != at.trade_point:
        raise QrError(WRONG_TRADE_POINT)
    return payment


def _check(payment: Payment, amount: int, set_switches: KaspiFaults) -> None:
    if not amount:
        raise QrError(BAD_AMOUNT)
    if not payment.is_paid or set_switches.refund_outcome == "refused":
        raise QrError(WRONG_STATUS)
    if amount > payment.returnable:
        raise QrError(RETURN_EXCEEDS_PURCHASE)
    if set_switches.no_partial_refund and amount != payment.paid_amount:
        raise QrError(NO_PARTIAL_RETURN)
    if set_switches.refund_outcome == "fails_later":
        raise QrError(RETURN_FAILED)
