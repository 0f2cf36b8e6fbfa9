"""Hearts and saved flats: what their tests share."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from app.db import reading, transaction
from app.domain.favourites.reading import saved_flats
from app.domain.favourites.saving import save
from app.kit import clock
from app.models import Property
from tests.web.browser import Browser

CITY = "semey"
"""A city that no other test of pages uses."""
LIST = "/favourites"


def heart(browser: Browser, path: str, flat: Property) -> dict[str, str]:
    """The attributes of this flat's heart on a page."""
    tags = re.findall(rf'<(?:button|a) [^>]*id="heart-{flat.id}"[^>]*>', browser.get(path).text)
    assert len(tags) == 1, path
    return {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tags[0])}


def saved(app: Flask, user_id: UUID) -> list[int]:
    with app.app_context(), reading() as connection:
        return [each.row.id for each in saved_flats(connection, user_id, language="ru").flats]


def save_for(app: Flask, user_id: UUID, *flats: Property) -> None:
    with app.app_context(), transaction() as session:
        for each in flats:
            save(session, user_id, each.id, now=clock.now())


def press(browser: Browser, flat: Property, wanted: str = "yes", *, back: str = "", htmx: bool = False) -> TestResponse:
    return browser.post(f"{LIST}/{flat.id}", {"saved": wanted, "next": back}, htmx=htmx)
