"""A person with a browser without JavaScript, on a running installation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Self, TypeVar
from uuid import UUID

import httpx
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from app.domain.accounts import sessions
from app.kit import clock
from app.kit.period import Stay
from app.local.servers.child import log_tail
from app.models import User
from tests import factories
from tests.e2e.pages import Form, Page
from tests.live import Live
from tests.standins import PATIENCE, wait_until

T = TypeVar("T")

CSRF = "a" * 40
"""The secret in a cookie made by `signed_in_cookie`."""


def signed_in_cookie(live: Live, user_id: UUID) -> str:
    """The session cookie of a person who has just signed in, without the code."""
    with live.transaction() as session:
        token = sessions.open_session(session, user_id, device="test", now=clock.now())
    return cookie_for(live, token)


def cookie_for(live: Live, token: str) -> str:
    """The signed cookie that holds this session's token."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(live.app)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": token, "_fresh": True, "_permanent": True, "csrf_token": CSRF}))


def csrf_token(live: Live) -> str:
    """The form token that goes with `signed_in_cookie`."""
    return str(URLSafeTimedSerializer(live.settings.secret_key, salt="wtf-csrf-token").dumps(CSRF))


def soon(nights: int = 1) -> Stay:
    """A stay that can be booked and whose keys are open, at any hour: from today, after 15:00 from tomorrow."""
    now = clock.now()
    today = clock.local_date(now)
    check_in = today if clock.local_time(now) < time(15) else today + timedelta(days=1)
    return Stay(check_in, check_in + timedelta(days=nights))


class Visitor:
    """Follows redirects, keeps cookies, and fails on any answer that is not the expected one."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.phone = factories.new_phone()
        self._http = httpx.Client(base_url=live.base_url, follow_redirects=True, timeout=PATIENCE, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # --- anyone ------------------------------------------------------------------------------------

    def open(self, path: str, *, status: int = 200, **query: object) -> Page:
        """Go to a page."""
        params = {name: str(value) for name, value in query.items()}
        return self._page(self._http.get(path, params=params or None), status)

    def submit(self, form: Form, *, status: int = 200, **fields: str) -> Page:
        """Fill in and send a form."""
        values = form.fields | fields
        if form.method == "get":
            filled = {name: value for name, value in values.items() if value}
            return self._page(self._http.get(form.action, params=filled), status)
        return self._page(self._http.post(form.action, data=values), status)

    def _page(self, response: httpx.Response, status: int) -> Page:
        page = Page(response)
        log = f"\n{log_tail(self.live.web.log)}" if page.status >= 500 else ""
        assert page.status == status, f"{page.path} answered {page.status}, not {status}: {page.text[:800]}{log}"
        return page

    @property
    def cookie(self) -> str:
        """The session cookie, to be used elsewhere."""
        return str(self._http.cookies["session"])

    def wait_for_answer(self, path: str, deadline: float = PATIENCE) -> None:
        """Return once the page answers 200 (after an outage)."""
        self._wait(lambda: self._http.get(path).is_success, deadline, f"answer on {path}")

    # --- signing in --------------------------------------------------------------------------------

    def sign_in(self, page: Page) -> Page:
        """From the sign-in page on: phone, code from the message; the page that one is led to."""
        page = self.submit(page.form("/sign-in"), phone=self.phone)
        code = self.live.standins.wait_for_code(self.phone, PATIENCE)
        return self.submit(page.form("/sign-in/code"), code=code)

    def is_signed_in_already(self) -> Self:
        """Give this browser a session without the code; the account is made by the domain."""
        with self.live.transaction() as session:
            user_id = factories.make_user(session)
            user = session.scalars(select(User).where(User.id == user_id)).one()
            self.phone = user.phone
        self._http.cookies.set("session", signed_in_cookie(self.live, user_id), domain="127.0.0.1", path="/")
        return self

    # --- booking -----------------------------------------------------------------------------------

    def hold(self, property_id: int, stay: Stay, *, guests: int = 2) -> str:
        """Hold a stay through the checkout's own form; the booking's reference."""
        page = self.open(
            "/checkout", property_id=property_id, check_in=stay.check_in, check_out=stay.check_out, guests=guests
        )
        page = self.submit(page.form("/checkout"), guest_name="Айгерим Сатпаева")
        return page.path.removeprefix("/checkout/")

    def checkout(self, reference: str) -> Page:
        """The checkout's page as it is now."""
        return self.open(f"/checkout/{reference}")

    def wait_for_pay_link(self, reference: str, deadline: float = PATIENCE) -> str:
        """Kaspi's address once the invoice is there."""
        return self._wait(lambda: self.checkout(reference).ids.get("pay", {}).get("href"), deadline, "link to Kaspi")

    def wait_for_words(self, reference: str, words: str, deadline: float = PATIENCE) -> Page:
        """The checkout's page once it says so."""

        def look() -> Page | None:
            page = self.checkout(reference)
            return page if words in page.text else None

        return self._wait(look, deadline, f"page that says {words!r}")

    @staticmethod
    def _wait(look: Callable[[], T | None], deadline: float, what: str) -> T:
        """Look five times a second, no faster than a person's page would."""
        return wait_until(look, deadline, what, every=0.2)


def iso(day: date) -> str:
    """A date as addresses write it."""
    return day.isoformat()
