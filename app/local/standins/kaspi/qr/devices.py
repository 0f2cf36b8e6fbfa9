"""Trade points and the devices at them: a device's token is what every payment is made with."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from app.local.standins.desk import desk
from app.local.standins.kaspi.qr.envelope import (
    DEVICE_ELSEWHERE,
    DEVICE_NOT_FOUND,
    TRADE_POINT_NOT_FOUND,
    QrError,
    QrRequest,
    Text,
    answer,
    api,
    faults,
)
from app.local.standins.settings import StandInSettings

TRADE_POINTS = {1: "ЖильеGO Алматы", 2: "ЖильеGO Астана"}


@dataclass(frozen=True)
class Device:
    """A row of `kaspi_devices`."""

    device_token: str
    device_id: str
    trade_point: int


class RegisterRequest(QrRequest):
    """The document of `POST /device/register`."""

    DeviceId: Text
    TradePointId: int
    OrganizationBin: Text


def know_merchants_device(db: sqlite3.Connection, settings: StandInSettings) -> None:
    """Register the device that the merchant was given with its settings, so that it need not be done by hand."""
    db.execute(
        "REPLACE INTO kaspi_devices VALUES (?, ?, ?)",
        (settings.kaspi_qr_device_token, settings.kaspi_qr_device_id, settings.kaspi_qr_trade_point),
    )


def device(db: sqlite3.Connection, token: str) -> Device:
    """The device with this token. Raises QrError."""
    row = db.execute("SELECT * FROM kaspi_devices WHERE device_token = ?", (token,)).fetchone()
    if row is None:
        raise QrError(DEVICE_NOT_FOUND)
    return Device(**dict(row))


def check_bin(number: str) -> None:
    """Let only our merchant's БИН pass: others have no trade points here. Raises QrError."""
    if number != desk().settings.kaspi_qr_bin:
        raise QrError(TRADE_POINT_NOT_FOUND)


@api.get("/v01/partner/tradepoints/<number>")
def trade_points(number: str) -> ResponseReturnValue:
    """List the merchant's trade points."""
    set_switches = faults()
    check_bin(number)
    return answer([{"TradePointId": one, "TradePointName": name} for one, name in TRADE_POINTS.items()], set_switches)


@api.post("/v01/device/register")
def register() -> ResponseReturnValue:
    """Give a device its token; the same device at the same trade point gets the same token again."""
    set_switches = faults()
    asked = RegisterRequest.model_validate_json(request.get_data())
    check_bin(asked.OrganizationBin)
    if asked.TradePointId not in TRADE_POINTS:
        raise QrError(TRADE_POINT_NOT_FOUND)
    with desk().store.writing() as db:
        db.execute(
            "INSERT INTO kaspi_devices VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (secrets.token_urlsafe(24), asked.DeviceId, asked.TradePointId),
        )
        row = db.execute("SELECT * FROM kaspi_devices WHERE device_id = ?", (asked.DeviceId,)).fetchone()
    found = Device(**dict(row))
    if found.trade_point != asked.TradePointId:
        raise QrError(DEVICE_ELSEWHERE)
    return answer({"DeviceToken": found.device_token}, set_switches)
