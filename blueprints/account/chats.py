"""A person's chats on their profile: links that tie one to the account, and taking one off it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.channels import whatsapp_inbound
from app.config import Settings
from app.db import transaction
from app.domain.chats import identities
from app.i18n import gettext
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import Messenger
from blueprints.account import account
from blueprints.shared.access import signed_in
from blueprints.shared.identity import require_person

NAMES = {Messenger.TELEGRAM: "Telegram", Messenger.WHATSAPP: "WhatsApp"}


@dataclass(frozen=True, slots=True)
class ChatView:
    """A chat that is tied to the account."""

    id: UUID
    name: str
    seen_at: datetime
    is_closed: bool
    """Nothing can be sent there until the person writes."""


@dataclass(frozen=True, slots=True)
class ChatsView:
    """The profile's part about chats. `ways` are (label, address) of messengers that can be tied."""

    linked: list[ChatView]
    ways: list[tuple[str, str]]


def chats_view(session: Session, user_id: UUID, *, now: datetime) -> ChatsView:
    """What the person has linked and can link. Each address ties one chat, within ten minutes."""
    settings: Settings = current_app.config["SETTINGS"]
    payloads = {messenger: f"t{identities.link_token(user_id, now=now)}" for messenger in Messenger}
    addresses = {
        Messenger.TELEGRAM: settings.telegram_link(payloads[Messenger.TELEGRAM]),
        Messenger.WHATSAPP: whatsapp_inbound.link(settings.whatsapp_link_base, payloads[Messenger.WHATSAPP])
        if settings.whatsapp_link_base
        else "",
    }
    ways = [
        (gettext("Связать %(messenger)s") % {"messenger": NAMES[messenger]}, address)
        for messenger, address in addresses.items()
        if address
    ]
    linked = [
        ChatView(chat.id, NAMES[Messenger(chat.messenger)], chat.last_seen_at, chat.unreachable_at is not None)
        for chat in identities.of_user(session, user_id)
    ]
    return ChatsView(linked, ways)


@account.post("/profile/chats/unlink")
@signed_in
def unlink_chat() -> ResponseReturnValue:
    """Take a chat off the account."""
    try:
        chat_id = UUID(request.form.get("chat", ""))
    except ValueError:
        raise DomainError("chat_unknown", ErrorKind.NOT_FOUND) from None
    with transaction() as session:
        identities.unlink_own(session, chat_id, user_id=require_person().id, now=clock.now())
    return redirect(url_for("account.profile", _anchor="chats"), 303)
