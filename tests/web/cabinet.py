"""The landlord at the cabinet's forms: what the tests of its pages share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.db import transaction
from app.kit import clock
from tests.web.browser import Browser, text_of

TERMS = {"min_nights": "1", "max_nights": "90", "cleaning_minutes": "120", "booking": "instant"}
PRICES = {"base_price": "15 000", "included_guests": "2"}


def signed_in(web_app: Flask, user_id: UUID) -> Browser:
    browser = Browser(web_app)
    browser.sign_in(user_id)
    return browser


def read(web_app: Flask, model: type[Any], key: object) -> Any:
    with web_app.app_context(), transaction() as session:
        return session.get_one(model, key)


def count(web_app: Flask, model: type[Any], *where: Any) -> int:
    with web_app.app_context(), transaction() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def follow(browser: Browser, answer: TestResponse) -> str:
    """The words of the page that a form leads to."""
    assert answer.status_code == 303, text_of(answer)
    return text_of(browser.get(answer.location))


def nights(days: int, count_: int) -> dict[str, str]:
    first = clock.local_date(clock.now()) + timedelta(days=days)
    return {"first": first.isoformat(), "last": (first + timedelta(days=count_ - 1)).isoformat()}
