"""The Bot API over HTTP: `/telegram/bot<token>/<method>` and `/telegram/file/bot<token>/<path>`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.telegram import bot, editing, owner, photos, polling, refusals, sending
from app.local.standins.telegram.call import Call
from app.local.standins.telegram.faults import TelegramFaults
from app.local.standins.telegram.limits import SendingLimits
from app.local.standins.telegram.refusals import RefusalError

api = Blueprint("telegram_api", __name__, url_prefix="/telegram")

Method = Callable[[Call], object]

_SENDING: dict[str, Method] = {
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendMediaGroup": sending.send_media_group,
}
_IN_A_CHAT: dict[str, Method] = {
    "sendChatAction": sending.send_chat_action,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
}
_ELSEWHERE: dict[str, Method] = {
    "answerCallbackQuery": editing.answer_callback_query,
    "getMe": owner.get_me,
    "setWebhook": owner.set_webhook,
    "deleteWebhook": owner.delete_webhook,
    "getWebhookInfo": owner.get_webhook_info,
    "getUpdates": polling.get_updates,
    "setMyCommands": owner.set_my_commands,
    "getMyCommands": owner.get_my_commands,
    "deleteMyCommands": owner.delete_my_commands,
    "setChatMenuButton": owner.set_chat_menu_button,
    "getChatMenuButton": owner.get_chat_menu_button,
    "getFile": owner.get_file,
}
_METHODS = {name.lower(): (name, method) for name, method in (_SENDING | _IN_A_CHAT | _ELSEWHERE).items()}

_limits = SendingLimits()


@api.route("/bot<token>/<method>", methods=["GET", "POST"])
def call_method(token: str, method: str) -> ResponseReturnValue:
    """Do what the method says and answer as the Bot API does; names of methods are read in any case."""
    if not bot.is_token(desk().settings, token):
        return _refused(refusals.unauthorized())
    if method.lower() not in _METHODS:
        return _refused(RefusalError(404, "Not Found"))
    name, do = _METHODS[method.lower()]
    with desk().store.reading() as db:
        faults = switches.load(db, TelegramFaults)
    try:
        call = Call.of(request)
        _refuse_at_will(faults, name, call)
        result = do(call)
    except RefusalError as error:
        return _refused(error)
    if faults.server_error == "after":
        return _refused(refusals.server_error())
    time.sleep(faults.slow_seconds)
    if faults.hang_seconds:
        time.sleep(faults.hang_seconds)
        return _refused(RefusalError(504, "Gateway Timeout"))
    return _json({"ok": True, "result": result})


@api.get("/file/bot<token>/<path:path>")
def download(token: str, path: str) -> ResponseReturnValue:
    """The file that getFile told of."""
    if not bot.is_token(desk().settings, token):
        return _refused(refusals.unauthorized())
    with desk().store.reading() as db:
        found = photos.find_by_path(db, path)
    if found is None:
        return _refused(RefusalError(404, "Not Found"))
    return Response(found.content, mimetype="image/jpeg")


def _refuse_at_will(faults: TelegramFaults, name: str, call: Call) -> None:
    """Refuse before anything is done, where the switches want it."""
    if faults.too_many_seconds:
        raise refusals.too_many(faults.too_many_seconds)
    if faults.enforces_limits and name in _SENDING:
        media = call.document("media")
        count = len(media) if isinstance(media, list) else 1
        wait = _limits.wait_for(call.text("chat_id"), now=clock.now().timestamp(), count=count)
        if wait:
            raise refusals.too_many(wait)
    if faults.server_error == "before":
        raise refusals.server_error()
    if name in _SENDING or name in _IN_A_CHAT:
        if faults.blocked:
            raise refusals.blocked()
        if faults.chat_not_found:
            raise refusals.chat_not_found()


def _refused(error: RefusalError) -> ResponseReturnValue:
    answer = _json(error.document(), error.code)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _json(document: object, status: int = 200) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), status, mimetype="application/json")
