"""What people write by WhatsApp, told by Twilio."""

from __future__ import annotations

import hashlib
import json

from flask import Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.channels.inbound import InboundKind
from app.channels.whatsapp_inbound import meaning_of
from app.config import Settings
from app.db import transaction
from app.domain import inbox
from app.domain.chats import identities
from app.integrations import twilio_inbound, twilio_status
from app.integrations.errors import ProviderProtocolError
from app.kit import clock
from app.models import InboxProvider, Messenger
from blueprints.shared.access import webhook
from blueprints.shared.limits import count_failed_webhook
from blueprints.webhooks import webhooks
from blueprints.webhooks.chats import is_too_fast

_NOTHING_TO_SAY = "<?xml version='1.0' encoding='UTF-8'?><Response/>"
"""TwiML: the answer is sent by a worker."""


@webhooks.post(twilio_inbound.PATH)
@webhook
def whatsapp_message() -> ResponseReturnValue:
    """A person's message: an empty TwiML when it is stored, was before or is one too many of its chat; 403 without
    Twilio's signature.

    As with statuses, the signature covers PUBLIC_URL's address whatever host a caller names. Only what the conversation
    needs is kept. What is signed but is no message of a person is kept under its hash, as a stream of its own: it comes
    onto the dead-letter list and holds nobody up. An installation without WhatsApp has no such address (404).
    """
    settings: Settings = current_app.config["SETTINGS"]
    url = f"{settings.public_url}{twilio_inbound.PATH}"
    signed = request.headers.get(twilio_status.HEADER)
    if not twilio_inbound.is_signed(settings.twilio_auth_token, url, request.form, signed):
        count_failed_webhook("whatsapp")
        return jsonify(error="signature"), 403
    if not settings.twilio_whatsapp_from:
        abort(404)
    try:
        message = twilio_inbound.parse_form(request.form)
        external_id, body = message.sid, message.model_dump_json(by_alias=True)
        stream = identities.address_token(Messenger.WHATSAPP, message.phone)
        is_left = _is_too_fast(message, stream)
    except ProviderProtocolError:
        body = json.dumps(list(request.form.items(multi=True)))
        stream = hashlib.sha256(body.encode()).digest()
        external_id, is_left = f"malformed:{stream.hex()}", False
    if is_left:
        return Response(_NOTHING_TO_SAY, mimetype="text/xml")
    with transaction() as session:
        inbox.store(session, InboxProvider.WHATSAPP, external_id, body, now=clock.now(), stream=stream)
    return Response(_NOTHING_TO_SAY, mimetype="text/xml")


def _is_too_fast(message: twilio_inbound.InboundMessage, stream: bytes) -> bool:
    kind, _ = meaning_of(message)
    is_silence = kind is InboundKind.OPT_OUT
    return is_too_fast(Messenger.WHATSAPP, stream, message.sid, is_request_for_silence=is_silence)
