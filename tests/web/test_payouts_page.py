"""«Выплаты» over HTTP: what a landlord sees of their money, and the account with its second proof."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.domain.actor import SYSTEM, Actor
from app.domain.checkout import sharing
from app.domain.checkout.cancel import cancel
from app.domain.payouts import accounts, batches
from app.domain.payouts.accounts import AccountState
from app.kit import clock
from app.kit.money import format_tenge
from app.models import Booking
from tests import bank, factories
from tests.domain import login_codes
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay, make_stay

SHARE = 30_000 * 90 // 100 + 3_000
"""Of two nights at 15 000 and a cleaning of 3 000."""


@pytest.fixture
def stay(web_app: Flask, guest_id: UUID) -> Stay:
    return make_stay(web_app, guest_id, days=3)


@pytest.fixture
def host(web_app: Flask, stay: Stay) -> Browser:
    browser = Browser(web_app)
    browser.sign_in(stay.landlord_id)
    return browser


def fields(**changes: str) -> dict[str, str]:
    return {"holder": "Ахметов Ерлан", "tax_id": bank.tax_id(), "iban": bank.iban(), **changes}


def state(web_app: Flask, landlord_id: UUID) -> AccountState | None:
    with web_app.app_context(), transaction() as session:
        return accounts.state_of(session, landlord_id, now=clock.now())


def code_in(web_app: Flask, browser: Browser) -> str:
    with web_app.app_context():
        return login_codes.code_of(str(browser.session()["account_challenge"]))


def share_now(web_app: Flask, stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, stay.id).settle_at = clock.now()
        session.flush()
        assert sharing.share_due(session, stay.id, now=clock.now())


def plain(amount: int) -> str:
    return " ".join(format_tenge(amount).split())


def test_before_anything_is_earned_it_says_what_will_come(host: Browser, stay: Stay) -> None:
    page = text_of(host.get("/cabinet/payouts"))
    assert "Укажите счёт для выплат" in page
    assert f"Скоро поступит {stay.reference}" in page
    assert plain(SHARE) in page
    assert "Выплат пока не было" in page
    assert 'href="/cabinet/payouts"' in host.get("/cabinet").text


def test_a_stay_that_was_given_back_whole_is_not_coming(web_app: Flask, host: Browser, stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        landlord = Actor.landlord(stay.landlord_id)
        cancel(session, stay.reference, actor=landlord, reason="Прорвало трубу", now=clock.now())
    page = text_of(host.get("/cabinet/payouts"))
    assert stay.reference not in page
    assert "Скоро поступит" not in page


def test_the_balance_the_statement_and_the_payout(web_app: Flask, host: Browser, stay: Stay) -> None:
    share_now(web_app, stay)
    page = text_of(host.get("/cabinet/payouts"))
    assert f"К выплате {plain(SHARE)}" in page
    assert f"За проживание {stay.reference}" in page
    assert "Скоро поступит" not in page
    now = clock.now() + timedelta(days=3_000 + stay.id)  # a day has one batch, and the database is everyone's
    with web_app.app_context(), transaction() as session:
        iban = bank.open_account(session, stay.landlord_id, now=now)
        batches.batch(session, clock.local_date(now), actor=SYSTEM, now=now)
    page = text_of(host.get("/cabinet/payouts"))
    assert f"Готовится •{iban[-4:]} {plain(SHARE)}" in page
    assert f"Ещё {plain(SHARE)} уже в пути" in page
    assert "К выплате 0 ₸" in page
    assert iban not in host.get("/cabinet/payouts").text


def test_another_month_and_nonsense_in_its_place(host: Browser) -> None:
    assert "движений не было" in text_of(host.get("/cabinet/payouts?month=2024-02"))
    for month in ("2999-01", "0001-01", "x", "2026-13"):
        assert host.get(f"/cabinet/payouts?month={month}").status_code == 200


def test_an_account_is_kept_after_the_code_and_not_before(web_app: Flask, host: Browser, stay: Stay) -> None:
    typed = fields()
    step = host.post("/cabinet/payouts/account", typed)
    assert step.status_code == 200
    assert "Код из сообщения" in text_of(step)
    assert state(web_app, stay.landlord_id) is None
    wrong = login_codes.wrong(code_in(web_app, host))
    refused = host.post("/cabinet/payouts/account/code", typed | {"code": wrong})
    assert refused.status_code == 422
    assert "Код из сообщения" in text_of(refused)
    assert state(web_app, stay.landlord_id) is None
    kept = host.post("/cabinet/payouts/account/code", typed | {"code": code_in(web_app, host)})
    assert (kept.status_code, kept.location) == (303, "/cabinet/payouts")
    found = state(web_app, stay.landlord_id)
    assert found is not None
    assert (found.holder, found.pending_last4, found.is_verified) == ("Ахметов Ерлан", typed["iban"][-4:], False)
    page = text_of(host.get("/cabinet/payouts"))
    assert "Счёт сохранён" in page
    assert "Поддержка проверяет счёт" in page
    assert f"Счёт •{typed['iban'][-4:]} заработает" in page
    for secret in (typed["iban"], typed["tax_id"]):
        assert secret not in host.get("/cabinet/payouts").text


def test_the_account_in_use_typed_again_takes_a_change_back(web_app: Flask, host: Browser, stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        own = bank.open_account(session, stay.landlord_id, now=clock.now())
        bank.change_account(session, stay.landlord_id, bank.details(), now=clock.now() - timedelta(minutes=30))
    typed = fields(iban=own)
    host.post("/cabinet/payouts/account", typed)
    host.post("/cabinet/payouts/account/code", typed | {"code": code_in(web_app, host)})
    found = state(web_app, stay.landlord_id)
    assert found is not None
    assert (found.iban_last4, found.pending_last4, found.is_verified) == (own[-4:], None, True)
    assert "остаётся прежний" in text_of(host.get("/cabinet/payouts"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iban": "KZ1"}, "Это не счёт казахстанского банка"),
        ({"tax_id": "123"}, "Такого ИИН или БИН не бывает"),
        ({"holder": "=1+1"}, "Напишите получателя"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_no_code_is_sent(
    host: Browser, changes: dict[str, str], words: str
) -> None:
    answer = host.post("/cabinet/payouts/account", fields(**changes))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "account_challenge" not in host.session()
    assert "Ахметов Ерлан" in answer.text or "holder" in changes, "what was typed is still there"


def test_without_a_code_that_was_asked_for_nothing_is_kept(web_app: Flask, host: Browser, stay: Stay) -> None:
    answer = host.post("/cabinet/payouts/account/code", fields(code="123456"))
    assert answer.status_code == 422
    assert state(web_app, stay.landlord_id) is None


def test_another_code_too_soon_is_said(host: Browser) -> None:
    host.post("/cabinet/payouts/account", fields())
    assert host.post("/cabinet/payouts/account", fields()).status_code == 429


def test_guests_have_no_such_page(guest: Browser) -> None:
    assert guest.get("/cabinet/payouts").status_code == 404


@pytest.mark.parametrize("language", ["kk", "en"])
def test_the_page_in_other_languages(web_app: Flask, host: Browser, stay: Stay, language: str) -> None:
    share_now(web_app, stay)
    page = text_of(host.get(f"/cabinet/payouts?lang={language}"))
    assert {"kk": "Төлем аудару", "en": "To be paid out"}[language] in page


def test_a_reported_problem_is_seen_in_what_comes(web_app: Flask, host: Browser, stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, stay.id).frozen_at = clock.now() - timedelta(hours=1)
    assert "Поддержка разбирается" in text_of(host.get("/cabinet/payouts"))
    assert factories.CODES.key_safe not in host.get("/cabinet/payouts").text
