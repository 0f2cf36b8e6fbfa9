"""Demo data and `seed-scale` in a real database: the product's own invariants hold for made-up rows too."""

from __future__ import annotations

import io
from datetime import datetime
from uuid import uuid4

import click
import psycopg
import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.db import reading, transaction
from app.domain.access import grants, photos
from app.domain.access.details import AccessDetails
from app.domain.accounts.people import find_by_phone, profile_of
from app.domain.messages import photos as message_photos
from app.domain.search.drift import drifted
from app.factory import create_worker_app
from app.kit.errors import DomainError
from app.local.demo.accounts import DEMO_ACCOUNTS, DEMO_GUEST, DEMO_LANDLORD, DEMO_STAFF
from app.local.demo.command import demo_data
from app.local.demo.copying import copy_rows
from app.local.demo.seed import seed_demo
from app.local.scale.command import seed_scale
from app.local.scale.fill import drift, fill
from app.local.scale.sizes import Sizes
from app.models import Booking, BookingStatus, Role
from tests.local.made_up import CLAIM_PHOTO, ROOMS, scalar
from tests.services import Services, make_settings

_COUNTS = text(
    "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM properties), (SELECT count(*) FROM bookings),"
    " (SELECT count(*) FROM reviews), (SELECT count(*) FROM payments)"
)


@pytest.mark.usefixtures("seeded")
def test_everything_adds_up(now: datetime) -> None:
    assert scalar("SELECT count(*) FROM properties WHERE status = 'published'") >= 150  # type: ignore[operator]
    assert scalar("SELECT coalesce(sum(amount), 1) FROM ledger_entries") == 0
    paid = scalar("SELECT sum(amount) FROM payments WHERE status = 'paid'")
    back = scalar("SELECT sum(amount) FROM refunds WHERE status = 'done'")
    assert scalar("SELECT sum(amount) FROM ledger_entries WHERE account = 'kaspi_clearing'") == paid - back  # type: ignore[operator]
    extended = "SELECT sum(total) FROM booking_amendments WHERE kind = 'extension'"
    assert scalar(f"SELECT sum(total) + ({extended}) FROM bookings WHERE confirmed_at IS NOT NULL") == paid
    lines = "SELECT count(*) FROM bookings WHERE total <>"
    assert scalar(f"{lines} (SELECT sum((line->>'amount')::int) FROM jsonb_array_elements(quote) line)") == 0
    ratings = "SELECT rating_sum, rating_count FROM properties p"
    reviewed = "SELECT coalesce(sum(rating), 0), count(*) FROM reviews r WHERE r.property_id = p.id"
    assert scalar(f"SELECT count(*) FROM ({ratings} WHERE (rating_sum, rating_count) <> ({reviewed})) x") == 0
    own = "SELECT count(*) FROM bookings b JOIN properties p ON p.id = property_id WHERE landlord_id = guest_id"
    assert scalar(own) == 0
    with transaction() as session:
        assert drifted(session, now=now) == []


@pytest.mark.usefixtures("seeded")
def test_the_demo_guest_was_sent_a_photo_that_opens() -> None:
    sent = "SELECT f.message_id FROM message_photos f JOIN messages m ON m.id = f.message_id"
    mine = f"{sent} JOIN message_threads t ON t.id = m.thread_id WHERE m.author <> 'guest'"
    with reading() as connection:
        [photo_id] = connection.execute(text(mine)).scalars()
        image = message_photos.image_by_id(connection, photo_id)
    assert image is not None
    assert Image.open(io.BytesIO(image)).format == "WEBP"


@pytest.mark.usefixtures("seeded")
def test_bookings_are_where_the_product_would_have_them_by_now() -> None:
    wrong = (
        "SELECT count(*) FROM bookings WHERE status IN ('confirmed', 'checked_in', 'completed') AND status <>"
        " CASE WHEN check_out_at <= now() THEN 'completed'"
        " WHEN check_in_at <= now() THEN 'checked_in' ELSE 'confirmed' END"
        " AND least(abs(extract(epoch FROM check_in_at - now())), abs(extract(epoch FROM check_out_at - now()))) > 600"
    )
    assert scalar(wrong) == 0
    last = "SELECT DISTINCT ON (booking_id) booking_id, to_status FROM booking_events ORDER BY booking_id, id DESC"
    assert (
        scalar(f"SELECT count(*) FROM bookings b JOIN ({last}) e ON e.booking_id = b.id WHERE to_status <> status") == 0
    )
    assert (
        scalar("SELECT count(*) FROM bookings b LEFT JOIN booking_events e ON e.booking_id = b.id WHERE e.id IS NULL")
        == 0
    )
    assert scalar("SELECT count(*) FROM bookings WHERE created_at > confirmed_at OR confirmed_at > check_in_at") == 0
    assert scalar("SELECT count(*) FROM outbox") == scalar("SELECT count(*) FROM notifications") == 0
    assert (
        scalar("SELECT count(*) FROM reviews r JOIN bookings b ON b.id = r.booking_id WHERE b.status <> 'completed'")
        == 0
    )


