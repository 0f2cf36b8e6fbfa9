"""The phones: the list of chats with the switches, one person's chat, and the ways into it from outside."""

from __future__ import annotations

import sqlite3
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.fault_views import add_fault_views
from app.local.standins.telegram import bot, messages, people, photos, screen, signing, updates
from app.local.standins.telegram.acts import CannotError, Chat
from app.local.standins.telegram.call import Upload
from app.local.standins.telegram.faults import TelegramFaults
from app.local.standins.telegram.markup import is_web_address
from app.local.standins.telegram.people import Person
from app.local.standins.telegram.refusals import RefusalError

pages = Blueprint("telegram", __name__, url_prefix="/telegram")
add_fault_views(pages, TelegramFaults, page=".all_chats")

_CHATS_SHOWN = 60

LANGUAGES = {"ru": "русский", "kk": "қазақша", "en": "English"}


@pages.get("/")
def all_chats() -> ResponseReturnValue:
    """Everyone's chats, the bot's state and its switches; with `start`, the way into a chat by a link."""
    if "start" in request.args:
        return open_link()
    with desk().store.reading() as db:
        faults = switches.load(db, TelegramFaults)
        return render_template(
            "telegram/chats.html",
            **_list_of_chats(db),
            webhook=bot.load_webhook(db, desk().settings),
            failure=bot.last_failure(db).get("last_error_message", ""),
            waiting=updates.pending(db),
            updates=updates.recent(db, 20),
            groups=switches.form_groups(faults),
            faults=faults,
            languages=LANGUAGES,
        )


@pages.get("/open")
def open_link() -> ResponseReturnValue:
    """A deep link (t.me/<bot>?start=…) was opened: by whom? `as` is an id or a phone."""
    payload = request.args.get("start", "")
    with desk().store.reading() as db:
        person = people.find(db, request.args.get("as", ""))
        if person is not None:
            return redirect(url_for(".chat", person_id=person.id, start=payload), 303)
        return render_template("telegram/open.html", payload=payload, **_list_of_chats(db))


@pages.post("/people")
def make_person() -> ResponseReturnValue:
    """Someone new with the phone that was typed; who has it already is opened."""
    language = request.form.get("language", "ru")
    try:
        with desk().store.writing() as db:
            person = people.add(
                db,
                name=request.form.get("name", ""),
                phone=request.form.get("phone", ""),
                language=language if language in LANGUAGES else "ru",
            )
    except ValueError:
        abort(400)
    return redirect(url_for(".chat", person_id=person.id, start=request.form.get("start") or None), 303)


@pages.get("/chats/<int:person_id>")
def chat(person_id: int) -> ResponseReturnValue:
    """One person's chat. Whoever has seen it gets 304 until something changes."""
    now = clock.now().timestamp()
    with desk().store.reading() as db:
        person = _known(people.find(db, person_id))
        tag = screen.mark_of(db, person, now=now)
        if request.if_none_match.contains_weak(tag):
            return Response(status=304)
        html = render_template(
            "telegram/chat.html",
            screen=screen.screen(db, person, now=now),
            start=request.args.get("start"),
            **_list_of_chats(db),
            bot=bot.bot_user(desk().settings),
            portal_url=desk().settings.portal_url.rstrip("/"),
            languages=LANGUAGES,
            faults=switches.load(db, TelegramFaults),
        )
    answer = make_response(html)
    answer.set_etag(tag, weak=True)
    return answer


@pages.post("/chats/<int:person_id>")
def do_in_chat(person_id: int) -> ResponseReturnValue:
    """Whatever the person pressed, typed or chose."""
    try:
        with desk().store.writing() as db:
            person = _known(people.find(db, person_id))
            _do(Chat(db, desk().settings, person, clock.now().timestamp()))
    except (CannotError, RefusalError):
        abort(400)
    desk().telegram.wake()
    return redirect(url_for(".chat", person_id=person_id), 303)


@pages.get("/login")
def choose_login() -> ResponseReturnValue:
    """The Login Widget before anybody has signed in to Telegram: whose phone is it? Then as `login`."""
    url = _asked_address()
    with desk().store.reading() as db:
        return render_template("telegram/login.html", url=url, **_list_of_chats(db))


@pages.get("/chats/<int:person_id>/login")
def login(person_id: int) -> ResponseReturnValue:
    """What the Login Widget does: back to `url` with signed data, which may be made `age` seconds old."""
    with desk().store.reading() as db:
        person = _known(people.find(db, person_id))
    data = signing.login_data(person, token=desk().settings.telegram_bot_token, now=_signed_at())
    url = _asked_address()
    return redirect(f"{url}{'&' if '?' in url else '?'}{urlencode(data)}", 303)


@pages.get("/chats/<int:person_id>/app")
def mini_app(person_id: int) -> ResponseReturnValue:
    """What opening a Mini App does: `url` with signed initData behind the #, where its script finds it."""
    with desk().store.reading() as db:
        person = _known(people.find(db, person_id))
    data = signing.init_data(
        person,
        token=desk().settings.telegram_bot_token,
        now=_signed_at(),
        start_param=request.args.get("start_param", ""),
    )
    told = f"tgWebAppData={quote(data, safe='')}&tgWebAppVersion=8.0&tgWebAppPlatform=web"
    return redirect(f"{_asked_address()}#{told}", 303)


@pages.get("/photos/<file_id>")
def picture(file_id: str) -> ResponseReturnValue:
    """A picture of a message."""
    with desk().store.reading() as db:
        found = photos.find(db, file_id)
    if found is None:
        abort(404)
    return Response(found.content, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@pages.post("/updates/again")
def tell_now() -> ResponseReturnValue:
    """Try everything that waits for the webhook at once."""
    with desk().store.writing() as db:
        updates.try_now(db)
    desk().telegram.wake()
    return redirect(url_for(".all_chats"), 303)


def _do(chat: Chat) -> None:
    form = request.form
    if "press" in form:
        message_id, _, data = form["press"].partition(":")
        chat.press(int(message_id) if message_id.isdigit() else 0, data=data)
    elif "start" in form:
        chat.start(form["start"])
    elif "contact" in form:
        chat.share_contact(form.get("phone", ""), form.get("name", ""))
    elif "membership" in form:
        (chat.block if form["membership"] == "block" else chat.unblock)()
    elif "seen" in form:
        chat.put_away(form["seen"])
    elif form.get("language") in LANGUAGES:
        people.change(chat.db, chat.person.id, language=form["language"])
    elif "picture" in request.files:
        _send_picture(chat)
    else:
        chat.say(form.get("text", ""))


def _send_picture(chat: Chat) -> None:
    file = request.files["picture"]
    photo = photos.read_upload(Upload(file.filename or "photo", file.read()))
    photos.keep(chat.db, photo)
    chat.send_photo(photo.sizes(), request.form.get("caption", "").strip())


def _list_of_chats(db: sqlite3.Connection) -> dict[str, object]:
    shown = [(person, messages.of_chat(db, person.id, limit=1)) for person in people.latest(db, _CHATS_SHOWN)]
    return {
        "people": [
            (person, last[-1], screen.snippet(last[-1])) if last else (person, None, "") for person, last in shown
        ]
    }


def _asked_address() -> str:
    url = request.args.get("url", "")
    if not is_web_address(url):
        abort(400)
    return url


def _signed_at() -> float:
    return clock.now().timestamp() - request.args.get("age", 0, int)


def _known(person: Person | None) -> Person:
    if person is None:
        abort(404)
    return person
