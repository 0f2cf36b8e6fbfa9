"""Headers of every answer, and pages that keep to them (promise 29 without a browser)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask import Flask

from app.models import Property
from tests import factories
from tests.web.browser import Browser
from tests.web.conftest import MakeApp, Stay


def policy_of(header: str) -> dict[str, list[str]]:
    """A Content-Security-Policy by directive."""
    return {part.split()[0]: part.split()[1:] for part in header.split(";") if part.strip()}


def pages(flat: Property, *stays: Stay) -> list[str]:
    when = factories.stay_in(40)
    query = f"check_in={when.check_in}&check_out={when.check_out}&guests=2"
    found = ["/", "/almaty", f"/almaty?{query}", f"/p/{flat.id}-{flat.slug}", f"/p/{flat.id}-{flat.slug}?{query}"]
    found += [f"/checkout?property_id={flat.id}&{query}", "/bookings", "/profile", "/nowhere/at-all"]
    for stay in stays:
        found += [f"/bookings/{stay.reference}", f"/checkout/{stay.reference}"]
    return found


class Markup(HTMLParser):
    """What a strict policy would refuse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.offences: list[str] = []
        self.nonces: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        for name, value in attrs:
            if name.startswith("on"):
                self.offences.append(f"<{tag} {name}>")
            if name == "style":
                self.offences.append(f"<{tag} style>")
            if name in {"href", "src", "action", "formaction"} and (value or "").strip().lower().startswith(
                "javascript:"
            ):
                self.offences.append(f"<{tag} {name}=javascript:>")
        if tag == "style":
            self.offences.append("<style>")
        if tag == "script":
            if values.get("nonce"):
                self.nonces.append(str(values["nonce"]))
            elif "src" not in values:
                self.offences.append("<script> without a nonce")
            if (values.get("src") or "/").startswith(("http:", "https:", "//")):
                self.offences.append(f"<script src={values['src']}>")


def test_every_answer_carries_the_headers(guest: Browser, flat: Property, open_stay: Stay) -> None:
    for path in [*pages(flat, open_stay), "/healthz", "/readyz", "/sign-in", "/p/1-x", "/%00"]:
        answer = guest.get(path)
        headers = answer.headers
        policy = policy_of(headers["Content-Security-Policy"])
        assert policy["default-src"] == ["'none'"], path
        assert policy["frame-ancestors"] == ["'none'"]
        assert policy["base-uri"] == ["'none'"]
        assert policy["form-action"] == ["'self'"]
        assert policy["style-src"] == ["'self'"]
        assert policy["connect-src"] == ["'self'"]
        scripts = policy["script-src"]
        assert scripts[0] == "'self'"
        assert re.fullmatch(r"'nonce-[\w-]{16,}'", scripts[1])
        assert len(scripts) == 2
        for forbidden in (
            "unsafe-inline",
            "unsafe-eval",
            "unsafe-hashes",
            "strict-dynamic",
            "*",
            "http:",
            "https:",
            "blob:",
        ):
            assert forbidden not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] in {"DENY", "SAMEORIGIN"}
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert "Server" not in headers
        assert re.fullmatch(r"[0-9a-zA-Z-]{8,64}", headers["X-Request-ID"])


def test_pages_hold_nothing_that_the_policy_would_refuse(guest: Browser, flat: Property, open_stay: Stay) -> None:
    """No inline style, no handler attribute, no script without this answer's nonce."""
    for path in pages(flat, open_stay):
        for htmx in (False, True):
            answer = guest.get(path, htmx=htmx)
            found = Markup(answer.text)
            assert found.offences == [], path
            nonce = policy_of(answer.headers["Content-Security-Policy"])["script-src"][1]
            assert all(f"'nonce-{each}'" == nonce for each in found.nonces), path


@pytest.mark.parametrize(
    "html",
    [
        '<p style="x">',
        "<style>",
        "<script>1</script>",
        '<a onclick="x">',
        '<a href=" javascript:x">',
        '<script src="//x">',
    ],
)
def test_the_search_for_offences_can_fail(html: str) -> None:
    assert Markup(html).offences != []


def test_a_nonce_is_used_once(browser: Browser) -> None:
    nonces = {browser.get("/sign-in").headers["Content-Security-Policy"] for _ in range(20)}
    assert len(nonces) == 20


def test_transport_security_is_on_with_secure_cookies_and_off_locally(make_app: MakeApp, browser: Browser) -> None:
    assert "Strict-Transport-Security" not in browser.get("/").headers
    app = make_app(app_env="production", cookie_secure=True, public_url="https://zhilego.kz")
    header = Browser(app, base_url="https://zhilego.kz").get("/").headers["Strict-Transport-Security"]
    assert int(header.partition("max-age=")[2].partition(";")[0]) >= 31_536_000
    assert "includesubdomains" in header.lower()


def test_the_shared_application_is_as_it_was_after_another_one_lived(browser: Browser) -> None:
    """The helper of the tests that make applications of their own puts the extensions back."""
    assert "Strict-Transport-Security" not in browser.get("/").headers
    assert "Set-Cookie" not in browser.get("/healthz").headers


def test_a_given_request_id_is_kept_when_it_is_harmless(browser: Browser) -> None:
    assert (
        browser.get("/healthz", headers={"X-Request-ID": "abc-123-def-456"}).headers["X-Request-ID"]
        == "abc-123-def-456"
    )
    for bad in ("short", "x" * 65, "with space 12", 'quote"12345678', "<script>1234"):
        assert browser.get("/healthz", headers={"X-Request-ID": bad}).headers["X-Request-ID"] != bad


def test_probes_answer_without_a_session(web_app: Flask) -> None:
    for path in ("/healthz", "/readyz"):
        answer = Browser(web_app).get(path)
        assert answer.status_code == 200
        assert answer.json is not None
        assert answer.json["status"] == "ok"
        assert "Set-Cookie" not in answer.headers


def test_personal_pages_are_not_kept_anywhere(guest: Browser, flat: Property, open_stay: Stay) -> None:
    for path in (
        "/bookings",
        f"/bookings/{open_stay.reference}",
        f"/checkout/{open_stay.reference}",
        "/profile",
        "/sign-in",
    ):
        assert guest.get(path).headers["Cache-Control"] == "no-store", path
    public = guest.get("/almaty").headers
    assert "public" not in public["Cache-Control"]
    assert "Cookie" in public["Vary"]
