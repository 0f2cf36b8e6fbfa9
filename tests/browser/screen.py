"""A visitor's window: a page, what went wrong in it, and the steps of the path as a person takes them."""

from __future__ import annotations

import re
from datetime import date

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from app.kit.period import Stay
from tests import factories
from tests.e2e.visitor import signed_in_cookie
from tests.live import Live
from tests.standins import PATIENCE

_REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) => {
  console.error(`CSP: ${event.violatedDirective} blocked ${event.blockedURI || event.sample}`);
});
"""

expect.set_options(timeout=PATIENCE * 1000)


class Screen:
    """One window with one page, and a list of everything that it complained about."""

    def __init__(self, context: BrowserContext, live: Live) -> None:
        self.context = context
        self.live = live
        self.phone = factories.new_phone()
        self.complaints: list[str] = []
        context.set_default_timeout(PATIENCE * 1000)
        context.add_init_script(_REPORT_VIOLATIONS)
        self.page: Page = context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def assert_content(self) -> None:
        """Nothing went wrong: no script errors, console messages, CSP violations, failed requests."""
        assert self.complaints == []

    # --- steps ---------------------------------------------------------------------------------------

    def open(self, path: str) -> Page:
        """Go to a page by its address."""
        self.page.goto(path)
        return self.page

    def is_signed_in(self) -> Screen:
        """Give this window a session without the code."""
        with self.live.transaction() as session:
            user_id = factories.make_user(session)
        cookie = signed_in_cookie(self.live, user_id)
        self.context.add_cookies([{"name": "session", "value": cookie, "url": self.live.base_url, "httpOnly": True}])
        return self

    def visible(self, selector: str, words: str | None = None) -> Locator:
        """The first visible element of this kind (with these words)."""
        found = self.page.locator(selector).filter(visible=True)
        return (found.filter(has_text=words) if words else found).first

    def fill_in_phone(self) -> None:
        """On the sign-in page: type the phone and ask for the code."""
        self.page.get_by_label("Номер телефона").fill(self.phone)
        self.visible("main button", "Получить код").click()

    def code(self) -> str:
        """The code that the phone got."""
        return self.live.standins.wait_for_code(self.phone, PATIENCE)

    def heading(self, words: str) -> None:
        """Wait for the page's heading to say so."""
        expect(self.page.locator("h1").first).to_contain_text(words)

    def pay_url(self) -> str:
        """Kaspi's address on the checkout, as soon as it is there."""
        href = self.page.locator("#pay").get_attribute("href")
        assert href is not None
        return href

    @property
    def reference(self) -> str:
        """The booking in the address of the checkout or the booking page."""
        match = re.search(r"/(?:checkout|bookings)/([0-9A-Z]{8})", self.page.url)
        assert match is not None, self.page.url
        return match[1]

    def mark(self) -> None:
        """Leave a mark that a reload would wipe off."""
        self.page.evaluate("window.notReloaded = true")

    def assert_not_reloaded(self) -> None:
        """The mark is still there."""
        assert self.page.evaluate("window.notReloaded") is True


def dates(stay: Stay) -> str:
    """A stay as addresses write it."""
    return f"check_in={stay.check_in}&check_out={stay.check_out}"


def iso(day: date) -> str:
    """A date as a date field takes it."""
    return day.isoformat()
