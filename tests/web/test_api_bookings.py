"""A guest's bookings by the API: the same rules, prices and refunds as the portal's, as documents."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.checkout.settle import settle
from app.domain.payments import lifecycle
from app.kit import clock
from app.models import Booking, BookingAmendment, Channel, Payment, PromoCode, Property, Refund, TransactionKind
from tests import factories
from tests.web.api_caller import ApiCaller, problem_of
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay, make_stay
from tests.web.test_cancelling import paid_long_ago

BOOKINGS = "/api/v1/bookings"
STAY = factories.stay_in(30, 3)
TOTAL = 3 * 15_000 + 3_000 + 4_500
"""Three nights, cleaning, a tenth of the nights."""


@pytest.fixture
def caller(web_app: Flask, guest_id: UUID) -> ApiCaller:
    """The guest's program."""
    return ApiCaller.of(web_app, guest_id)


def wish(flat: Property, **changes: object) -> dict[str, object]:
    """A stay that can be held."""
    body = {
        "property_id": flat.id,
        "check_in": str(STAY.check_in),
        "check_out": str(STAY.check_out),
        "guests": 2,
        "total_shown": TOTAL,
    }
    return body | changes


def document(caller: ApiCaller, reference: str) -> dict[str, Any]:
    answer = caller.get(f"{BOOKINGS}/{reference}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert isinstance(answer.json, dict)
    return answer.json


def tell(app: Flask, reference: str, kind: TransactionKind = TransactionKind.PAID) -> None:
    """The provider's word about the newest payment."""
    with app.app_context(), transaction() as session:
        booking = session.scalars(select(Booking).where(Booking.reference == reference)).one()
        settle(session, factories.paid_event(factories.payment_of(session, booking), kind=kind), now=clock.now())


def give_link(app: Flask, reference: str) -> None:
    """What the job does when the provider has answered."""
    with app.app_context(), transaction() as session:
        booking = session.scalars(select(Booking).where(Booking.reference == reference)).one()
        payment = factories.payment_of(session, booking)
        lifecycle.record_created(
            session,
            payment.id,
            provider_id=f"p-{payment.id}",
            pay_url="https://pay.kaspi.kz/pay/x",
            qr_text="qr-x",
            now=clock.now(),
        )


def payments_of(app: Flask, reference: str) -> list[Payment]:
    with app.app_context(), transaction() as session:
        statement = select(Payment).join(Booking, Booking.id == Payment.booking_id)
        return list(session.scalars(statement.where(Booking.reference == reference)))


def test_from_hold_to_paid_to_cancelled(web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property) -> None:
    answer = caller.post(BOOKINGS, wish(flat))
    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    made = answer.json
    assert made is not None
    assert answer.headers["Location"] == f"{BOOKINGS}/{made['reference']}"
    assert made == document(caller, made["reference"]), "what was answered is what is there"
    assert (made["status"], made["total"], made["nights"], made["guests"]) == ("held", TOTAL, 3, 2)
    assert made["property"]["id"] == flat.id
    assert sum(line["amount"] for line in made["lines"]) == made["quote_total"] == TOTAL
    assert made["payment"]["state"] == "creating"
    assert made["payment"]["amount"] == TOTAL
    with web_app.app_context(), transaction() as session:
        booking = session.scalars(select(Booking).where(Booking.reference == made["reference"])).one()
        assert (booking.guest_id, booking.channel) == (guest_id, Channel.API)

    give_link(web_app, made["reference"])
    paying = document(caller, made["reference"])["payment"]
    assert (paying["state"], paying["pay_url"], paying["qr_text"]) == (
        "awaiting",
        "https://pay.kaspi.kz/pay/x",
        "qr-x",
    )
    tell(web_app, made["reference"])
    paid = document(caller, made["reference"])
    assert (paid["status"], paid["payment"]["state"], paid["payment"]["pay_url"]) == ("confirmed", "confirmed", None)
    assert paid["cancellation"]["total"] == TOTAL
    listed = caller.get(BOOKINGS).json
    assert listed is not None
    assert [item["reference"] for item in listed["items"]] == [made["reference"]]

    cancelled = caller.post(f"{BOOKINGS}/{made['reference']}/cancel", {"back_shown": TOTAL})
    assert cancelled.status_code == 200
    assert cancelled.json is not None
    assert cancelled.json["status"] == "cancelled_by_guest"
    [refund] = cancelled.json["refunds"]
    assert (refund["cause"], refund["amount"]) == ("cancelled_by_guest", TOTAL)
    assert cancelled.json["cancellation"] is None


def test_the_refund_that_is_shown_is_that_of_the_portal(
    web_app: Flask, caller: ApiCaller, guest: Browser, guest_id: UUID
) -> None:
    stay = make_stay(web_app, guest_id, days=3)
    paid_long_ago(web_app, stay)
    shown = document(caller, stay.reference)["cancellation"]
    assert shown["tier"] == "half"
    assert shown["total"] == 15_000 + 3_000
    assert sum(part["back"] for part in shown["parts"]) == shown["total"]
    assert "Вернём на Kaspi 18 000 ₸" in text_of(guest.get(f"/bookings/{stay.reference}/cancel"))
    refused = caller.post(f"{BOOKINGS}/{stay.reference}/cancel", {"back_shown": 36_000})
    assert problem_of(refused) == (409, "refund_changed")
    assert refused.json is not None
    assert refused.json["params"] == {"back": 18_000}
    done = caller.post(f"{BOOKINGS}/{stay.reference}/cancel", {"back_shown": 18_000})
    assert done.status_code == 200
    with web_app.app_context(), transaction() as session:
        assert session.scalars(select(Refund.amount).where(Refund.booking_id == stay.id)).all() == [18_000]


def test_a_hold_is_given_up(caller: ApiCaller, held_stay: Stay) -> None:
    answer = caller.post(f"{BOOKINGS}/{held_stay.reference}/cancel", {"back_shown": 0})
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["refunds"]) == ("cancelled_by_guest", [])
    again = caller.post(f"{BOOKINGS}/{held_stay.reference}/cancel", {"back_shown": 0})
    assert problem_of(again) == (409, "wrong_state")


