"""The payers' phones: the bills that were pushed to each, waiting or decided."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.kaspi import payments
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.kaspi.pages import prefers_json, to_json

phones = Blueprint("kaspi_phones", __name__, url_prefix="/kaspi/phones")


@phones.get("/<phone>")
def bills(phone: str) -> ResponseReturnValue:
    """One phone's bills, newest first; JSON for whoever prefers it."""
    number = f"+{phone.strip().removeprefix('+')}"
    with desk().store.writing() as db:
        payments.expire_due(db, switches.load(db, KaspiFaults), now=clock.now().timestamp())
        found = payments.of_phone(db, number)
    if prefers_json():
        return jsonify([to_json(payment) for payment in found])
    return render_template("kaspi/phone.html", phone=number, bills=found)
