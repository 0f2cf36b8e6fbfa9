"""A guest cancels a paid stay: what the page showed is what is owed, and nothing else ever is."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.access import grants
from app.domain.access.details import BookingCodes
from app.domain.actor import Actor
from app.kit import clock
from app.models import AccessGrant, Booking, Occupancy, Payment, Refund
from tests.domain.stays import sent_for
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay, make_stay, move


def page_path(stay: Stay) -> str:
    return f"/bookings/{stay.reference}/cancel"


def hidden(answer: TestResponse, name: str) -> str:
    """What the page's form sends back under this name."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', answer.text)
    assert found is not None, text_of(answer)
    return found[1]


def owed(app: Flask, stay: Stay) -> list[Refund]:
    with app.app_context(), transaction() as session:
        return list(session.scalars(select(Refund).where(Refund.booking_id == stay.id)))


def status_of(app: Flask, stay: Stay) -> str:
    with app.app_context(), transaction() as session:
        return session.get_one(Booking, stay.id).status


def paid_long_ago(app: Flask, stay: Stay) -> None:
    """Without the hour in which cancelling is free."""
    with app.app_context(), transaction() as session:
        session.get_one(Booking, stay.id).confirmed_at = clock.now() - timedelta(days=3)


@pytest.mark.parametrize(
    ("hours_ahead", "back"),
    [
        (5 * 24 + 1, 30_000 + 3_000 + 3_000),
        (5 * 24 - 1, 15_000 + 3_000),
        (25, 15_000 + 3_000),
        (23, 3_000),
        (-1, 0),
    ],
)
def test_what_is_shown_is_owed_and_sent(
    web_app: Flask, guest: Browser, guest_id: UUID, *, hours_ahead: int, back: int
) -> None:
    """Cancellation and refunds: two nights of 15 000, cleaning 3 000, fee 3 000, moderate conditions.

    Shown line by line before it happens; then refund shown = refund owed = the outbox row.
    """
    stay = make_stay(web_app, guest_id, days=10)
    paid_long_ago(web_app, stay)
    with web_app.app_context(), transaction() as session:
        begins = session.get_one(Booking, stay.id).check_in_at
    move(web_app, stay, clock.now() + timedelta(hours=hours_ahead) - begins)
    page = guest.get(page_path(stay))
    assert page.status_code == 200
    assert hidden(page, "back") == str(back)
    words = text_of(page)
    assert f"Вернём на Kaspi {back:,} ₸".replace(",", " ") in words
    assert ("половина стоимости ночей" in words) == (back == 18_000)
    assert ("Так будет до" in words) == (hours_ahead > 0)
    assert owed(web_app, stay) == []

    answer = guest.post(page_path(stay), {"back": hidden(page, "back")})
    assert (answer.status_code, answer.location) == (303, f"/bookings/{stay.reference}")
    assert status_of(web_app, stay) == "cancelled_by_guest"
    refunds = owed(web_app, stay)
    assert [refund.amount for refund in refunds] == ([back] if back else [])
    with web_app.app_context(), transaction() as session:
        assert [sent_for(session, refund) for refund in refunds] == [[("send_refund", None)] for _ in refunds]
        assert session.scalars(select(Occupancy).where(Occupancy.booking_id == stay.id)).all() == []
        assert session.get_one(AccessGrant, stay.id).revoked_at is not None
    shown = text_of(guest.get(f"/bookings/{stay.reference}"))
    assert ("отправим в Kaspi" in shown) == (back > 0)