def test_paying_again_after_a_refusal(web_app: Flask, caller: ApiCaller, held_stay: Stay) -> None:
    path = f"{BOOKINGS}/{held_stay.reference}/payments"
    assert caller.post(path).status_code == 202
    assert len(payments_of(web_app, held_stay.reference)) == 1, "one is open already"
    tell(web_app, held_stay.reference, TransactionKind.FAILED)
    assert document(caller, held_stay.reference)["payment"]["state"] == "declined"
    again = caller.post(path, b"")
    assert again.status_code == 202
    assert again.json is not None
    assert again.json["payment"]["state"] == "creating"
    assert Counter(payment.status for payment in payments_of(web_app, held_stay.reference)) == {"failed": 1, "new": 1}
    assert problem_of(caller.post(path, {"of": "extension"})) == (409, "hold_over")


def test_staying_longer_is_offered_held_and_paid(web_app: Flask, caller: ApiCaller, later_stay: Stay) -> None:
    path = f"{BOOKINGS}/{later_stay.reference}/extensions"
    before = document(caller, later_stay.reference)
    end = date.fromisoformat(before["check_out"]) + timedelta(days=2)
    offer = caller.get(f"{path}?check_out={end}").json
    assert offer is not None
    assert (offer["total"], offer["check_out"], offer["problem"]) == (33_000, str(end), None)
    assert str(end) in offer["check_outs"]
    refused = caller.post(path, {"check_out": str(end), "total_shown": 1})
    assert problem_of(refused) == (409, "price_changed")
    assert refused.json is not None
    assert refused.json["params"] == {"total": 33_000}

    held = caller.post(path, {"check_out": str(end), "total_shown": 33_000})
    assert held.status_code == 201
    assert held.json is not None
    assert held.json["check_out"] == before["check_out"], "the booking stays as it is until it is paid"
    assert held.json["extension"]["payment"]["state"] == "creating"
    tell(web_app, later_stay.reference, TransactionKind.FAILED)
    assert document(caller, later_stay.reference)["extension"]["payment"]["state"] == "declined"
    retried = caller.post(f"{BOOKINGS}/{later_stay.reference}/payments", {"of": "extension"})
    assert retried.status_code == 202
    tell(web_app, later_stay.reference)
    after = document(caller, later_stay.reference)
    assert (after["check_out"], after["total"]) == (str(end), before["total"] + 33_000)
    assert after["extension"]["payment"]["state"] == "confirmed"


def test_leaving_earlier_gives_back_what_was_offered(web_app: Flask, caller: ApiCaller, later_stay: Stay) -> None:
    path = f"{BOOKINGS}/{later_stay.reference}/shortenings"
    offer = caller.get(path).json
    assert offer is not None
    back = offer["refund"]["total"]
    assert back == 15_000 + 1_500
    body = {"check_out": offer["check_out"], "back_shown": back}
    assert problem_of(caller.post(path, body | {"back_shown": back + 1})) == (409, "refund_changed")
    done = caller.post(path, body)
    assert done.status_code == 200
    assert done.json is not None
    assert (done.json["check_out"], done.json["nights"]) == (offer["check_out"], 1)
    assert [refund["amount"] for refund in done.json["refunds"]] == [back]
    beyond = caller.get(f"{path}?check_out={offer['check_out']}").json
    assert beyond is not None
    assert beyond["problem"] == "not_shorter"


