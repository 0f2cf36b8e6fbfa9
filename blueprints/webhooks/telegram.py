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
from blueprints.shared.access import webhook
from blueprints.shared.limits import count_failed_webhook
from blueprints.webhooks import webhooks


@webhooks.post(PATH)
@webhook
def telegram_update() -> ResponseReturnValue:
    """One update: 200 when it is stored, was before or is not for us; 403 without our secret (promise 13)."""
    settings: Settings = current_app.config["SETTINGS"]
    expected, shown = settings.telegram_webhook_secret, request.headers.get(SECRET_HEADER, "")
    if not expected or not hmac.compare_digest(shown.encode(), expected.encode()):
        count_failed_webhook("telegram")
        return jsonify(error="secret"), 403
    body = request.get_data(cache=False)
    with transaction() as session:
        telegram_updates.keep(session, body, now=clock.now())
    return jsonify(status="ok")
