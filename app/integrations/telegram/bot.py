"""The bot: what it can say and ask over the Bot API, by pyTelegramBotAPI (https://core.telegram.org/bots/api).

Importing this loads the library (20 MB, 0.15 s): workers and commands do, web processes do not.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError
from telebot import types

from app.integrations import http
from app.integrations.errors import ProviderProtocolError, ProviderRefused
from app.integrations.telegram import wire
from app.integrations.telegram.pace import FREE, Pace, TooSoon
from app.integrations.telegram.updates import KINDS
from app.integrations.telegram.wire import api

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes that getFile gives out."""

Markup = types.InlineKeyboardMarkup | types.ReplyKeyboardMarkup | types.ReplyKeyboardRemove
T = TypeVar("T")
_HTML = "HTML"


class _Size(BaseModel):
    model_config = ConfigDict(extra="ignore")
    file_id: str


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")
    message_id: int
    photo: tuple[_Size, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")
    file_path: str
    file_size: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A message of ours: its id, and by which id its picture can be sent again."""

    id: str
    file_id: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to send: by the id of one that Telegram has, or its bytes (JPEG or PNG)."""

    content: bytes | str

    def for_telegram(self) -> str | types.InputFile:
        """As the library takes it."""
        if isinstance(self.content, str):
            return self.content
        return types.InputFile(io.BytesIO(self.content), file_name="photo")


class TelegramBot:
    """One bot. Safe to share between threads; make one in each process after it forked.

    Every method raises ProviderUnavailable (TooSoon when only this chat waits), AddressGone, ProviderRefused or
    ProviderProtocolError. Texts are Telegram's HTML.
    """

    def __init__(self, *, base_url: str, token: str, pace: Pace = FREE) -> None:
        self._token = token
        self._pace = pace
        self._http = wire.client(base_url)

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def send_text(self, chat: str, text: str, markup: Markup | None = None, *, has_turn: bool = False) -> Said:
        """Say something; addresses in it show no preview. With `has_turn` its turn was taken by what came before it."""
        no_preview = types.LinkPreviewOptions(is_disabled=True)
        return self._say(
            chat,
            lambda: api.send_message(
                self._token, chat, text, parse_mode=_HTML, reply_markup=markup, link_preview_options=no_preview
            ),
            turns=0 if has_turn else 1,
        )

    def send_photo(
        self, chat: str, picture: Picture, caption: str = "", markup: Markup | None = None, *, and_text: bool = False
    ) -> Said:
        """Show a picture with words under it. `and_text` takes the turn of a text that follows, too."""
        return self._say(
            chat,
            lambda: api.send_photo(
                self._token, chat, picture.for_telegram(), caption=caption, parse_mode=_HTML, reply_markup=markup
            ),
            turns=2 if and_text else 1,
        )

    def send_album(
        self, chat: str, pictures: Sequence[Picture], caption: str = "", *, and_text: bool = False
    ) -> list[Said]:
        """Show 2 to 10 pictures together, with words under them. `and_text` as for `send_photo`."""
        self._pace.wait_turn(chat, messages=len(pictures) + and_text)
        media = [types.InputMediaPhoto(picture.for_telegram()) for picture in pictures]
        media[0].caption, media[0].parse_mode = caption or None, _HTML  # clients show the first one's under all
        answer = self._call(lambda: api.send_media_group(self._token, chat, media), chat)
        if not isinstance(answer, list):
            raise ProviderProtocolError("telegram: the answer is no list of messages")
        return [_said(each) for each in answer]

    def edit_text(self, chat: str, message: str, text: str, markup: Markup | None = None) -> Said:
        """Put another text in the place of a text of ours."""
        no_preview = types.LinkPreviewOptions(is_disabled=True)
        return self._edit(
            chat,
            message,
            lambda: api.edit_message_text(
                self._token,
                text,
                chat,
                int(message),
                parse_mode=_HTML,
                reply_markup=markup,
                link_preview_options=no_preview,
            ),
        )

    def edit_photo(
        self, chat: str, message: str, picture: Picture, caption: str = "", markup: Markup | None = None
    ) -> Said:
        """Put another picture in the place of a message of ours."""
        media = types.InputMediaPhoto(picture.for_telegram(), caption=caption, parse_mode=_HTML)
        return self._edit(
            chat,
            message,
            lambda: api.edit_message_media(self._token, media, chat, int(message), reply_markup=markup),
        )

    def answer_press(self, press_id: str, toast: str) -> None:
        """Stop the spinner of a pressed button, with up to 200 characters beside it."""
        self._call(lambda: api.answer_callback_query(self._token, press_id, text=toast or None))

    def download(self, file_id: str) -> bytes:
        """A file that a person sent. Raises ProviderRefused `file_is_too_big` beyond `LARGEST_FILE`, `file_is_gone`."""
        try:
            found = _File.model_validate(self._call(lambda: api.get_file(self._token, file_id)))
        except ValidationError:
            raise ProviderProtocolError("telegram: the answer is no file") from None
        if found.file_size > LARGEST_FILE:
            raise ProviderRefused("telegram: the file is too big", code="file_is_too_big")
        address = f"/file/bot{self._token}/{quote(found.file_path)}"
        try:
            with self._http.stream("GET", address, timeout=http.FILE_TIMEOUT) as response:
                if not response.is_success:
                    response.read()
                    if response.status_code == 404:  # of a file; that there is this bot, getFile has just shown
                        raise ProviderRefused("telegram: the file is gone", code="file_is_gone")
                    wire.check(response, in_chat=False)
                return http.file_of("telegram", response, most_bytes=LARGEST_FILE, too_large="file_is_too_big")
        except httpx.TransportError as error:
            raise http.unavailable("telegram", error) from None

    # --- the bot's owner -------------------------------------------------------------------------

    def me(self) -> dict[str, Any]:
        """getMe."""
        return dict(self._call(lambda: api.get_me(self._token)))

    def set_webhook(self, url: str, secret: str) -> None:
        """From now on Telegram tells updates to `url`, showing the secret."""
        self._call(
            lambda: api.set_webhook(
                self._token, url=url, secret_token=secret, allowed_updates=list(KINDS), max_connections=40
            )
        )

    def delete_webhook(self) -> None:
        """From now on updates wait to be asked for; those that wait are kept."""
        self._call(lambda: api.delete_webhook(self._token))

    def webhook_info(self) -> dict[str, Any]:
        """getWebhookInfo."""
        return dict(self._call(lambda: api.get_webhook_info(self._token)))

    def updates(self, offset: int, *, seconds: int) -> list[dict[str, Any]]:
        """What happened from update `offset` on, waiting up to so many seconds for it; what came before is dropped."""
        answer = self._call(
            lambda: api.get_updates(
                self._token, offset=offset, allowed_updates=list(KINDS), long_polling_timeout=seconds
            )
        )
        return [dict(each) for each in answer or ()]

    def set_commands(self, commands: dict[str, str], language: str | None) -> None:
        """The menu of commands (name without the slash → what it does) in one language, or for all others."""
        listed = [types.BotCommand(name, does) for name, does in commands.items()]
        self._call(lambda: api.set_my_commands(self._token, listed, language_code=language))

    def show_commands_button(self) -> None:
        """The button beside the input field opens the menu of commands."""
        button: Any = types.MenuButtonCommands  # the library declares no types of it
        self._call(lambda: api.set_chat_menu_button(self._token, menu_button=button()))

    # --- the wire --------------------------------------------------------------------------------

    def _say(self, chat: str, call: Callable[[], Any], *, turns: int) -> Said:
        if turns:
            self._pace.wait_turn(chat, messages=turns)
        return _said(self._call(call, chat))

    def _edit(self, chat: str, message: str, call: Callable[[], Any]) -> Said:
        self._pace.wait_turn(chat, is_new=False)
        try:
            return _said(self._call(call, chat))
        except ProviderRefused as error:
            if error.code.startswith("message_is_not_modified"):
                return Said(message, None)
            raise

    def _call(self, call: Callable[[], T], chat: str | None = None) -> T:
        wire.calling(self._http)
        try:
            return call()
        except TooSoon as error:
            if chat is not None and error.retry_after is not None:
                self._pace.rest(chat, error.retry_after)
            raise


def _said(answer: object) -> Said:
    try:
        message = _Said.model_validate(answer)
    except ValidationError:
        raise ProviderProtocolError("telegram: the answer is no message") from None
    return Said(str(message.message_id), message.photo[-1].file_id if message.photo else None)


def bot_id(token: str) -> str:
    """The bot's own number, which is no secret."""
    return token.partition(":")[0]
