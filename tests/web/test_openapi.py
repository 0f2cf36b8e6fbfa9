"""The API's own description: every route is in it, and what the routes answer is what it says (promise 28)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from pydantic import TypeAdapter, ValidationError

from app.models import Property
from blueprints.api.openapi import Says, described
from tests import factories
from tests.web.api_caller import ApiCaller
from tests.web.browser import Browser
from tests.web.conftest import Stay
from tests.web.test_api_bookings import BOOKINGS, STAY, wish
from tests.web.test_api_favourites import FAVOURITES

THREADS = "/api/v1/threads"


@pytest.fixture
def description(browser: Browser) -> dict[str, Any]:
    answer = browser.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert isinstance(answer.json, dict)
    return answer.json


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: object) -> Iterator[str]:
    """Every `$ref` below."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_route_of_the_api_is_described(web_app: Flask, description: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in web_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.endpoint != "api.openapi"
    }
    assert {(path, method) for path, method, _ in operations(description)} == routes
    assert len(routes) >= 11


def test_it_says_what_a_program_must_bring(description: dict[str, Any]) -> None:
    seen = set()
    for path, method, operation in operations(description):
        headers = {each["name"] for each in operation["parameters"] if each["in"] == "header" and each["required"]}
        placed = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert headers == ({"Idempotency-Key"} if method == "post" else set())
        assert placed == set(re.findall(r"\{(\w+)\}", path))
        assert ("requestBody" in operation) == (method == "post")
        assert (operation.get("security") == [{"token": []}]) == path.startswith((BOOKINGS, FAVOURITES, THREADS))
        assert operation["summary"]
        assert operation["responses"]["default"]["content"]["application/problem+json"]
        seen.add(operation["operationId"])
    assert len(seen) == len(list(operations(description)))


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    found = set(references(description))
    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert len(found) > 10
    assert found <= known


def test_unknown_fields_are_said_to_be_refused(description: dict[str, Any]) -> None:
    wanted = description["components"]["schemas"]["NewBooking"]
    assert wanted["additionalProperties"] is False
    assert set(wanted["required"]) == {"property_id", "check_in", "check_out", "guests", "total_shown"}


def test_a_photo_comes_as_a_form(description: dict[str, Any]) -> None:
    content = description["paths"]["/api/v1/threads"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    form = description["components"]["schemas"]["NewThreadForm"]
    assert form["required"] == ["property_id"]
    assert form["properties"]["photo"]["contentMediaType"] == "application/octet-stream"


def said_of(app: Flask, endpoint: str) -> Says:
    [said] = [said for rule, _method, _view, said in described(app) if rule.endpoint == endpoint]
    return said


def conforms(app: Flask, endpoint: str, data: bytes) -> bool:
    """Is this exactly what the route says it gives: every field, of its type, and no other?"""
    adapter: TypeAdapter[Any] = TypeAdapter(said_of(app, endpoint).gives)
    try:
        return adapter.dump_json(adapter.validate_json(data, strict=True, extra="forbid")) == data
    except ValidationError:
        return False


def test_answers_are_what_is_said(
    web_app: Flask, guest_id: UUID, flat: Property, held_stay: Stay, later_stay: Stay
) -> None:
    """Promise 28: 0 schema violations, of every route that succeeds."""
    caller = ApiCaller.of(web_app, guest_id)
    later, when = f"{BOOKINGS}/{later_stay.reference}", f"check_in={STAY.check_in}&check_out={STAY.check_out}&guests=2"
    end = str(factories.stay_in(13).check_in)
    answers = [
        ("api.cities", caller.get("/api/v1/cities")),
        ("api.listings", caller.get("/api/v1/listings?city=almaty")),
        ("api.listings", caller.get(f"/api/v1/listings?city=almaty&flexible=1&{when}")),
        ("api.new_payment", caller.post(f"{BOOKINGS}/{held_stay.reference}/payments")),
        ("api.cancel_booking", caller.post(f"{BOOKINGS}/{held_stay.reference}/cancel", {"back_shown": 0})),
        ("api.new_booking", caller.post(BOOKINGS, wish(flat))),
        ("api.all_bookings", caller.get(BOOKINGS)),
        ("api.shortening_offer", caller.get(f"{later}/shortenings")),
        ("api.extension_offer", caller.get(f"{later}/extensions?check_out={end}")),
        ("api.extend_booking", caller.post(f"{later}/extensions", {"check_out": end, "total_shown": 16_500})),
        ("api.extension_offer", caller.get(f"{later}/extensions")),
        ("api.save_flat", caller.put(f"{FAVOURITES}/{flat.id}")),
        ("api.favourites", caller.get(FAVOURITES)),
        ("api.forget_flat", caller.delete(f"{FAVOURITES}/{flat.id}")),
        ("api.one_booking", caller.get(later)),
        ("api.cancel_booking", caller.post(f"{later}/cancel", {"back_shown": 36_000})),
        ("api.one_booking", caller.get(later)),
        ("api.new_thread", begun := caller.post(THREADS, {"property_id": flat.id, "text": "Добрый день"})),
        ("api.new_message", caller.post(f"{begun.location}/messages", {"text": "8 701 123 45 67"})),
        ("api.seen_messages", caller.post(f"{begun.location}/seen", {"up_to": 2})),
        ("api.one_thread", caller.get(begun.location)),
        ("api.all_threads", caller.get(THREADS)),
    ]
    for endpoint, answer in answers:
        assert answer.status_code == said_of(web_app, endpoint).status, (endpoint, answer.text)
        assert conforms(web_app, endpoint, answer.data), (endpoint, answer.text)


def test_an_answer_that_is_not_as_said_would_be_found(web_app: Flask, guest_id: UUID, flat: Property) -> None:
    caller = ApiCaller.of(web_app, guest_id)
    data = caller.post(BOOKINGS, wish(flat)).data
    assert conforms(web_app, "api.new_booking", data)
    for wrong in (
        data.replace(b'"nights":3', b'"nights":"3"'),
        data.replace(b'"nights":3', b'"nights":3,"codes":"1"'),
        data.replace(b'"nights":3,', b""),
        data.replace(b'"status":"held"', b'"status":"sold"'),
    ):
        assert wrong != data
        assert not conforms(web_app, "api.new_booking", wrong)
