"""Browsers, people and flats for the tests over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from flask import Flask

from app.db import after_commit, db, transaction
from app.extensions import csrf, htmx, limiter, login, talisman
from app.factory import create_web_app
from app.kit import clock
from app.models import Booking, Property, Role
from tests import factories
from tests.services import Services, make_settings
from tests.web.browser import Browser

MakeApp = Callable[..., Flask]


class Stay(NamedTuple):
    """A booking that the tests look at from all sides."""

    id: int
    reference: str
    property_id: int
    guest_id: UUID
    landlord_id: UUID


@pytest.fixture
def browser(web_app: Flask) -> Browser:
    """Nobody in particular."""
    return Browser(web_app)


@pytest.fixture
def flat(web_app: Flask) -> Property:
    """A published flat."""
    with web_app.app_context(), transaction() as session:
        return factories.make_property(session)


@pytest.fixture
def guest_id(web_app: Flask) -> UUID:
    """An account."""
    with web_app.app_context(), transaction() as session:
        return factories.make_user(session)


@pytest.fixture
def guest(web_app: Flask, guest_id: UUID) -> Browser:
    """Someone signed in."""
    browser = Browser(web_app)
    browser.sign_in(guest_id)
    return browser


@pytest.fixture
def other_guest(web_app: Flask) -> Browser:
    """Someone else signed in."""
    with web_app.app_context(), transaction() as session:
        user_id = factories.make_user(session, name="Тимур Оспанов")
    browser = Browser(web_app)
    browser.sign_in(user_id)
    return browser


def make_stay(web_app: Flask, guest_id: UUID, *, days: int, paid: bool = True) -> Stay:
    """A booking of a new flat that begins so many days from now."""
    with web_app.app_context(), transaction() as session:
        prop = factories.make_property(session)
        make = factories.make_paid_booking if paid else factories.make_hold
        booking = make(session, prop, guest_id, factories.stay_in(days))
        return Stay(booking.id, booking.reference, prop.id, guest_id, prop.landlord_id)


def move(web_app: Flask, stay: Stay, by: timedelta) -> None:
    """Shift a stay on the timeline, its grant with it: the moment at which a test looks is always now.

    Its days are those of its moments on calendars in Almaty, as the product writes them.
    """
    with web_app.app_context(), transaction() as session:
        connection, begins = session.connection(), session.get_one(Booking, stay.id).check_in_at + by
        connection.exec_driver_sql(
            "UPDATE bookings SET check_in_at = check_in_at + %(by)s, check_out_at = check_out_at + %(by)s,"
            " check_in = %(day)s, check_out = %(day)s::date + 2 WHERE id = %(id)s",
            {"by": by, "day": clock.local_date(begins), "id": stay.id},
        )
        connection.exec_driver_sql(
            "UPDATE access_grants SET valid_from = valid_from + %(by)s, valid_until = valid_until + %(by)s"
            " WHERE booking_id = %(id)s",
            {"by": by, "id": stay.id},
        )


@pytest.fixture
def open_stay(web_app: Flask, guest_id: UUID) -> Stay:
    """A paid stay whose keys can be seen: it begins twelve hours from now, whatever the hour is."""
    stay = make_stay(web_app, guest_id, days=5)
    with web_app.app_context(), transaction() as session:
        begins = (
            session.connection()
            .exec_driver_sql("SELECT check_in_at FROM bookings WHERE id = %(id)s", {"id": stay.id})
            .scalar_one()
        )
    move(web_app, stay, clock.now() + timedelta(hours=12) - begins)
    return stay


@pytest.fixture
def later_stay(web_app: Flask, guest_id: UUID) -> Stay:
    """A paid stay in ten days: its keys are not to be seen yet."""
    return make_stay(web_app, guest_id, days=10)


@pytest.fixture
def held_stay(web_app: Flask, guest_id: UUID) -> Stay:
    """A stay that is held and not paid."""
    return make_stay(web_app, guest_id, days=20, paid=False)


@pytest.fixture
def people(web_app: Flask) -> dict[str, UUID]:
    """Staff, and a landlord of other flats."""
    with web_app.app_context(), transaction() as session:
        return {
            "support": factories.make_user(session, roles=(Role.SUPPORT,), name="Поддержка"),
            "admin": factories.make_user(session, roles=(Role.ADMIN,), name="Админ"),
            "other landlord": factories.make_property(session).landlord_id,
        }


@contextmanager
def kept_extensions() -> Iterator[None]:
    """Extensions are objects without configuration that the factory configures, one application a process.

    A second application in this process configures them anew; afterwards they are as the shared application left them.
    """
    kept = [(extension, dict(vars(extension))) for extension in (csrf, htmx, limiter, login, talisman)]
    hooks = dict(after_commit.hooks)
    try:
        yield
    finally:
        for extension, values in kept:
            vars(extension).clear()
            vars(extension).update(values)
        after_commit.hooks.clear()
        after_commit.hooks.update(hooks)


@pytest.fixture
def make_app(web_app: Flask, services: Services, database_url: str) -> Iterator[MakeApp]:
    """Another application with settings of its own, for one test: `make_app(limit_hold="1/minute", …)`."""
    made: list[Flask] = []

    def make(*, url: str = database_url, redis_url: str = services.redis_url, **changes: object) -> Flask:
        app = create_web_app(make_settings(url, redis_url, **changes), TESTING=False)
        made.append(app)
        return app

    with kept_extensions():
        yield make
        for app in made:
            with app.app_context():
                for engine in db.engines.values():
                    engine.dispose()
