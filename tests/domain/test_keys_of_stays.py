"""3-domain, "Access codes": one code for all or one per booking, and what becomes of keys when a stay changes."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask

from app.db import transaction
from app.domain.access import grants
from app.domain.access.details import AccessDetails, BookingCodes
from app.domain.actor import Actor
from app.domain.bookings import schedule
from app.domain.checkout import cancel
from app.kit import clock
from app.models import AccessGrant, AccessInstructions, Booking, CodeMode, NotificationKind, Property
from tests import factories
from tests.domain.stays import Paid, audited, extend, paid_stay, pay_extension, refused, shorten, told

MORNING = clock.at_local(clock.local_date(clock.now()), time(10, 0))
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def own_codes(flat: int) -> None:
    """From now on a code for each booking of this flat."""
    with transaction() as session:
        session.get_one(AccessInstructions, flat).mode = CodeMode.PER_BOOKING


def reveal(paid: Paid) -> AccessDetails:
    with transaction() as session:
        return grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at)


def in_the_same_flat(paid: Paid, days: int) -> Paid:
    with transaction() as session:
        prop = session.get_one(Booking, paid.id).property_id
        guest = factories.make_user(session)
        stay = factories.stay_in(days, 2, now=MORNING)
        booking = factories.make_paid_booking(session, session.get_one(Property, prop), guest, stay, now=MORNING)
        return Paid(
            booking.id,
            booking.reference,
            guest,
            paid.landlord,
            prop,
            stay,
            booking.check_in_at,
            booking.check_out_at,
        )


def reissue(paid: Paid, codes: BookingCodes | None = None, *, days: int = 0) -> None:
    with transaction() as session:
        booking = session.get_one(Booking, paid.id, with_for_update=True)
        actor = Actor.landlord(paid.landlord)
        grants.reissue(session, booking, codes=codes, actor=actor, now=paid.check_in_at + days * DAY)


def test_one_code_for_all_is_the_same_for_every_guest(app: Flask) -> None:
    first = paid_stay(now=MORNING)
    second = in_the_same_flat(first, 20)
    assert reveal(first) == reveal(second) == factories.CODES


def test_a_code_for_each_booking_is_anothers_code_for_nobody(app: Flask) -> None:
    """Only the digital lock has it; whoever booked before keeps the flat's own."""
    before = paid_stay(now=MORNING)
    own_codes(before.flat)
    first, second = in_the_same_flat(before, 20), in_the_same_flat(before, 30)
    codes = [reveal(paid) for paid in (before, first, second)]
    assert len({found.smart_lock for found in codes}) == 3
    assert all(found.smart_lock.isdigit() and len(found.smart_lock) == 6 for found in codes[1:])
    assert codes[0] == factories.CODES
    assert {found.key_safe for found in codes} == {factories.CODES.key_safe}


def test_codes_issued_anew_are_sent_once_more(app: Flask) -> None:
    """Before the window opens they are sent when it does; within it at once."""
    paid = paid_stay(now=MORNING)

    def messages() -> int:
        with transaction() as session:
            return told(session, paid.id).count(NotificationKind.KEYS)

    reissue(paid, days=-5)
    assert messages() == 0
    for _ in range(2):
        with transaction() as session:
            grants.send_due(session, now=paid.check_in_at - DAY, limit=10_000)
        assert messages() == 1
    reissue(paid, BookingCodes(key_safe="7070"))
    assert messages() == 2
    with transaction() as session:
        grants.send_due(session, now=paid.check_in_at, limit=10_000)
        assert session.get_one(AccessGrant, paid.id).issue == 3
        assert audited(session, "access.reissued", paid.id) == 2
    assert messages() == 2
    assert (reveal(paid).key_safe, reveal(paid).intercom) == ("7070", factories.CODES.intercom)


def test_a_guest_who_opened_the_old_codes_is_no_no_show_after_a_reissue(app: Flask) -> None:
    """Issuing codes anew must not be a way to report as absent a guest who came in."""
    paid = paid_stay(now=MORNING)
    reveal(paid)
    with transaction() as session:
        schedule.advance(session, now=paid.check_in_at, limit=10_000)
    reissue(paid)
    with refused("keys_were_seen") as session:
        now = paid.check_in_at + SECOND
        cancel.report_no_show(session, paid.reference, actor=Actor.landlord(paid.landlord), now=now)


def test_keys_follow_the_check_out(app: Flask) -> None:
    """An extension prolongs them once it is paid, a shortening ends them earlier."""
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
    with refused("keys_closed") as session:
        grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_out_at)
    with transaction() as session:
        pay_extension(session, amendment, now=MORNING)
    for moment, closed in [(paid.check_out_at + 2 * DAY - SECOND, False), (paid.check_out_at + 2 * DAY, True)]:
        if closed:
            with refused("keys_closed") as session:
                grants.reveal(session, paid.reference, guest_id=paid.guest, now=moment)
        else:
            with transaction() as session:
                grants.reveal(session, paid.reference, guest_id=paid.guest, now=moment)
    with transaction() as session:
        shorten(session, paid, 4, now=MORNING)
    with refused("keys_closed") as session:
        grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_out_at - 2 * DAY)


def test_codes_of_a_cancelled_stay_are_not_issued_anew(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        cancel.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=MORNING)
    with refused("keys_not_paid"):
        reissue(paid)


def test_the_landlord_sees_the_codes_of_their_own_guests_and_staff_with_a_reason(app: Flask) -> None:
    """Every look is audited with who and why; no window applies."""
    paid, other = paid_stay(now=MORNING), paid_stay(now=MORNING)
    staff = Actor.staff(other.guest)
    for actor, reason in [(Actor.landlord(paid.landlord), ""), (staff, "гость не может войти")]:
        with transaction() as session:
            found = grants.reveal_to_host(session, paid.reference, actor=actor, reason=reason, now=MORNING)
            assert found == factories.CODES
    with transaction() as session:
        assert audited(session, "access.revealed", paid.id) == 2
        assert session.get_one(AccessGrant, paid.id).revealed_at is None, "the guest has not seen them"
    for actor, reason, code in [
        (staff, "  ", "reason_missing"),
        (Actor.landlord(other.landlord), "x", "booking_unknown"),
        (Actor.guest(paid.guest), "x", "booking_unknown"),
    ]:
        with refused(code) as session:
            grants.reveal_to_host(session, paid.reference, actor=actor, reason=reason, now=MORNING)
    with transaction() as session:
        assert audited(session, "access.revealed", paid.id) == 2


@pytest.mark.parametrize("days", [0, 3])
def test_a_booking_made_within_a_day_of_check_in_has_its_keys_at_once(app: Flask, days: int) -> None:
    paid = paid_stay(days, 1, now=MORNING)
    with transaction() as session:
        assert told(session, paid.id).count(NotificationKind.KEYS) == (1 if days == 0 else 0)
