"""The way into a flat over HTTP as the landlord writes it down (promise 24)."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app.db import transaction
from app.domain.access import photos
from app.models import AccessGrant, AccessInstructions, AccessPhoto, AuditEntry
from tests import factories
from tests.pictures import SVG, picture, with_gps
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay
from tests.web.entries import captioned, pictures_on, upload, url_of
from tests.web.test_keys import shows_codes

FORM = factories.CODES.model_dump() | {"mode": "shared"}


@pytest.fixture
def host(web_app: Flask, open_stay: Stay) -> Browser:
    """The landlord of a flat whose guest may see the keys."""
    browser = Browser(web_app)
    browser.sign_in(open_stay.landlord_id)
    return browser


@pytest.fixture
def photo_id(web_app: Flask, open_stay: Stay) -> UUID:
    """A picture of the way into the flat, with a caption."""
    return captioned(web_app, open_stay)


def kept(web_app: Flask, stay: Stay) -> list[bytes]:
    """The flat's pictures, opened."""
    with web_app.app_context(), transaction() as session:
        found = photos.photos_of(session, stay.property_id)
        return [photos.image_of(session, stay.property_id, each.id) for each in found]


def count(web_app: Flask, action: str, subject: object) -> int:
    with web_app.app_context(), transaction() as session:
        statement = select(func.count()).where(AuditEntry.action == action, AuditEntry.subject_id == str(subject))
        return session.scalar(statement) or 0


def test_the_landlords_page_shows_nothing_before_it_is_asked(web_app: Flask, host: Browser, open_stay: Stay) -> None:
    """Promise 24: codes are on no page that a GET gives; showing them is audited."""
    page = host.get(url_of(open_stay))
    assert page.status_code == 200
    assert "Показать и изменить" in text_of(page)
    assert not shows_codes(page.text)
    assert count(web_app, "entry.revealed", open_stay.property_id) == 0
    for looks in (1, 2):
        shown = host.post(url_of(open_stay, "/show"))
        assert shown.status_code == 200
        assert all(f'value="{code}"' in shown.text for code in ("45К7788", "К4812Ж", "Щ907355"))
        assert shown.headers["Cache-Control"] == "no-store"
        assert count(web_app, "entry.revealed", open_stay.property_id) == looks


def test_the_landlord_writes_down_how_one_gets_in(
    web_app: Flask, host: Browser, guest: Browser, open_stay: Stay
) -> None:
    """All fields, directions in three languages; the guest reads them in their own."""
    typed = FORM | {"key_safe": "5599", "directions": "Дверь слева.", "directions_en": "The door on the left."}
    answer = host.post(url_of(open_stay), typed)
    assert answer.status_code == 303
    assert "мы отправили новые коды" in text_of(host.get(answer.location))
    assert "Дверь слева." in text_of(guest.post(f"/bookings/{open_stay.reference}/keys"))
    guest.get("/?lang=en")
    english = text_of(guest.post(f"/bookings/{open_stay.reference}/keys"))
    assert "The door on the left." in english
    assert "5599" in english


def test_the_guest_is_told_on_the_booking_page_that_a_shared_code_changed(
    web_app: Flask, host: Browser, guest: Browser, open_stay: Stay
) -> None:
    guest.post(f"/bookings/{open_stay.reference}/keys")
    host.post(url_of(open_stay), FORM | {"intercom": "99К1"})
    assert "Хозяин сменил коды" in text_of(guest.get(f"/bookings/{open_stay.reference}"))
    with web_app.app_context(), transaction() as session:
        assert session.get_one(AccessGrant, open_stay.id).issue == 2
    assert "99К1" in guest.post(f"/bookings/{open_stay.reference}/keys").text
    assert "Хозяин сменил коды" not in text_of(guest.get(f"/bookings/{open_stay.reference}"))


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"intercom": "4" * 41}, "intercom", "не больше 40 знаков"),
        ({"directions_kk": "я" * 2001}, "directions_kk", "не больше 2000 знаков"),
        ({"intercom": "", "key_safe": "", "smart_lock": "", "directions": " "}, "", "хотя бы один код"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    web_app: Flask, host: Browser, open_stay: Stay, *, changes: dict[str, str], field: str, words: str
) -> None:
    answer = host.post(url_of(open_stay), FORM | {"wifi_name": "Dom<46>"} | changes)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not field or f'id="{field}-error"' in answer.text
    assert 'value="Dom&lt;46&gt;"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert count(web_app, "entry.changed", open_stay.property_id) == 0


