"""Methods of the bot's owner: who the bot is, webhook, commands, menu button, files."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace

from app.local.standins.desk import desk
from app.local.standins.telegram import bot, people, photos, updates
from app.local.standins.telegram.bot import USUAL_CONNECTIONS, Webhook, bot_user
from app.local.standins.telegram.call import Call, Json
from app.local.standins.telegram.markup import is_web_address
from app.local.standins.telegram.refusals import bad
from app.local.standins.telegram.together import together

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_COMMANDS_AT_MOST = 100
_DESCRIPTION = range(1, 257)
_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat"})


def get_me(_call: Call) -> Json:
    """getMe."""
    return {
        **bot_user(desk().settings),
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_webhook(call: Call) -> bool:
    """setWebhook; an empty address removes it. Plain http is taken from this machine only."""
    url, secret = call.text("url"), call.text("secret_token")
    if url and not is_web_address(url, only_https=True):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    kinds = call.document("allowed_updates")
    if kinds is not None and not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
        raise bad("can't parse allowed_updates JSON object")
    most = min(max(call.integer("max_connections", USUAL_CONNECTIONS), 1), 100)

    def write(db: sqlite3.Connection) -> bool:
        before = bot.load_webhook(db, desk().settings)
        kept = before.kinds if kinds is None else tuple(kinds)
        bot.save_webhook(db, Webhook(url, secret if url else "", kept, most))
        _drop_or_try(db, call)
        return True

    together(write)
    desk().telegram.wake()
    return True


def delete_webhook(call: Call) -> bool:
    """deleteWebhook: from now on updates are kept for getUpdates."""

    def write(db: sqlite3.Connection) -> bool:
        before = bot.load_webhook(db, desk().settings)
        bot.save_webhook(db, replace(before, url="", secret=""))
        _drop_or_try(db, call)
        return True

    return together(write)


def get_webhook_info(_call: Call) -> Json:
    """getWebhookInfo."""
    with desk().store.reading() as db:
        webhook, count = bot.load_webhook(db, desk().settings), updates.pending(db)
        failure = bot.last_failure(db)
    found: Json = {"url": webhook.url, "has_custom_certificate": False, "pending_update_count": count}
    if webhook.url:
        found["max_connections"] = webhook.max_connections
    if webhook.kinds:
        found["allowed_updates"] = list(webhook.kinds)
    return found | failure


def set_my_commands(call: Call) -> bool:
    """setMyCommands."""
    given = call.document("commands")
    if not isinstance(given, list):
        raise bad("can't parse commands list")
    if len(given) > _COMMANDS_AT_MOST:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(one) for one in given]
    return _put_commands(call, commands)


def delete_my_commands(call: Call) -> bool:
    """deleteMyCommands."""
    return _put_commands(call, [])


def get_my_commands(call: Call) -> list[Json]:
    """getMyCommands: exactly those of this scope and language."""
    with desk().store.reading() as db:
        sets = bot.load(db, "commands", {})
    return list(sets.get(_scope(call), [])) if isinstance(sets, dict) else []


def set_chat_menu_button(call: Call) -> bool:
    """setChatMenuButton, of one chat or of all."""
    button = call.document("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in {"commands", "web_app", "default"}:
        raise bad("can't parse menu button: MenuButton has unsupported type")
    if button["type"] == "web_app":
        inside = button.get("web_app")
        if not button.get("text") or not isinstance(inside, dict) or not _is_app_address(inside.get("url")):
            raise bad("BUTTON_URL_INVALID")

    def write(db: sqlite3.Connection) -> bool:
        if not call.text("chat_id"):
            bot.save(db, "menu_button", button)
            people.change_everyones_screen(db)
            return True
        person = people.find(db, call.text("chat_id"))
        if person is None:
            raise bad("chat not found")
        people.change(db, person.id, menu_button=json.dumps(button, ensure_ascii=False))
        return True

    return together(write)


def get_chat_menu_button(call: Call) -> Json:
    """getChatMenuButton."""
    with desk().store.reading() as db:
        person = people.find(db, call.text("chat_id"))
        own = json.loads(person.menu_button) if person is not None and person.menu_button else None
        found = own or bot.load(db, "menu_button", {"type": "default"})
    return dict(found) if isinstance(found, dict) else {}


def get_file(call: Call) -> Json:
    """getFile: where the file can be had from."""
    with desk().store.reading() as db:
        found = photos.find(db, call.text("file_id"))
    if found is None:
        raise bad("invalid file_id")
    return {
        "file_id": found.file_id,
        "file_unique_id": found.unique_id,
        "file_size": len(found.content),
        "file_path": found.path,
    }


def _drop_or_try(db: sqlite3.Connection, call: Call) -> None:
    if call.is_true("drop_pending_updates"):
        updates.drop_waiting(db)
    else:
        updates.try_now(db)


def _command(given: object) -> Json:
    if not isinstance(given, dict) or not isinstance(given.get("command"), str):
        raise bad("can't parse BotCommand: Can't find field \"command\"")
    command, description = given["command"].removeprefix("/"), str(given.get("description", ""))
    if not _COMMAND.fullmatch(command):
        raise bad("BOT_COMMAND_INVALID")
    if len(description) not in _DESCRIPTION:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _put_commands(call: Call, commands: list[Json]) -> bool:
    scope = _scope(call)

    def write(db: sqlite3.Connection) -> bool:
        known = bot.load(db, "commands", {})
        sets = {**known} if isinstance(known, dict) else {}
        bot.save(db, "commands", {**sets, scope: commands})
        people.change_everyones_screen(db)
        return True

    return together(write)


def _scope(call: Call) -> str:
    """The set of commands that a call speaks of, as «scope/language»."""
    scope = call.document("scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in _SCOPES:
        raise bad("can't parse BotCommandScope: type is invalid")
    name = f"chat:{scope.get('chat_id')}" if scope["type"] == "chat" else scope["type"]
    return f"{name}/{call.text('language_code')}"


def _is_app_address(url: object) -> bool:
    return is_web_address(url, only_https=True)
