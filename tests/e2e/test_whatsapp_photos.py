"""Photos by WhatsApp through the real processes: from the guest's phone to the landlord's, and what is none."""

from __future__ import annotations

import io
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from PIL import Image

from app.domain.chats import identities
from app.kit import clock
from app.models import Booking, Messenger
from tests import factories, pictures
from tests.live import Live
from tests.standins import PATIENCE, wait_until
from tests.whatsapp_phone import WhatsAppPhone


def of(live: Live, user_id: UUID) -> WhatsAppPhone:
    """The phone of this account's chat, whose person has just written."""
    phone = WhatsAppPhone(live.standins.base_url, factories.new_phone(), name="Айгерим")
    phone.send_text("Здравствуйте")
    phone.wait_for("Choose a language")
    phone.press("Русский")
    phone.wait_for("*ЖильеGO*")
    with live.transaction() as session:
        chat = identities.lock(session, Messenger.WHATSAPP, phone.phone, now=clock.now()).chat
        identities.link(session, chat, user_id, now=clock.now())
    return phone


@pytest.fixture
def booking(live: Live) -> Booking:
    """A paid stay."""
    with live.transaction() as session:
        prop, guest_id = factories.make_property(session, city="astana"), factories.make_user(session)
        return factories.make_paid_booking(session, prop, guest_id, factories.stay_in(9))


@pytest.fixture
def guest(live: Live, booking: Booking) -> Iterator[WhatsAppPhone]:
    phone = of(live, booking.guest_id)
    yield phone
    phone.close()


@pytest.fixture
def landlord(live: Live, booking: Booking) -> Iterator[WhatsAppPhone]:
    asked = "SELECT landlord_id FROM properties WHERE id = %s"
    phone = of(live, live.one(asked, booking.property_id))
    yield phone
    phone.close()


def sends(phone: WhatsAppPhone, content: bytes, content_type: str, answer: str, *, caption: str = "") -> None:
    before = len(phone.received())
    phone.send_file(content, content_type, caption=caption)
    phone.wait_for(answer, after=before)


def test_a_photo_comes_to_the_landlords_phone_and_what_is_no_photo_is_told(
    live: Live, booking: Booking, guest: WhatsAppPhone, landlord: WhatsAppPhone
) -> None:
    guest.send_text(f"ZG-b{booking.reference}")
    write = f"wrtp:{booking.property_id}"
    wait_until(
        lambda: any(write in [each.id for each in one.options] for one in guest.received()), PATIENCE, "the booking"
    )
    guest.press(write)
    guest.wait_for("Можно прислать и фото")
    sends(guest, b"not a picture", "image/jpeg", "Фото не отправлено: это не фото")
    sends(guest, pictures.huge(), "image/png", "мегапикселей")
    sends(guest, b"%PDF-1.7", "application/pdf", "ничего не отправлено", caption="Договор")
    assert live.one("SELECT count(*) FROM message_threads WHERE property_id = %s", booking.property_id) == 0

    seen = len(landlord.received())
    live.standins.set_whatsapp_faults(inbound_copies=3)
    sends(guest, pictures.with_gps(), "image/jpeg", "Фото отправлено", caption="Течёт кран +7 701 123 45 67")
    live.standins.set_whatsapp_faults()
    told = landlord.wait_for("Течёт кран +7 701 123 45 67", after=seen)
    assert "Ответить" in " ".join(told.titles)
    [shown] = [message for message in landlord.received()[seen:] if message.media]
    content = landlord.picture(shown.media[0])
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("JPEG", (640, 480))
    assert b"SecretPhone" not in content
    assert live.one("SELECT count(*) FROM message_photos p JOIN messages m ON m.id = p.message_id"
                    " WHERE m.author_id = %s", booking.guest_id) == 1  # fmt: skip


def test_nobody_makes_up_an_address_of_a_photo(live: Live) -> None:
    answer = httpx.get(
        f"{live.base_url}/message-photos/{'0' * 32}-ffffffff-{'0' * 64}.jpg", trust_env=False, timeout=60
    )
    assert answer.status_code == 404
