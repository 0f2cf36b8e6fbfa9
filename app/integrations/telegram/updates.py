"""Updates as Telegram tells them, as far as we use them: https://core.telegram.org/bots/api#update.

Only this module is needed to take an update in, so a web process never loads the client's library.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.integrations.errors import ProviderProtocolError

PATH = "/telegram/webhook/"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
KINDS = ("message", "callback_query", "my_chat_member")
"""What we ask Telegram to tell (allowed_updates)."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Sender(_Part):
    """Who wrote."""

    id: int
    is_bot: bool = False
    language_code: str | None = None


class Chat(_Part):
    """Where. Only private chats are spoken in."""

    id: int
    type: Literal["private", "group", "supergroup", "channel"]


class Contact(_Part):
    """A shared phone number; `user_id` says whose account has it, if Telegram knows."""

    phone_number: str = Field(max_length=40)
    user_id: int | None = None


class Photo(_Part):
    """One size of a picture; the largest comes last."""

    file_id: str = Field(max_length=300)


class Document(_Part):
    """A file."""

    file_id: str = Field(max_length=300)
    mime_type: str = Field("", max_length=100)


class Message(_Part):
    """Something that was written, or a note of Telegram's own about the chat."""

    message_id: int
    chat: Chat
    from_: Sender | None = Field(None, alias="from")
    text: str | None = None
    caption: str = ""
    contact: Contact | None = None
    photo: tuple[Photo, ...] = ()
    document: Document | None = None
    connected_website: object = None
    write_access_allowed: object = None
    pinned_message: object = None
    message_auto_delete_timer_changed: object = None
    chat_background_set: object = None

    @property
    def is_note(self) -> bool:
        """Did nobody write it? Telegram notes in a private chat that its person signed in on the site by the Login
        Widget, let the bot write, pinned a message, set a timer or a background; they wait for no answer."""
        notes = (
            *(self.connected_website, self.write_access_allowed, self.pinned_message),
            *(self.message_auto_delete_timer_changed, self.chat_background_set),
        )
        return any(note is not None for note in notes)


class PressedMessage(_Part):
    """The message whose button was pressed; an old one is known by its id only."""

    message_id: int
    chat: Chat


class CallbackQuery(_Part):
    """A button that was pressed. Without `message` or `data` it is not one of ours."""

    id: str = Field(min_length=1, max_length=64)
    from_: Sender = Field(alias="from")
    message: PressedMessage | None = None
    data: str | None = None


class Member(_Part):
    """How a bot stands in a chat now."""

    status: str = Field(max_length=20)


class MemberChange(_Part):
    """The person has blocked or unblocked the bot."""

    chat: Chat
    from_: Sender = Field(alias="from")
    date: int
    new_chat_member: Member


class Update(_Part):
    """One of its parts is there, or none that we ask for."""

    update_id: int
    message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MemberChange | None = None

    @property
    def chat_id(self) -> int | None:
        """The private chat with a person that this happened in; None when it is none of ours."""
        happened = self.message or self.my_chat_member
        if self.callback_query is not None:
            is_ours = self.callback_query.message is not None and self.callback_query.data is not None
            chat = self.callback_query.message.chat if is_ours and self.callback_query.message else None
            sender: Sender | None = self.callback_query.from_
        else:
            chat = happened.chat if happened is not None else None
            sender = happened.from_ if happened is not None else None
        is_private = chat is not None and chat.type == "private" and sender is not None and not sender.is_bot
        is_note = self.message is not None and self.message.is_note
        return chat.id if chat is not None and is_private and not is_note else None

    @property
    def event(self) -> str:
        """What happened, within its chat: the same however often and under whatever number it is told."""
        if self.message is not None:
            return f"message:{self.message.message_id}"
        if self.callback_query is not None:
            return f"press:{self.callback_query.id}"
        if self.my_chat_member is not None:
            return f"member:{self.my_chat_member.date}:{self.my_chat_member.new_chat_member.status}"
        return f"update:{self.update_id}"


def parse_update(body: str | bytes) -> Update:
    """Read an update. Raises ProviderProtocolError for what Telegram cannot have sent; the text repeats none of it."""
    try:
        return Update.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in found["loc"] if isinstance(part, str))[:80]
        raise ProviderProtocolError(f"telegram: not an update ({where or 'no object'}: {found['type']})") from None
