"""Saved flats: one list a person, newest first, not longer than it may be; saving twice is saving once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text

from app.db import count_queries, reading, transaction
from app.domain.favourites.reading import SavedFlats, saved_among, saved_flats
from app.domain.favourites.saving import MOST_SAVED, forget, save
from app.kit.errors import DomainError, ErrorKind
from app.models import Favourite, Property, PropertyStatus, User, UserProfile
from tests import factories

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def guest_id(app: Flask) -> UUID:
    with transaction() as session:
        return factories.make_user(session)


def make_flats(count: int) -> list[int]:
    with transaction() as session:
        return [factories.make_property(session).id for _ in range(count)]


def save_now(guest_id: UUID, property_id: int, now: datetime) -> None:
    with transaction() as session:
        save(session, guest_id, property_id, now=now)


def listed(guest_id: UUID, *, language: str = "ru", **part: int) -> SavedFlats:
    with reading() as connection:
        return saved_flats(connection, guest_id, language=language, **part)


def ids(found: SavedFlats) -> list[int]:
    return [flat.row.id for flat in found.flats]


def fill_up(guest_id: UUID, count: int, now: datetime) -> None:
    """So many flats in a person's list, past the rule: copies of one, without rows in search."""
    copies = text(
        "INSERT INTO properties SELECT copy.* FROM properties,"
        " (SELECT nextval('properties_id_seq') AS id FROM generate_series(1, :count)) AS new,"
        " jsonb_populate_record(properties, jsonb_build_object('id', new.id)) AS copy"
        " WHERE properties.id = :original RETURNING id"
    )
    [original] = make_flats(1)
    with transaction() as session:
        property_ids = session.scalars(copies, {"count": count, "original": original}).all()
        session.add_all(Favourite(user_id=guest_id, property_id=each, created_at=now) for each in property_ids)


def test_the_newest_is_first(guest_id: UUID, now: datetime) -> None:
    flats = make_flats(3)
    for minute, property_id in enumerate((flats[1], flats[0], flats[2])):
        save_now(guest_id, property_id, now + timedelta(minutes=minute))
    assert ids(listed(guest_id)) == [flats[2], flats[0], flats[1]]
    assert [flat.saved_at for flat in listed(guest_id).flats] == [now + timedelta(minutes=n) for n in (2, 1, 0)]


def test_saving_again_changes_nothing(guest_id: UUID, now: datetime) -> None:
    first, second = make_flats(2)
    save_now(guest_id, first, now)
    save_now(guest_id, second, now + timedelta(minutes=1))
    save_now(guest_id, first, now + timedelta(minutes=2))
    assert ids(listed(guest_id)) == [second, first], "it keeps its place"


def test_forgetting_twice_is_forgetting_once(guest_id: UUID, now: datetime) -> None:
    first, second = make_flats(2)
    save_now(guest_id, first, now)
    save_now(guest_id, second, now)
    for _ in range(2):
        with transaction() as session:
            forget(session, guest_id, first)
        assert ids(listed(guest_id)) == [second]


def test_lists_are_each_persons_own(guest_id: UUID, now: datetime) -> None:
    [flat] = make_flats(1)
    with transaction() as session:
        other = factories.make_user(session)
    save_now(guest_id, flat, now)
    assert listed(other) == SavedFlats((), 0)
    with transaction() as session:
        forget(session, other, flat)
    assert ids(listed(guest_id)) == [flat]


def test_a_flat_that_is_paused_stays_in_the_list_and_says_so(guest_id: UUID, now: datetime) -> None:
    first, second = make_flats(2)
    for each in (first, second):
        save_now(guest_id, each, now)
    with transaction() as session:
        session.get_one(Property, first).status = PropertyStatus.PAUSED
    assert {flat.row.id: flat.is_published for flat in listed(guest_id).flats} == {first: False, second: True}
    save_now(guest_id, first, now)
    with transaction() as session:
        forget(session, guest_id, first)
    assert ids(listed(guest_id)) == [second]


