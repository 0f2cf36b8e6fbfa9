"""Notifications by WhatsApp: in a chat linked by a deep link, by a template after the 24 hours, else by SMS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from app.channels.whatsapp_inbound import LINK_PREFIX
from app.domain import notifications
from app.domain.chats import identities
from app.integrations.twilio_content import ContentApi
from app.kit import clock
from app.models import NotificationKind, User
from app.notify.whatsapp_templates import category_of, template_of
from tests import factories
from tests.live import Live
from tests.standins import PATIENCE, wait_until
from tests.whatsapp_phone import WhatsAppPhone

AMOUNT = "127\xa0500\xa0₸"
PAYOUT = NotificationKind.PAYOUT_SENT


class Landlord(NamedTuple):
    """Someone with an account whose WhatsApp chat is linked to it."""

    user_id: UUID
    phone: str
    chat: WhatsAppPhone


@pytest.fixture
def landlord(live: Live) -> Iterator[Landlord]:
    """They followed the link of their profile page, from another number than the account's."""
    with live.transaction() as session:
        user_id = factories.make_user(session)
        phone = session.get_one(User, user_id).phone
        token = identities.link_token(user_id, now=clock.now())
    chat = WhatsAppPhone(live.standins.base_url, factories.new_phone(), name="Гульнара")
    chat.send_text(f"{LINK_PREFIX}t{token}")
    chat.wait_for("Choose a language")
    chat.press("Русский")
    chat.wait_for("Продолжим")
    chat.press("Продолжить")
    chat.wait_for("Связать этот чат")
    chat.press("Да, это мой аккаунт")
    chat.wait_for("чат связан с вашим аккаунтом")
    yield Landlord(user_id, phone, chat)
    chat.close()


def tell(live: Live, landlord: Landlord) -> str:
    """Tell them of a payout; what the notification is known by."""
    key = f"test:{uuid4()}"
    with live.transaction() as session:
        notifications.tell_user(
            session, PAYOUT, landlord.user_id, dedup_key=key, now=clock.now(), params={"amount": "127500"}
        )
    return key


def wait_for_end(live: Live, key: str, channel: str, status: str) -> None:
    asked = "SELECT count(*) FROM notifications WHERE dedup_key = %s AND channel = %s AND status = %s"
    wait_until(lambda: live.one(asked, key, channel, status) == 1, PATIENCE, f"{status} by {channel}")


def write_last(live: Live, landlord: Landlord, hours: int) -> None:
    """Let them have written so many hours ago, by our own clock."""
    live.sql(
        "UPDATE channel_identities SET last_seen_at = now() - make_interval(hours => %s) WHERE user_id = %s",
        hours,
        landlord.user_id,
    )


def test_it_comes_to_the_linked_chat_and_its_delivery_is_noted(live: Live, landlord: Landlord) -> None:
    key = tell(live, landlord)
    message = landlord.chat.wait_for(AMOUNT)
    assert not message.is_template
    wait_for_end(live, key, "whatsapp", "delivered")
    assert live.standins.sms_to(landlord.phone) == []


def test_after_the_24_hours_it_comes_by_an_approved_template(live: Live, landlord: Landlord) -> None:
    settings = live.settings
    api = ContentApi(
        base_url=settings.twilio_content_base_url,
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
    )
    template = template_of(PAYOUT, "ru")
    assert template is not None
    sid = api.create(template)
    api.submit(sid, name=template.friendly_name, category=category_of(PAYOUT))
    wait_until(lambda: api.approval(sid).is_given, PATIENCE, "approval")
    api.close()
    write_last(live, landlord, 25)
    landlord.chat.jump_25_hours()
    key = tell(live, landlord)
    assert landlord.chat.wait_for(AMOUNT).is_template
    wait_for_end(live, key, "whatsapp", "delivered")


def test_where_whatsapp_does_not_bring_it_an_sms_does(live: Live, landlord: Landlord) -> None:
    """The 24 hours ended between us and Twilio: it says so (63016) only after it took the message."""
    landlord.chat.jump_25_hours()
    key = tell(live, landlord)
    assert AMOUNT in live.standins.wait_for_sms(landlord.phone)
    wait_for_end(live, key, "sms", "delivered")
    assert live.one("SELECT unreachable_at FROM channel_identities WHERE user_id = %s", landlord.user_id) is None


def test_a_person_who_blocked_us_gets_an_sms_and_the_chat_is_closed(live: Live, landlord: Landlord) -> None:
    """63014. It opens again when they write."""
    landlord.chat.block()
    tell(live, landlord)
    live.standins.wait_for_sms(landlord.phone)
    asked = "SELECT unreachable_at IS NOT NULL FROM channel_identities WHERE user_id = %s"
    assert live.one(asked, landlord.user_id)
    landlord.chat.unblock()
    before = len(landlord.chat.received())
    landlord.chat.send_text("меню")
    landlord.chat.wait_for("*ЖильеGO*", after=before)
    assert not live.one(asked, landlord.user_id)
