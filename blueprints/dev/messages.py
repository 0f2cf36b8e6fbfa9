"""Every notification with sample values, in each language and by each channel, and what it costs as an SMS."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from app.i18n import LANGUAGES, current_language, use_language
from app.models import NotificationChannel, NotificationKind
from app.notify.catalogue import CATALOGUE, Entry
from app.notify.rendering import render
from app.notify.samples import samples
from app.notify.sms_length import segments
from blueprints.dev import dev
from blueprints.shared.access import public
from blueprints.shared.rendering import render_page


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a kind in one language."""

    language: str
    body: str
    segments: int | None
    """None for a channel that does not charge by them."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A kind with all that it can say."""

    kind: NotificationKind
    entry: Entry
    texts: list[Text]


@dev.get("/dev/messages")
@public
def messages() -> ResponseReturnValue:
    """The catalogue as people would read it; `?channel=` chooses the channel (SMS when it is none we know)."""
    wanted = request.args.get("channel", "")
    channel = NotificationChannel(wanted) if wanted in set(NotificationChannel) else NotificationChannel.SMS
    language = current_language()
    previews = [_preview(kind, channel) for kind in NotificationKind if channel in CATALOGUE[kind].channels]
    use_language(language)  # rendering a text chooses its language
    return render_page("dev/messages.html", previews=previews, channel=channel, channels=list(NotificationChannel))


def _preview(kind: NotificationKind, channel: NotificationChannel) -> Preview:
    texts = []
    for language in LANGUAGES:
        for values in samples(kind, language):
            body = render(kind, channel, language, **values)
            texts.append(Text(language, body, segments(body) if channel is NotificationChannel.SMS else None))
    return Preview(kind, CATALOGUE[kind], texts)
