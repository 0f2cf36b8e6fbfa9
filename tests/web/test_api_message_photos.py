"""Photos of messages by the API: sent as a form by either of the two, drawn anew, once for a key."""

from __future__ import annotations

import io
from uuid import UUID

import httpx
import pytest
from flask import Flask
from PIL import Image

from app.kit.pictures import MAX_BYTES
from app.models import Property
from tests import pictures
from tests.web.api_caller import ApiCaller, problem_of
from tests.web.conftest import MakeApp, Stay
from tests.web.test_openapi import conforms

THREADS = "/api/v1/threads"


@pytest.fixture
def caller(web_app: Flask, guest_id: UUID) -> ApiCaller:
    """The guest's program."""
    return ApiCaller.of(web_app, guest_id)


def file(content: bytes, name: str = "я.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_a_guest_and_a_landlord_send_photos_with_a_client_as_programs_have_it(
    web_app: Flask, caller: ApiCaller, open_stay: Stay
) -> None:
    client = httpx.Client(
        transport=httpx.WSGITransport(app=web_app),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {caller.token}", "Idempotency-Key": "photo-key"},
    )
    said = {"property_id": str(open_stay.property_id)}
    sent, again = (client.post(THREADS, data=said, files={"photo": pictures.with_gps()}) for _ in range(2))
    assert (sent.status_code, sent.headers["Cache-Control"]) == (201, "no-store")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (sent.content, "true")
    message = sent.json()["message"]
    assert (message["text"], message["sent_by"]) == (None, "api")
    shown = client.get(message["photo"]["url"].replace("https://", "http://"))
    assert (shown.headers["Content-Type"], b"SecretPhone" in shown.content) == ("image/jpeg", False)
    with Image.open(io.BytesIO(shown.content)) as image:
        assert image.size == (640, 480) == (message["photo"]["width"], message["photo"]["height"])

    thread = sent.headers["Location"]
    assert conforms(web_app, "api.new_thread", sent.content)
    host = ApiCaller.of(web_app, open_stay.landlord_id)
    words = {"text": "Вот так, пишите на a@b.kz", "photo": file(pictures.picture(kind="PNG"))}
    assert host.post_form(f"{thread}/messages", words).status_code == 201
    assert host.post_form(f"{thread}/messages", {"text": "Без фото"}).status_code == 201
    listed = caller.get(thread)
    assert conforms(web_app, "api.one_thread", listed.data)
    found = listed.json
    assert found is not None
    assert [(each["by"], each["text"], each["photo"] is not None) for each in found["messages"]] == [
        ("guest", None, True),
        ("landlord", "Вот так, пишите на a@b.kz", True),
        ("landlord", "Без фото", False),
    ]


def test_another_photo_under_a_key_is_not_taken_for_the_first(caller: ApiCaller, open_stay: Stay) -> None:
    said = {"property_id": str(open_stay.property_id), "text": "Смотрите"}
    sent = caller.post_form(THREADS, said | {"photo": file(pictures.picture())}, key="photo-key")
    assert sent.status_code == 201
    others = (said | {"photo": file(pictures.picture(kind="PNG"))}, said, {**said, "photo": file(b"")})
    for other in others:
        assert problem_of(caller.post_form(THREADS, other, key="photo-key")) == (422, "key_reused")
    found = caller.get(sent.location).json
    assert found is not None
    assert len(found["messages"]) == 1


def test_before_payment_it_is_refused_unseen(caller: ApiCaller, flat: Property) -> None:
    for content in (pictures.picture(), b"<svg/>"):
        said = {"property_id": str(flat.id), "text": "Посмотрите", "photo": file(content)}
        assert problem_of(caller.post_form(THREADS, said)) == (422, "photo_before_payment")
    assert caller.get(THREADS).json == {"as_guest": [], "as_landlord": []}


