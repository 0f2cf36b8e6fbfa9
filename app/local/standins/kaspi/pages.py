"""What people see of Kaspi: the payer's page, and the panel with payments, deliveries and fault switches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal, cast

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.fault_views import add_fault_views
from app.local.standins.kaspi import callbacks, payments
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.kaspi.payments import Payment

pages = Blueprint("kaspi_pages", __name__, url_prefix="/kaspi")
add_fault_views(pages, KaspiFaults, page=".panel")

MERCHANT = "ЖильеGO"
"""The provider knows its merchant's name from their contract, not from a request."""


@pages.get("/pay/<token>")
def pay_page(token: str) -> ResponseReturnValue:
    """Show the payer what to pay, or what became of it."""
    now = clock.now().timestamp()
    with desk().store.writing() as db:
        faults = switches.load(db, KaspiFaults)
        payments.expire_due(db, faults, now=now)
        payment = payments.find_by_token(db, token)
        if payment is not None:
            payments.look(db, payment, faults, now=now)
            payment = payments.find_by_token(db, token)
    if payment is None:
        abort(404)
    template = "kaspi/pay.html" if payment.is_payable else "kaspi/result.html"
    return render_template(
        template,
        payment=payment,
        merchant=MERCHANT,
        seconds_left=max(1, int(payment.expires_at - now) + 1),
        is_fresh="decided" in request.args,
    )


@pages.post("/pay/<token>")
def decide(token: str) -> ResponseReturnValue:
    """Pay or decline. Answers the page, or JSON to whoever prefers it."""
    choice = request.form.get("action")
    if choice not in {"pay", "decline"}:
        abort(400)
    with desk().store.writing() as db:
        payment = payments.decide(
            db,
            token,
            cast(Literal["pay", "decline"], choice),
            switches.load(db, KaspiFaults),
            now=clock.now().timestamp(),
        )
    if payment is None:
        abort(404)
    desk().courier.wake()
    if prefers_json():
        return to_json(payment)
    return redirect(url_for(".pay_page", token=token, decided=""), 303)


@pages.get("/")
def panel() -> ResponseReturnValue:
    """Payments, deliveries and switches."""
    with desk().store.reading() as db:
        faults = switches.load(db, KaspiFaults)
        return render_template(
            "kaspi/panel.html",
            payments=payments.recent(db, 30),
            callbacks=callbacks.recent(db, 60),
            groups=switches.form_groups(faults),
            faults=faults,
        )


@pages.get("/payments")
def payment_list() -> ResponseReturnValue:
    """The latest payments (with `order_id`, of that order) and their deliveries, for tests; people get the panel."""
    if not prefers_json():
        return redirect(url_for(".panel"))
    with desk().store.reading() as db:
        order_id = request.args.get("order_id")
        found = payments.recent(db, 1_000) if order_id is None else payments.of_order(db, order_id)
        return jsonify(
            [
                to_json(payment)
                | {"callbacks": [asdict(sent) for sent in callbacks.of_payment(db, payment.payment_id)]}
                for payment in found
            ]
        )


@pages.post("/callbacks/<int:callback_id>/again")
def send_again(callback_id: int) -> ResponseReturnValue:
    """Deliver a callback once more."""
    with desk().store.writing() as db:
        callbacks.send_again(db, callback_id, now=clock.now().timestamp())
    desk().courier.wake()
    return redirect(url_for(".panel", _anchor="callbacks"), 303)


def prefers_json() -> bool:
    """Whether it is a test that asks, rather than a browser."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def to_json(payment: Payment) -> dict[str, object]:
    """A payment for tests, with the address of the payer's page."""
    return asdict(payment) | {"pay_url": desk().pay_url(payment.token)}
