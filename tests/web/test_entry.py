"""The way into a flat over HTTP: the landlord writes it down, one guest sees it for a while (promises 24 and 27)."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.access import photos
from app.domain.actor import Actor
from app.domain.checkout.cancel import cancel
from app.kit import clock
from app.kit.pictures import Sized, redrawn
from app.models import AccessGrant, AccessInstructions, AccessPhoto, AuditEntry
from blueprints.shared import entry_photos
from tests import factories
from tests.pictures import SVG, picture, with_gps
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay, move
from tests.web.test_keys import shows_codes

DOOR = Sized(redrawn(picture((320, 240))).files[400], 320, 240)
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
    with web_app.app_context(), transaction() as session:
        photos.add(session, open_stay.property_id, [DOOR], now=clock.now())
        [found] = photos.photos_of(session, open_stay.property_id)
        photos.describe(session, open_stay.property_id, found.id, "Сейф слева от двери")
        return found.id


def url_of(stay: Stay, more: str = "") -> str:
    return f"/cabinet/flats/{stay.property_id}/entry{more}"


def pictures_on(answer: TestResponse) -> list[str]:
    """Addresses of pictures of the way in on a page."""
    return [unescape(found) for found in re.findall(r'src="([^"]*/photos/[^"]*shown=[^"]*)"', answer.text)]


def upload(browser: Browser, stay: Stay, *files: tuple[str, bytes]) -> TestResponse:
    data: dict[str, Any] = {"csrf_token": browser.form_token()}
    data["photos"] = [(io.BytesIO(body), name) for name, body in files] or (io.BytesIO(b""), "")
    return browser.client.post(url_of(stay, "/photos"), data=data, content_type="multipart/form-data")


def kept(web_app: Flask, stay: Stay) -> list[bytes]:
    """The flat's pictures, opened."""
    with web_app.app_context(), transaction() as session:
        found = photos.photos_of(session, stay.property_id)
        return [photos.image_of(session, stay.property_id, each.id) for each in found]


def count(web_app: Flask, action: str, subject: object) -> int:
    with web_app.app_context(), transaction() as session:
        statement = select(func.count()).where(AuditEntry.action == action, AuditEntry.subject_id == str(subject))
        return session.scalar(statement) or 0


def revealed_picture(guest: Browser, stay: Stay) -> str:
    """The guest opens the keys; the address of the one picture that comes with them."""
    [address] = pictures_on(guest.post(f"/bookings/{stay.reference}/keys", htmx=True))
    return address


# --- the landlord ----------------------------------------------------------------------------------------------------


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


# --- the guest -------------------------------------------------------------------------------------------------------


def test_the_guest_sees_the_pictures_with_the_codes_and_the_look_is_audited(
    web_app: Flask, guest: Browser, open_stay: Stay, photo_id: UUID
) -> None:
    before = guest.get(f"/bookings/{open_stay.reference}")
    assert str(photo_id) not in before.text
    assert "Сейф слева от двери" not in before.text
    answer = guest.post(f"/bookings/{open_stay.reference}/keys")
    assert "Сейф слева от двери" in text_of(answer)
    [address] = pictures_on(answer)
    shown = guest.get(address)
    assert (shown.status_code, shown.data, shown.mimetype) == (200, DOOR.data, "image/webp")
    assert shown.headers["Cache-Control"] == "no-store, private"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    with web_app.app_context(), transaction() as session:
        entry = select(AuditEntry).where(AuditEntry.action == "access.revealed")
        found = session.scalars(entry.where(AuditEntry.subject_id == str(open_stay.id))).all()
        assert [each.details for each in found] == [{"photos": 1}]
    assert str(photo_id) not in guest.get(f"/bookings/{open_stay.reference}").text


def test_a_picture_without_a_reveal_is_not_there(
    web_app: Flask, guest: Browser, open_stay: Stay, photo_id: UUID
) -> None:
    """Promise 24: so no picture is seen that the audit trail does not know of."""
    path = f"/bookings/{open_stay.reference}/keys/photos/{photo_id}"
    address = revealed_picture(guest, open_stay)
    assert guest.get(address).status_code == 200
    word = address.partition("?shown=")[2]
    for query in ("", "?shown=", "?shown=x", f"?shown={word[:-1]}", f"?shown={word}x", f"?other={word}"):
        assert guest.get(path + query).status_code == 404, query
    assert guest.get(f"/bookings/{open_stay.reference}/keys/photos/{uuid4()}?shown={word}").status_code == 404


