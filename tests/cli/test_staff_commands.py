"""Staff without a portal: looking at a booking, cancelling it, opening its keys with a reason (3-domain)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.access import photos
from app.domain.accounts.people import block
from app.domain.actor import SYSTEM
from app.domain.bookings.state_machine import transition
from app.domain.checkout import amendments
from app.kit import clock
from app.kit.money import format_tenge
from app.kit.pictures import Sized, redrawn
from app.models import ActorKind, AuditEntry, Booking, BookingEvent, BookingStatus, Refund, Role, User, UserProfile
from tests import factories
from tests.pictures import picture

WHY = "guest called, no water"
DOOR = Sized(redrawn(picture((320, 240))).files[400], 320, 240)


class Case(NamedTuple):
    """A paid booking in five days, and the phones of people."""

    id: int
    reference: str
    property_id: int
    total: int
    support: UUID
    phones: dict[str, str]


@pytest.fixture
def case(web_app: Flask) -> Case:
    with web_app.app_context(), transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(5))
        support = factories.make_user(session, roles=(Role.SUPPORT,), name="Поддержка")
        people = {"support": support, "guest": guest, "landlord": prop.landlord_id}
        people["admin"] = factories.make_user(session, roles=(Role.ADMIN,), name="Админ")
        phones = {name: session.get_one(User, user_id).phone for name, user_id in people.items()}
        return Case(booking.id, booking.reference, prop.id, booking.total, support, phones)


def run(web_app: Flask, *words: str, typed: str = "") -> Result:
    return web_app.test_cli_runner().invoke(args=words, input=typed)


def status(web_app: Flask, case: Case) -> str:
    with web_app.app_context(), transaction() as session:
        return session.get_one(Booking, case.id).status


def reveals(web_app: Flask, case: Case) -> list[AuditEntry]:
    with web_app.app_context(), transaction() as session:
        entries = select(AuditEntry).where(AuditEntry.action == "access.revealed")
        return list(session.scalars(entries.where(AuditEntry.subject_id == str(case.id))))


def test_cancelling_shows_the_refund_and_asks(web_app: Flask, case: Case) -> None:
    """Refund lines first; «no» leaves everything, «yes» cancels and owes all that was paid."""
    words = ("bookings", "cancel", case.reference.lower(), "--as", case.phones["support"], "--reason", WHY)
    refused = run(web_app, *words, typed="n\n")
    assert f"In all: {format_tenge(case.total)}" in refused.output
    assert "cleaning: 3\xa0000\xa0₸ of 3\xa0000\xa0₸" in refused.output
    assert (refused.exit_code, status(web_app, case)) == (1, BookingStatus.CONFIRMED)
    done = run(web_app, *words, typed="y\n")
    assert (done.exit_code, status(web_app, case)) == (0, BookingStatus.CANCELLED_BY_STAFF)
    with web_app.app_context(), transaction() as session:
        assert session.scalars(select(Refund.amount).where(Refund.booking_id == case.id)).all() == [case.total]
        event = session.scalars(
            select(BookingEvent).where(BookingEvent.booking_id == case.id).order_by(BookingEvent.id.desc())
        ).first()
        assert event is not None
        assert (event.actor_kind, event.actor_id, event.reason) == (ActorKind.STAFF, case.support, WHY)


def test_cancelling_without_asking(web_app: Flask, case: Case) -> None:
    words = ("bookings", "cancel", case.reference, "--as", case.phones["admin"], "--reason", WHY, "--yes")
    assert run(web_app, *words).exit_code == 0
    again = run(web_app, *words)
    assert (again.exit_code, again.stderr) == (
        2,
        "Error: The booking is cancelled_by_staff: this cannot be done to it.\n",
    )


@pytest.mark.parametrize("command", ["bookings cancel", "access reveal"])
@pytest.mark.parametrize(
    ("who", "reference", "reason", "words"),
    [
        ("guest", None, WHY, "No account of the staff has this phone."),
        ("landlord", None, WHY, "No account of the staff has this phone."),
        ("+77779990011", None, WHY, "No account of the staff has this phone."),
        ("nobody", None, WHY, "Write the phone of your account"),
        ("", None, WHY, "Write the phone of your account"),
        ("support", "22222222", WHY, "There is no booking with this reference."),
        ("support", None, "", "Say why"),
        ("support", None, "  ", "Say why"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_with_exit_2(
    web_app: Flask, case: Case, *, command: str, who: str, reference: str | None, reason: str, words: str
) -> None:
    more = ("--yes",) if command == "bookings cancel" else ()
    phone = case.phones.get(who, who)
    answer = run(web_app, *command.split(), reference or case.reference, "--as", phone, "--reason", reason, *more)
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"Error: {words}")
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""
    assert status(web_app, case) == BookingStatus.CONFIRMED
    assert reveals(web_app, case) == []


def test_a_blocked_account_is_no_staff(web_app: Flask, case: Case) -> None:
    with web_app.app_context(), transaction() as session:
        block(session, case.support, staff_id=case.support, now=clock.now())
    answer = run(web_app, "access", "reveal", case.reference, "--as", case.phones["support"], "--reason", WHY)
    assert answer.exit_code == 2
    assert reveals(web_app, case) == []


def test_staff_with_a_reason_see_codes_and_pictures_and_it_is_audited(
    web_app: Flask, case: Case, tmp_path: Path
) -> None:
    """3-domain, Access codes: shown to staff with a reason, every reveal audited."""
    with web_app.app_context(), transaction() as session:
        photos.add(session, case.property_id, [DOOR], now=clock.now())
        [door] = photos.photos_of(session, case.property_id)
        photos.describe(session, case.property_id, door.id, "Сейф слева")
    words = ("access", "reveal", case.reference, "--as", case.phones["support"], "--reason", WHY)
    answer = run(web_app, *words, "--save-photos", str(tmp_path))
    assert answer.exit_code == 0, answer.output
    for line in ("intercom: 45К7788", "key_safe: К4812Ж", "photo 1: Сейф слева"):
        assert line in answer.stdout
    [file] = tmp_path.iterdir()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (DOOR.data, 0o600)
    [entry] = reveals(web_app, case)
    assert (entry.actor_kind, entry.actor_id) == (ActorKind.STAFF, case.support)
    assert entry.details == {"reason": WHY, "photos": 1}
    assert run(web_app, *words).exit_code == 0
    assert len(reveals(web_app, case)) == 2


def test_an_unpaid_booking_has_no_keys_to_show(web_app: Flask, case: Case) -> None:
    with web_app.app_context(), transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        reference = factories.make_hold(session, prop, guest, factories.stay_in(5)).reference
    answer = run(web_app, "access", "reveal", reference, "--as", case.phones["support"], "--reason", WHY)
    assert (answer.exit_code, answer.stderr) == (2, "Error: This booking has no keys: it was never paid.\n")


def test_show_tells_states_and_history_and_nobodys_data(web_app: Flask, case: Case) -> None:
    with web_app.app_context(), transaction() as session:
        booking = session.get_one(Booking, case.id)
        name = session.get_one(UserProfile, booking.guest_id).name or ""
        ends, guest = booking.check_out - timedelta(days=1), booking.guest_id
        amendments.shorten(session, case.reference, ends, guest_id=guest, back_shown=None, now=clock.now())
        moment = clock.now()
        transition(session, booking, BookingStatus.CHECKED_IN, actor=SYSTEM, now=moment, reason="time")
    answer = run(web_app, "bookings", "show", case.reference)
    assert answer.exit_code == 0
    for words in ("checked_in", "held → confirmed, by system (paid)", "confirmed → checked_in, by system (time)"):
        assert words in answer.stdout
    assert "shortening:" in answer.stdout
    assert "refund:" in answer.stdout
    assert "keys:" in answer.stdout
    private = [*case.phones.values(), *name.split(), str(guest), "45К7788", "улица Сатпаева"]
    assert [value for value in private if value in answer.stdout] == []
    unknown = run(web_app, "bookings", "show", "22222222")
    assert (unknown.exit_code, unknown.stderr) == (2, "Error: There is no booking with this reference.\n")
