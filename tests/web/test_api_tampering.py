"""What a program says about prices and stays is compared, never used (promise 5); what it says wrongly is named."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.db import transaction
from app.models import Booking, BookingAmendment, IdempotencyKey, Occupancy, Payment, Property, Refund
from blueprints.api.documents import Problem
from tests import factories
from tests.web.api_caller import ApiCaller, problem_of
from tests.web.conftest import Stay
from tests.web.test_api_bookings import BOOKINGS, STAY, TOTAL, wish


@pytest.fixture
def caller(web_app: Flask, guest_id: UUID) -> ApiCaller:
    """The guest's program."""
    return ApiCaller.of(web_app, guest_id)


def bookings_of(app: Flask, guest_id: UUID) -> list[Booking]:
    with app.app_context(), transaction() as session:
        return list(session.scalars(select(Booking).where(Booking.guest_id == guest_id)))


def nothing_was_written(app: Flask, guest_id: UUID, flat: Property) -> bool:
    with app.app_context(), transaction() as session:
        taken = session.scalars(select(Occupancy.id).where(Occupancy.property_id == flat.id)).all()
        keys = session.scalars(select(IdempotencyKey.id).where(IdempotencyKey.user_id == guest_id)).all()
    return not taken and not keys and not bookings_of(app, guest_id)


@pytest.mark.parametrize("total", [1, 0, TOTAL - 1, TOTAL + 1, TOTAL * 100, 10**12])
def test_another_total_is_refused_with_ours(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property, total: int
) -> None:
    """Promise 5: 0 accepted."""
    answer = caller.post(BOOKINGS, wish(flat, total_shown=total))
    assert problem_of(answer) == (409, "price_changed")
    assert answer.json is not None
    assert answer.json["params"] == {"total": TOTAL}
    assert nothing_was_written(web_app, guest_id, flat)


@pytest.mark.parametrize(
    "total",
    [-1, 10**12 + 1, 1e3, 52_500.5, "52500", "", None, True, [], {}, float("nan")],
    ids=str,
)
def test_a_total_that_is_no_amount_is_refused(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property, total: object
) -> None:
    """Promise 5: an amount is a whole number, and not something that could be read as one."""
    answer = caller.post(BOOKINGS, wish(flat, total_shown=total))
    assert problem_of(answer) == (422, "body_wrong")
    assert nothing_was_written(web_app, guest_id, flat)


@pytest.mark.parametrize(
    "extra",
    [
        {"price": 1},
        {"total": 1},
        {"amount": 1, "base_price": 1},
        {"currency": "USD"},
        {"currency": "KZT"},
        {"nights": 1},
        {"discount": 100, "service_fee": 0},
        {"lines": [], "quote": [{"kind": "nights", "amount": 1}]},
        {"status": "confirmed"},
        {"guest_id": "00000000-0000-0000-0000-000000000000"},
        {"hold_expires_at": "2099-01-01T00:00:00Z"},
        {"payment": {"state": "confirmed"}},
    ],
    ids=",".join,
)
def test_fields_that_nobody_asked_for_are_refused_by_name(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property, extra: dict[str, object]
) -> None:
    """Promise 5: a program that believes it sets the price learns at once that it does not."""
    answer = caller.post(BOOKINGS, wish(flat) | extra)
    assert problem_of(answer) == (422, "body_wrong")
    assert answer.json is not None
    problems = answer.json["params"]["problems"]
    assert {problem["field"] for problem in problems} == set(extra)
    assert {problem["code"] for problem in problems} == {"extra_forbidden"}
    assert nothing_was_written(web_app, guest_id, flat)


def test_another_flat_or_stay_is_charged_at_its_own_price(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property
) -> None:
    """Promise 5: the price of a cheaper flat, or of fewer nights, does not go with another."""
    with web_app.app_context(), transaction() as session:
        dear = factories.make_property(session, base_price=90_000)
    assert problem_of(caller.post(BOOKINGS, wish(dear))) == (409, "price_changed")
    longer = str(STAY.check_out + timedelta(days=1))
    assert problem_of(caller.post(BOOKINGS, wish(flat, check_out=longer))) == (409, "price_changed")
    for unknown in (10**9, 2**63 - 1):
        assert problem_of(caller.post(BOOKINGS, wish(flat, property_id=unknown))) == (404, "property_unknown")
    assert nothing_was_written(web_app, guest_id, dear)
    made = caller.post(BOOKINGS, wish(dear, total_shown=270_000 + 3_000 + 27_000))
    assert made.json is not None
    assert made.json["quote_total"] == made.json["payment"]["amount"] == 300_000
    with web_app.app_context(), transaction() as session:
        [booking] = bookings_of(web_app, guest_id)
        amounts = session.scalars(select(Payment.amount).where(Payment.booking_id == booking.id)).all()
    assert amounts == [300_000], "the server's quote is charged"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"check_out": str(STAY.check_in)}, "check_out_first"),
        ({"check_in": "2020-01-01"}, "check_in_passed"),
        ({"check_out": "9999-12-31"}, "too_far_ahead"),
        ({"guests": 5}, "too_many_guests"),
        ({"guests": 41}, "body_wrong"),
        ({"check_in": "tomorrow"}, "body_wrong"),
        ({"check_in": "2027-02-30"}, "body_wrong"),
        ({"check_in": 1_800_000_000}, "body_wrong"),
        ({"property_id": 2**63}, "body_wrong"),
        ({"property_id": True}, "body_wrong"),
        ({"act": "steal"}, "body_wrong"),
        ({"promo_code": "' OR 1=1 --"}, "promo_unknown"),
        ({"promo_code": "\x00"}, "promo_unknown"),
        ({"guest_name": "x" * 150}, "name_too_long"),
        ({"guest_name": "a\x00b"}, "name_too_long"),
        ({"guest_name": "   "}, "name_missing"),
    ],
    ids=str,
)
def test_a_stay_that_cannot_be_is_422(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property, *, changes: dict[str, object], code: str
) -> None:
    assert problem_of(caller.post(BOOKINGS, wish(flat) | changes)) == (422, code)
    assert nothing_was_written(web_app, guest_id, flat)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"{", b"{]", b"\xff\xfe", b'{"a":' * 5_000, b'{"guests": 1e999999}', b"0" * 100_000],
    ids=lambda body: repr(body[:12]),
)
def test_a_body_that_is_no_such_document_is_422(caller: ApiCaller, body: bytes) -> None:
    answer = caller.post(BOOKINGS, body)
    assert problem_of(answer) == (422, "body_wrong")
    assert answer.json is not None
    assert 1 <= len(answer.json["params"]["problems"]) <= 20