@pytest.mark.usefixtures("seeded")
def test_a_third_of_almaty_can_be_booked_for_tonight() -> None:
    flats = "properties p JOIN cities c ON c.id = p.city_id WHERE c.slug = 'almaty'"
    soon = "tstzrange(now(), now() + interval '30 h')"
    taken = f"SELECT 1 FROM occupancies o WHERE o.property_id = p.id AND o.during && {soon}"
    free = scalar(f"SELECT count(*) FROM {flats} AND NOT EXISTS ({taken})")
    assert free >= scalar(f"SELECT count(*) / 3 FROM {flats}")  # type: ignore[operator]


@pytest.mark.usefixtures("seeded")
def test_the_demo_accounts_can_be_found_and_have_their_roles() -> None:
    roles = {
        DEMO_GUEST: {Role.GUEST},
        DEMO_LANDLORD: {Role.GUEST, Role.LANDLORD},
        DEMO_STAFF: {Role.SUPPORT, Role.ADMIN},
    }
    with transaction() as session:
        for account in DEMO_ACCOUNTS:
            user = find_by_phone(session, account.phone)
            assert user is not None
            assert user.phone == account.phone
            assert set(user.roles) == roles[account]
            assert profile_of(session, user.id).name == account.name


@pytest.mark.usefixtures("seeded")
def test_the_demo_guest_has_a_reviewed_stay_and_keys_to_open(now: datetime) -> None:
    with transaction() as session:
        guest = find_by_phone(session, DEMO_GUEST.phone)
        assert guest is not None
        statement = select(Booking).where(Booking.guest_id == guest.id).order_by(Booking.check_in)
        past, _, _, upcoming, _ = session.scalars(statement).all()
        assert past.status == BookingStatus.COMPLETED
        assert session.scalar(text("SELECT count(*) FROM reviews WHERE booking_id = :id"), {"id": past.id}) == 1
        assert upcoming.status == BookingStatus.CONFIRMED
        details = grants.reveal(session, upcoming.reference, guest_id=guest.id, now=now)
        assert isinstance(details, AccessDetails)
        assert details.key_safe or details.smart_lock
        assert details.intercom in details.directions
        pictures = photos.opened_of_booking(session, upcoming.reference)
        assert 2 <= len(pictures) <= 3
        assert all(photo.caption and image[8:12] == b"WEBP" for photo, image in pictures)
        with pytest.raises(DomainError):
            grants.reveal(session, past.reference, guest_id=guest.id, now=now)


@pytest.mark.usefixtures("seeded")
def test_seeding_again_changes_nothing(now: datetime) -> None:
    with transaction() as session:
        before = session.execute(_COUNTS).one()
        assert seed_demo(session, rooms=ROOMS, claim_photo=CLAIM_PHOTO, now=now).was_there
        assert session.execute(_COUNTS).one() == before


@pytest.mark.usefixtures("seeded")
def test_the_database_still_refuses_made_up_rows_that_break_its_rules(now: datetime) -> None:
    """The control: rows that go in by COPY are checked like any others."""
    with transaction() as session:
        property_id, during = session.execute(text("SELECT property_id, during::text FROM occupancies LIMIT 1")).one()
    with pytest.raises(psycopg.errors.ExclusionViolation, match="ex_occupancies_no_overlap"):
        copy_alone("occupancies", {"property_id": property_id, "kind": "block", "during": during, "created_at": now})
    entry = {"posting_id": uuid4(), "kind": "payment_captured", "account": "kaspi_clearing", "amount": 5, "at": now}
    with pytest.raises((DBAPIError, DomainError), match="sum to zero"):
        copy_alone("ledger_entries", {**entry, "booking_id": scalar("SELECT min(id) FROM bookings")})


def copy_alone(table: str, row: dict[str, object]) -> None:
    with transaction() as session:
        copy_rows(session, table, tuple(row), [tuple(row.values())])


@pytest.mark.usefixtures("seeded")
def test_a_wrong_index_row_is_noticed(now: datetime) -> None:
    """The control of the drift check that ends both seedings."""
    with transaction() as session:
        session.execute(
            text("UPDATE property_search SET busy = ~busy WHERE property_id = (SELECT min(id) FROM properties)")
        )
        assert len(drifted(session, now=now)) == 1
        session.rollback()  # the data are other tests' too


@pytest.mark.usefixtures("empty")
def test_scale_adds_the_asked_sizes_twice_over(now: datetime) -> None:
    sizes = Sizes(users=60, properties=20)
    for times in (1, 2):
        fill(sizes, rooms=ROOMS, now=now)
        with transaction() as session:
            assert tuple(session.execute(_COUNTS).one()) == tuple(
                times * size for size in (60, 20, sizes.bookings, sizes.reviews, sizes.bookings)
            )
    assert drift(now=now) == 0
    assert scalar("SELECT coalesce(sum(amount), 1) FROM ledger_entries") == 0
    with transaction() as session:
        user = find_by_phone(session, "+77020000000")
        assert user is not None
        assert user.phone == "+77020000000"


@pytest.mark.parametrize("command", [demo_data, seed_scale])
def test_production_is_never_filled_with_made_up_data(command: click.Command, services: Services) -> None:
    settings = make_settings(
        "postgresql://nobody@127.0.0.1:9/none",
        services.redis_url,
        app_env="production",
        cookie_secure=True,
        public_url="https://zhilego.example",
    )
    result = create_worker_app(settings).test_cli_runner().invoke(command)

    assert result.exit_code == 1
    assert "APP_ENV=local only" in result.output
