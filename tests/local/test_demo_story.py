"""What the demo has to show: every kind of price, of exit and of change, and something waiting for each account."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.access import grants
from app.domain.accounts.people import find_by_phone
from app.domain.actor import Actor
from app.domain.aftercare import claims, problems
from app.domain.bookings import refunds
from app.domain.checkout import amendments, cancel
from app.domain.doctor.examination import examine
from app.domain.doctor.finding import Verdict
from app.domain.favourites.reading import saved_flats
from app.domain.ledger.balances import of_landlord, totals
from app.domain.messages.reading import messages_of, threads_of
from app.domain.payouts import accounts
from app.domain.pricing import promo
from app.domain.pricing.quote import LineKind, quote
from app.domain.pricing.rates import tariff_of
from app.kit import clock
from app.kit.bank_ids import parse_iban, parse_tax_id
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.local.demo.accounts import DEMO_GUEST, DEMO_LANDLORD
from app.local.demo.favourites import SAVED_BY_DEMO_GUEST
from app.local.demo.offers import DEMO_OFFERS, EXPIRED, SUMMER, WELCOME
from app.local.run.page import welcome_page
from app.models import (
    Account,
    Booking,
    BookingAmendment,
    BookingStatus,
    Payout,
    PromoCode,
    PromoRedemption,
    Property,
    Refund,
    RefundCause,
    Review,
    Side,
    User,
)
from tests.local.made_up import scalar

pytestmark = pytest.mark.usefixtures("seeded")


def account(session: Session, phone: str) -> User:
    user = find_by_phone(session, phone)
    assert user is not None
    return user


def own_bookings(session: Session, *statuses: BookingStatus) -> list[Booking]:
    """The demo guest's, the earliest stay first."""
    guest = account(session, DEMO_GUEST.phone)
    statement = select(Booking).where(Booking.guest_id == guest.id, Booking.status.in_(statuses))
    return list(session.scalars(statement.order_by(Booking.check_in)))


def test_flats_have_every_kind_of_price() -> None:
    for column in ("weekend_price", "extra_guest_price", "one_night_surcharge", "deposit", "cut_off_time"):
        count = scalar(f"SELECT count(*) FROM properties WHERE {column} IS NOT NULL AND {column}::text <> '0'")
        assert 5 <= int(str(count)) < int(str(scalar("SELECT count(*) FROM properties"))), column
    by_request = scalar("SELECT 100.0 * count(*) FILTER (WHERE NOT instant_booking) / count(*) FROM properties")
    assert 10 <= float(str(by_request)) <= 30
    assert scalar("SELECT count(DISTINCT min_nights) FROM stay_discounts") == 2
    assert scalar("SELECT count(*) FROM access_instructions WHERE mode = 'per_booking'") != 0
    with transaction() as session:
        names = {name for (name,) in session.execute(text("SELECT DISTINCT name FROM price_rules"))}
        assert {"Новый год", "Наурыз", "Лето у гор"} <= names
        kinds = Counter(kind for (kind,) in session.execute(text("SELECT kind FROM occupancies")))
        assert min(kinds["block"], kinds["maintenance"]) > 5
    for rule in ("price IS NOT NULL", "percent > 0", "percent < 0", "min_nights IS NOT NULL"):
        assert scalar(f"SELECT count(*) FROM price_rules WHERE {rule} AND upper(nights) > current_date") != 0, rule


def test_past_quotes_have_every_kind_of_line() -> None:
    with transaction() as session:
        found = session.scalars(text("SELECT DISTINCT line->>'kind' FROM bookings, jsonb_array_elements(quote) line"))
        assert set(found) == {kind.value for kind in LineKind}


