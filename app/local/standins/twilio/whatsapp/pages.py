"""The phones: chats with the business, one for each person, and the switches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.fault_views import add_fault_views
from app.local.standins.twilio.whatsapp import inbound, media, messages, people
from app.local.standins.twilio.whatsapp.chat_view import chat, formatted
from app.local.standins.twilio.whatsapp.faults import WhatsAppFaults
from app.local.standins.twilio.whatsapp.inbound import Line, NotPossibleError
from app.local.standins.twilio.whatsapp.media import File

pages = Blueprint("whatsapp", __name__, url_prefix="/whatsapp")
add_fault_views(pages, WhatsAppFaults, page=".all_chats")

BUSINESS = "ЖильеGO"
"""The channel knows the business's name from its profile, not from a message."""

_GREETING = "Здравствуйте!"


@pages.get("/")
def all_chats() -> ResponseReturnValue:
    """Whose phone to pick up."""
    return render_template("whatsapp/chats.html", **_beside(None))


@pages.get("/open")
def open_link() -> ResponseReturnValue:
    """What `https://wa.me/<number>?text=…` is in life: choose the person, and the text is in their composer."""
    return render_template("whatsapp/chats.html", **{**_beside(None), "is_link": True})


@pages.get("/chats/<phone>")
def one_chat(phone: str) -> ResponseReturnValue:
    """A person's chat with the business."""
    number = _number(phone)
    now = clock.now().timestamp()
    with desk().store.reading() as db:
        bubbles = chat(db, number, now=now)
        person = people.find(db, number)
    return render_template(
        "whatsapp/chat.html",
        **_beside(number),
        person=person,
        seconds_left=int(person.seconds_left(now)),
        bubbles=bubbles,
        formatted=formatted,
        greeting=_GREETING,
    )


@pages.post("/chats")
def new_chat() -> ResponseReturnValue:
    """Take the phone with a number that was typed."""
    number = people.number(request.form.get("phone", ""))
    if number is None:
        return redirect(url_for(".all_chats", trouble="number"), 303)
    name = request.form.get("name", "")
    with desk().store.writing() as db:
        if name.strip():
            inbound.rename(db, number, name)
    text = request.form.get("text") or None
    return redirect(url_for(".one_chat", phone=number, text=text), 303)


@pages.post("/chats/<phone>/say")
def say(phone: str) -> ResponseReturnValue:
    """Send what was typed, or a picture with that as its caption."""
    text, given = request.form.get("text", ""), request.files.get("file")
    if given is None or not given.filename:
        return _do(phone, lambda db, line, now: inbound.write(db, line, _number(phone), text, now=now), text=text)
    file = File(given.mimetype, given.read(media.LARGEST + 1))
    return _do(phone, lambda db, line, now: inbound.send_file(db, line, _number(phone), file, text, now=now), text=text)


@pages.post("/chats/<phone>/press")
def press(phone: str) -> ResponseReturnValue:
    """Press a button or an item of a list."""
    button, under = request.form.get("button", ""), request.form.get("under")
    return _do(phone, lambda db, line, now: inbound.press(db, line, _number(phone), button, under=under, now=now))


@pages.post("/chats/<phone>/change")
def change(phone: str) -> ResponseReturnValue:
    """Block, unblock, let 25 hours pass."""
    what = request.form.get("what", "")
    return _do(phone, lambda db, _line, _now: inbound.change(db, _number(phone), what))


@pages.get("/media/<sid>")
def show_media(sid: str) -> ResponseReturnValue:
    """A picture in a chat, for the page."""
    with desk().store.reading() as db:
        file = media.find(db, sid)
    if file is None:
        abort(404)
    return Response(file.content, content_type=file.content_type, headers={"Cache-Control": "private, max-age=86400"})


def _do(phone: str, act: Callable[[sqlite3.Connection, Line, float], object], *, text: str = "") -> ResponseReturnValue:
    """Do it, wake the courier, and show the chat again; what is not possible is said there."""
    number, trouble = _number(phone), None
    now = clock.now().timestamp()
    try:
        with desk().store.writing() as db:
            act(db, desk().line, now)
    except NotPossibleError as error:
        trouble = str(error)
    desk().whatsapp_courier.wake()
    return redirect(url_for(".one_chat", phone=number, text=text if trouble else None, trouble=trouble), 303)


def _number(phone: str) -> str:
    number = people.number(phone)
    if number is None:
        abort(404)
    return number


def _beside(current: str | None) -> Mapping[str, object]:
    """The list of chats, which stands beside the open one where there is room, and the switches under it."""
    with desk().store.reading() as db:
        everybody = people.everybody(db)
        faults = switches.load(db, WhatsAppFaults)
        latest = {person.phone: messages.last(db, person.phone) for person in everybody}
    return {
        "business": BUSINESS,
        "current": current,
        "everybody": everybody,
        "latest": latest,
        "faults": faults,
        "groups": switches.form_groups(faults),
        "is_link": False,
        "text": request.args.get("text", ""),
        "trouble": request.args.get("trouble", ""),
    }
