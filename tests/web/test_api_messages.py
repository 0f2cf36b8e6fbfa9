"""Messages by the API: both sides by the same calls, once for a key, nobody else's."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.models import Property
from tests import factories
from tests.web.api_caller import ApiCaller, problem_of
from tests.web.conftest import Stay

THREADS = "/api/v1/threads"


@pytest.fixture
def caller(web_app: Flask, guest_id: UUID) -> ApiCaller:
    """The guest's program."""
    return ApiCaller.of(web_app, guest_id)


def test_two_programs_talk(web_app: Flask, caller: ApiCaller, flat: Property) -> None:
    begun = caller.post(THREADS, {"property_id": flat.id, "text": "Есть утюг? Пишите на a@b.kz"})
    assert begun.status_code == 201
    assert begun.json is not None
    assert begun.json["message"]["text"] == "Есть утюг? Пишите на •••"
    assert (begun.json["message"]["number"], begun.json["message"]["is_masked"]) == (1, True)
    thread = begun.location

    host = ApiCaller.of(web_app, flat.landlord_id)
    listed = host.get(THREADS).json
    assert listed is not None
    assert listed["as_guest"] == []
    [summary] = listed["as_landlord"]
    assert (summary["unread"], summary["with_name"], summary["flat"]["id"]) == (1, "Айгерим", flat.id)
    assert host.post(f"{thread}/seen", {"up_to": 1}).json == {"marked": 1}
    assert host.post(f"{thread}/seen", {"up_to": 1}).json == {"marked": 0}
    assert host.post(f"{thread}/messages", {"text": "Есть"}).status_code == 201

    found = caller.get(thread).json
    assert found is not None
    assert (found["me"], found["with_name"], found["hides_contacts"], found["next_before"]) == (
        "guest",
        "Ерлан",
        True,
        None,
    )
    assert [(each["by"], each["sent_by"], each["read_at"] is not None) for each in found["messages"]] == [
        ("guest", "api", True),
        ("landlord", "api", False),
    ]
    before = caller.get(f"{thread}?before=2").json
    assert before is not None
    assert [each["number"] for each in before["messages"]] == [1]


def test_a_message_that_is_sent_again_is_one(caller: ApiCaller, flat: Property) -> None:
    wish: dict[str, object] = {"property_id": flat.id, "text": "Есть утюг?"}
    first, again = caller.post(THREADS, wish, key="my-key-1"), caller.post(THREADS, wish, key="my-key-1")
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert problem_of(caller.post(THREADS, wish | {"text": "А фен?"}, key="my-key-1")) == (422, "key_reused")
    found = caller.get(first.location).json
    assert found is not None
    assert len(found["messages"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": " "}, "message_empty"),
        ({"text": "я" * 2001}, "text_too_long"),
        ({"text": "я" * 4001}, "body_wrong"),
        ({"text": 5}, "body_wrong"),
        ({}, "body_wrong"),
        ({"text": "да", "channel": "web"}, "body_wrong"),
    ],
)
def test_what_cannot_be_right_is_refused(caller: ApiCaller, flat: Property, body: dict[str, object], code: str) -> None:
    assert problem_of(caller.post(THREADS, body | {"property_id": flat.id})) == (422, code)


def test_somebody_elses_conversation_does_not_exist(web_app: Flask, caller: ApiCaller, open_stay: Stay) -> None:
    """Promise 22."""
    thread = caller.post(THREADS, {"property_id": open_stay.property_id, "text": "Добрый день"}).location
    assert ApiCaller.of(web_app, open_stay.landlord_id).get(thread).status_code == 200
    assert ApiCaller(web_app, "").get(thread).status_code == 401
    with web_app.app_context(), transaction() as session:
        stranger_id = factories.make_user(session)
    stranger = ApiCaller.of(web_app, stranger_id)
    for answered in (
        stranger.get(thread),
        stranger.post(f"{thread}/messages", {"text": "да"}),
        stranger.post(f"{thread}/seen", {"up_to": 1}),
        caller.get(f"{THREADS}/{UUID(int=7)}"),
    ):
        assert problem_of(answered) == (404, "thread_unknown")
