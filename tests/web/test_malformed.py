"""Whatever is typed into an address or a form gets an answer, never a crash: 0 × 5xx."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.db import transaction
from app.models import Property
from tests import factories
from tests.measures import least_of
from tests.web.browser import Browser, text_of

ODD = [
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "10" * 15,
    "9" * 400,
    "٣",
    "½",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    "\x00",
    "a\x00b",
    "\x07\x1b[0m",
    "🤷🏽‍♀️",
    "\u202e\u2066",
    "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
    "'; DROP TABLE bookings; --",
    "%s%s%n",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "0001-01-01",
    "9999-12-31",
    "9999-12-30",
    "2027-02-30",
    "2027-W01-1",
    "20270101",
    "2027-01-01T00:00:00Z",
    "0000-00-00",
    "-999-01-01",
    "x" * 10_000,
]
PLAIN = [value for value in ODD if not value[:4].isdigit() or "-" not in value]
"""Without those that only look like dates."""

DATES = ("/", "/almaty", "/p/{flat}", "/checkout", "/api/v1/listings")
SEARCHES = ("/almaty", "/almaty/medeu", "/api/v1/listings")
PARAMETERS = {
    "check_in": DATES,
    "check_out": DATES,
    "guests": DATES,
    "rooms": SEARCHES,
    "property_class": SEARCHES,
    "sort": SEARCHES,
    **dict.fromkeys(("q", "flexible", "price_from", "price_to", "amenity", "instant", "rating"), SEARCHES),
    **dict.fromkeys(("box", "near", "radius", "part"), SEARCHES),
    "after": SEARCHES,
    "month": ("/p/{flat}",),
    "lang": ("/", "/profile"),
    "next": ("/sign-in",),
    "save": ("/sign-in",),
    "page": ("/favourites",),
    "city": ("/api/v1/listings", "/"),
    "property_id": ("/checkout",),
}
"""Which pages read which parameter."""


@pytest.mark.parametrize("is_everywhere", [False, pytest.param(True, marks=pytest.mark.drill)])
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_odd_values_in_addresses(guest: Browser, flat: Property, *, parameter: str, is_everywhere: bool) -> None:
    """Each value on one of the pages that read the parameter, in turn; in the drill on all of them."""
    pages = PARAMETERS[parameter]
    for number, value in enumerate(ODD if parameter in {"check_in", "check_out", "month"} else PLAIN):
        for page in pages if is_everywhere else (pages[number % len(pages)],):
            path = page.replace("{flat}", f"{flat.id}-{flat.slug}")
            query = urlencode({"property_id": flat.id, "city": "almaty", parameter: value}, errors="surrogatepass")
            answer = guest.get(f"{path}?{query}", htmx=len(value) % 2 == 1)
            assert answer.status_code < 500, f"{path}?{parameter}={value[:40]!r}"


@pytest.mark.parametrize("value", ODD)
def test_odd_pairs_of_dates(guest: Browser, flat: Property, value: str) -> None:
    """Both dates at once, each odd value on either side, with a good one on the other."""
    good = factories.stay_in(20)
    for pair in (
        {"check_in": value, "check_out": str(good.check_out)},
        {"check_in": str(good.check_in), "check_out": value},
    ):
        for path in ("/", "/almaty", f"/p/{flat.id}-{flat.slug}", "/checkout", "/api/v1/listings"):
            query = urlencode({"property_id": flat.id, "city": "almaty", "guests": 2, **pair}, errors="surrogatepass")
            answer = guest.get(f"{path}?{query}")
            assert answer.status_code < 500, f"{path}?{query[:100]}"


@pytest.mark.parametrize(
    "path",
    [
        "/p/{}-x",
        "/p/{}",
        "/p/1-{}",
        "/bookings/{}",
        "/checkout/{}",
        "/{}",
        "/almaty/{}",
        "/{}/{}",
        "/api/v1/{}",
    ],
)
def test_odd_paths(guest: Browser, path: str) -> None:
    for value in [*ODD, "1" + "0" * 30, "9223372036854775808", "-9223372036854775809", "%ff%fe", "%00"]:
        encoded = value if value.startswith("%") and len(value) <= 6 else quote(value, safe="", errors="surrogatepass")
        answer = guest.get(path.replace("{}", encoded))
        assert answer.status_code < 500, path.replace("{}", encoded[:60])


FORMS = {
    "/sign-in": ("phone", "next"),
    "/sign-in/code": ("code", "next"),
    "/profile": ("name", "language"),
    "/checkout": ("property_id", "check_in", "check_out", "guests", "total", "guest_name"),
}


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, fields in FORMS.items() for field in fields])
def test_odd_values_in_forms(web_app: Flask, guest: Browser, flat: Property, path: str, field: str) -> None:
    when = factories.stay_in(25)
    good = {
        "phone": factories.new_phone(),
        "code": "123456",
        "name": "Айгерим",
        "language": "ru",
        "property_id": str(flat.id),
        "check_in": str(when.check_in),
        "check_out": str(when.check_out),
        "guests": "2",
        "total": "1",
        "guest_name": "Айгерим",
        "next": "/",
    }
    browser = guest
    if path == "/sign-in/code":
        browser = Browser(web_app)
        browser.post("/sign-in", {"phone": factories.new_phone()})
    for value in ODD:
        answer = browser.post(path, good | {field: value})
        assert answer.status_code < 500, f"{path} {field}={value[:40]!r}"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    path=st.sampled_from(["/", "/almaty", "/p/1-x", "/checkout", "/sign-in", "/bookings/22222222", "/api/v1/listings"]),
    query=st.dictionaries(st.sampled_from(sorted(PARAMETERS)) | st.text(max_size=8), st.text(max_size=30), max_size=5),
    headers=st.dictionaries(
        st.sampled_from(
            ["HX-Request", "HX-Request-Type", "X-Request-ID", "Accept-Language", "User-Agent", "Authorization"]
        ),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        max_size=3,
    ),
)
def test_random_requests(browser: Browser, path: str, query: dict[str, str], headers: dict[str, str]) -> None:
    answer = browser.get(f"{path}?{urlencode(query, errors='replace')}", headers=headers)
    assert answer.status_code < 500


def test_what_people_type_is_shown_as_text(guest: Browser, flat: Property) -> None:
    """Names and addresses come back escaped."""
    guest.post("/profile", {"name": "<b>жирный</b>", "language": "ru"})
    page = guest.get("/profile").text
    assert "<b>жирный</b>" not in page
    assert "&lt;b&gt;" in page
    assert "<script>alert" not in guest.get("/almaty?sort=<script>alert(1)</script>").text
    assert "49" not in text_of(guest.get("/sign-in?next={{7*7}}")).split()


def test_a_title_cannot_break_out_of_a_card(web_app: Flask, browser: Browser) -> None:
    """Landlords write titles; cards are kept as finished markup with places for address and price in them."""
    nasty = '"><script>x</script> @@card-url@@ @@card-price@@'
    with web_app.app_context(), transaction() as session:
        prop = factories.make_property(session, city="kokshetau", title={"ru": nasty})
    page = browser.get("/kokshetau").text
    assert "<script>x" not in page
    assert f'href="/p/{prop.id}-{prop.slug}"' in page
    assert page.count("@@card-url@@") == page.count("@@card-price@@") >= 1, "the landlord's own words stay words"


def work_of(ask: Callable[[], TestResponse]) -> float:
    """Seconds of CPU that an answer costs."""
    began = time.thread_time()
    assert ask().status_code < 500
    return time.thread_time() - began


def test_absurd_dates_cost_no_work(browser: Browser, guest: Browser, flat: Property) -> None:
    """An address that anybody can write must not keep a worker busy: a fifth of a second each at most."""
    tomorrow = factories.stay_in(1).check_in
    query = f"check_in={tomorrow}&check_out=9999-12-31&guests=2"
    for path in (
        f"/almaty?{query}",
        f"/p/{flat.id}-{flat.slug}?{query}",
        f"/?{query}",
        f"/api/v1/listings?city=almaty&{query}",
    ):
        browser.get(path)
        assert least_of(partial(work_of, lambda path=path: browser.get(path)), enough=0.2) < 0.2, path  # type: ignore[misc]
    form = {"property_id": str(flat.id), "check_in": str(tomorrow), "check_out": "9999-12-31", "guests": "2"}
    fields = form | {"total": "1", "guest_name": "А"}
    assert least_of(partial(work_of, lambda: guest.post("/checkout", fields)), enough=0.2) < 0.2


def test_too_large_a_form_is_413(guest: Browser) -> None:
    answer = guest.post("/profile", {"name": "x" * (2 * 1024 * 1024), "language": "ru"})
    assert answer.status_code == 413
    many = {f"field{number}": "x" for number in range(5_000)}
    assert guest.post("/profile", many).status_code in {302, 403, 413, 422}


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_broken_bodies(guest: Browser, content_type: str) -> None:
    for body in (b"", b"\xff\xfe\x00", b"--x\r\nContent-Disposition: form-data\r\n", b"a=%zz&%&=&b"):
        answer = guest.client.post("/profile", data=body, content_type=content_type)
        assert answer.status_code in {400, 403, 413}
