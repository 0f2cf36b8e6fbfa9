"""What providers call: authenticate, store once, answer; a worker does the rest."""

from __future__ import annotations

import hashlib

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import transaction
from app.domain import inbox
from app.integrations.errors import ProviderProtocolError
from app.integrations.kaspi import signature
from app.kit import clock
from app.models import InboxProvider
from blueprints.shared.access import webhook
from blueprints.shared.limits import count_failed_webhook

webhooks = Blueprint("webhooks", __name__)


@webhooks.post("/kaspi/callback/")
@webhook
def kaspi_callback() -> ResponseReturnValue:
    """A signed callback: 200 when it is stored or was before, 401 without a valid signature. No rule is applied here.

    One that is signed but makes no sense is stored too, under its hash, for a person to look at.
    """
    settings: Settings = current_app.config["SETTINGS"]
    body = request.get_data(cache=False)
    now = clock.now()
    timestamp = request.headers.get(signature.TIMESTAMP_HEADER)
    signed = request.headers.get(signature.SIGNATURE_HEADER)
    if not signature.verify(settings.kaspi_callback_secrets, timestamp, signed, body, now=now):
        count_failed_webhook("kaspi")
        return jsonify(error="signature"), 401
    try:
        external_id = signature.parse_callback(body).event_id
    except ProviderProtocolError:
        external_id = f"malformed:{hashlib.sha256(body).hexdigest()}"
    with transaction() as session:
        inbox.store(session, InboxProvider.KASPI, external_id, body.decode("utf-8", "replace"), now=now)
    return jsonify(status="ok")
