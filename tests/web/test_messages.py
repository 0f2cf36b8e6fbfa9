"""«Сообщения» over HTTP: writing from the flat, the booking and the cabinet, once; what is new, what was read."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.messages.reading import PAGE_SIZE
from app.domain.messages.writing import MOST_A_MINUTE, Words, answer, write_to_landlord
from app.kit import clock
from app.models import Channel, Message, MessageThread, Property, PropertyStatus
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay
from tests.web.test_cancelling import hidden
from tests.web.test_queries import statements

PHONE = "Мой номер 8 701 123 45 67"


@pytest.fixture
def host(web_app: Flask, open_stay: Stay) -> Browser:
    """The landlord of `open_stay`."""
    browser = Browser(web_app)
    browser.sign_in(open_stay.landlord_id)
    return browser


def landlord_of(web_app: Flask, flat: Property) -> Browser:
    browser = Browser(web_app)
    browser.sign_in(flat.landlord_id)
    return browser


def kept(web_app: Flask, property_id: int) -> list[tuple[str, bool]]:
    """(author, was it read) of the messages about a flat."""
    with web_app.app_context(), transaction() as session:
        statement = select(Message).join(MessageThread, MessageThread.id == Message.thread_id)
        found = session.scalars(statement.where(MessageThread.property_id == property_id).order_by(Message.number))
        return [(each.author, each.read_at is not None) for each in found]


def begin(
    web_app: Flask, flat: Property, guest_id: UUID, text: str = "Добрый день!", *, now: datetime | None = None
) -> str:
    """A message of the guest's; the path of the conversation."""
    words = Words(text, Channel.TELEGRAM, f"begin-{uuid4()}")
    with web_app.app_context(), transaction() as session:
        sent = write_to_landlord(session, flat.id, guest_id=guest_id, words=words, now=now or clock.now())
    return f"/messages/{sent.thread_id}"


def reply(web_app: Flask, path: str, author_id: UUID, text: str = "Здравствуйте") -> None:
    words = Words(text, Channel.WHATSAPP, f"reply-{uuid4()}")
    with web_app.app_context(), transaction() as session:
        answer(session, UUID(path.rpartition("/")[2]), author_id=author_id, words=words, now=clock.now())


# --- writing ---------------------------------------------------------------------------------------


def test_a_guest_writes_from_a_flats_page_and_the_landlord_answers(
    web_app: Flask, guest: Browser, flat: Property
) -> None:
    page = guest.get(f"/p/{flat.id}-{flat.slug}")
    assert f'href="/messages/to/{flat.id}"' in page.text
    form = guest.get(f"/messages/to/{flat.id}")
    assert "Ерлан" in text_of(form)
    sent = guest.post(f"/messages/to/{flat.id}", {"text": f"Есть утюг? {PHONE}", "form_key": hidden(form, "form_key")})
    assert sent.status_code == 303
    shown = text_of(guest.get(sent.location))
    assert "Есть утюг? Мой номер •••" in shown
    assert "Контакты скрыты до оплаты" in shown
    assert "123 45 67" not in shown

    host = landlord_of(web_app, flat)
    assert "1 непрочитанное сообщение" in text_of(host.get("/"))
    assert "Айгерим" in text_of(host.get("/cabinet/messages"))
    assert host.post(sent.location, {"text": "Есть"}).status_code == 303
    assert "Есть утюг" in text_of(host.get(sent.location))
    listed = text_of(guest.get("/messages"))
    assert "Ерлан" in listed
    assert "1 непрочитанное сообщение" in listed


def test_a_landlord_writes_from_the_bookings_page(guest: Browser, host: Browser, open_stay: Stay) -> None:
    path = f"/cabinet/bookings/{open_stay.reference}/message"
    assert f'href="{path}"' in host.get(f"/cabinet/bookings/{open_stay.reference}").text
    sent = host.post(path, {"text": f"Ключ в сейфе. {PHONE}"})
    assert sent.status_code == 303
    shown = text_of(guest.get(sent.location))
    assert f"Ключ в сейфе. {PHONE}" in shown, "the stay is paid: nothing is hidden"
    assert "скрываются" not in shown
    assert f"/bookings/{open_stay.reference}" in guest.get(sent.location).text
    assert f"/cabinet/bookings/{open_stay.reference}" in host.get(path).text


