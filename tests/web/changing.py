"""Changes of a stay over HTTP: what their tests share."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.checkout.settle import settle
from app.domain.payments.lifecycle import ProviderEvent
from app.kit import clock
from app.models import Booking, BookingAmendment, TransactionKind
from tests import factories
from tests.web.browser import Browser
from tests.web.conftest import Stay
from tests.web.test_cancelling import hidden


def path(stay: Stay, page: str) -> str:
    return f"/bookings/{stay.reference}/{page}"


def status_path(stay: Stay) -> str:
    return f"/checkout/{stay.reference}/extension"


def ends_offered(browser: Browser, stay: Stay, page: str) -> list[date]:
    """The days in the page's choice."""
    found = re.findall(r'<option value="([0-9-]{10})"', browser.get(path(stay, page)).text)
    return [date.fromisoformat(day) for day in found]


def booking_of(app: Flask, stay: Stay) -> Booking:
    with app.app_context(), transaction() as session:
        return session.get_one(Booking, stay.id)


def changes_of(app: Flask, stay: Stay) -> list[BookingAmendment]:
    with app.app_context(), transaction() as session:
        statement = select(BookingAmendment).where(BookingAmendment.booking_id == stay.id)
        return list(session.scalars(statement.order_by(BookingAmendment.id)))


def tell(app: Flask, stay: Stay, kind: TransactionKind = TransactionKind.PAID) -> None:
    """The provider's word about the newest payment of the booking."""
    with app.app_context(), transaction() as session:
        payment = factories.payment_of(session, session.get_one(Booking, stay.id))
        event: ProviderEvent = factories.paid_event(payment, kind=kind)
        settle(session, event, now=clock.now())


def ask_to_extend(browser: Browser, stay: Stay, nights: int = 2) -> int:
    """Through the page's own form; the price it showed."""
    day = ends_offered(browser, stay, "extend")[nights - 1]
    page = browser.get(f"{path(stay, 'extend')}?check_out={day}")
    total = hidden(page, "total")
    answer = browser.post(path(stay, "extend"), {"check_out": hidden(page, "check_out"), "total": total})
    assert (answer.status_code, answer.location) == (303, status_path(stay))
    return int(total)
