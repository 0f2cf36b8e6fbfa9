"""What providers call: authenticate, store once, answer; a worker does the rest."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.db import transaction
from app.domain import inbox
from app.integrations import twilio_status
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


@webhooks.post(twilio_status.PATH)
@webhook
def twilio_message_status() -> ResponseReturnValue:
    """What became of a message: 200 when it is stored or was before, 403 without Twilio's signature.

    The signature covers the address that we gave to Twilio, which is `PUBLIC_URL`'s whatever proxies stand before us,
    with what we asked there to be told (`?reply=…`).
    Only the message's id and its fate are kept, and nothing of a callback that tells no fate; one that is signed but
    makes no sense is stored under its hash.
    """
    settings: Settings = current_app.config["SETTINGS"]
    form = list(request.form.items(multi=True))
    signed = request.headers.get(twilio_status.HEADER)
    query = request.query_string.decode("latin-1")
    url = f"{settings.public_url}{twilio_status.PATH}{f'?{query}' if query else ''}"
    if not twilio_status.verify(settings.twilio_auth_token, url, form, signed):
        count_failed_webhook("twilio")
        return jsonify(error="signature"), 403
    try:
        callback = twilio_status.parse_form(form, reply=request.args.get("reply"))
        if not callback.is_final:
            return jsonify(status="ok")
        external_id, body = callback.event_id, callback.model_dump_json(by_alias=True)
    except ProviderProtocolError:
        body = json.dumps(form)
        external_id = f"malformed:{hashlib.sha256(body.encode()).hexdigest()}"
    with transaction() as session:
        inbox.store(session, InboxProvider.TWILIO, external_id, body, now=clock.now())
    return jsonify(status="ok")


from blueprints.webhooks import telegram, whatsapp  # noqa: E402,F401  # the routes