def test_the_bookings_page_leads_to_the_conversation(guest: Browser, open_stay: Stay) -> None:
    page = guest.get(f"/bookings/{open_stay.reference}")
    assert f'href="/messages/to/{open_stay.property_id}"' in page.text
    assert guest.get(f"/messages/to/{open_stay.property_id}").status_code == 200


def test_a_form_that_is_sent_twice_writes_once(web_app: Flask, guest: Browser, flat: Property) -> None:
    path = f"/messages/to/{flat.id}"
    fields = {"text": "Есть утюг?", "form_key": hidden(guest.get(path), "form_key")}
    first, second = guest.post(path, fields), guest.post(path, fields)
    assert first.location == second.location
    assert kept(web_app, flat.id) == [("guest", False)]
    changed = guest.post(path, fields | {"text": "А фен?"})
    assert changed.status_code == 422
    assert "А фен?" in changed.text
    assert kept(web_app, flat.id) == [("guest", False)]


def test_what_was_typed_comes_back_with_the_reason(guest: Browser, flat: Property) -> None:
    typed = "я" * 2001
    answered = guest.post(f"/messages/to/{flat.id}", {"text": typed})
    assert answered.status_code == 422
    assert typed in answered.text
    assert "не больше 2000 знаков" in text_of(answered)
    assert "Напишите хотя бы несколько слов" in text_of(guest.post(f"/messages/to/{flat.id}", {"text": " "}))


def test_too_many_messages_are_refused_and_nothing_is_lost(web_app: Flask, guest: Browser, flat: Property) -> None:
    for number in range(MOST_A_MINUTE):
        assert guest.post(f"/messages/to/{flat.id}", {"text": f"Вопрос {number}"}).status_code == 303
    answered = guest.post(f"/messages/to/{flat.id}", {"text": "И последний"})
    assert answered.status_code == 429
    assert "И последний" in answered.text
    assert len(kept(web_app, flat.id)) == MOST_A_MINUTE


def test_nobody_writes_about_an_own_flat_or_one_that_is_not_shown(
    web_app: Flask, guest: Browser, flat: Property
) -> None:
    host = landlord_of(web_app, flat)
    for answered in (host.get(f"/messages/to/{flat.id}"), host.post(f"/messages/to/{flat.id}", {"text": "Привет"})):
        assert answered.status_code == 422
        assert "Это ваша квартира" in text_of(answered)
    with web_app.app_context(), transaction() as session:
        session.get_one(Property, flat.id).status = PropertyStatus.PAUSED
    assert guest.get(f"/messages/to/{flat.id}").status_code == 404
    assert guest.post(f"/messages/to/{flat.id}", {"text": "Привет"}).status_code == 404
    assert kept(web_app, flat.id) == []


