"""SMS: the real client against the stand-in, and against a Twilio that misbehaves."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.twilio import MAX_BODY, TwilioSms
from tests.integrations.conftest import sms_at
from tests.integrations.recorder import Answer, Recorder
from tests.standins import CREDENTIALS, StandIns, free_port


@pytest.fixture
def phone(order_id: str) -> str:
    """A number that no other test writes to."""
    return f"+7701{int(order_id[:8], 16) % 10_000_000:07}"


def test_a_message_reaches_its_phone(standins: StandIns, sms: TwilioSms, phone: str) -> None:
    assert re.fullmatch("SM[0-9a-f]{32}", sms.send(phone, "Код для входа: 048213"))
    assert standins.wait_for_sms(phone) == "Код для входа: 048213"
    assert standins.wait_for_code(phone) == "048213"
    sms.send(phone, "Второе")
    assert standins.wait_for_sms(phone, after=1) == "Второе"
    assert standins.sms_to(phone) == ["Код для входа: 048213", "Второе"]


@pytest.mark.parametrize("number", ["123", "+7701123", "87011234567", "+0123456789", "+7701123456x"])
def test_a_bad_number_is_refused_for_good(sms: TwilioSms, number: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        sms.send(number, "Код: 1234")
    assert refused.value.code == "21211"
    assert number not in str(refused.value)


def test_wrong_credentials_are_our_fault_and_not_the_recipients(standins: StandIns, phone: str) -> None:
    """Promise 18: nobody is taken for unreachable because of our account; it is tried again."""
    account = CREDENTIALS["TWILIO_ACCOUNT_SID"]
    stranger = TwilioSms(base_url=standins.twilio_url, account_sid=account, auth_token="wrong", sender="+77270000000")
    with pytest.raises(ProviderUnavailable, match="20003") as refused:
        stranger.send(phone, "Код: 1234")
    assert not refused.value.outcome_unknown
    assert standins.sms_to(phone) == []


@pytest.mark.parametrize("body", ["", "я" * (MAX_BODY + 1)])
def test_an_impossible_message_is_not_even_sent(sms: TwilioSms, phone: str, body: str) -> None:
    with pytest.raises(ValueError, match="1600"):
        sms.send(phone, body)


def test_the_longest_message_arrives_whole(standins: StandIns, sms: TwilioSms, phone: str) -> None:
    sms.send(phone, "ә" * MAX_BODY)
    assert standins.sms_to(phone) == ["ә" * MAX_BODY]


def test_too_many_messages_come_with_a_time_to_wait(standins: StandIns, sms: TwilioSms, phone: str) -> None:
    standins.set_sms_faults(answer="too_many")
    with pytest.raises(ProviderUnavailable) as unavailable:
        sms.send(phone, "Код: 1234")
    assert unavailable.value.retry_after == timedelta(seconds=1)
    assert not unavailable.value.outcome_unknown


def test_a_server_error_may_have_sent_the_message(standins: StandIns, sms: TwilioSms, phone: str) -> None:
    standins.set_sms_faults(answer="server_error")
    with pytest.raises(ProviderUnavailable) as unavailable:
        sms.send(phone, "Код: 1234")
    assert unavailable.value.outcome_unknown


def test_an_owner_who_opted_out_is_a_refusal(standins: StandIns, sms: TwilioSms, phone: str) -> None:
    standins.set_sms_faults(answer="opted_out")
    with pytest.raises(ProviderRefused) as refused:
        sms.send(phone, "Код: 1234")
    assert refused.value.code == "21610"
    assert standins.sms_to(phone) == []


def test_a_slow_answer_is_an_answer(standins: StandIns, sms: TwilioSms, phone: str) -> None:
    standins.set_sms_faults(slow_seconds=0.3)
    sms.send(phone, "Не спеша")
    assert standins.sms_to(phone) == ["Не спеша"]


def test_a_message_that_may_have_been_taken_is_never_sent_twice(scripted: Recorder, phone: str) -> None:
    scripted.usual = Answer(None)
    with pytest.raises(ProviderUnavailable) as unavailable:
        sms_at(scripted.url).send(phone, "Код: 1234")
    assert unavailable.value.outcome_unknown
    assert len(scripted.requests) == 1


def test_nobody_at_home_means_that_nothing_was_sent(phone: str) -> None:
    with pytest.raises(ProviderUnavailable) as unavailable:
        sms_at(f"http://127.0.0.1:{free_port()}").send(phone, "Код: 1234")
    assert not unavailable.value.outcome_unknown


@pytest.mark.parametrize("answer", [Answer(201, "{}"), Answer(201, "<html>"), Answer(302), Answer(201, '{"sid": "x"}')])
def test_an_answer_of_another_kind_is_a_protocol_error(scripted: Recorder, phone: str, answer: Answer) -> None:
    scripted.usual = answer
    with pytest.raises(ProviderProtocolError):
        sms_at(scripted.url).send(phone, "Код: 1234")


def test_a_message_says_where_its_fate_is_to_be_told(scripted: Recorder, phone: str) -> None:
    scripted.usual = Answer(201, '{"sid": "SM' + "0" * 32 + '"}')
    told = TwilioSms(
        base_url=scripted.url,
        account_sid="AC1",
        auth_token="x",
        sender="+77270000000",
        status_callback="https://zhilego.kz/twilio/status/",
    )
    told.send(phone, "Код: 1234")
    sms_at(scripted.url).send(phone, "Код: 1234")
    first, second = (parse_qs(request.body.decode()) for request in scripted.requests)
    assert first["StatusCallback"] == ["https://zhilego.kz/twilio/status/"]
    assert "StatusCallback" not in second
