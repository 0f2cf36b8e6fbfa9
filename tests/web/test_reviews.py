"""A review over HTTP, from the form to how everyone reads it (promise 27 at the edge)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image

from app.db import count_queries
from app.domain.reviews.writing import reply, write
from app.kit import clock
from app.models import Booking, BookingStatus, Property
from tests import factories
from tests.pictures import picture, with_gps
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay
from tests.web.reviewing import GOOD, finished, send, working, written


@pytest.fixture
def photo_app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """An application with a folder of photos of its own."""
    return make_app(photo_dir=tmp_path / "photos")


@pytest.fixture
def folder(photo_app: Flask, tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def stay(photo_app: Flask, guest_id: UUID) -> Stay:
    return finished(photo_app, guest_id)


@pytest.fixture
def author(photo_app: Flask, guest_id: UUID) -> Browser:
    browser = Browser(photo_app)
    browser.sign_in(guest_id)
    return browser


def rating_of(app: Flask, stay: Stay) -> tuple[int, int]:
    with working(app) as session:
        prop = session.get_one(Property, stay.property_id)
        return prop.rating_sum, prop.rating_count


# --- the way of a review ------------------------------------------------------------------------------------------


def test_from_the_booking_to_the_flats_page(photo_app: Flask, author: Browser, stay: Stay, folder: Path) -> None:
    path = f"/bookings/{stay.reference}/review"
    assert f'href="{path}"' in author.get(f"/bookings/{stay.reference}").text
    form = author.get(path).text
    assert form.count('type="radio" name="rating"') == 5
    assert 'enctype="multipart/form-data"' in form
    answer = send(author, stay, [("я.jpg", with_gps(6)), ("b.png", picture(kind="PNG"))], rating="4")
    assert (answer.status_code, answer.location) == (303, path)
    found = written(photo_app, stay)
    assert found is not None
    review, photos = found
    assert (review.rating, review.text, len(photos)) == (4, "Тихо, чисто, рядом парк.", 2)
    assert rating_of(photo_app, stay) == (4, 1)
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"{photo.key}-{width}.webp" for photo in photos for width in (400, 800, 1600)
    )
    assert (photos[0].width, photos[0].height) == (480, 640), "the phone was held upright"
    assert not dict(Image.open(folder / f"{photos[0].key}-1600.webp").getexif())
    thanks = text_of(author.get(path))
    assert "Спасибо за отзыв!" in thanks
    assert "Тихо, чисто, рядом парк." in thanks
    assert "Ваш отзыв" in text_of(author.get(f"/bookings/{stay.reference}"))
    public = Browser(author.app).get(Browser(author.app).get(f"/p/{stay.property_id}").location)
    assert "Тихо, чисто, рядом парк." in text_of(public)
    assert f"/photos/{photos[0].key}-400.webp" in public.text
    assert f'href="/photos/{photos[1].key}-1600.webp" data-photo' in public.text


def test_a_review_without_photos(photo_app: Flask, author: Browser, stay: Stay, folder: Path) -> None:
    assert send(author, stay).status_code == 303
    found = written(photo_app, stay)
    assert found is not None
    assert found[1] == []
    assert not folder.exists()


def test_a_second_review_is_409_and_changes_nothing(
    photo_app: Flask, author: Browser, stay: Stay, folder: Path
) -> None:
    send(author, stay, rating="2")
    again = send(author, stay, [GOOD], rating="5")
    assert again.status_code == 409
    assert "Вы уже оставили отзыв" in text_of(again)
    assert rating_of(photo_app, stay) == (2, 1)
    assert not folder.exists(), "what is refused anyway is not drawn"


@pytest.mark.parametrize("status", [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.NO_SHOW])
def test_before_completion_it_is_409(
    photo_app: Flask, author: Browser, stay: Stay, folder: Path, status: BookingStatus
) -> None:
    with working(photo_app) as session:
        session.get_one(Booking, stay.id).status = status
    answer = send(author, stay, [GOOD])
    assert answer.status_code == 409
    assert written(photo_app, stay) is None
    assert not folder.exists()
    page = author.get(f"/bookings/{stay.reference}/review")
    assert page.status_code == 200
    assert "Отзыв пока нельзя оставить" in text_of(page)
    assert "<textarea" not in page.text
    assert "Оставить отзыв" not in text_of(author.get(f"/bookings/{stay.reference}"))


def test_anyone_else_gets_404_and_nothing_is_stored(photo_app: Flask, stay: Stay, folder: Path) -> None:
    with working(photo_app) as session:
        strangers = [factories.make_user(session), stay.landlord_id]
    for person in strangers:
        browser = Browser(photo_app)
        browser.sign_in(person)
        assert browser.get(f"/bookings/{stay.reference}/review").status_code == 404
        assert send(browser, stay, [GOOD]).status_code == 404
    anonymous = send(Browser(photo_app), stay, [GOOD])
    assert (anonymous.status_code, anonymous.location.startswith("/sign-in")) == (302, True)
    assert written(photo_app, stay) is None
    assert not folder.exists()


def test_a_form_without_its_token_is_refused(photo_app: Flask, author: Browser, stay: Stay) -> None:
    assert send(author, stay, [GOOD], csrf_token="").status_code == 403
    assert written(photo_app, stay) is None


# --- as everyone reads them ---------------------------------------------------------------------------------------


@pytest.fixture
def reviewed(photo_app: Flask, guest_id: UUID) -> Stay:
    """A flat with thirteen reviews, the newest answered."""
    first = finished(photo_app, guest_id)
    for number in range(13):
        stay = first if number == 0 else finished(photo_app, guest_id, left=5 * number, of=first.property_id)
        with working(photo_app) as session:
            moment = clock.now() - timedelta(hours=number)
            review = write(
                session,
                stay.reference,
                guest_id=guest_id,
                rating=5 if number % 3 else 2,
                text=f"Отзыв номер {number}. <b>",
                photos=[],
                now=moment,
            )
            if number == 0:
                reply(session, review.id, landlord_id=stay.landlord_id, text="Спасибо, ждём снова!", now=moment)
    return first


def path_of(browser: Browser, stay: Stay) -> str:
    return str(browser.get(f"/p/{stay.property_id}").location)


def test_older_reviews_follow_on_and_on(photo_app: Flask, reviewed: Stay) -> None:
    browser = Browser(photo_app)
    page = browser.get(path_of(browser, reviewed))
    words = text_of(page)
    for number in range(6):
        assert f"Отзыв номер {number}." in words
    assert "Отзыв номер 6." not in words
    assert "Спасибо, ждём снова!" in words
    assert "8 отзывов с оценкой 5 из 5" in words
    assert "5 отзывов с оценкой 2 из 5" in words
    assert "<b>" not in re.sub(r"Жилье<b>GO", "", page.text)
    more = re.search(r'hx-get="(/p/[^"]+/reviews\?after=[^"]+)"', page.text)
    assert more is not None
    fragment = browser.get(more[1], htmx=True)
    assert "<html" not in fragment.text
    assert [number for number in range(13) if f"Отзыв номер {number}." in fragment.text] == list(range(6, 13))
    assert "hx-get" not in fragment.text, "there is nothing after the last"
    without_script = browser.get(more[1])
    assert "<html" in without_script.text
    assert "Отзыв номер 12." in without_script.text


def test_the_page_of_all_reviews_begins_with_the_newest(photo_app: Flask, reviewed: Stay) -> None:
    browser = Browser(photo_app)
    path = path_of(browser, reviewed)
    page = browser.get(f"{path}/reviews")
    assert [number for number in range(13) if f"Отзыв номер {number}." in page.text] == list(range(10))
    wrong = browser.get(f"/p/{reviewed.property_id}-old-name/reviews")
    assert (wrong.status_code, wrong.location) == (301, f"{path}/reviews")
    assert browser.get("/p/999999999-x/reviews").status_code == 404


def test_a_reply_is_seen_at_once(photo_app: Flask, author: Browser, stay: Stay) -> None:
    send(author, stay)
    browser = Browser(photo_app)
    path = path_of(browser, stay)
    assert "Ответ хозяина" not in text_of(browser.get(path))
    found = written(photo_app, stay)
    assert found is not None
    with working(photo_app) as session:
        reply(session, found[0].id, landlord_id=stay.landlord_id, text="Приезжайте ещё", now=clock.now())
    assert "Приезжайте ещё" in text_of(browser.get(path))


def test_reviews_cost_the_flats_page_no_further_question(photo_app: Flask, reviewed: Stay) -> None:
    browser = Browser(photo_app)
    path = path_of(browser, reviewed)
    for address, most in ((path, 1), (f"{path}/reviews", 2)):
        seen: list[str] = []
        with photo_app.app_context():
            stop = count_queries(seen.append)
        browser.get(address)
        stop()
        assert len(seen) <= most, seen