def test_markup_in_a_message_is_text(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    path = begin(web_app, flat, guest_id, "<b onclick=x>Жирно</b> & точка")
    page = guest.get(path).text
    assert "<b onclick" not in page
    assert "&lt;b onclick=x&gt;Жирно&lt;/b&gt; &amp; точка" in page


# --- what is new -----------------------------------------------------------------------------------


def test_an_open_page_is_told_what_is_new_and_tells_what_was_seen(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    path = begin(web_app, flat, guest_id)
    state = {"seen": "1", "read": "0"}
    assert guest.post(f"{path}/seen", state, htmx=True).status_code == 204
    reply(web_app, path, flat.landlord_id, "Слушаю вас")
    new = guest.post(f"{path}/seen", state, htmx=True)
    assert new.status_code == 200
    assert "Слушаю вас" in new.text
    assert "<textarea" not in new.text, "what is being typed stays"
    assert kept(web_app, flat.id)[1] == ("landlord", False), "it was not on the page that asked"
    seen = re.search(r'"seen":"(\d+)","read":"(\d+)"', new.text)
    assert seen is not None
    assert 'id="unread"' not in new.text
    state = {"seen": seen[1], "read": seen[2]}
    assert '<span id="unread"></span>' in guest.post(f"{path}/seen", state, htmx=True).text
    assert kept(web_app, flat.id)[1] == ("landlord", True)
    assert guest.post(f"{path}/seen", state, htmx=True).status_code == 204
    assert "непрочитанн" not in text_of(guest.get("/"))


def test_the_writer_sees_that_it_was_read(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    path = begin(web_app, flat, guest_id)
    assert "прочитано" not in text_of(guest.get(path))
    landlord_of(web_app, flat).post(f"{path}/seen", {"seen": "1", "read": "0"}, htmx=True)
    new = guest.post(f"{path}/seen", {"seen": "1", "read": "0"}, htmx=True)
    assert "прочитано" in text_of(new)
    assert guest.post(f"{path}/seen", {"seen": "1", "read": "1"}, htmx=True).status_code == 204


def test_looking_changes_nothing_and_a_button_does(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    """A GET is no act; without JavaScript the button says that it was read."""
    path = begin(web_app, flat, guest_id)
    host = landlord_of(web_app, flat)
    page = host.get(path)
    assert kept(web_app, flat.id) == [("guest", False)]
    assert host.post(f"{path}/seen", {"seen": hidden(page, "seen")}).location == path
    assert kept(web_app, flat.id) == [("guest", True)]


@pytest.mark.parametrize("state", [{}, {"seen": "-1"}, {"seen": "²"}, {"seen": "9" * 40, "read": "x"}])
def test_an_odd_state_is_no_state(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, state: dict[str, str]
) -> None:
    path = begin(web_app, flat, guest_id)
    reply(web_app, path, flat.landlord_id)
    assert guest.post(f"{path}/seen", state, htmx=True).status_code == 200
    assert kept(web_app, flat.id)[1] == ("landlord", False)


def test_writing_with_htmx_answers_with_the_conversation_and_an_empty_form(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    path = begin(web_app, flat, guest_id)
    answered = guest.post(path, {"text": "И ещё вопрос"}, htmx=True)
    assert answered.status_code == 200
    assert answered.text.lstrip().startswith('<div class="chat"')
    assert "И ещё вопрос" in answered.text
    assert re.search(r"<textarea[^>]*>\s*</textarea>", answered.text)
    refused = guest.post(path, {"text": ""}, htmx=True)
    assert refused.status_code == 422
    assert "<textarea" not in refused.text


def test_older_messages_are_on_pages_of_their_own(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    for minutes in range(PAGE_SIZE + 1, 0, -1):
        text = "Самое первое" if minutes == PAGE_SIZE + 1 else f"Письмо {minutes}"
        path = begin(web_app, flat, guest_id, text, now=clock.now() - timedelta(minutes=minutes))
    page = guest.get(path)
    assert "Самое первое" not in page.text
    older = re.search(rf'href="({path}\?before=\d+)"', page.text)
    assert older is not None
    first = guest.get(older[1])
    assert "Самое первое" in first.text
    assert "hx-post" not in first.text.split('id="chat"', 1)[1]


# --- what it costs ---------------------------------------------------------------------------------


def test_unread_messages_cost_no_query_of_their_own(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    before = len(statements(guest, "/bookings"))
    path = begin(web_app, flat, guest_id)
    reply(web_app, path, flat.landlord_id)
    assert "1 непрочитанное сообщение" in text_of(guest.get("/bookings"))
    assert len(statements(guest, "/bookings")) == before
    assert len(statements(guest, path)) <= 3
    assert len(statements(guest, "/messages")) <= 2
