"""The review's form over HTTP, and reviews as everyone reads them (promise 27 at the edge)."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.db import count_queries, transaction
from app.domain.reviews.writing import reply, write
from app.jobs import photos as photo_jobs
from app.kit import clock
from app.models import Booking, BookingStatus, Property, Review, ReviewPhoto
from tests import factories
from tests.pictures import SVG, huge, picture, with_gps
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay

GOOD = ("photo.jpg", picture())


@pytest.fixture
def photo_app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """An application with a folder of photos of its own."""
    return make_app(photo_dir=tmp_path / "photos")


@contextmanager
def working(app: Flask) -> Iterator[Session]:
    """A transaction outside any request: requests have contexts of their own."""
    with app.app_context(), transaction() as session:
        yield session


@pytest.fixture
def folder(photo_app: Flask, tmp_path: Path) -> Path:
    return tmp_path / "photos"


def finished(app: Flask, guest_id: UUID, *, left: int = 1, of: int | None = None) -> Stay:
    with working(app) as session:
        prop = factories.make_property(session) if of is None else session.get_one(Property, of)
        booking = factories.make_completed_booking(session, prop, guest_id, left=left)
        return Stay(booking.id, booking.reference, prop.id, guest_id, prop.landlord_id)


@pytest.fixture
def stay(photo_app: Flask, guest_id: UUID) -> Stay:
    return finished(photo_app, guest_id)


@pytest.fixture
def author(photo_app: Flask, guest_id: UUID) -> Browser:
    browser = Browser(photo_app)
    browser.sign_in(guest_id)
    return browser


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


def rating_of(app: Flask, stay: Stay) -> tuple[int, int]:
    with working(app) as session:
        prop = session.get_one(Property, stay.property_id)
        return prop.rating_sum, prop.rating_count


def kept_in(answer: TestResponse) -> list[str]:
    """The stored photos that a refused form still holds."""
    return re.findall(r'name="photo" value="([^"]+)" checked', answer.text)


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


# --- nothing is lost when a form is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rating": ""}, "Поставьте оценку"),
        ({"rating": "6"}, "Поставьте оценку"),
        ({"rating": "٣"}, "Поставьте оценку"),
        ({"text": "  "}, "Напишите хотя бы несколько слов"),
        ({"text": "я" * 4001}, "не больше 4000"),
    ],
)
def test_what_was_filled_in_comes_back(
    photo_app: Flask, author: Browser, stay: Stay, fields: dict[str, str], words: str
) -> None:
    answer = send(author, stay, [GOOD], **fields)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert written(photo_app, stay) is None
    if "text" not in fields:
        assert "Тихо, чисто, рядом парк.</textarea>" in answer.text
    if "rating" not in fields:
        assert re.search(r'value="5" required checked', answer.text)
    tokens = kept_in(answer)
    assert len(tokens) == 1, "the photo need not be chosen again"
    assert send(author, stay, kept=tokens).status_code == 303
    found = written(photo_app, stay)
    assert found is not None
    assert len(found[1]) == 1


BAD = {
    "svg": ("a.jpg", SVG, "это не фото"),
    "script": ("a.png", b"<script>alert(1)</script>", "это не фото"),
    "30k": ("a.png", huge(), "мегапикселей"),
    "truncated": ("a.jpg", picture(noise=True)[:9000], "файл повреждён"),
    "empty": ("a.jpg", b"", "файл пустой"),
    "11 MB": ("a.jpg", picture() + bytes(11 * 1024 * 1024), "больше 10 МБ"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_named_and_the_good_one_stays(
    photo_app: Flask, author: Browser, stay: Stay, folder: Path, what: str
) -> None:
    """Promise 27."""
    name, body, words = BAD[what]
    answer = send(author, stay, [GOOD, (name, body)])
    assert answer.status_code == 422
    assert f"{name}: " in text_of(answer)
    assert words in text_of(answer)
    assert len(kept_in(answer)) == 1
    assert len(list(folder.iterdir())) == 3
    assert written(photo_app, stay) is None


@pytest.mark.parametrize(
    "name",
    ["../../../etc/cron.d/evil", "..\\..\\evil.webp", "/etc/passwd", "a\x00.jpg", "<img src=x onerror=alert(1)>"],
)
def test_names_of_files_lead_nowhere(author: Browser, stay: Stay, folder: Path, name: str) -> None:
    """Promise 27: path traversal; and the name is text where it is shown."""
    refused = send(author, stay, [(name, SVG)])
    assert refused.status_code == 422
    assert "<img src=x" not in refused.text
    assert send(author, stay, [(name, picture())]).status_code == 303
    assert all(re.fullmatch(r"review-[0-9a-f]{32}-\d+\.webp", path.name) for path in folder.iterdir())
    assert [path.name for path in folder.parent.iterdir()] == ["photos"]


def test_seven_photos_are_one_too_many(author: Browser, stay: Stay) -> None:
    answer = send(author, stay, [GOOD] * 7)
    assert answer.status_code == 422
    assert "не больше 6 фото" in text_of(answer)
    assert len(kept_in(answer)) == 6
    assert send(author, stay, [GOOD], kept=kept_in(answer)).status_code == 422
    assert send(author, stay, kept=kept_in(answer)[:5]).status_code == 303


def test_photos_of_another_form_or_of_nobody_are_left_out(
    photo_app: Flask, author: Browser, stay: Stay, guest_id: UUID
) -> None:
    other = finished(author.app, guest_id, left=9)
    theirs = kept_in(send(author, other, [GOOD], text=""))
    assert len(theirs) == 1
    forged = ["", "x.y.z", theirs[0][:-2] + "AA"]
    assert send(author, stay, kept=[*theirs, *forged]).status_code == 303
    found = written(photo_app, stay)
    assert found is not None
    assert found[1] == []


# --- how much may come --------------------------------------------------------------------------------------------


def test_too_much_at_once_is_a_clear_413(photo_app: Flask, author: Browser, stay: Stay) -> None:
    """Six photos of ten megabytes are the most; the length that is announced decides, nothing is read."""
    answer = send(author, stay, [("a.jpg", bytes(10_400_000))] * 7)
    assert answer.status_code == 413
    assert "можно 6, каждая до 10 МБ" in text_of(answer)
    assert written(photo_app, stay) is None


def test_only_this_form_and_only_for_people_signed_in_there_is_room(
    photo_app: Flask, author: Browser, stay: Stay
) -> None:
    large = ("a.jpg", bytes(2_000_000))
    assert send(Browser(photo_app), stay, [large]).status_code == 413
    other = author.client.post(
        "/profile",
        data={"csrf_token": author.form_token(), "name": (io.BytesIO(large[1]), "a")},
        content_type="multipart/form-data",
    )
    assert other.status_code == 413
    assert "Отправьте меньше данных" in text_of(other)
    assert send(author, stay, [large]).status_code == 422, "it was read, and is no photo"


def test_a_form_of_thousands_of_parts_is_refused(author: Browser, stay: Stay) -> None:
    assert send(author, stay, [("a.jpg", b"x")] * 200).status_code == 413


def test_tries_are_counted(make_app: MakeApp, tmp_path: Path, guest_id: UUID) -> None:
    app = make_app(photo_dir=tmp_path, limit_review="2/hour")
    stay = finished(app, guest_id)
    browser = Browser(app)
    browser.sign_in(guest_id)
    assert [send(browser, stay, text="").status_code for _ in range(3)] == [422, 422, 429]


def test_a_full_disk_is_503_and_no_review(make_app: MakeApp, tmp_path: Path, guest_id: UUID) -> None:
    (tmp_path / "file").write_text("")
    app = make_app(photo_dir=tmp_path / "file" / "photos")
    stay = finished(app, guest_id)
    browser = Browser(app)
    browser.sign_in(guest_id)
    answer = send(browser, stay, [GOOD])
    assert answer.status_code == 503
    assert "Отправьте отзыв без них" in text_of(answer)
    assert written(app, stay) is None
    assert send(browser, stay).status_code == 303


def tidy(app: Flask) -> None:
    with app.app_context():
        photo_jobs.remove_unused()


def test_photos_without_a_review_go_after_a_day(photo_app: Flask, author: Browser, stay: Stay, folder: Path) -> None:
    """A form that was begun and left; photos of reviews and younger ones stay."""
    send(author, stay, [GOOD], text="")
    send(author, stay, [GOOD])
    found = written(photo_app, stay)
    assert found is not None
    key = found[1][0].key
    assert len(list(folder.iterdir())) == 6
    tidy(photo_app)
    assert len(list(folder.iterdir())) == 6
    long_ago = (clock.now() - timedelta(days=2)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (long_ago, long_ago))
    tidy(photo_app)
    assert {path.name for path in folder.iterdir()} == {f"{key}-{width}.webp" for width in (400, 800, 1600)}


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