@pytest.mark.parametrize("status", [status for status in PropertyStatus if status is not PropertyStatus.PUBLISHED])
def test_only_published_flats_can_be_saved(guest_id: UUID, now: datetime, status: PropertyStatus) -> None:
    [flat] = make_flats(1)
    with transaction() as session:
        session.get_one(Property, flat).status = status
    with pytest.raises(DomainError) as refused:
        save_now(guest_id, flat, now)
    assert (refused.value.code, refused.value.kind) == ("property_unknown", ErrorKind.NOT_FOUND)


@pytest.mark.parametrize("property_id", [0, 10**9, 2**63, 10**40])
def test_a_flat_that_never_was_cannot_be_saved(guest_id: UUID, now: datetime, property_id: int) -> None:
    with pytest.raises(DomainError, match="property_unknown"):
        save_now(guest_id, property_id, now)
    with transaction() as session:
        forget(session, guest_id, property_id)


def test_the_list_has_an_end(guest_id: UUID, now: datetime) -> None:
    fill_up(guest_id, MOST_SAVED - 1, now)
    last, one_more = make_flats(2)
    save_now(guest_id, last, now)
    with pytest.raises(DomainError) as refused:
        save_now(guest_id, one_more, now)
    assert (refused.value.code, refused.value.kind) == ("too_many_saved", ErrorKind.CONFLICT)
    assert refused.value.params == {"most": MOST_SAVED}
    save_now(guest_id, last, now)
    with transaction() as session:
        forget(session, guest_id, last)
    save_now(guest_id, one_more, now)
    assert listed(guest_id).count == MOST_SAVED


def test_the_end_cannot_be_outrun(app: Flask, guest_id: UUID, now: datetime) -> None:
    """Five flats at once into the last place: one is saved."""
    fill_up(guest_id, MOST_SAVED - 1, now)
    start, codes = threading.Barrier(5), []

    def press(property_id: int) -> None:
        with app.app_context():
            start.wait()
            try:
                save_now(guest_id, property_id, now)
            except DomainError as refused:
                codes.append(refused.code)

    threads = [threading.Thread(target=press, args=(each,)) for each in make_flats(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["too_many_saved"] * 4
    assert listed(guest_id).count == MOST_SAVED


def test_the_list_comes_in_parts(guest_id: UUID, now: datetime) -> None:
    flats = make_flats(5)
    for minute, each in enumerate(flats):
        save_now(guest_id, each, now + timedelta(minutes=minute))
    assert ids(listed(guest_id, limit=2)) == [flats[4], flats[3]]
    assert ids(listed(guest_id, offset=4, limit=2)) == [flats[0]]
    assert [listed(guest_id, offset=offset, limit=2).count for offset in (0, 4, 6)] == [5, 5, 5]
    assert listed(guest_id, offset=6, limit=2).flats == ()


def test_cards_are_in_the_readers_language_and_priced_today(guest_id: UUID, now: datetime) -> None:
    [flat] = make_flats(1)
    save_now(guest_id, flat, now)
    with transaction() as session:
        session.get_one(Property, flat).base_price = 19_900
    [found] = listed(guest_id, language="kk").flats
    assert (found.card.title, found.card.per_night) == ("Саябақ жанындағы пәтер", 19_900)


def test_which_of_many_are_saved_is_one_question(guest_id: UUID, now: datetime) -> None:
    flats = make_flats(4)
    for each in flats[:2]:
        save_now(guest_id, each, now)
    seen: list[str] = []
    stop = count_queries(seen.append)
    try:
        with reading() as connection:
            assert saved_among(connection, guest_id, flats[1:]) == {flats[1]}
            assert len(seen) == 1
            assert saved_among(connection, guest_id, []) == frozenset()
        assert len(seen) == 1
    finally:
        stop()


def test_the_list_goes_with_the_account(guest_id: UUID, now: datetime) -> None:
    [flat] = make_flats(1)
    save_now(guest_id, flat, now)
    with transaction() as session:
        session.execute(delete(UserProfile).where(UserProfile.user_id == guest_id))
        session.execute(delete(User).where(User.id == guest_id))
    with transaction() as session:
        left = session.scalar(select(func.count()).select_from(Favourite).where(Favourite.user_id == guest_id))
    assert left == 0