def test_a_booking_to_come_costs_what_the_product_quotes_today(now: datetime) -> None:
    """The tariff that demo quotes are made of is the one that the product reads back from the tables."""
    with transaction() as session:
        coming = select(Booking, Property).join(Property, Property.id == Booking.property_id)
        rows = session.execute(coming.where(Booking.check_in > now.date() + timedelta(days=1))).all()
        assert len(rows) > 100
        for booking, prop in rows:
            stay = Stay(booking.check_in, booking.check_out)
            fresh = quote(tariff_of(session, prop, now=now), stay, guests=booking.guests)
            assert (fresh.as_json(), list(fresh.night_prices)) == (booking.quote, booking.night_prices)


def test_stays_are_as_long_as_their_dates_ask() -> None:
    short = (
        "SELECT count(*) FROM bookings b JOIN price_rules r ON r.property_id = b.property_id AND r.nights @> b.check_in"
        " WHERE b.check_out - b.check_in < r.min_nights AND b.check_in > current_date + 3"
    )
    assert scalar(short) == 0


def test_codes_of_single_bookings_stand_in_their_grants_only(now: datetime) -> None:
    with transaction() as session:
        statement = text(
            "SELECT b.reference, p.landlord_id FROM bookings b JOIN access_grants g ON g.booking_id = b.id"
            " JOIN access_instructions i ON i.property_id = b.property_id JOIN properties p ON p.id = b.property_id"
            " WHERE i.mode = 'per_booking' AND b.status = 'confirmed' LIMIT 5"
        )
        codes = set()
        for reference, landlord_id in session.execute(statement).all():
            details = grants.reveal_to_host(session, reference, actor=Actor.landlord(landlord_id), reason="", now=now)
            assert details.smart_lock.isdigit()
            assert details.smart_lock not in details.directions
            codes.add(details.smart_lock)
        assert len(codes) == 5
        session.rollback()


def test_requests_wait_for_the_demo_landlord(now: datetime) -> None:
    with transaction() as session:
        landlord = account(session, DEMO_LANDLORD.phone)
        statement = select(Booking, Property).join(Property, Property.id == Booking.property_id)
        waiting = session.execute(statement.where(Booking.status == BookingStatus.REQUESTED)).all()
        assert len(waiting) == 3
        for booking, prop in waiting:
            assert prop.landlord_id == landlord.id
            assert not prop.instant_booking
            assert booking.answer_by is not None
            assert now + timedelta(hours=12) < booking.answer_by <= now + timedelta(hours=24)
            taken = text("SELECT count(*) FROM occupancies WHERE property_id = :id AND during @> :at")
            assert session.scalar(taken, {"id": prop.id, "at": booking.check_in_at}) == 0


def test_paid_stays_in_such_flats_were_asked_for_and_accepted() -> None:
    first = (
        "SELECT count(*) FROM bookings b JOIN properties p ON p.id = property_id JOIN booking_events e"
        " ON e.booking_id = b.id AND e.from_status IS NULL WHERE (e.to_status = 'held') <> p.instant_booking"
    )
    assert scalar(first) == 0
    accepted = "SELECT count(*) FROM booking_events WHERE from_status = 'requested' AND to_status = 'held'"
    assert scalar(f"{accepted} AND actor_kind = 'landlord'") == scalar(accepted) != 0


def test_the_demo_guest_can_extend_cancel_and_review(now: datetime) -> None:
    with transaction() as session:
        unreviewed = own_bookings(session, BookingStatus.COMPLETED)[-1]
        assert session.scalar(select(Review.id).where(Review.booking_id == unreviewed.id)) is None
        coming = own_bookings(session, BookingStatus.CONFIRMED)[-1]
        longer = coming.check_out + timedelta(days=2)
        held = amendments.extend(session, coming.reference, longer, guest_id=coming.guest_id, total_shown=None, now=now)
        assert held.total > 0
        back = cancel.cancel(session, coming.reference, actor=Actor.guest(coming.guest_id), now=now)
        assert back is not None
        assert back.total == coming.total
        session.rollback()


