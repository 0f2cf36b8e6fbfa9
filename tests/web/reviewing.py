"""A guest at the review's form: what the tests of reviews over HTTP share."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.db import transaction
from app.models import Property, Review, ReviewPhoto
from tests import factories
from tests.pictures import picture
from tests.web.browser import Browser
from tests.web.conftest import Stay

GOOD = ("photo.jpg", picture())


@contextmanager
def working(app: Flask) -> Iterator[Session]:
    """A transaction outside any request: requests have contexts of their own."""
    with app.app_context(), transaction() as session:
        yield session


def finished(app: Flask, guest_id: UUID, *, left: int = 1, of: int | None = None) -> Stay:
    with working(app) as session:
        prop = factories.make_property(session) if of is None else session.get_one(Property, of)
        booking = factories.make_completed_booking(session, prop, guest_id, left=left)
        return Stay(booking.id, booking.reference, prop.id, guest_id, prop.landlord_id)


def send(
    browser: Browser, stay: Stay, files: Sequence[tuple[str, bytes]] = (), *, kept: Sequence[str] = (), **fields: str
) -> TestResponse:
    """Send the form as a browser does."""
    data: dict[str, object] = {"rating": "5", "text": "Тихо, чисто, рядом парк.", "csrf_token": browser.form_token()}
    data |= fields
    data["photo"] = list(kept)
    data["photos"] = [(io.BytesIO(body), name) for name, body in files] or (io.BytesIO(b""), "")
    return browser.client.post(f"/bookings/{stay.reference}/review", data=data, content_type="multipart/form-data")


def written(app: Flask, stay: Stay) -> tuple[Review, list[ReviewPhoto]] | None:
    with working(app) as session:
        review = session.scalars(select(Review).where(Review.booking_id == stay.id)).one_or_none()
        if review is None:
            return None
        photos = select(ReviewPhoto).where(ReviewPhoto.review_id == review.id).order_by(ReviewPhoto.position)
        return review, list(session.scalars(photos))