@pytest.mark.parametrize(
    ("content", "status", "problem", "words"),
    [
        (pictures.SVG, 422, "photo_wrong_type", "Фото не отправлено: это не фото JPEG"),
        (b"", 422, "photo_empty", "Фото не отправлено: файл пустой"),
        (pictures.picture()[:-3000], 422, "photo_broken", "Фото не отправлено: файл повреждён"),
        (bytes(MAX_BYTES + 1), 413, "photo_too_large", "Фото не отправлено: файл больше 10 МБ"),
        (bytes(MAX_BYTES + 300_000), 413, "photo_too_large", "Фото не отправлено: файл больше 10 МБ"),
    ],
    ids=["svg", "empty", "broken", "large", "larger than any form"],
)
def test_what_is_no_photo_of_ours_is_named(
    caller: ApiCaller, open_stay: Stay, *, content: bytes, status: int, problem: str, words: str
) -> None:
    said = {"property_id": str(open_stay.property_id), "text": "Смотрите", "photo": file(content)}
    answer = caller.post_form(THREADS, said)
    assert problem_of(answer) == (status, "photo_not_sent")
    assert answer.json is not None
    assert answer.json["params"]["problem"] == problem
    assert answer.json["detail"].startswith(words)
    assert caller.get(THREADS).json == {"as_guest": [], "as_landlord": []}


@pytest.mark.parametrize(("language", "words"), [("kk", "Фото жіберілмеді"), ("en", "The photo was not sent")])
def test_a_refusal_is_in_the_callers_language(caller: ApiCaller, open_stay: Stay, language: str, words: str) -> None:
    said = {"property_id": str(open_stay.property_id), "photo": file(b"<svg/>")}
    answer = caller.post_form(f"{THREADS}?lang={language}", said)
    assert answer.json is not None
    assert answer.json["detail"].startswith(words)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"photo": [file(b"1"), file(b"2")]}, "body_wrong"),
        ({"photo": "3f"}, "body_wrong"),
        ({"text": file(b"1")}, "body_wrong"),
        ({"text": ["1", "2"]}, "body_wrong"),
        ({"scan": file(b"1")}, "body_wrong"),
        ({"channel": "web"}, "body_wrong"),
        ({"property_id": "one"}, "body_wrong"),
        ({"text": "я" * 4001}, "body_wrong"),
        ({"text": " "}, "message_empty"),
        ({"text": "я" * 2001, "photo": file(b"<svg/>")}, "text_too_long"),
    ],
    ids=str,
)
def test_a_form_is_as_strict_as_json(caller: ApiCaller, open_stay: Stay, change: dict[str, object], code: str) -> None:
    answer = caller.post_form(THREADS, {"property_id": str(open_stay.property_id)} | change)
    assert problem_of(answer) == (422, code)


def test_room_is_made_for_forms_of_people_with_a_token_and_for_nothing_else(
    web_app: Flask, caller: ApiCaller, open_stay: Stay
) -> None:
    large = {"property_id": str(open_stay.property_id), "text": "я", "photo": file(bytes(2_000_000))}
    assert problem_of(ApiCaller(web_app, "").post_form(THREADS, large)) == (401, "token_missing")
    large["photo"] = file(bytes(2_000_000))
    assert problem_of(caller.post_form(THREADS, large)) == (422, "photo_not_sent"), "it was read, and is no photo"
    assert caller.post(THREADS, b" " * 2_000_000).status_code == 413
    parts = {f"p{number}": "x" for number in range(200)}
    assert problem_of(caller.post_form(THREADS, parts)) == (413, "None")


def test_drawings_are_counted_by_token(make_app: MakeApp, web_app: Flask, guest_id: UUID, open_stay: Stay) -> None:
    app = make_app(limit_review="1/hour")
    host, guest = ApiCaller.of(app, open_stay.landlord_id), ApiCaller.of(app, guest_id)

    def send(caller: ApiCaller, path: str, **said: object) -> int:
        return caller.post_form(path, {"photo": file(pictures.picture()), **said}).status_code

    thread = guest.post(THREADS, {"property_id": open_stay.property_id, "text": "Добрый день"}).location
    assert [send(guest, f"{thread}/messages") for _ in range(2)] == [201, 429]
    assert send(host, f"{thread}/messages") == 201
    assert guest.post_form(f"{thread}/messages", {"text": "Словами"}).status_code == 201
