"""Photos on the pages of a conversation and by the API: sent by a form, seen by the two alone."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.messages import photos
from app.kit import clock
from app.models import Property
from tests import pictures
from tests.web.api_caller import ApiCaller
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay
from tests.web.test_cancelling import hidden


@pytest.fixture
def host(web_app: Flask, open_stay: Stay) -> Browser:
    """The landlord of `open_stay`."""
    browser = Browser(web_app)
    browser.sign_in(open_stay.landlord_id)
    return browser


def send(
    browser: Browser, path: str, content: bytes, text: str = "", *, key: str = "", htmx: bool = False
) -> TestResponse:
    data = {"csrf_token": browser.form_token(), "text": text, "form_key": key, "photo": (io.BytesIO(content), "я.jpg")}
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"} if htmx else {}
    return browser.client.post(path, data=data, headers=headers, content_type="multipart/form-data")


def photos_on(page: TestResponse) -> list[str]:
    return re.findall(r'<img src="(/messages/[^"]+/photos/\d+)"', page.text)


def test_a_guest_sends_a_photo_without_words_and_the_host_answers_with_one_by_htmx(
    guest: Browser, host: Browser, other_guest: Browser, open_stay: Stay
) -> None:
    path = f"/messages/to/{open_stay.property_id}"
    form = guest.get(path)
    assert 'type="file"' in form.text
    key = hidden(form, "form_key")
    sent, again = send(guest, path, pictures.with_gps(), key=key), send(guest, path, pictures.with_gps(), key=key)
    assert (sent.status_code, again.location) == (303, sent.location)
    assert "📷 Фото" in text_of(host.get("/cabinet/messages"))
    page = host.get(sent.location)
    [address] = photos_on(page)
    assert "Текст удалён" not in text_of(page)
    shown = host.get(address)
    assert (shown.mimetype, shown.headers["Cache-Control"]) == ("image/webp", "no-store, private")
    assert b"SecretPhone" not in shown.data
    with Image.open(io.BytesIO(shown.data)) as image:
        assert image.size == (640, 480)
    assert other_guest.get(address).status_code == 404
    answered = send(host, sent.location, pictures.picture(kind="PNG"), "Вот так", htmx=True)
    assert answered.status_code == 200
    assert len(photos_on(answered)) == 2
    assert guest.get(photos_on(answered)[1]).status_code == 200


def test_another_photo_under_the_key_of_one_that_was_sent_is_not_taken_for_it(guest: Browser, open_stay: Stay) -> None:
    """«Back» to the form that was sent, and another photo chosen: it must not vanish as if it had been sent."""
    path = f"/messages/to/{open_stay.property_id}"
    key = hidden(guest.get(path), "form_key")
    sent = send(guest, path, pictures.picture(), key=key)
    other = send(guest, path, pictures.picture(kind="PNG"), key=key)
    assert (sent.status_code, other.status_code) == (303, 422)
    assert send(guest, path, pictures.picture(kind="PNG"), key=hidden(other, "form_key")).status_code == 303
    assert len(photos_on(guest.get(sent.location))) == 2


def test_what_is_no_photo_is_named_and_the_words_come_back(guest: Browser, open_stay: Stay) -> None:
    path = f"/messages/to/{open_stay.property_id}"
    refused = send(guest, path, b"<svg/>", "Кран течёт")
    assert refused.status_code == 422
    assert "Фото не отправлено: это не фото JPEG, PNG или WebP." in text_of(refused)
    assert "Кран течёт" in refused.text
    assert send(guest, path, b"", "").status_code == 422
    assert guest.get("/messages").text.count("talk__last") == 0


def test_before_payment_there_is_no_field_and_a_photo_is_refused(guest: Browser, flat: Property) -> None:
    path = f"/messages/to/{flat.id}"
    form = guest.get(path)
    assert 'type="file"' not in form.text
    assert "После оплаты можно присылать и фото." in text_of(form)
    for content in (pictures.picture(), b"<svg/>"):
        refused = send(guest, path, content, "Посмотрите")
        assert refused.status_code == 422
        assert "когда проживание оплачено" in text_of(refused), "nobody looks at what may not be sent"


def test_only_what_will_be_sent_is_drawn(make_app: MakeApp, guest_id: UUID, open_stay: Stay, flat: Property) -> None:
    """The limit counts what is drawn: not what is refused for another reason, nor what was sent before."""
    browser = Browser(make_app(limit_review="1/hour"))
    browser.sign_in(guest_id)
    unpaid, paid = f"/messages/to/{flat.id}", f"/messages/to/{open_stay.property_id}"
    assert send(browser, unpaid, pictures.picture()).status_code == 422
    assert send(browser, paid, pictures.picture(), "я" * 2001).status_code == 422
    key = hidden(browser.get(paid), "form_key")
    answers = [send(browser, paid, pictures.picture(), key=key) for _ in range(3)]
    assert [each.status_code for each in answers] == [303, 303, 303]
    assert send(browser, paid, pictures.picture(), "Ещё одно").status_code == 429
    assert len(photos_on(browser.get(answers[0].location))) == 1


def test_the_api_tells_an_address_that_is_good_for_an_hour(web_app: Flask, guest: Browser, open_stay: Stay) -> None:
    sent = send(guest, f"/messages/to/{open_stay.property_id}", pictures.picture())
    thread = sent.location.rpartition("/")[2]
    found = ApiCaller.of(web_app, open_stay.landlord_id).get(f"/api/v1/threads/{thread}").json
    assert found is not None
    [message] = found["messages"]
    assert (message["text"], message["photo"]["width"], message["photo"]["height"]) == (None, 640, 480)
    path = message["photo"]["url"].partition("://")[2].partition("/")[2]
    anyone = web_app.test_client()
    shown = anyone.get(f"/{path}")
    assert (shown.status_code, shown.mimetype, shown.headers["Cache-Control"]) == (
        200,
        "image/jpeg",
        "no-store, private",
    )
    assert "Set-Cookie" not in shown.headers
    photo_id = UUID(hex=path.rpartition("/")[2].partition("-")[0])
    with web_app.app_context(), transaction():
        over = photos.link_word(photo_id, now=clock.now() - timedelta(hours=2))
    assert anyone.get(f"/message-photos/{over}.jpg").status_code == 404
