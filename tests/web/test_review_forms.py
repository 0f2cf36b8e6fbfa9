"""A review's form over HTTP: nothing is lost when it is refused, and how much may come."""

from __future__ import annotations

import io
import os
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.jobs import photos as photo_jobs
from app.kit import clock
from tests.pictures import SVG, huge, picture
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay
from tests.web.reviewing import GOOD, finished, send, written


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


def kept_in(answer: TestResponse) -> list[str]:
    """The stored photos that a refused form still holds."""
    return re.findall(r'name="photo" value="([^"]+)" checked', answer.text)


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
