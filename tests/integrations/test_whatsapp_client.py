"""WhatsApp's wire client where Twilio misbehaves: whose fault it is, where credentials go, how fast we send."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis

from app.integrations.errors import AddressGone, ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.twilio_content import ContentApi
from app.integrations.twilio_traffic import TooFastError, WhatsAppRate
from app.integrations.twilio_whatsapp import MAX_MEDIA, TwilioWhatsApp
from tests.integrations.recorder import Answer, Recorder
from tests.services import Services
from tests.standins import CREDENTIALS

ACCOUNT, TOKEN = CREDENTIALS["TWILIO_ACCOUNT_SID"], CREDENTIALS["TWILIO_AUTH_TOKEN"]
ANYBODY = "+77011234567"


def client_at(url: str) -> TwilioWhatsApp:
    return TwilioWhatsApp(base_url=url, account_sid=ACCOUNT, auth_token=TOKEN, sender="+77270000001")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("63007", ProviderUnavailable),
        ("63018", ProviderUnavailable),
        ("20003", ProviderUnavailable),
        ("21211", AddressGone),
        ("21610", AddressGone),
        ("63003", AddressGone),
        ("63014", AddressGone),
        ("63024", AddressGone),
        ("63016", ProviderRefused),
        ("21656", ProviderRefused),
    ],
)
def test_twilios_codes_say_whose_fault_it_is(scripted: Recorder, code: str, kind: type[Exception]) -> None:
    """Ours: it is tried again and nobody is taken for unreachable. The address's: nothing more goes there."""
    scripted.usual = Answer(400, f'{{"code": {code}}}')
    with pytest.raises(kind) as raised:
        client_at(scripted.url).send_text(ANYBODY, "x")
    assert type(raised.value) is kind
    assert ANYBODY not in str(raised.value)


@pytest.mark.parametrize("body", ["", "я" * 1601])
def test_an_impossible_message_is_not_even_sent(scripted: Recorder, body: str) -> None:
    with pytest.raises(ValueError, match="1600"):
        client_at(scripted.url).send_text(ANYBODY, body)
    assert scripted.requests == []


@pytest.mark.parametrize(
    "address",
    [
        lambda own: "https://evil.example/x",
        lambda own: own.replace("127.0.0.1", "127.0.0.1@evil.example"),
        lambda own: f"{own}/2010-04-01/Accounts/AC{'1' * 32}/Messages/MM/Media/ME",
        lambda own: "file:///etc/passwd",
    ],
)
def test_our_credentials_go_to_twilio_alone(scripted: Recorder, address: Callable[[str], str]) -> None:
    with pytest.raises(ProviderRefused) as refused:
        client_at(scripted.url).fetch(address(scripted.url))
    assert refused.value.code == "foreign_media"
    assert scripted.requests == []


def test_a_file_is_not_followed_to_where_it_cannot_be(scripted: Recorder) -> None:
    url = f"{scripted.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM/Media/ME"
    for target in ("http://127.0.0.1/inside", "https://evil.example/x", "https://twilio.com.evil.example/"):
        scripted.answers.append(Answer(307, "", (("Location", target),)))
        with pytest.raises(ProviderProtocolError):
            client_at(scripted.url).fetch(url)


def test_a_file_without_end_is_refused(scripted: Recorder) -> None:
    scripted.usual = Answer(200, "x" * (MAX_MEDIA + 1))
    with pytest.raises(ProviderRefused) as refused:
        client_at(scripted.url).fetch(f"{scripted.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM/Media/ME")
    assert refused.value.code == "media_too_large"


def test_a_file_that_is_not_there_any_more_is_refused(scripted: Recorder) -> None:
    scripted.usual = Answer(404, '{"code": 20404}')
    with pytest.raises(ProviderRefused) as refused:
        client_at(scripted.url).fetch(f"{scripted.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM/Media/ME")
    assert refused.value.code == "20404"


def test_all_processes_share_the_rate(services: Services) -> None:
    Redis.from_url(services.redis_url).flushdb()
    pauses: list[float] = []
    one = WhatsAppRate(services.redis_url, most=3, pause=pauses.append)
    another = WhatsAppRate(services.redis_url, most=3, pause=pauses.append)
    for rate in (one, another, one):
        rate.wait_turn()
    with pytest.raises(TooFastError) as too_fast:
        another.wait_turn()
    assert not too_fast.value.is_outage
    assert sum(pauses) >= 1.0


def test_an_answer_of_another_kind_is_a_protocol_error(scripted: Recorder) -> None:
    scripted.usual = Answer(200, "{}")
    api = ContentApi(base_url=scripted.url, account_sid=ACCOUNT, auth_token=TOKEN)
    with pytest.raises(ProviderProtocolError):
        list(api.names())
    with pytest.raises(ProviderProtocolError):
        api.approval("HX" + "0" * 32)