def test_every_exit_has_its_refund_and_its_revoked_keys() -> None:
    with transaction() as session:
        causes = Counter(session.scalars(select(Refund.cause)))
        assert causes == {
            RefundCause.CANCELLED_BY_GUEST: 2,
            RefundCause.CANCELLED_BY_LANDLORD: 1,
            RefundCause.NO_SHOW: causes[RefundCause.NO_SHOW],  # nothing where there is neither cleaning nor deposit
            RefundCause.SHORTENED: 1,
            RefundCause.DEPOSIT: causes[RefundCause.DEPOSIT],
        }
        mine = own_bookings(session, BookingStatus.CANCELLED_BY_GUEST)
        assert len(mine) == 1
        half = session.scalars(select(Refund).where(Refund.booking_id == mine[0].id)).one()
        assert 0 < half.amount < mine[0].total
    ended = "status::text LIKE 'cancelled%' OR status = 'no_show'"
    assert scalar(f"SELECT count(*) FROM bookings WHERE {ended}") == 4
    keys = "SELECT count(*) FROM bookings b JOIN access_grants g ON g.booking_id = b.id"
    assert scalar(f"{keys} WHERE ({ended}) <> (revoked_at IS NOT NULL)") == 0
    blocked = (
        "SELECT count(*) FROM bookings b JOIN occupancies o"
        " ON o.property_id = b.property_id AND o.during @> check_in_at"
        " WHERE b.status = 'cancelled_by_landlord' AND o.kind = 'block'"
    )
    assert scalar(blocked) == 1


def test_one_stay_was_extended_and_one_shortened() -> None:
    with transaction() as session:
        found = session.execute(
            select(BookingAmendment, Booking).join(Booking, Booking.id == BookingAmendment.booking_id)
        ).all()
        assert {amendment.kind for amendment, _ in found} == {"extension", "shortening"}
        for amendment, booking in found:
            assert booking.status == BookingStatus.COMPLETED
            assert booking.check_out == amendment.check_out
            paid = refunds.paid_stay(session.connection(), booking.id)
            assert len(paid.night_prices) == (booking.check_out - booking.check_in).days


def test_promo_codes_can_be_tried(now: datetime) -> None:
    with transaction() as session:
        assert set(session.scalars(select(PromoCode.code))) == {offer.code for offer in DEMO_OFFERS}
        tomorrow = Stay(now.date() + timedelta(days=1), now.date() + timedelta(days=4))
        assert promo.usable(session, WELCOME.code.lower(), tomorrow, guest_id=None, now=now).promo.percent == 10
        with pytest.raises(DomainError, match=r"promo_first_only|promo_used_before"):
            promo.usable(session, WELCOME.code, tomorrow, guest_id=account(session, DEMO_GUEST.phone).id, now=now)
        summer = session.scalars(select(PromoCode).where(PromoCode.code == SUMMER.code)).one()
        assert summer.stay_from is not None
        in_summer = Stay(summer.stay_from, summer.stay_from + timedelta(days=3))
        assert promo.usable(session, SUMMER.code, in_summer, guest_id=None, now=now).promo.percent == 15
        with pytest.raises(DomainError, match="promo_not_now"):
            promo.usable(session, EXPIRED.code, tomorrow, guest_id=None, now=now)
        first = own_bookings(session, BookingStatus.COMPLETED)[0]
        used = session.scalars(select(PromoRedemption)).one()
        lines = {line["kind"]: line["amount"] for line in first.quote}
        assert (used.booking_id, used.amount) == (first.id, -lines["promo_code"])


def test_the_page_of_make_run_names_them(tmp_path: object) -> None:
    page = welcome_page(portal_url="http://127.0.0.1:1", standins_url="http://127.0.0.1:2", logs=tmp_path)  # type: ignore[arg-type]
    assert all(offer.code in page for offer in DEMO_OFFERS)


