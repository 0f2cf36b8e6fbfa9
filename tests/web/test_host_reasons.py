"""The landlord's reason reaches the guest: on the pages and in the message, in the guest's language."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.domain.actor import Actor
from app.domain.bookings.reasons import CANCEL_REASONS, DECLINE_REASONS, reason_to_guest
from app.domain.checkout.cancel import cancel
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ask, decline
from app.i18n import LANGUAGES, use_language
from app.kit import clock
from app.models import Channel
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay, make_stay

REPAIR = {
    "ru": "в квартире ремонт или авария",
    "kk": "пәтерде жөндеу немесе апат",
    "en": "repairs or an accident in the flat",
}


@pytest.fixture
def paid(web_app: Flask, guest_id: UUID) -> Stay:
    """A paid booking in nine days."""
    return make_stay(web_app, guest_id, days=9)


def declined(web_app: Flask, guest_id: UUID, reason: str) -> str:
    """A request that its landlord has refused; its reference."""
    with web_app.app_context(), transaction() as session:
        prop = factories.make_property(session, instant_booking=False)
        request = HoldRequest(prop.id, factories.stay_in(12), 2)
        booking = ask(session, request, guest_id=guest_id, channel=Channel.WEB, now=clock.now())
        decline(session, booking.reference, landlord_id=prop.landlord_id, reason=reason, now=clock.now())
        return booking.reference


def cancelled(web_app: Flask, paid: Stay, reason: str, *, by: Actor | None = None) -> str:
    actor = by or Actor.landlord(paid.landlord_id)
    with web_app.app_context(), transaction() as session:
        cancel(session, paid.reference, actor=actor, reason=reason, now=clock.now())
    return paid.reference


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reason_of_a_refusal_is_on_the_guests_pages(
    web_app: Flask, guest: Browser, guest_id: UUID, language: str
) -> None:
    reference = declined(web_app, guest_id, "repair")
    guest.get(f"/?lang={language}")
    for path in (f"/bookings/{reference}", f"/checkout/{reference}"):
        assert REPAIR[language] in text_of(guest.get(path)), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reason_of_a_cancellation_is_on_the_booking_page(
    web_app: Flask, guest: Browser, paid: Stay, language: str
) -> None:
    cancelled(web_app, paid, "repair")
    guest.get(f"/?lang={language}")
    assert REPAIR[language] in text_of(guest.get(f"/bookings/{paid.reference}"))


@pytest.mark.parametrize("reason", ["", "other", "Иванов, +77011234567"])
def test_no_reason_another_one_and_unknown_words_are_not_shown(
    web_app: Flask, guest: Browser, guest_id: UUID, reason: str
) -> None:
    page = text_of(guest.get(f"/bookings/{declined(web_app, guest_id, reason)}"))
    assert "Хозяин отказал" in page
    assert "Причина" not in page
    assert "Иванов" not in page


def test_what_staff_wrote_is_for_staff(web_app: Flask, guest: Browser, paid: Stay, people: dict[str, UUID]) -> None:
    """A reason of staff is in the history of the booking, not on the guest's page."""
    cancelled(web_app, paid, "repair", by=Actor.staff(people["support"]))
    assert "Причина" not in text_of(guest.get(f"/bookings/{paid.reference}"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_the_list_but_another_says_something_to_guests(language: str) -> None:
    use_language(language)
    texts = {code: reason_to_guest(code) for code in {**DECLINE_REASONS, **CANCEL_REASONS}}
    use_language("ru")
    assert [code for code, said in texts.items() if not said] == ["other"]
    assert len(set(texts.values())) == len(texts)