@pytest.mark.usefixtures("photo_id")
@pytest.mark.parametrize("who", ["anonymous", "other guest", "landlord", "other landlord", "support", "admin"])
def test_the_address_of_a_picture_is_worth_nothing_to_anyone_else(
    web_app: Flask, guest: Browser, other_guest: Browser, people: dict[str, UUID], *, open_stay: Stay, who: str
) -> None:
    """Promise 24: whoever else comes by the link."""
    address = revealed_picture(guest, open_stay)
    browser = other_guest if who == "other guest" else Browser(web_app)
    if who not in {"anonymous", "other guest"}:
        browser.sign_in({**people, "landlord": open_stay.landlord_id}[who])
    answer = browser.get(address)
    assert answer.status_code == (302 if who == "anonymous" else 404)
    assert DOOR.data not in answer.data


@pytest.mark.parametrize("by", [timedelta(hours=13), -timedelta(days=4)])
def test_pictures_are_404_too_early_and_after_check_out(
    web_app: Flask, guest: Browser, open_stay: Stay, photo_id: UUID, by: timedelta
) -> None:
    """Promise 24: the window is asked for with every picture; `open_stay` begins in 12 hours."""
    address = revealed_picture(guest, open_stay)
    move(web_app, open_stay, by)
    assert guest.get(address).status_code == 404
    move(web_app, open_stay, -by)
    assert guest.get(address).status_code == 200


def test_pictures_are_404_once_the_booking_is_cancelled(
    web_app: Flask, guest: Browser, guest_id: UUID, open_stay: Stay, photo_id: UUID
) -> None:
    """Promise 24: revoked."""
    address = revealed_picture(guest, open_stay)
    with web_app.app_context(), transaction() as session:
        cancel(session, open_stay.reference, actor=Actor.guest(guest_id), now=clock.now())
    assert guest.get(address).status_code == 404


def test_the_word_of_a_reveal_is_of_that_booking_and_of_that_flat(
    web_app: Flask, guest: Browser, host: Browser, *, later_stay: Stay, open_stay: Stay, photo_id: UUID
) -> None:
    """Promise 24: neither another booking's pictures nor the cabinet's open with it."""
    word = revealed_picture(guest, open_stay).partition("?shown=")[2]
    with web_app.app_context(), transaction() as session:
        photos.add(session, later_stay.property_id, [DOOR], now=clock.now())
        [other] = photos.photos_of(session, later_stay.property_id)
    assert guest.get(f"/bookings/{later_stay.reference}/keys/photos/{other.id}?shown={word}").status_code == 404
    [own] = pictures_on(host.post(url_of(open_stay, "/show")))
    assert host.get(own).status_code == 200
    word = own.partition("?shown=")[2]
    assert host.get(url_of(later_stay, f"/photos/{other.id}?shown={word}")).status_code == 404
    assert host.get(url_of(open_stay, f"/photos/{other.id}?shown={word}")).status_code == 404


class LongAgo(TimestampSigner):
    """Signs as if the reveal had been so long ago that its pictures are over."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - entry_photos.SHOWN_SECONDS - 1


@pytest.mark.parametrize(("signer", "status"), [(TimestampSigner, 200), (LongAgo, 404)])
def test_the_word_of_a_reveal_is_good_for_minutes(
    guest: Browser, open_stay: Stay, photo_id: UUID, signer: type[TimestampSigner], status: int
) -> None:
    serializer = URLSafeTimedSerializer(guest.app.secret_key or "", salt="entry-photos", signer=signer)
    word = serializer.dumps([str(open_stay.guest_id), f"booking {open_stay.reference}"])
    path = f"/bookings/{open_stay.reference}/keys/photos/{photo_id}"
    assert guest.get(f"{path}?shown={word}").status_code == status


def test_pictures_of_the_way_in_are_no_files_and_on_no_public_page(
    make_app: MakeApp, tmp_path: Any, guest_id: UUID, open_stay: Stay, photo_id: UUID
) -> None:
    """Promise 24: the folder of public photos stays empty."""
    app = make_app(photo_dir=tmp_path / "photos")
    landlord = Browser(app)
    landlord.sign_in(open_stay.landlord_id)
    assert upload(landlord, open_stay, ("door.jpg", picture())).status_code == 200
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    page = Browser(app).get(f"/p/{open_stay.property_id}-kvartira-u-parka")
    assert page.status_code == 200
    assert str(photo_id) not in page.text
    assert "entry-photo" not in page.text
