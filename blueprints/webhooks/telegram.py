"""What Telegram calls: an update is stored once, and the chats' worker answers it."""

from __future__ import annotations

import hmac

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import transaction
from app.domain.chats import telegram_updates
from app.integrations.telegram.updates import PATH, SECRET_HEADER
from app.kit import clock
from app.models import Messenger
from blueprints.shared.access import webhook
from blueprints.shared.limits import count_failed_webhook
from blueprints.webhooks import webhooks
from blueprints.webhooks.chats import is_too_fast


@webhooks.post(PATH)
@webhook
def telegram_update() -> ResponseReturnValue:
    """One update: 200 when it is stored, was before, is not for us or one too many of its chat; 403 without our secret
    (promise 13)."""
    settings: Settings = current_app.config["SETTINGS"]
    expected, shown = settings.telegram_webhook_secret, request.headers.get(SECRET_HEADER, "")
    if not expected or not hmac.compare_digest(shown.encode(), expected.encode()):
        count_failed_webhook("telegram")
        return jsonify(error="secret"), 403
    event = telegram_updates.read(request.get_data(cache=False))
    if event is None or _is_too_fast(event):
        return jsonify(status="ok")
    with transaction() as session:
        telegram_updates.store(session, event, now=clock.now())
    return jsonify(status="ok")


def _is_too_fast(event: telegram_updates.Event) -> bool:
    return is_too_fast(Messenger.TELEGRAM, event.stream, event.external_id, is_request_for_silence=not event.is_written)