def test_a_wall_of_problems_is_short(caller: ApiCaller) -> None:
    answer = caller.post(BOOKINGS, {"x" * 500 + str(number): number for number in range(1_000)})
    assert answer.status_code == 422
    assert len(answer.data) < 10_000
    assert caller.post(BOOKINGS, b" " * (2 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize("offer", ["extensions", "shortenings"])
@pytest.mark.parametrize(
    "day", ["", "x", "0001-01-01", "9999-12-31", "2027-02-30", "2027-W01-1", "%00", "%ff", "１９９９-01-01"]
)
def test_odd_days_in_offers(caller: ApiCaller, later_stay: Stay, offer: str, day: str) -> None:
    """An offer is always an answer: a price, or why there is none."""
    answer = caller.get(f"{BOOKINGS}/{later_stay.reference}/{offer}?check_out={day}")
    assert answer.status_code == 200
    assert answer.json is not None
    has_price = answer.json["total" if offer == "extensions" else "refund"] is not None
    assert has_price != (answer.json["problem"] is not None)


# --- anything at all -------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.dates().map(str)
    | st.sampled_from([str(STAY.check_in), str(STAY.check_out), "hold", "request", "booking", "extension"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)
GOOD: dict[str, dict[str, object]] = {
    "": {"check_in": str(STAY.check_in), "check_out": str(STAY.check_out), "guests": 2, "total_shown": 1},
    "/cancel": {"back_shown": 1},
    "/payments": {"of": "booking"},
    "/extensions": {"check_out": str(factories.stay_in(14).check_in), "total_shown": 1},
    "/shortenings": {"check_out": str(factories.stay_in(11).check_in), "back_shown": 1},
}
NAMES = st.sampled_from(
    [
        "property_id",
        "check_in",
        "check_out",
        "guests",
        "total_shown",
        "promo_code",
        "act",
        "guest_name",
        "back_shown",
        "of",
    ]
)
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=128)
REFUSED = {400, 404, 409, 422, 429}


@pytest.mark.parametrize("documents", [40, pytest.param(200, marks=pytest.mark.drill)])
@pytest.mark.parametrize("act", GOOD, ids=lambda act: act or "hold")
def test_whatever_is_sent_is_refused_properly(
    web_app: Flask, caller: ApiCaller, flat: Property, later_stay: Stay, *, act: str, documents: int
) -> None:
    """Promise 28: documents near to good ones; never a 5xx, and every refusal is a problem document.

    Amounts and fields change at random, so what is accepted is what was shown: nothing here is.
    """
    path = f"{BOOKINGS}/{later_stay.reference}{act}" if act else BOOKINGS
    good = GOOD[act] | ({} if act else {"property_id": flat.id})

    @settings(max_examples=documents, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(changes=st.dictionaries(NAMES, VALUES, max_size=3), left_out=st.sets(NAMES, max_size=1), key=KEYS)
    def send(changes: dict[str, object], left_out: set[str], key: str) -> None:
        body = {name: value for name, value in (good | changes).items() if name not in left_out}
        answer = caller.post(path, json.dumps(body, allow_nan=True).encode(), key=key)
        assert answer.status_code in REFUSED, f"{answer.status_code} for {body!r}"
        assert problem_of(answer)[1] != "None"
        Problem.model_validate_json(answer.data, strict=True, extra="forbid")

    send()
    with web_app.app_context(), transaction() as session:
        assert session.scalars(select(Occupancy.id).where(Occupancy.property_id == flat.id)).all() == []
        for model in (Refund, BookingAmendment):
            count = select(func.count()).select_from(model).where(model.booking_id == later_stay.id)
            assert session.scalars(count).one() == 0
