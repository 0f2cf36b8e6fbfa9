"""Problems at arrival and claims on deposits over HTTP (promise 27 at the edge: what is kept was drawn anew)."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.aftercare import claims, deposits, problems
from app.jobs import photos as photo_jobs
from app.kit import clock
from app.models import Booking, BookingStatus
from tests import bank, factories
from tests.pictures import SVG, picture, with_gps
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay, move

DEPOSIT = 20_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "private"


@pytest.fixture
def claim_app(make_app: MakeApp, folder: Path, tmp_path: Path) -> Flask:
    """An application with folders of its own."""
    return make_app(private_photo_dir=folder, photo_dir=tmp_path / "photos")


def signed_in(app: Flask, user_id: UUID) -> Browser:
    browser = Browser(app)
    browser.sign_in(user_id)
    return browser


@pytest.fixture
def left(claim_app: Flask, guest_id: UUID) -> Stay:
    """A stay with a deposit that was over a few hours ago."""
    with claim_app.app_context(), transaction() as session:
        prop = factories.make_property(session, deposit=DEPOSIT)
        booking = factories.make_completed_booking(session, prop, guest_id, left=1)
        stay = Stay(booking.id, booking.reference, prop.id, guest_id, prop.landlord_id)
        ended = booking.check_out_at
    move(claim_app, stay, clock.now() - timedelta(hours=5) - ended)
    return stay


@pytest.fixture
def host(claim_app: Flask, left: Stay) -> Browser:
    return signed_in(claim_app, left.landlord_id)


def send(browser: Browser, stay: Stay, files: Sequence[tuple[str, bytes]], **fields: str) -> TestResponse:
    data: dict[str, object] = {"reason": "damage", "amount": "12 000", "text": "Разбито зеркало"}
    data |= fields | {"csrf_token": browser.form_token()}
    data["photos"] = [(io.BytesIO(body), name) for name, body in files] or (io.BytesIO(b""), "")
    path = f"/cabinet/bookings/{stay.reference}/claim"
    return browser.client.post(path, data=data, content_type="multipart/form-data")


def photo_paths(app: Flask, stay: Stay) -> list[str]:
    with app.app_context(), transaction() as session:
        found = claims.claim_on(session.connection(), stay.id)
    return [] if found is None else [f"/claim-photos/{photo.key}/400" for photo in found.photos]


def test_from_the_claim_to_the_guests_page(claim_app: Flask, host: Browser, left: Stay, folder: Path) -> None:
    assert "Удержать депозит" in text_of(host.get(f"/cabinet/bookings/{left.reference}"))
    answer = send(host, left, [("a.jpg", with_gps(6)), ("b.png", picture(kind="PNG"))])
    assert answer.status_code == 303
    assert len(list(folder.iterdir())) == 6
    assert not dict(Image.open(next(folder.glob("*-1600.webp"))).getexif()), "the place it was taken at is gone"
    page = text_of(host.get(f"/cabinet/bookings/{left.reference}"))
    assert "Поддержка решает" in page
    assert "Удержать депозит" not in page
    guest = signed_in(claim_app, left.guest_id)
    page = text_of(guest.get(f"/bookings/{left.reference}"))
    for words in ("Требование по депозиту", "12 000 ₸", "Повреждения", "Разбито зеркало"):
        assert words in page
    with claim_app.app_context(), transaction() as session:
        staff_id = bank.make_staff(session)
        deposits.decide(session, left.reference, landlord_gets=7_000, staff_id=staff_id, now=clock.now())
    assert "Хозяин получит 7 000 ₸" in text_of(guest.get(f"/bookings/{left.reference}"))


def test_the_pictures_are_for_the_guest_the_landlord_and_staff(claim_app: Flask, host: Browser, left: Stay) -> None:
    send(host, left, [("a.jpg", picture())])
    [path] = photo_paths(claim_app, left)
    with claim_app.app_context(), transaction() as session:
        stranger, other_landlord = factories.make_user(session), factories.make_property(session).landlord_id
        staff = bank.make_staff(session)
    for person in (left.guest_id, left.landlord_id, staff):
        answer = signed_in(claim_app, person).get(path)
        assert (answer.status_code, answer.content_type) == (200, "image/webp")
        assert "private" in answer.headers["Cache-Control"]
    for person in (stranger, other_landlord):
        assert signed_in(claim_app, person).get(path).status_code == 404
    assert Browser(claim_app).get(path).status_code == 302
    assert host.get(path.replace("/400", "/401")).status_code == 404
    assert host.get(path.replace("claim-", "review-")).status_code == 404
    assert Browser(claim_app).get(f"/photos/{path.split('/')[2]}-400.webp").status_code == 404


@pytest.mark.parametrize(
    ("files", "fields", "words"),
    [
        ([], {}, "Приложите хотя бы одно фото"),
        ([("a.svg", SVG)], {}, "JPEG"),
        ([("a.jpg", picture())], {"amount": "20 001"}, "не больше депозита"),
        ([("a.jpg", picture())], {"amount": "x"}, "не больше депозита"),
        ([("a.jpg", picture())], {"reason": ""}, "Выберите причину"),
        ([("a.jpg", picture())] * 7, {}, "не больше 6 фото"),
    ],
)
def test_a_claim_that_is_refused_says_why(  # noqa: PLR0917  # fixtures
    claim_app: Flask, host: Browser, left: Stay, files: list[tuple[str, bytes]], fields: dict[str, str], words: str
) -> None:
    answer = send(host, left, files, **fields)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert photo_paths(claim_app, left) == []


def test_too_late_nothing_is_drawn(claim_app: Flask, host: Browser, left: Stay, folder: Path) -> None:
    move(claim_app, left, timedelta(hours=-44))
    answer = send(host, left, [("a.jpg", picture())])
    assert answer.status_code == 409
    assert "Прошло больше 48 часов" in text_of(answer)
    assert not folder.exists()
    assert "Удержать депозит" not in text_of(host.get(f"/cabinet/bookings/{left.reference}"))


def test_nobody_else_claims(claim_app: Flask, left: Stay, folder: Path) -> None:
    with claim_app.app_context(), transaction() as session:
        other = factories.make_property(session).landlord_id
    for person in (left.guest_id, other):
        assert send(signed_in(claim_app, person), left, [("a.jpg", picture())]).status_code == 404
    assert not folder.exists()


def test_pictures_without_a_claim_are_removed_after_a_day(
    claim_app: Flask, host: Browser, left: Stay, folder: Path
) -> None:
    send(host, left, [("a.jpg", picture())], reason="")
    send(host, left, [("a.jpg", picture())])
    assert len(list(folder.iterdir())) == 6
    old = (clock.now() - timedelta(days=2)).timestamp()
    for file in folder.iterdir():
        os.utime(file, (old, old))
    with claim_app.app_context():
        photo_jobs.remove_unused_private()
    [path] = photo_paths(claim_app, left)
    assert {file.name.rpartition("-")[0] for file in folder.iterdir()} == {path.split("/")[2]}


# --- a problem at arrival -----------------------------------------------------------------------------------------


@pytest.fixture
def arrived(web_app: Flask, open_stay: Stay) -> Stay:
    """A stay whose guest checked in two hours ago."""
    move(web_app, open_stay, timedelta(hours=-14))
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, open_stay.id).status = BookingStatus.CHECKED_IN
    return open_stay


def frozen(web_app: Flask, stay: Stay) -> bool:
    with web_app.app_context(), transaction() as session:
        return session.get_one(Booking, stay.id).frozen_at is not None


def test_the_button_the_form_and_what_it_does(web_app: Flask, guest: Browser, arrived: Stay) -> None:
    path = f"/bookings/{arrived.reference}/problem"
    assert f'href="{path}"' in guest.get(f"/bookings/{arrived.reference}").text
    assert "Не могу попасть в квартиру" in text_of(guest.get(path))
    answer = guest.post(path, {"reason": "no_entry", "text": "Сейф пуст"})
    assert (answer.status_code, answer.location) == (303, path)
    assert frozen(web_app, arrived)
    page = guest.get(path)
    assert "Деньги хозяину не уйдут" in text_of(page)
    assert "<textarea" not in page.text
    assert "Открыть обращение" in text_of(guest.get(f"/bookings/{arrived.reference}"))
    assert guest.post(path, {"reason": "dirty"}).status_code == 409
    with web_app.app_context(), transaction() as session:
        staff_id = bank.make_staff(session)
        problems.close(session, arrived.reference, outcome="solved", staff_id=staff_id, now=clock.now())
    assert "закрыла обращение" in text_of(guest.get(path))


def test_a_reason_must_be_chosen_and_the_words_stay(web_app: Flask, guest: Browser, arrived: Stay) -> None:
    answer = guest.post(f"/bookings/{arrived.reference}/problem", {"text": "Сейф пуст"})
    assert answer.status_code == 422
    assert "Выберите, что случилось" in text_of(answer)
    assert "Сейф пуст" in answer.text
    assert not frozen(web_app, arrived)


@pytest.mark.parametrize(("hours", "words"), [(-23, "прошло больше суток"), (5, "с момента заезда")])
def test_at_other_times_the_page_says_when(
    web_app: Flask, guest: Browser, arrived: Stay, hours: int, words: str
) -> None:
    move(web_app, arrived, timedelta(hours=hours))
    path = f"/bookings/{arrived.reference}/problem"
    page = guest.get(path)
    assert words in text_of(page)
    assert "<textarea" not in page.text
    assert guest.post(path, {"reason": "dirty"}).status_code == 409
    assert "Сообщить о проблеме" not in text_of(guest.get(f"/bookings/{arrived.reference}"))