def test_after_the_moment_on_the_page_less_comes_back(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    """The page says up to when its amounts hold and what it will be then."""
    stay = make_stay(web_app, guest_id, days=10)
    paid_long_ago(web_app, stay)
    words = text_of(guest.get(page_path(stay)))
    assert "Если отменить позже, вернём 18 000 ₸" in words


@pytest.mark.parametrize("back", ["1", "999999", "-36000", "36000.0", "", "36 000", "٣٦٠٠٠", "9" * 40])
def test_another_amount_is_refused_and_the_right_one_shown(
    web_app: Flask, guest: Browser, later_stay: Stay, back: str
) -> None:
    """Promise 5: what a client says about money is compared, never used."""
    answer = guest.post(page_path(later_stay), {"back": back})
    assert answer.status_code == 409
    assert "Сумма возврата изменилась: теперь 36 000 ₸" in text_of(answer)
    assert hidden(answer, "back") == "36000"
    assert status_of(web_app, later_stay) == "confirmed"
    assert owed(web_app, later_stay) == []


def test_an_amount_that_got_smaller_while_one_was_thinking_is_shown_anew(
    web_app: Flask, guest: Browser, guest_id: UUID
) -> None:
    stay = make_stay(web_app, guest_id, days=10)
    paid_long_ago(web_app, stay)
    before = guest.get(page_path(stay))
    move(web_app, stay, -timedelta(days=7))
    answer = guest.post(page_path(stay), {"back": hidden(before, "back")})
    assert answer.status_code == 409
    assert hidden(answer, "back") == "18000"
    assert guest.post(page_path(stay), {"back": "18000"}).status_code == 303
    assert [refund.amount for refund in owed(web_app, stay)] == [18_000]


def test_a_second_click_is_harmless(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    for _ in range(3):
        assert guest.post(page_path(later_stay), {"back": "36000"}).status_code == 303
    assert [refund.amount for refund in owed(web_app, later_stay)] == [36_000]
    assert guest.get(page_path(later_stay)).location == f"/bookings/{later_stay.reference}"


def test_nobody_else_sees_or_does_it(
    web_app: Flask, other_guest: Browser, later_stay: Stay, people: dict[str, UUID]
) -> None:
    """Promise 22: not even the landlord or the staff by this door."""
    others = [other_guest]
    for user_id in (later_stay.landlord_id, *people.values()):
        others.append(Browser(web_app))
        others[-1].sign_in(user_id)
    for browser in others:
        assert browser.get(page_path(later_stay)).status_code == 404
        assert browser.post(page_path(later_stay), {"back": "36000"}).status_code == 404
    assert status_of(web_app, later_stay) == "confirmed"


def test_a_forged_form_does_nothing(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """Promise 25."""
    assert guest.post(page_path(later_stay), {"back": "36000"}, token=False).status_code == 403
    assert status_of(web_app, later_stay) == "confirmed"


def test_an_unpaid_booking_is_cancelled_on_its_checkout(web_app: Flask, guest: Browser, held_stay: Stay) -> None:
    assert guest.get(page_path(held_stay)).location == f"/checkout/{held_stay.reference}"
    assert guest.post(f"/checkout/{held_stay.reference}/cancel").status_code == 303
    assert owed(web_app, held_stay) == []


def test_the_checkouts_cancel_button_never_ends_a_paid_stay(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """Its page shows no refund, so a stale one must not cancel what was paid meanwhile."""
    assert guest.post(f"/checkout/{later_stay.reference}/cancel").status_code == 409
    assert status_of(web_app, later_stay) == "confirmed"


def test_an_extension_that_waits_ends_with_the_booking(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    extend = f"/bookings/{later_stay.reference}/extend"
    page = guest.get(extend)
    guest.post(extend, {"check_out": hidden(page, "check_out"), "total": hidden(page, "total")})
    assert guest.post(page_path(later_stay), {"back": "36000"}).status_code == 303
    with web_app.app_context(), transaction() as session:
        payments = session.scalars(select(Payment).where(Payment.booking_id == later_stay.id)).all()
        assert sorted(payment.status for payment in payments) == ["expired", "paid"]
        assert session.scalars(select(Occupancy).where(Occupancy.booking_id == later_stay.id)).all() == []
    assert "Бронь отменена" in text_of(guest.get(f"/checkout/{later_stay.reference}"))


def test_every_state_has_its_buttons(web_app: Flask, guest: Browser, guest_id: UUID, later_stay: Stay) -> None:
    """Cancelled and past stays offer nothing to change."""
    words = guest.get(f"/bookings/{later_stay.reference}").text
    assert all(f'id="{button}"' in words for button in ("extend", "shorten", "cancel"))
    guest.post(page_path(later_stay), {"back": "36000"})
    words = guest.get(f"/bookings/{later_stay.reference}").text
    assert not any(f'id="{button}"' in words for button in ("extend", "shorten", "cancel"))
    over = make_stay(web_app, guest_id, days=3)
    move(web_app, over, -timedelta(days=20))
    words = guest.get(f"/bookings/{over.reference}").text
    assert not any(f'id="{button}"' in words for button in ("extend", "shorten", "cancel"))


@pytest.mark.parametrize("lang", ["ru", "kk", "en"])
def test_the_page_speaks_every_language(guest: Browser, later_stay: Stay, lang: str) -> None:
    words = {"ru": "Что вернём", "kk": "Не қайтарамыз", "en": "What you get back"}
    for page in ("cancel", "extend", "shorten"):
        answer = guest.get(f"/bookings/{later_stay.reference}/{page}?lang={lang}")
        assert answer.status_code == 200
        assert page != "cancel" or words[lang] in text_of(answer)


def test_codes_that_were_reissued_are_announced_until_they_are_seen(
    web_app: Flask, guest: Browser, open_stay: Stay
) -> None:
    """Access codes: a landlord can reissue; the guest sees them anew."""
    said = "Хозяин сменил коды"
    path = f"/bookings/{open_stay.reference}"
    guest.post(f"{path}/keys")
    assert said not in text_of(guest.get(path))
    with web_app.app_context(), transaction() as session:
        booking = session.get_one(Booking, open_stay.id, with_for_update=True)
        codes = BookingCodes(smart_lock="112233")
        grants.reissue(session, booking, codes=codes, actor=Actor.landlord(open_stay.landlord_id), now=clock.now())
    assert said in text_of(guest.get(path))
    answer = guest.post(f"{path}/keys")
    assert "112233" in answer.text
    assert said not in text_of(answer)
    assert said not in text_of(guest.get(path))
