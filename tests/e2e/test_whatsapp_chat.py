"""A conversation in WhatsApp over HTTP: the stand-in's phone, the signed webhook, the workers, and back."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from app.channels.message import Answer, Message, to_json
from app.domain.chats import identities, replies
from app.kit import clock
from app.models import Messenger
from tests import factories
from tests.live import Live
from tests.standins import PATIENCE, wait_until
from tests.whatsapp_phone import WhatsAppPhone


@pytest.fixture
def phone(live: Live) -> Iterator[WhatsAppPhone]:
    """Somebody who has never written."""
    owned = WhatsAppPhone(live.standins.base_url, factories.new_phone(), name="Айгерим")
    yield owned
    owned.close()
    live.standins.set_whatsapp_faults()


def test_a_newcomer_chooses_a_language_and_gets_an_account_for_their_number(live: Live, phone: WhatsAppPhone) -> None:
    """WhatsApp vouches for the number, so an account is made at once (3-domain, People and roles)."""
    written = phone.send_text("Здравствуйте")
    languages = phone.wait_for("Choose a language")
    assert (languages.kind, languages.titles) == ("quick-reply", ["Русский", "Қазақша", "English"])
    assert phone.wait_until_taken(written).post_state == "delivered"
    phone.press("Русский")
    menu = phone.wait_for("*ЖильеGO*")
    assert menu.kind == "list-picker"
    assert "🧳 Мои брони" in menu.titles
    phone.press("❓ Помощь")
    phone.wait_for("Как это работает")
    before = len(phone.received())
    phone.send_text("главное меню")
    phone.wait_for("*ЖильеGO*", after=before)
    assert live.one("SELECT count(*) FROM channel_identities WHERE user_id IS NULL") >= 1


def test_a_message_that_comes_again_and_again_is_answered_once(live: Live, phone: WhatsAppPhone) -> None:
    """Promise 12: ten deliveries of one MessageSid, one row, one answer."""
    live.standins.set_whatsapp_faults(inbound_copies=10)
    sid = phone.send_text("Здравствуйте")
    phone.wait_for("Choose a language")
    wait_until(
        lambda: live.one("SELECT count(*) FROM inbox WHERE external_id = %s AND handled_at IS NOT NULL", sid) == 1,
        PATIENCE,
        "the one row",
    )
    live.standins.set_whatsapp_faults()
    phone.press("Русский")
    phone.wait_for("*ЖильеGO*")
    assert [message.body.count("Choose a language") for message in phone.received()] == [1, 0]


def test_silence_is_asked_for_and_given_back(live: Live, phone: WhatsAppPhone) -> None:
    phone.send_text("Здравствуйте")
    phone.wait_for("Choose a language")
    phone.press("Русский")
    phone.wait_for("*ЖильеGO*")
    phone.send_text("СТОП")
    phone.wait_for("Больше не пишем")
    before = len(phone.received())
    phone.send_text("START")
    phone.wait_for("*ЖильеGO*", after=before)


def test_a_flats_photo_is_fetched_by_twilio_and_shown(live: Live, phone: WhatsAppPhone) -> None:
    """WhatsApp takes no WebP: what it fetches is the file drawn as a JPEG."""
    Image.new("RGB", (800, 500), "teal").save(live.settings.photo_dir / "seen-in-chat-800.webp", "WEBP")
    phone.send_text("Здравствуйте")
    phone.wait_for("Choose a language")
    with live.transaction() as session:
        chat = identities.lock(session, Messenger.WHATSAPP, phone.phone, now=clock.now()).chat
        answer = Answer(messages=(Message(text="**Студия** у парка", photos=("seen-in-chat",)),))
        replies.add(session, chat, to_json(answer), now=clock.now())
    card = phone.wait_for("*Студия* у парка")
    with Image.open(io.BytesIO(phone.picture(card.media[0]))) as image:
        assert (image.format, image.size) == ("JPEG", (800, 500))


def test_a_forged_delivery_is_not_heard(live: Live, phone: WhatsAppPhone) -> None:
    """Promise 13."""
    live.standins.set_whatsapp_faults(inbound_forged=True)
    sid = phone.send_text("Здравствуйте")
    assert phone.wait_until_taken(sid).post_state == "given_up"
    assert live.one("SELECT count(*) FROM inbox WHERE external_id = %s", sid) == 0
    assert phone.received() == []
