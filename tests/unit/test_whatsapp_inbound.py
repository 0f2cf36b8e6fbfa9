"""What people do in WhatsApp, read from what Twilio's webhook told."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from app.channels.inbound import Inbound, InboundKind
from app.channels.whatsapp_inbound import link, read
from app.integrations.errors import ProviderProtocolError
from app.integrations.twilio_inbound import LONGEST_TEXT, parse_form
from app.models import Messenger

SID = "SM" + "0" * 32
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM0/Media/ME0"


def heard(body: str = "", **fields: str) -> Inbound:
    """The form through the store and back."""
    form = {"MessageSid": SID, "From": "whatsapp:+77011234567", "WaId": "77011234567", "Body": body, "NumMedia": "0"}
    return read(parse_form(MultiDict(form | fields)).model_dump_json(by_alias=True))


def test_a_text_comes_with_the_number_it_was_written_from() -> None:
    inbound = heard("Алматы 12–15 марта", ProfileName="Айгерим")
    assert inbound == Inbound(
        Messenger.WHATSAPP, "+77011234567", InboundKind.TEXT, text="Алматы 12–15 марта", phone="+77011234567"
    )


@pytest.mark.parametrize("field", ["ButtonPayload", "ListId"])
def test_a_press_is_its_payload(field: str) -> None:
    inbound = heard("🔎 Найти квартиру", ButtonText="🔎 Найти квартиру", **{field: "city"})
    assert (inbound.kind, inbound.payload) == (InboundKind.PRESS, "city")


@pytest.mark.parametrize("word", ["STOP", "stop", "Стоп", "СТОП.", " ТОҚТА ", "токта!"])
def test_words_that_ask_for_silence(word: str) -> None:
    assert heard(word).kind is InboundKind.OPT_OUT


def test_twilios_own_list_is_heeded() -> None:
    assert heard("отписаться", OptOutType="STOP").kind is InboundKind.OPT_OUT
    assert heard("хочу снова", OptOutType="START").kind is InboundKind.OPT_IN


@pytest.mark.parametrize("word", ["START", "Start", "старт"])
def test_words_that_bring_us_back(word: str) -> None:
    assert heard(word).kind is InboundKind.OPT_IN


@pytest.mark.parametrize(
    "text", ["стоп-кран сломан", "не стоп", "старт в 14:00", "zg-p12", "ZG-", "ZG-p12!", "см. ZG-p12"]
)
def test_what_only_looks_like_it_is_text(text: str) -> None:
    assert heard(text).kind is InboundKind.TEXT


@pytest.mark.parametrize("payload", ["p123", "bK7M2XWQ9", "t" + "aB-_" * 12])
def test_a_deep_link_is_a_start(payload: str) -> None:
    for text in (f"ZG-{payload}", f" ZG-{payload}\n", f"ZG-{payload} здравствуйте"):
        inbound = heard(text)
        assert (inbound.kind, inbound.payload) == (InboundKind.START, payload)


def test_a_link_types_the_deep_link_for_the_person() -> None:
    assert link("https://wa.me/77270000001?text=", "t_-a") == "https://wa.me/77270000001?text=ZG-t_-a"


def test_pictures_come_with_their_caption() -> None:
    inbound = heard("Сломан кран", NumMedia="1", MediaUrl0=MEDIA, MediaContentType0="image/jpeg")
    assert (inbound.kind, inbound.text) == (InboundKind.MEDIA, "Сломан кран")
    assert [(each.reference, each.content_type) for each in inbound.media] == [(MEDIA, "image/jpeg")]


@pytest.mark.parametrize("content_type", ["audio/ogg", "image/webp", "video/mp4", "text/vcard", "application/pdf", ""])
def test_voices_stickers_and_files_are_not_read(content_type: str) -> None:
    assert heard(NumMedia="1", MediaUrl0=MEDIA, MediaContentType0=content_type).kind is InboundKind.OTHER


def test_a_place_on_the_map_is_not_read() -> None:
    assert heard("", Latitude="43.2", Longitude="76.9").kind is InboundKind.OTHER


def test_a_text_without_end_is_cut() -> None:
    assert len(heard("я" * 10_000).text) == LONGEST_TEXT


@pytest.mark.parametrize(
    "changes",
    [{"From": "+77011234567"}, {"From": "whatsapp:me"}, {"MessageSid": "x"}, {"MessageSid": ""}, {"ListId": "x" * 300}],
)
def test_what_is_no_message_of_a_person_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ProviderProtocolError):
        heard("x", **changes)
