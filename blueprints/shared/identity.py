"""Who is asking: Flask-Login over `user_sessions`. `get_id()` is the session's token, not the account's id."""

from __future__ import annotations

from functools import cached_property
from uuid import UUID

from flask import Flask, g, session
from flask_login import current_user, login_user, logout_user

from app.db import reading, transaction
from app.domain.accounts import sessions
from app.domain.accounts.sessions import SignedIn
from app.extensions import login
from app.kit import clock


class Person:
    """The signed-in person as Flask-Login and the templates know them."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, signed_in: SignedIn) -> None:
        self._token = token
        self.signed_in = signed_in

    def get_id(self) -> str:
        """The bearer token of this session; Flask-Login keeps it in the signed cookie."""
        return self._token

    @property
    def id(self) -> UUID:
        """The account."""
        return self.signed_in.user_id

    @property
    def name(self) -> str:
        """What they want to be called; may be empty."""
        return self.signed_in.name

    @cached_property
    def initials(self) -> str:
        """One or two letters for the round picture."""
        return "".join(part[0] for part in self.name.split()[:2]).upper() or "☺"

    @property
    def is_landlord(self) -> bool:
        """Do they let flats?"""
        return self.signed_in.is_landlord

    @property
    def unread_as_guest(self) -> int:
        """Messages of landlords that they have not read, counted when the request began."""
        return self.signed_in.unread_as_guest

    @property
    def unread_as_host(self) -> int:
        """The same of guests of their flats."""
        return self.signed_in.unread_as_host

    @property
    def unread(self) -> int:
        """Both."""
        return self.unread_as_guest + self.unread_as_host

    @property
    def is_staff(self) -> bool:
        """Support or admin?"""
        return self.signed_in.is_staff


def current_person() -> Person | None:
    """The person behind this request, read once from the database, or None."""
    person = current_user._get_current_object()
    return person if isinstance(person, Person) else None


def require_person() -> Person:
    """The person behind a view that is not public. Raises RuntimeError when the route's policy is wrong."""
    person = current_person()
    if person is None:
        raise RuntimeError("a view that needs a person declares a policy that asks for one")
    return person


def treat_as_anonymous() -> None:
    """For the rest of this request nobody is signed in: the database cannot be asked who it is."""
    g._login_user = login.anonymous_user()


def sign_in_as(token: str, signed_in: SignedIn) -> None:
    """Begin a fresh cookie session for this person: nothing from before the sign-in survives."""
    session.clear()
    session.permanent = True
    login_user(Person(token, signed_in))


def sign_out_here() -> None:
    """Forget the person in this browser."""
    logout_user()
    session.clear()


def note_seen(signed_in: SignedIn) -> None:
    """Keep, once an hour of use, that this session was here; at other times nothing is asked or written."""
    now = clock.now()
    if sessions.is_seen_anew(signed_in, now=now):
        with transaction() as db_session:
            sessions.note_seen(db_session, signed_in, now=now)


def install(app: Flask) -> None:
    """Teach Flask-Login where people come from. No remember cookie, no session protection by address."""
    login.init_app(app)
    login.session_protection = None

    def load(token: str) -> Person | None:
        with reading() as connection:
            found = sessions.load(connection, token, now=clock.now())
        if found is None:
            return None
        note_seen(found)
        return Person(token, found)

    login.user_loader(load)
