"""Whatever is said anywhere in the conversation, in any language, fits what Telegram and WhatsApp take.

Limits: https://core.telegram.org/bots/api (sendMessage, sendPhoto, InlineKeyboardButton) and
https://www.twilio.com/docs/content (quick reply, list picker) with WhatsApp's free text of 1600.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bots import table, words
from app.bots.states import State
from app.channels import whatsapp_parts
from app.channels.inbound import InboundKind
from app.channels.message import Answer, Message
from app.channels.telegram import rendering
from app.channels.whatsapp_parts import Free, Pressable
from app.channels.whatsapp_text import LONGEST_REPLY
from app.db import engine
from app.domain.access.details import LONGEST, AccessDetails
from app.domain.chats import identities
from app.domain.checkout import request
from app.domain.checkout.look import HoldRequest
from app.domain.favourites import saving
from app.domain.hosting.prices import WantedRule, add_rule
from app.domain.messages import writing
from app.domain.messages.writing import Words
from app.domain.reviews import writing as reviews
from app.i18n import LANGUAGES, current_language, gettext, use_language
from app.kit.pictures import Sized
from app.models import AccessInstructions, Channel, District, Messenger, Role
from app.notify import chat_notices
from tests import factories
from tests.bots.walk import Event, Walk, press, typed
from tests.habits.test_translations import catalog, messages

TITLE = "Просторная двухкомнатная квартира с видом на горы у парка Первого Президента, 10 минут до метро 🏔"
LONG = "Ключ лежит в сейфе слева от двери подъезда, под козырьком. 🗝 " * 40
STRANGER = 6
"""So many steps somebody goes who is nobody yet: a quote, its button, the phone, the code, the name."""
CALENDAR = {"cout", "nop"}
"""Acts of a calendar, which WhatsApp does not show."""
TEXTS = (
    "ыыыыы",
    "Алматы 12–15 декабря двое",
    "12 декабря",
    "20000",
    "2",
    "+77015550199",
    "000000",
    "Айгерим",
    LONG[:1900],
)


@dataclass(frozen=True)
class People:
    """Somebody who is everything at once: a guest with stays of every kind, a landlord, and staff."""

    user_id: UUID
    beginnings: tuple[Event, ...]
    booking: Event
    """Shows what a stay costs."""


def test_every_notification_leads_to_an_act_that_there_is() -> None:
    offers = [*chat_notices.BUTTONS.values(), *chat_notices._ABOUT_THREAD.values()]
    named = {act for rows in offers for row in rows for _label, act in row}
    assert named <= set(table.ACTS)
    labels = {label for rows in offers for row in rows for label, _act in row}
    assert [label for label in sorted(labels) if not _is_short_everywhere(label, "ru")] == []


def test_every_word_command_and_link_leads_to_an_act_that_there_is() -> None:
    wanted = {*words.COMMANDS.values(), *words.MEANINGS.values(), *table.LINKS.values()} - {"back"}
    assert wanted <= set(table.ACTS)


def test_every_state_can_be_reached_and_is_in_the_diagram(app: Flask) -> None:
    reached = {to for _from, _by, to in table.edges()}
    assert reached == {state.value for state in State}
    drawn = set(re.findall(r"\w+", app.test_cli_runner().invoke(args=["chats", "diagram"]).output))
    assert {state.value for state in State} <= drawn
    assert set(table.HEARINGS) <= set(State)


@pytest.mark.parametrize(
    ("language", "messenger"),
    [
        ("ru", Messenger.TELEGRAM),
        ("kk", Messenger.WHATSAPP),
        pytest.param("en", Messenger.TELEGRAM, marks=pytest.mark.drill),
    ],
)
def test_all_that_is_said_fits_in_both_messengers(
    app: Flask, now: datetime, language: str, messenger: Messenger
) -> None:
    walked, reached, ran = [], set[State](), set[str]()
    for is_known in (True, False):
        walk = _walk(now, messenger, language, is_known=is_known)
        walked += walk.seen
        reached |= walk.reached
        ran |= set(walk.ran)
    use_language(language)
    replies = set[str]()
    for seen in walked:
        try:
            _assert_fits(seen.answer, replies)
        except AssertionError as error:
            raise AssertionError(f"{seen.event} in {seen.state}: {error}") from None
    assert [reply for reply in sorted(replies) if not _is_short_everywhere(reply, language)] == [], "cut elsewhere"
    assert sorted(set(State) - reached) == [], "the walk did not come by here"
    elsewhere = CALENDAR if messenger is Messenger.WHATSAPP else set()
    assert sorted(set(table.ACTS) - ran - elsewhere) == [], "the walk pressed nothing of these"


def _walk(now: datetime, messenger: Messenger, language: str, *, is_known: bool) -> Walk:
    """All of it happens in a transaction that is never committed."""
    phone = factories.new_phone()
    address = phone if messenger is Messenger.WHATSAPP else phone[1:]
    with Session(engine(), expire_on_commit=False) as session:
        contact = (InboundKind.CONTACT, {"phone": phone})
        walk = Walk(
            session,
            messenger,
            address,
            now,
            everywhere=[*map(typed, TEXTS[:2]), contact],
            heard=[*map(typed, TEXTS[2:])],
        )
        people = _people(session, now)
        chat = identities.lock(session, messenger, address, now=now).chat
        if is_known:
            chat.language = language
            identities.link(session, chat, people.user_id, now=now)
            walk.begin(people.beginnings)
        else:
            token = identities.link_token(people.user_id, now=now)
            walk.deepest = STRANGER
            walk.begin([(InboundKind.START, {"payload": ""})])
            chat.language = language
            walk.begin([(InboundKind.OTHER, {}), press(f"tok:{token}"), press("link"), people.booking])
        session.rollback()
    return walk


def _people(session: Session, now: datetime) -> People:
    me = factories.make_user(session, roles=(Role.GUEST, Role.LANDLORD, Role.ADMIN), name="Ж" * 60)
    titles = dict.fromkeys(LANGUAGES, TITLE)
    flats = [factories.make_property(session, title=titles, street="проспект " + "Абая" * 20) for _ in range(6)]
    own = [factories.make_property(session, title=titles, landlord_id=me) for _ in range(5)]
    own.append(factories.make_property(session, title=titles, landlord_id=me, instant_booking=False))
    details = {name: ("Щ" * length)[:length] for name, length in LONGEST.items()}
    session.get_one(AccessInstructions, flats[0].id).details = AccessDetails(**details).model_dump_json()
    today = factories.make_paid_booking(session, flats[0], me, factories.stay_in(0, 2, now=now), now=now)
    ahead = factories.make_paid_booking(session, flats[1], me, factories.stay_in(20, 3, now=now), now=now)
    past = factories.make_completed_booking(session, flats[2], me, now=now)
    held = factories.make_hold(session, flats[3], me, factories.stay_in(5, 2, now=now), now=now)
    guest = factories.make_user(session, name="Г" * 60)
    hosted = factories.make_paid_booking(session, own[0], guest, factories.stay_in(0, 2, now=now), now=now)
    wanted = HoldRequest(own[-1].id, factories.stay_in(6, 2, now=now), 2)
    asked = request.ask(session, wanted, guest_id=guest, channel=Channel.WHATSAPP, now=now)
    ahead_by = factories.stay_in(30, 3, now=now)
    rule = WantedRule(ahead_by.check_in, ahead_by.check_out, price=45_000, name="Ц" * 60)
    rule_id = add_rule(session, own[0].id, rule, landlord_id=me, now=now)
    reviewed = factories.make_completed_booking(session, flats[4], guest, left=9, now=now)
    reviews.write(session, reviewed.reference, guest_id=guest, rating=5, text=LONG, photos=(), now=now)
    for flat in flats:
        writing.write_to_landlord(session, flat.id, guest_id=me, words=_words(), now=now)
        saving.save(session, me, flat.id, now=now)
    thread = writing.write_to_landlord(session, own[0].id, guest_id=guest, words=_words(), now=now).thread_id
    shown = replace(_words(), photo=Sized(b"webp", 4, 3))
    writing.write_to_landlord(session, own[0].id, guest_id=guest, words=shown, now=now)
    session.flush()
    district = session.scalars(select(District.id).limit(1)).one()
    slow = factories.make_property(session, title=titles, instant_booking=False).id
    beginnings = [typed(command) for command in words.COMMANDS]
    beginnings += [press(f"bk:{booking.reference}") for booking in (today, ahead, past, held)]
    beginnings += [press(f"{act}:{today.reference}") for act in ("keys", "ext", "extw", "can")]
    beginnings += [press(f"hbok:{booking.reference}") for booking in (hosted, asked)]
    beginnings += [
        press(f"flat:{flats[4].id}"),
        press(f"way:{held.reference}"),
        press(f"plc:{district}"),
        press(f"wrtp:{flats[5].id}"),
        press(f"thr:{thread.hex}"),
        press(f"wrtb:{hosted.reference}"),
    ]
    beginnings += [
        press(f"rev:{past.reference}"),
        press(f"hreq:{asked.reference}"),
        press(f"hflat:{own[0].id}"),
    ]
    beginnings += [press(payload) for payload in ("staff", "flt", "prl", "link", "own", "again", "nonsense")]
    days = f"{ahead_by.check_in:%y%m%d}:{ahead_by.check_out:%y%m%d}"
    beginnings += [press(f"hunx:{own[0].id}:0"), press(f"hprz:{own[0].id}:0"), press(f"hprn:{own[0].id}:{days}:21000")]
    beginnings += [press(f"hprr:{own[0].id}:{rule_id}"), press(f"hpra:{own[0].id}:b")]
    beginnings += [press(f"quote:{flat}:{days}:2") for flat in (flats[5].id, slow)]
    beginnings += [(InboundKind.START, {"payload": f"b{ahead.reference}"}), (InboundKind.OPT_OUT, {})]
    return People(me, tuple(beginnings), press(f"quote:{flats[5].id}:{days}:2"))


def _words() -> Words:
    return Words(LONG[:1990], Channel.TELEGRAM, f"key{factories.new_phone()[1:]}")


def _assert_fits(answer: Answer, replies: set[str]) -> None:
    """Adds the quick replies that WhatsApp would show."""
    assert answer.messages or answer.toast, "silence"
    for message in answer.messages:
        _fits_telegram(message)
        _fits_whatsapp(message, replies)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _fits_telegram(message: Message) -> None:
    text = rendering.text_of(message)
    shown = re.sub(r"<[^>]+>", "", rendering.html_of(text))
    assert 1 <= _units(shown) <= 4096
    assert "**" not in shown
    markup = rendering.inline_markup(message)
    rows = [] if markup is None else markup.keyboard
    assert all(1 <= len(row) <= 8 for row in rows)
    assert sum(len(row) for row in rows) <= 100
    for button in (button for row in rows for button in row):
        assert button.text.strip(), "Telegram refuses the whole message"
        assert _units(button.text) <= 64, button.text  # longer ones are cut on a phone
        assert (button.callback_data is None) != (button.url is None)
        assert len((button.callback_data or "").encode()) <= 64


def _fits_whatsapp(message: Message, replies: set[str]) -> None:
    parts = whatsapp_parts.parts_of(message)
    assert parts, "nothing would be sent"
    for part in parts:
        if isinstance(part, Free):
            shown = part.photo or part.picture
            assert part.text or shown
            assert _units(part.text) <= (1024 if shown else 1600)
        else:
            _fits_buttons(part)
            labels = {button.payload: button.label for button in message.buttons}
            replies |= set() if part.list_button else _whole_replies(part, labels)


def _whole_replies(part: Pressable, labels: dict[str | None, str]) -> set[str]:
    """A quick reply has no line under it that would say what was cut off: its text itself has to be short enough."""
    for option in part.options:
        assert option.title == labels[option.id], f"{labels[option.id]!r} is cut"
    return {option.title for option in part.options}


def _is_short_everywhere(reply: str, language: str) -> bool:
    """Would this quick reply be whole in the other languages? True for one with values in it: other walks meet it."""
    sources = _sources(language).get(reply, [])
    before, fitting = current_language(), not sources
    for source in sources:
        lengths = []
        for other in LANGUAGES:
            use_language(other)
            lengths.append(_units(gettext(source)))
        fitting |= max(lengths) <= LONGEST_REPLY
    use_language(before)
    return fitting


@cache
def _sources(language: str) -> dict[str, list[str]]:
    """What is said in a language, and the Russian texts that are said so."""
    found: dict[str, list[str]] = {}
    for source in (message.id for message in messages("ru") if isinstance(message.id, str)):
        found.setdefault(str(catalog(language)[source].string or source), []).append(source)
    return found


def _fits_buttons(part: Pressable) -> None:
    content, values = part.content(), part.variables()
    assert 1 <= len(values) <= 100
    assert all(value.strip() and "\n" not in value for value in values.values())
    assert len(content.friendly_name) <= 64
    assert 1 <= _units("\n".join(part.lines)) <= 1024
    assert len(part.options) <= (10 if part.list_button else 3)
    assert len({option.title.casefold() for option in part.options}) == len(part.options)
    assert _units(part.list_button) <= 20
    for option in part.options:
        assert 1 <= _units(option.title) <= (24 if part.list_button else 20), option.title
        assert _units(option.note) <= 72
        assert 1 <= len(option.id.encode()) <= 200
