"""Pictures of the way in over HTTP: one guest sees them for a while, and nobody else (promises 24 and 27)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import select

from app.db import transaction
from app.domain.access import photos
from app.domain.actor import Actor
from app.domain.checkout.cancel import cancel
from app.kit import clock
from app.models import AuditEntry
from blueprints.shared import entry_photos
from tests.pictures import picture
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay, move
from tests.web.entries import DOOR, captioned, pictures_on, upload, url_of


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


def revealed_picture(guest: Browser, stay: Stay) -> str:
    """The guest opens the keys; the address of the one picture that comes with them."""
    [address] = pictures_on(guest.post(f"/bookings/{stay.reference}/keys", htmx=True))
    return address


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
