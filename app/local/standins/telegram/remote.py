"""The phones by remote control, for tests: who there is, what their chats show, and what they do, as JSON."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError

from app.kit import clock
from app.local.standins.desk import desk
from app.local.standins.telegram import bot, messages, people, signing, updates
from app.local.standins.telegram.acts import CannotError, Chat
from app.local.standins.telegram.call import Json
from app.local.standins.telegram.people import Person

remote = Blueprint("telegram_remote", __name__, url_prefix="/telegram")


class NewPerson(BaseModel):
    """Someone to make up; `phone` is E.164."""

    model_config = ConfigDict(extra="forbid")

    phone: str
    name: str = "Новый человек"
    username: str = ""
    language: str = "ru"


class Act(BaseModel):
    """One thing that a person does. `message_id` with `data` or `label` is for "press", `phone` for "contact"."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["text", "start", "press", "contact", "block", "unblock"]
    text: str = ""
    message_id: int = 0
    data: str = ""
    label: str = ""
    phone: str = ""
    name: str = ""


def do_in(chat: Chat, act: Act) -> Json:
    """Do it; the id of the message or query that came of it. Raises CannotError."""
    if act.do == "press":
        return {"query_id": chat.press(act.message_id, data=act.data, label=act.label)}
    if act.do in {"block", "unblock"}:
        (chat.block if act.do == "block" else chat.unblock)()
        return {}
    if act.do == "contact":
        return {"message_id": chat.share_contact(act.phone, act.name).message_id}
    sent = chat.start(act.text) if act.do == "start" else chat.say(act.text)
    return {"message_id": sent.message_id}


@remote.get("/people")
def list_people() -> ResponseReturnValue:
    """Everyone who has Telegram."""
    with desk().store.reading() as db:
        return jsonify([_person(one) for one in people.everyone(db)])


@remote.post("/people.json")
def add_person() -> ResponseReturnValue:
    """Make someone up, or find whoever has this phone."""
    try:
        wanted = NewPerson.model_validate_json(request.get_data())
        with desk().store.writing() as db:
            return jsonify(_person(people.add(db, **wanted.model_dump())))
    except (ValidationError, ValueError) as error:
        return {"error": str(error)}, 400


@remote.get("/people/<who>/state")
def chat_state(who: str) -> ResponseReturnValue:
    """What a chat shows: messages (those after `after`), the keyboard under it, the commands, blocked or not."""
    with desk().store.reading() as db:
        person = _known(people.find(db, who))
        shown = messages.of_chat(db, person.id, limit=500, after=request.args.get("after", 0, int))
        return {
            "person": _person(person),
            "messages": [_message(one) for one in shown],
            "keyboard": person.keyboard,
            "commands": bot.commands_for(db, person),
            "is_typing": person.typing_until > clock.now().timestamp(),
        }


@remote.post("/people/<who>/act")
def act(who: str) -> ResponseReturnValue:
    """Do something as this person."""
    try:
        wanted = Act.model_validate_json(request.get_data())
        with desk().store.writing() as db:
            person = _known(people.find(db, who))
            done = do_in(Chat(db, desk().settings, person, clock.now().timestamp()), wanted)
    except (ValidationError, CannotError) as error:
        return {"error": str(error)}, 400
    desk().telegram.wake()
    return done


@remote.get("/queries/<query_id>")
def query(query_id: str) -> ResponseReturnValue:
    """What became of a pressed button: answered or not, and the notice."""
    with desk().store.reading() as db:
        row = db.execute("SELECT * FROM telegram_queries WHERE id = ?", (query_id,)).fetchone()
    if row is None:
        abort(404)
    return {
        "is_answered": row["answered_at"] is not None,
        "text": row["text"],
        "is_alert": bool(row["is_alert"]),
        "url": row["url"],
    }


@remote.get("/people/<who>/signed")
def signed(who: str) -> ResponseReturnValue:
    """Login Widget parameters and initData of this person; `age` makes them so many seconds old."""
    at = clock.now().timestamp() - request.args.get("age", 0, int)
    token = desk().settings.telegram_bot_token
    with desk().store.reading() as db:
        person = _known(people.find(db, who))
    start_param = request.args.get("start_param", "")
    return {
        "login": signing.login_data(person, token=token, now=at),
        "init_data": signing.init_data(person, token=token, now=at, start_param=start_param),
    }


@remote.get("/updates")
def list_updates() -> ResponseReturnValue:
    """The latest updates and how their delivery goes, newest first."""
    with desk().store.reading() as db:
        found = updates.recent(db, 500)
    return jsonify(
        [
            {"state": one.state, "attempts": one.attempts, "last_answer": one.last_answer, **one.document()}
            for one in found
        ]
    )


def _known(person: Person | None) -> Person:
    if person is None:
        abort(404)
    return person


def _person(person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "phone": person.phone,
        "language": person.language,
        "has_started": bool(person.has_started),
        "has_blocked": bool(person.has_blocked),
    }


def _message(message: messages.Message) -> Json:
    return {**message.document(), "is_from_bot": message.is_from_bot}
