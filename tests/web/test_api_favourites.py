"""Saved flats over the API: the same list as on the portal."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.models import Favourite, Property, PropertyStatus
from tests import factories
from tests.web.api_caller import ApiCaller, problem_of
from tests.web.browser import Browser

FAVOURITES = "/api/v1/favourites"


@pytest.fixture
def caller(web_app: Flask, guest_id: UUID) -> ApiCaller:
    return ApiCaller.of(web_app, guest_id)


def listed(caller: ApiCaller) -> dict[int, bool]:
    """The flats of the list in its order, and whether they are published."""
    answer = caller.get(FAVOURITES)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json is not None
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:]{8}Z", item["saved_at"]) for item in answer.json["items"])
    return {item["id"]: item["is_published"] for item in answer.json["items"]}


def test_saving_and_forgetting_may_be_repeated(caller: ApiCaller, flat: Property) -> None:
    path = f"{FAVOURITES}/{flat.id}"
    assert listed(caller) == {}
    for act, is_saved in ((caller.put, True), (caller.put, True), (caller.delete, False), (caller.delete, False)):
        answer = act(path)
        assert (answer.status_code, answer.json) == (200, {"property_id": flat.id, "is_saved": is_saved})
        assert listed(caller) == ({flat.id: True} if is_saved else {})


def test_the_portal_and_the_api_have_one_list(guest: Browser, caller: ApiCaller, flat: Property) -> None:
    guest.post(f"/favourites/{flat.id}", {"saved": "yes"})
    assert listed(caller) == {flat.id: True}
    caller.delete(f"{FAVOURITES}/{flat.id}")
    assert f"card-{flat.id}" not in guest.get("/favourites").text


def test_the_newest_is_first_and_a_paused_one_says_so(web_app: Flask, caller: ApiCaller, flat: Property) -> None:
    with web_app.app_context(), transaction() as session:
        second = factories.make_property(session).id
    caller.put(f"{FAVOURITES}/{flat.id}")
    caller.put(f"{FAVOURITES}/{second}")
    assert list(listed(caller)) == [second, flat.id]
    with web_app.app_context(), transaction() as session:
        session.get_one(Property, flat.id).status = PropertyStatus.PAUSED
    assert listed(caller) == {second: True, flat.id: False}
    assert caller.put(f"{FAVOURITES}/{flat.id}").status_code == 200, "it is saved already"


def test_refusals_are_problem_documents(web_app: Flask, guest_id: UUID, caller: ApiCaller, flat: Property) -> None:
    for unknown in (0, 10**9, 2**63, 10**30):
        assert problem_of(caller.put(f"{FAVOURITES}/{unknown}")) == (404, "property_unknown")
    nobody = ApiCaller(web_app, "")
    for act in (nobody.put, nobody.delete):
        assert problem_of(act(f"{FAVOURITES}/{flat.id}")) == (401, "token_missing")
    assert problem_of(nobody.get(FAVOURITES)) == (401, "token_missing")
    with web_app.app_context(), transaction() as session:
        assert session.scalars(select(Favourite).where(Favourite.user_id == guest_id)).all() == []


def test_others_do_not_see_it(web_app: Flask, caller: ApiCaller, flat: Property) -> None:
    caller.put(f"{FAVOURITES}/{flat.id}")
    with web_app.app_context(), transaction() as session:
        other = factories.make_user(session)
    assert listed(ApiCaller.of(web_app, other)) == {}
    ApiCaller.of(web_app, other).delete(f"{FAVOURITES}/{flat.id}")
    assert listed(caller) == {flat.id: True}
