"""«After the stay»: one review a completed booking, the landlord's one reply, the rating kept with it, pages."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import reading, transaction
from app.domain.listings.cards import PhotoInfo
from app.domain.reviews import rating as ratings
from app.domain.reviews.reading import PAGE_SIZE, cursor_of, review_of_booking, reviews_page
from app.domain.reviews.writing import LONGEST, reply, write
from app.domain.search import drift
from app.kit.errors import DomainError, ErrorKind
from app.models import AuditEntry, Booking, BookingStatus, Property, Review, ReviewPhoto
from tests.domain.reviewed import Stay


@pytest.fixture
def stay(app: Flask) -> Stay:
    return Stay()


def photo(number: int = 0) -> PhotoInfo:
    return PhotoInfo(f"review-{number:032x}", 1600, 1200, "data:,")


def refused(error: pytest.ExceptionInfo[DomainError]) -> tuple[str, ErrorKind]:
    return error.value.code, error.value.kind


def test_a_review_and_the_rating_come_in_one_transaction(stay: Stay, now: datetime) -> None:
    review_id = stay.write(now, stars=4, photos=[photo(2), photo(1)])
    assert stay.rating() == (4, 1, 400, 44_000 // 11)
    with transaction() as session:
        review = session.get_one(Review, review_id)
        assert (review.booking_id, review.author_id, review.rating) == (stay.booking_id, stay.guest_id, 4)
        keys = select(ReviewPhoto.key).where(ReviewPhoto.review_id == review_id).order_by(ReviewPhoto.position)
        assert list(session.scalars(keys)) == [photo(2).key, photo(1).key]
        entry = session.scalars(
            select(AuditEntry).where(
                AuditEntry.action == "review.written", AuditEntry.subject_id == str(stay.booking_id)
            )
        ).one()
        assert (entry.actor_id, entry.details) == (stay.guest_id, {"rating": 4, "photos": 2})
        assert stay.property_id not in ratings.drifted(session)
        assert drift.drifted(session, now=now, of=[stay.property_id]) == []


def test_ratings_add_up_over_many_reviews(stay: Stay, now: datetime) -> None:
    stay.write(now, stars=5)
    for stars in (3, 1):
        Stay(left=5 * stars, of=stay).write(now, stars=stars)
    assert stay.rating() == (9, 3, 300, 49_000 // 13)


def test_a_failed_transaction_leaves_neither_review_nor_rating(stay: Stay, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as session:
        assert write(session, stay.reference, guest_id=stay.guest_id, rating=5, text="Да", photos=[], now=now).id / 0
    assert stay.rating() == (0, 0, 0, 4000)
    with transaction() as session:
        assert session.scalar(select(func.count()).where(Review.booking_id == stay.booking_id)) == 0


def test_nobody_but_the_guest_may_write(stay: Stay, now: datetime) -> None:
    """A stranger and the landlord read the same as for a booking that does not exist."""
    for someone in (stay.landlord_id, Stay().guest_id):
        with pytest.raises(DomainError) as caught:
            stay.write(now, guest_id=someone)
        assert refused(caught) == ("booking_unknown", ErrorKind.NOT_FOUND)
    assert stay.rating()[1] == 0


def test_a_second_review_is_refused(stay: Stay, now: datetime) -> None:
    stay.write(now, stars=2)
    with pytest.raises(DomainError) as caught:
        stay.write(now, stars=5)
    assert refused(caught) == ("review_exists", ErrorKind.CONFLICT)
    assert stay.rating()[:2] == (2, 1)


@pytest.mark.parametrize("status", [status for status in BookingStatus if status is not BookingStatus.COMPLETED])
def test_only_a_completed_stay_can_be_reviewed(stay: Stay, now: datetime, status: BookingStatus) -> None:
    with transaction() as session:
        booking = session.get_one(Booking, stay.booking_id)
        booking.status = status  # every state, also those that a finished stay can no longer reach
        if status is BookingStatus.HELD:
            booking.hold_expires_at = now
        if status is BookingStatus.REQUESTED:
            booking.answer_by = now
    with pytest.raises(DomainError) as caught:
        stay.write(now)
    early = {BookingStatus.REQUESTED, BookingStatus.HELD, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN}
    assert refused(caught) == ("review_too_early" if status in early else "review_not_possible", ErrorKind.CONFLICT)
    with transaction() as session:  # the shared database is left without a hold that never was
        session.get_one(Booking, stay.booking_id).status = BookingStatus.COMPLETED
        session.get_one(Booking, stay.booking_id).hold_expires_at = None
        session.get_one(Booking, stay.booking_id).answer_by = None


@pytest.mark.parametrize("stars", [None, 0, 6, -1])
def test_a_rating_is_one_to_five_stars(stay: Stay, now: datetime, stars: int | None) -> None:
    with pytest.raises(DomainError) as caught:
        stay.write(now, rating=stars)
    assert refused(caught) == ("rating_missing", ErrorKind.INVALID)


@pytest.mark.parametrize("text", ["", "  \n\t ", "\x00\x07", "\r\n"])
def test_a_review_says_something(stay: Stay, now: datetime, text: str) -> None:
    with pytest.raises(DomainError) as caught:
        stay.write(now, text=text)
    assert refused(caught) == ("review_empty", ErrorKind.INVALID)


def test_a_text_is_trimmed_before_it_is_measured_and_keeps_its_lines(stay: Stay, now: datetime) -> None:
    with pytest.raises(DomainError) as caught:
        stay.write(now, text="я" * (LONGEST + 1))
    assert refused(caught) == ("review_too_long", ErrorKind.INVALID)
    stay.write(now, text="  Тихо.\r\n\r\n" + "я" * (LONGEST - 7) + "\x00 \n")
    with reading() as connection:
        found = review_of_booking(connection, stay.booking_id)
    assert found is not None
    assert found.text == "Тихо.\n\n" + "я" * (LONGEST - 7)


def test_six_photos_and_no_more(stay: Stay, now: datetime) -> None:
    with pytest.raises(DomainError) as caught:
        stay.write(now, photos=[photo(number) for number in range(7)])
    assert refused(caught) == ("too_many_photos", ErrorKind.INVALID)
    stay.write(now, photos=[photo(number) for number in range(6)])


def test_two_submits_at_once_give_one_review_and_the_right_rating(app: Flask, stay: Stay, now: datetime) -> None:
    """A double press: eight at once, one is kept, seven are told that it exists."""
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def submit() -> None:
        with app.app_context():
            start.wait()
            try:
                stay.write(now, stars=3)
                outcomes.append("kept")
            except DomainError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", *["review_exists"] * 7]
    assert stay.rating()[:3] == (3, 1, 300)


def test_guests_of_one_flat_at_once_lose_no_rating(app: Flask, stay: Stay, now: datetime) -> None:
    stays = [stay, *(Stay(left=6 * number, of=stay) for number in range(1, 5))]
    start = threading.Barrier(len(stays))

    def submit(each: Stay, stars: int) -> None:
        with app.app_context():
            start.wait()
            each.write(now, stars=stars)

    threads = [threading.Thread(target=submit, args=(each, stars)) for stars, each in enumerate(stays, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stay.rating()[:3] == (15, 5, 300)
    with transaction() as session:
        assert stay.property_id not in ratings.drifted(session)


def test_a_rating_that_does_not_follow_from_the_reviews_is_found(app: Flask, stay: Stay, now: datetime) -> None:
    stay.write(now, stars=4)
    with transaction() as session:
        session.get_one(Property, stay.property_id).rating_sum = 5
    with transaction() as session:
        assert stay.property_id in ratings.drifted(session)
    found = app.test_cli_runner().invoke(args=["reviews", "check"])
    assert found.exit_code == 1
    assert "ratings differ" in found.output
    with transaction() as session:
        session.get_one(Property, stay.property_id).rating_sum = 4
    with transaction() as session:
        assert stay.property_id not in ratings.drifted(session)


def test_the_landlord_replies_once(stay: Stay, now: datetime) -> None:
    review_id = stay.write(now)
    with transaction() as session:
        answered = reply(session, review_id, landlord_id=stay.landlord_id, text=" Спасибо! ", now=now)
    assert (answered.reply, answered.replied_at) == ("Спасибо!", now)
    with pytest.raises(DomainError) as caught, transaction() as session:
        reply(session, review_id, landlord_id=stay.landlord_id, text="Ещё раз", now=now)
    assert refused(caught) == ("already_replied", ErrorKind.CONFLICT)
    with reading() as connection:
        found = review_of_booking(connection, stay.booking_id)
    assert found is not None
    assert found.reply == "Спасибо!"


def test_nobody_but_the_landlord_of_the_flat_replies(stay: Stay, now: datetime) -> None:
    review_id = stay.write(now)
    for someone, which in ((stay.guest_id, review_id), (Stay().landlord_id, review_id), (stay.landlord_id, 10**9)):
        with pytest.raises(DomainError) as caught, transaction() as session:
            reply(session, which, landlord_id=someone, text="Спасибо", now=now)
        assert refused(caught) == ("review_unknown", ErrorKind.NOT_FOUND)
    for text, code in (("  ", "review_empty"), ("я" * (LONGEST + 1), "review_too_long")):
        with pytest.raises(DomainError) as caught, transaction() as session:
            reply(session, review_id, landlord_id=stay.landlord_id, text=text, now=now)
        assert caught.value.code == code


def test_pages_of_reviews_follow_each_other_without_gap_or_repetition(stay: Stay, now: datetime) -> None:
    """Also where several were written at the same moment."""
    ids = [stay.write(now - timedelta(hours=100))]
    for number in range(1, 24):
        moment = now - timedelta(hours=number // 3)
        ids.append(Stay(left=4 * number, of=stay).write(moment, stars=number % 5 + 1))
    seen: list[int] = []
    cursor: str | None = ""
    sizes = []
    while cursor is not None:
        with reading() as connection:
            page = reviews_page(connection, stay.property_id, language="ru", cursor=cursor)
        assert page is not None
        sizes.append(len(page.reviews))
        seen += [review.id for review in page.reviews]
        assert sum(page.stars) == 24
        moments = [review.created_at for review in page.reviews]
        assert moments == sorted(moments, reverse=True)
        cursor = page.next_cursor
        assert cursor is None or cursor == cursor_of(page.reviews[-1])
    assert sizes == [PAGE_SIZE, PAGE_SIZE, 4]
    assert sorted(seen) == sorted(ids)
    given = [5, *(number % 5 + 1 for number in range(1, 24))]
    assert page is not None
    assert page.stars == tuple(given.count(stars) for stars in (5, 4, 3, 2, 1))


@pytest.mark.parametrize("cursor", ["x", "-", "1-", "9" * 17 + "-1", "1-'; DROP TABLE reviews", "١-١"])
def test_an_invented_cursor_is_the_beginning(stay: Stay, now: datetime, cursor: str) -> None:
    review_id = stay.write(now)
    with reading() as connection:
        page = reviews_page(connection, stay.property_id, language="ru", cursor=cursor)
    assert page is not None
    assert [review.id for review in page.reviews] == [review_id]