def test_a_flat_that_is_asked_for_first(web_app: Flask, caller: ApiCaller) -> None:
    with web_app.app_context(), transaction() as session:
        flat = factories.make_property(session, instant_booking=False)
    assert problem_of(caller.post(BOOKINGS, wish(flat))) == (409, "needs_request")
    asked = caller.post(BOOKINGS, wish(flat, act="request"))
    assert asked.status_code == 201
    assert asked.json is not None
    assert (asked.json["status"], asked.json["payment"]["state"]) == ("requested", "requested")
    assert asked.json["answer_by"] is not None


def test_a_promo_code_is_part_of_the_price(web_app: Flask, caller: ApiCaller, flat: Property, now: datetime) -> None:
    with web_app.app_context(), transaction() as session:
        session.add(
            PromoCode(
                code=f"API-{flat.id}",
                percent=10,
                valid_from=now - timedelta(days=1),
                valid_until=now + timedelta(days=1),
                min_nights=1,
                first_booking_only=False,
                created_at=now,
            )
        )
    assert problem_of(caller.post(BOOKINGS, wish(flat, promo_code="NOTHING"))) == (422, "promo_unknown")
    off = wish(flat, promo_code=f"api-{flat.id}")
    refused = caller.post(BOOKINGS, off)
    assert problem_of(refused) == (409, "price_changed")
    assert refused.json is not None
    total = refused.json["params"]["total"]
    assert total == 40_500 + 3_000 + 4_050
    made = caller.post(BOOKINGS, off | {"total_shown": total})
    assert made.status_code == 201


def test_nobody_arrives_without_a_name(web_app: Flask, flat: Property) -> None:
    with web_app.app_context(), transaction() as session:
        nameless = factories.make_user(session, name="")
    caller = ApiCaller.of(web_app, nameless)
    assert problem_of(caller.post(BOOKINGS, wish(flat))) == (422, "name_missing")
    assert caller.post(BOOKINGS, wish(flat, guest_name="Дана")).status_code == 201
    with web_app.app_context(), transaction() as session:
        other = factories.make_property(session)
    assert caller.post(BOOKINGS, wish(other)).status_code == 201, "the profile has learnt it"


@pytest.mark.parametrize("action", ["", "/cancel", "/payments", "/extensions", "/shortenings"])
def test_a_booking_that_is_not_yours_does_not_exist(
    web_app: Flask, open_stay: Stay, guest: Browser, action: str
) -> None:
    """Promise 22: by the API as on the pages, and the landlord is not the guest."""
    bodies: dict[str, dict[str, object]] = {
        "/cancel": {"back_shown": 0},
        "/payments": {},
        "/extensions": {"check_out": str(factories.stay_in(20).check_out), "total_shown": 1},
        "/shortenings": {"check_out": str(factories.stay_in(1).check_in), "back_shown": 1},
    }
    with web_app.app_context(), transaction() as session:
        stranger = factories.make_user(session)
    for person in (stranger, open_stay.landlord_id):
        caller = ApiCaller.of(web_app, person)
        for reference in (open_stay.reference, "22222222"):
            path = f"{BOOKINGS}/{reference}{action}"
            answer = caller.post(path, bodies[action]) if action else caller.get(path)
            assert problem_of(answer) == (404, "booking_unknown")
    with web_app.app_context(), transaction() as session:
        assert session.get_one(Booking, open_stay.id).status == "confirmed"
        assert session.scalars(select(BookingAmendment).where(BookingAmendment.booking_id == open_stay.id)).all() == []


def test_nothing_private_is_in_the_documents(web_app: Flask, caller: ApiCaller, open_stay: Stay) -> None:
    """Promise 24: no street, no landlord, no codes, also of a paid stay whose keys are open."""
    text = caller.get(f"{BOOKINGS}/{open_stay.reference}").text + caller.get(BOOKINGS).text
    assert open_stay.reference in text
    for private in ("90/43", "Сатпаева", factories.CODES.intercom, factories.CODES.key_safe):
        assert private not in text
    assert str(open_stay.landlord_id) not in text


def test_acts_are_counted_by_token_and_calls_without_a_good_one_by_address(
    make_app: MakeApp, guest_id: UUID, flat: Property
) -> None:
    app = make_app(limit_hold="3/minute", limit_api="12/minute")
    caller = ApiCaller.of(app, guest_id, address="198.18.7.1")
    statuses = [caller.post(BOOKINGS, wish(flat, total_shown=1)).status_code for _ in range(5)]
    assert statuses == [409, 409, 409, 429, 429]
    assert caller.get(BOOKINGS).status_code == 200, "looking is counted apart"
    stranger = ApiCaller(app, "made-up", address="198.18.7.2")
    assert Counter(stranger.get(BOOKINGS).status_code for _ in range(15)) == {401: 12, 429: 3}