def test_the_demo_landlord_was_paid_once_and_is_owed_what_came_since() -> None:
    with transaction() as session:
        landlord = account(session, DEMO_LANDLORD.phone)
        [payout] = session.scalars(select(Payout).where(Payout.landlord_id == landlord.id))
        assert (payout.status, payout.amount > 100_000) == ("confirmed", True)
        assert of_landlord(session.connection(), landlord.id, Account.PAYOUTS_IN_TRANSIT) == 0
        state = accounts.state_of(session, landlord.id, now=payout.created_at)
        assert state is not None
        assert (state.is_verified, state.iban_last4) == (True, payout.iban_last4)
        assert parse_iban(payout.iban) == payout.iban
        assert parse_tax_id(payout.tax_id) == payout.tax_id
        assert sum(totals(session.connection()).values()) == 0
    assert scalar("SELECT count(*) FROM landlord_accounts WHERE verified_at IS NOT NULL") == 40


def test_the_doctor_has_nothing_to_say_of_a_fresh_demo() -> None:
    """Before any worker has run, so a first `make run` is healthy when it says that it is ready."""
    lines = [line for line in examine(transaction, now=clock.now(), redis={}) if line.name != "redis_answers"]
    assert [(line.name, line.finding.sentence) for line in lines if line.finding.verdict is not Verdict.OK] == []
    shared = scalar("SELECT count(DISTINCT booking_id) FROM ledger_entries WHERE kind = 'stay_earned'")
    assert int(str(shared)) > 1000


def test_a_problem_and_a_claim_wait_for_staff() -> None:
    with transaction() as session:
        [case] = problems.open_cases(session.connection())
        [claim] = claims.open_claims(session.connection())
    assert case.reason == "no_entry"
    assert (claim.amount > 0, len(claim.photos)) == (True, 1)
    assert scalar("SELECT count(*) FROM bookings WHERE frozen_at IS NOT NULL AND settle_at IS NOT NULL") == 1


def test_deposits_of_past_stays_of_the_demo_landlord_have_gone_back() -> None:
    assert scalar("SELECT count(*) FROM refunds WHERE cause = 'deposit'") != 0
    assert scalar("SELECT count(*) FROM refunds WHERE cause = 'deposit' AND status <> 'done'") == 0
    assert scalar("SELECT count(*) FROM outbox WHERE kind = 'send_refund'") == 0


def test_the_demo_guest_has_saved_flats_all_over_the_country() -> None:
    with transaction() as session:
        guest = account(session, DEMO_GUEST.phone)
        found = saved_flats(session.connection(), guest.id, language="ru")
        assert found.count == SAVED_BY_DEMO_GUEST
        assert len({flat.card.city_name for flat in found.flats}) >= 2
        assert all(flat.is_published and flat.saved_at > guest.created_at for flat in found.flats)
    assert int(str(scalar("SELECT count(DISTINCT user_id) FROM favourites"))) > 20


def test_people_have_written_to_each_other_and_something_waits_for_each() -> None:
    with transaction() as session:
        guest, landlord = account(session, DEMO_GUEST.phone), account(session, DEMO_LANDLORD.phone)
        asked = threads_of(session.connection(), guest.id, Side.GUEST, language="ru")
        hosted = threads_of(session.connection(), landlord.id, Side.LANDLORD, language="ru")
        said = [
            each
            for thread in asked
            for each in messages_of(session.connection(), thread.id).messages
            if each.author is Side.GUEST
        ]
    assert (len(asked), len(hosted)) == (2, 4)
    assert (sum(each.unread for each in asked), sum(each.unread for each in hosted)) == (1, 3)
    assert {each.is_masked for each in said} == {True, False}
    assert [each.text for each in said if each.is_masked] == [
        "Добрый день! Можно с небольшой собакой? Мой телефон •••, напишите."
    ]
    assert scalar("SELECT count(*) FROM notifications WHERE kind = 'message_received'") == 0
