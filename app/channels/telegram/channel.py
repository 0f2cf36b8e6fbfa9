"""Telegram behind the port that the jobs speak through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from app.channels.inbound import Inbound, Media
from app.channels.message import Message, Notice
from app.channels.telegram import rendering
from app.channels.telegram.photos import PhotoShelf
from app.channels.telegram.reading import inbound_of
from app.config import Settings
from app.integrations.errors import AddressGone, ProviderRefused, ProviderUnavailable
from app.integrations.telegram.bot import Picture, Said, TelegramBot, bot_id
from app.integrations.telegram.pace import SharedPace

ALBUM = 10
"""Most pictures in one."""
PictureOf = Callable[[str], bytes | None]
"""A message's photo by its id, as a JPEG; None when it is gone."""

_STALE = "wrong_"
"""How Telegram's refusals of an id of a picture begin (`wrong_file_identifier`, `wrong_remote_file…`)."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class TelegramChannel:
    """One bot as a ChannelPort (app/channels/port.py, which says what each method promises)."""

    def __init__(self, bot: TelegramBot, photos: PhotoShelf, picture_of: PictureOf) -> None:
        self._bot = bot
        self._photos = photos
        self._picture_of = picture_of

    def parse(self, body: str) -> Inbound | None:
        """Read an update."""
        return inbound_of(body)

    def send(
        self,
        address: str,
        message: Message,
        *,
        replaces: str | None = None,
        is_open: bool = True,
        told: str | None = None,
        parts_said: int = 0,
    ) -> str:
        """Say one message; the id of what carries its buttons. Telegram asks for no open window.

        A picture that is refused is left out (and logged): what is written and pressed comes without it. Pictures are
        the first part, words that do not fit under them the second.
        """
        del is_open
        text = rendering.text_of(message)
        if parts_said:
            return self._send_text(address, message, text, None)
        if len(message.photos) > 1:
            last = _unless_unshowable(message, lambda: self._send_album(address, message, text))
            return last or self._send_text(address, message, text, None, has_turn=True)
        fits = rendering.length_of(text) <= rendering.LONGEST_CAPTION
        if message.photos or message.qr or message.picture:
            caption, place = (text, replaces) if fits else (None, None)
            said = _unless_unshowable(message, lambda: self._send_picture(address, message, caption, place))
            if said is not None:
                return said.id if fits else self._send_words_below(address, message, text)
            replaces = None
        return self._send_text(address, message, text, replaces)

    def send_notice(self, address: str, notice: Notice, *, is_open: bool, told: str = "", parts_said: int = 0) -> str:
        """Tell a notification: a message like any other."""
        return self.send(address, notice.message, is_open=is_open, parts_said=parts_said)

    def acknowledge(self, press_id: str, toast: str) -> None:
        """Stop the button's spinner."""
        self._bot.answer_press(press_id, rendering.shortened(toast, rendering.LONGEST_TOAST))

    def fetch(self, media: Media) -> bytes:
        """The file, up to 20 MB."""
        return self._bot.download(media.reference)

    def _send_words_below(self, address: str, message: Message, text: str) -> str:
        """What follows pictures that have been said, in a turn that was taken with theirs."""
        try:
            return self._send_text(address, message, text, None, has_turn=True)
        except ProviderUnavailable as error:
            error.parts_said = 1
            raise

    def _send_text(
        self, address: str, message: Message, text: str, replaces: str | None, *, has_turn: bool = False
    ) -> str:
        inline = rendering.inline_markup(message)
        written = rendering.html_of(text) if text.strip() else "…"  # Telegram takes no empty text
        if replaces is not None and not message.contact_label and not message.menu:
            edited = _unless_refused(lambda: self._bot.edit_text(address, replaces, written, inline))
            if edited is not None:
                return edited.id
        below = inline or rendering.keyboard(message)
        return self._bot.send_text(address, written, below, has_turn=has_turn).id

    def _send_picture(self, address: str, message: Message, caption: str | None, replaces: str | None) -> Said | None:
        """The photo or the QR code, with the text under it when it fits; None when there is no such picture."""
        written = "" if caption is None else rendering.html_of(caption, rendering.LONGEST_CAPTION)
        inline = None if caption is None else rendering.inline_markup(message)
        is_inline = not message.contact_label and not message.menu
        below = None if caption is None else inline or rendering.keyboard(message)

        def show(picture: Picture) -> Said:
            if replaces is not None and is_inline:
                edited = _unless_refused(lambda: self._bot.edit_photo(address, replaces, picture, written, inline))
                if edited is not None:
                    return edited
            return self._bot.send_photo(address, picture, written, below, and_text=caption is None)

        if message.qr:
            return show(Picture(rendering.qr_png(message.qr)))
        if message.picture:
            jpeg = self._picture_of(message.picture)
            return None if jpeg is None else show(Picture(jpeg))
        return self._show_photo(message.photos[0], show)

    def _show_photo(self, key: str, show: Callable[[Picture], Said]) -> Said | None:
        """By the id that Telegram knows it under; the file when it knows none."""
        known = self._photos.known(key)
        if known is not None:
            try:
                return show(known)
            except ProviderRefused as error:
                if not error.code.startswith(_STALE):
                    raise
                self._photos.remember(key, None)
        picture = self._photos.read(key)
        if picture is None:
            return None
        said = show(picture)
        if said.file_id is not None:
            self._photos.remember(key, said.file_id)
        return said

    def _send_album(self, address: str, message: Message, text: str, *, anew: bool = False) -> str:
        """Pictures together; those whose files are gone are left out. The words are under them in the same call.

        An album has no buttons. Then, and when there are too many words, they follow, in a turn that was taken with the
        album's: our own pace never comes between the two.
        """
        keys = message.photos[:ALBUM]
        found = {key: (None if anew else self._photos.known(key)) or self._photos.read(key) for key in keys}
        pictures = {key: picture for key, picture in found.items() if picture is not None}
        if len(pictures) < 2:
            return self.send(address, message.model_copy(update={"photos": tuple(pictures)}))
        is_bare = not (message.rows or message.contact_label or message.menu)
        fits = is_bare and rendering.length_of(text) <= rendering.LONGEST_CAPTION
        caption = rendering.html_of(text) if fits else ""
        try:
            shown = self._bot.send_album(address, list(pictures.values()), caption, and_text=not fits)
        except AddressGone:
            raise
        except ProviderRefused:  # of an album Telegram does not say which id it has forgotten
            if all(isinstance(picture.content, bytes) for picture in pictures.values()):
                raise
            return self._send_album(address, message, text, anew=True)
        for key, each in zip(pictures, shown, strict=False):
            if each.file_id is not None:
                self._photos.remember(key, each.file_id)
        if fits and shown:
            return shown[0].id
        return self._send_words_below(address, message, text)


def make(settings: Settings, picture_of: PictureOf) -> TelegramChannel:
    """The channel of this installation's bot. Make one in each process after it forked."""
    bot = bot_id(settings.telegram_bot_token)
    pace = SharedPace(bot, settings.cache_redis_url)
    client = TelegramBot(base_url=settings.telegram_base_url, token=settings.telegram_bot_token, pace=pace)
    return TelegramChannel(client, PhotoShelf(settings.photo_dir, bot, settings.cache_redis_url), picture_of)


def _unless_unshowable(message: Message, show: Callable[[], T | None]) -> T | None:
    """None when Telegram refuses the pictures. Raises ProviderRefused when the message says nothing besides."""
    try:
        return show()
    except AddressGone:
        raise
    except ProviderRefused as error:
        if not message.text.strip() and not message.rows:
            raise
        log.error("photo_refused", error=str(error))  # noqa: TRY400  # expected: the text says all
        return None


def _unless_refused(edit: Callable[[], Said]) -> Said | None:
    """None when the message cannot be replaced by this: it is gone, or of another kind. Then it is said anew."""
    try:
        return edit()
    except AddressGone:
        raise
    except ProviderRefused as error:
        if error.code.startswith(_STALE):
            raise
        return None