def test_a_flat_without_instructions_has_the_empty_form_at_once(web_app: Flask, host: Browser, open_stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        session.delete(session.get_one(AccessInstructions, open_stay.property_id))
    page = host.get(url_of(open_stay))
    assert 'name="key_safe"' in page.text
    assert host.post(url_of(open_stay), {"key_safe": "12", "mode": "per_booking"}).status_code == 303
    assert "Показать и изменить" in text_of(host.get(url_of(open_stay)))


def test_photos_are_drawn_anew_and_shown_to_the_landlord(web_app: Flask, host: Browser, open_stay: Stay) -> None:
    """Promise 27: no place, no phone, no file as it came."""
    answer = upload(host, open_stay, ("door.jpg", with_gps()), ("safe.png", picture((300, 200), "PNG")))
    assert answer.status_code == 200
    assert "Фотографии сохранены" in text_of(answer)
    stored = kept(web_app, open_stay)
    assert len(stored) == 2
    for image in stored:
        assert Image.open(io.BytesIO(image)).format == "WEBP"
        assert b"SecretPhone" not in image
        assert not dict(Image.open(io.BytesIO(image)).getexif())
    shown = [host.get(address) for address in pictures_on(answer)]
    assert [each.data for each in shown] == stored
    assert {each.headers["Cache-Control"] for each in shown} == {"no-store, private"}


def test_files_that_are_no_pictures_are_named_and_the_others_kept(
    web_app: Flask, host: Browser, open_stay: Stay
) -> None:
    answer = upload(host, open_stay, ("door.jpg", picture()), ("evil.jpg", SVG))
    assert answer.status_code == 422
    assert "evil.jpg: это не фото JPEG, PNG или WebP." in text_of(answer)
    assert len(kept(web_app, open_stay)) == 1
    assert "Выберите хотя бы один файл" in text_of(upload(host, open_stay))


def test_a_seventh_photo_is_refused_and_the_six_stay(web_app: Flask, host: Browser, open_stay: Stay) -> None:
    assert upload(host, open_stay, *[("door.jpg", picture((90, 60)))] * 5).status_code == 200
    answer = upload(host, open_stay, *[("door.jpg", picture((90, 60)))] * 2)
    assert answer.status_code == 422
    assert "не больше 6 фото" in text_of(answer)
    assert len(kept(web_app, open_stay)) == 5


def test_uploads_are_limited(make_app: MakeApp, open_stay: Stay) -> None:
    """Drawing pictures anew costs a second of a processor each."""
    landlord = Browser(make_app(limit_review="2/hour"))
    landlord.sign_in(open_stay.landlord_id)
    answers = [upload(landlord, open_stay, ("door.jpg", picture((90, 60)))).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_captions_order_and_deletion(web_app: Flask, host: Browser, open_stay: Stay, photo_id: UUID) -> None:
    upload(host, open_stay, ("second.jpg", picture()))
    with web_app.app_context(), transaction() as session:
        second = photos.photos_of(session, open_stay.property_id)[1].id
    path = url_of(open_stay, f"/photos/{second}")
    assert 'value="Дверь &amp; звонок"' in host.post(path, {"act": "describe", "caption": "Дверь & звонок"}).text
    page = host.post(path, {"act": "forward"})
    assert f"/{second}?" in pictures_on(page)[0]
    assert "не больше 200 знаков" in text_of(host.post(path, {"act": "describe", "caption": "я" * 201}))
    assert len(pictures_on(host.post(path, {"act": "remove"}))) == 1
    assert host.post(path, {"act": "remove"}).status_code == 404
    with web_app.app_context(), transaction() as session:
        assert session.get(AccessPhoto, photo_id) is not None
