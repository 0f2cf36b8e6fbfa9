"""The way into a flat: what the tests of its pages share."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.access import photos
from app.kit import clock
from app.kit.pictures import Sized, redrawn
from tests.pictures import picture
from tests.web.browser import Browser
from tests.web.conftest import Stay

DOOR = Sized(redrawn(picture((320, 240))).files[400], 320, 240)


def url_of(stay: Stay, more: str = "") -> str:
    return f"/cabinet/flats/{stay.property_id}/entry{more}"


def pictures_on(answer: TestResponse) -> list[str]:
    """Addresses of pictures of the way in on a page."""
    return [unescape(found) for found in re.findall(r'src="([^"]*/photos/[^"]*shown=[^"]*)"', answer.text)]


def upload(browser: Browser, stay: Stay, *files: tuple[str, bytes]) -> TestResponse:
    data: dict[str, Any] = {"csrf_token": browser.form_token()}
    data["photos"] = [(io.BytesIO(body), name) for name, body in files] or (io.BytesIO(b""), "")
    return browser.client.post(url_of(stay, "/photos"), data=data, content_type="multipart/form-data")


def captioned(web_app: Flask, stay: Stay) -> UUID:
    """A picture of the way into the stay's flat, with a caption."""
    with web_app.app_context(), transaction() as session:
        photos.add(session, stay.property_id, [DOOR], now=clock.now())
        [found] = photos.photos_of(session, stay.property_id)
        photos.describe(session, stay.property_id, found.id, "Сейф слева от двери")
        return found.id
