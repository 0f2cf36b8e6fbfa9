"""The WhatsApp channel against the stand-in: what is said arrives, can be pressed, and fails as it should."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from PIL import Image
from redis import Redis
from werkzeug.datastructures import MultiDict

from app.bots.turn import button, link
from app.channels.inbound import InboundKind, Media
from app.channels.message import Button, Message, Notice
from app.channels.whatsapp import WhatsAppChannel
from app.channels.whatsapp_contents import ContentShelf
from app.integrations.errors import AddressGone, ProviderRefused, ProviderUnavailable
from app.integrations.twilio_content import ContentApi
from app.integrations.twilio_inbound import parse_form
from app.integrations.twilio_status import HEADER, verify
from app.integrations.twilio_traffic import WhatsAppRate
from app.integrations.twilio_whatsapp import TwilioWhatsApp
from app.models import NotificationKind
from app.notify.whatsapp_templates import category_of, template_of
from tests.integrations.recorder import Recorder
from tests.integrations.whatsapp import WEBHOOK, form_of
from tests.services import Services
from tests.standins import CREDENTIALS, PATIENCE, StandIns, wait_until
from tests.whatsapp_phone import WhatsAppPhone

ACCOUNT, TOKEN = CREDENTIALS["TWILIO_ACCOUNT_SID"], CREDENTIALS["TWILIO_AUTH_TOKEN"]
ROWS = ((button("🔎 Найти квартиру", "city"),), (button("‹ Назад", "back"), button("☰ Главное меню", "menu")))


class Recording(ContentApi):
    """Counts what is asked of the Content API."""

    created = 0
    listed = 0

    def create(self, content: object) -> str:
        self.created += 1
        return super().create(content)  # type: ignore[arg-type]

    def names(self) -> Iterator[tuple[str, str]]:
        self.listed += 1
        return super().names()


@pytest.fixture
def redis(services: Services) -> Iterator[Redis]:
    connection = Redis.from_url(services.redis_url)
    connection.flushdb()
    yield connection
    connection.close()


def api_at(url: str) -> Recording:
    return Recording(base_url=url, account_sid=ACCOUNT, auth_token=TOKEN)


@pytest.fixture
def api(standins: StandIns) -> Iterator[Recording]:
    found = api_at(standins.content_url)
    yield found
    found.close()


def client_at(url: str, sender: str = "+77270000001", callback: str | None = None) -> TwilioWhatsApp:
    return TwilioWhatsApp(base_url=url, account_sid=ACCOUNT, auth_token=TOKEN, sender=sender, status_callback=callback)


@pytest.fixture
def channel(
    standins: StandIns, receiver: Recorder, api: Recording, redis: Redis, services: Services
) -> Iterator[WhatsAppChannel]:
    client = client_at(standins.twilio_url, standins.whatsapp_number, f"{receiver.url}/twilio/status/")
    yield WhatsAppChannel(
        client,
        ContentShelf(api, redis),
        WhatsAppRate(services.redis_url),
        photo_url=lambda key: f"{receiver.url}/chat-photos/{key}.jpg",
        picture_url=str,
        template_of=template_of,
    )
    client.close()


def told(receiver: Recorder, sid: str) -> list[str]:
    """The statuses that Twilio told of a message."""
    return [
        form["MessageStatus"]
        for request in list(receiver.requests)
        if request.path == "/twilio/status/" and (form := form_of(request))["MessageSid"] == sid
    ]


def heard(receiver: Recorder, channel: WhatsAppChannel, sid: str) -> tuple[InboundKind, str]:
    """What our channel understands of what the person did, as Twilio posted it."""

    def posted() -> dict[str, str] | None:
        forms = [form_of(request) for request in list(receiver.requests) if request.path == WEBHOOK]
        return next((form for form in forms if form["MessageSid"] == sid), None)

    form = wait_until(posted, PATIENCE, f"post of {sid}")
    inbound = channel.parse(parse_form(MultiDict(form)).model_dump_json(by_alias=True))
    assert inbound is not None
    return inbound.kind, inbound.payload or inbound.text


@pytest.fixture
def open_phone(phone: WhatsAppPhone) -> WhatsAppPhone:
    """A person who has written."""
    phone.send_text("Здравствуйте")
    return phone


def test_text_buttons_and_links_arrive_as_they_were_meant(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, receiver: Recorder
) -> None:
    rows = (*ROWS, (link("Сайт", "https://zhilego.kz"),))
    channel.send(open_phone.phone, Message(text="**ЖильеGO**\n\nЧто сделаем?\nВыбирайте", rows=rows))
    message = open_phone.wait_for("Что сделаем?")
    assert message.kind == "quick-reply"
    assert message.body == "*ЖильеGO*\n\nЧто сделаем?\nВыбирайте\n\nСайт: https://zhilego.kz"
    assert message.titles == ["🔎 Найти квартиру", "‹ Назад", "☰ Главное меню"]
    assert heard(receiver, channel, open_phone.press("🔎 Найти квартиру")) == (InboundKind.PRESS, "city")


def test_a_list_arrives_and_its_rows_can_be_pressed(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, receiver: Recorder
) -> None:
    rows = tuple((button(f"Квартира {number}", "flat", number, note=f"{number}0 000 ₸"),) for number in range(1, 9))
    channel.send(open_phone.phone, Message(text="Нашли 8", rows=(*rows, *ROWS[1:])))
    message = open_phone.wait_for("Нашли 8")
    assert (message.kind, message.list_button, len(message.options)) == ("list-picker", "Выбрать", 10)
    assert message.options[2].description == "30 000 ₸"
    assert heard(receiver, channel, open_phone.press("flat:3")) == (InboundKind.PRESS, "flat:3")


def test_more_than_ten_are_numbered(channel: WhatsAppChannel, open_phone: WhatsAppPhone) -> None:
    rows = tuple((button(f"Район {number}", "d", number),) for number in range(1, 15))
    channel.send(open_phone.phone, Message(text="Район?", rows=rows))
    assert open_phone.wait_for("14. Район 14").kind == "text"


def test_a_shape_is_written_down_once_and_found_again_without_redis(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, api: Recording, redis: Redis, services: Services
) -> None:
    words = Message(text="Раз\nдва\n\nтри", rows=ROWS)
    for _ in range(3):
        channel.send(open_phone.phone, words)
    created = api.created
    assert created <= 1
    redis.flushdb()
    another = api_at(str(api._client.base_url))
    channel._shelf = ContentShelf(another, redis)  # a process that starts after Redis was lost
    channel.send(open_phone.phone, words)
    assert (another.created, another.listed) == (0, 1)
    wait_until(lambda: len(open_phone.received()) == 4, PATIENCE, "four messages")


def test_a_content_that_somebody_deleted_is_written_down_anew(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, api: Recording
) -> None:
    words = Message(text="а\nб\nв\nг", rows=ROWS)
    channel.send(open_phone.phone, words)
    for name, sid in list(api.names()):
        if name.startswith("zg-shape-"):
            api._client.delete(f"/v1/Content/{sid}").raise_for_status()
    channel.send(open_phone.phone, words)
    wait_until(lambda: len(open_phone.received()) == 2, PATIENCE, "two messages")


def test_without_redis_a_process_remembers_for_itself(
    open_phone: WhatsAppPhone, standins: StandIns, api: Recording
) -> None:
    away = Redis.from_url("redis://127.0.0.1:9/0")
    channel = WhatsAppChannel(
        client_at(standins.twilio_url, standins.whatsapp_number),
        ContentShelf(api, away),
        WhatsAppRate("redis://127.0.0.1:9/0"),
        photo_url=str,
        picture_url=str,
        template_of=template_of,
    )
    for _ in range(3):
        channel.send(open_phone.phone, Message(text="без Redis", rows=ROWS))
    assert (api.listed, api.created <= 1) == (1, True)


def test_a_photo_that_twilio_cannot_have_is_told_as_a_failure(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, receiver: Recorder
) -> None:
    notice = Notice(kind="keys", language="ru", message=Message(text="Вход", photos=("no-such",)))
    sid = channel.send_notice(open_phone.phone, notice, is_open=True)
    wait_until(lambda: "failed" in told(receiver, sid), PATIENCE, "failure")
    assert any(request.path == "/chat-photos/no-such.jpg" for request in receiver.requests)


@pytest.mark.parametrize("rows", [(), ROWS])
@pytest.mark.parametrize("photo", [Message(text="", photos=("room-1",)), Message(text="", picture="5b1d4c37")])
def test_a_photo_that_is_refused_costs_neither_the_words_nor_the_buttons(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, photo: Message, rows: tuple[tuple[Button, ...], ...]
) -> None:
    channel._photo_url = channel._picture_url = lambda key: f"no address of {key}"
    channel.send(open_phone.phone, photo.model_copy(update={"text": "Карточка", "rows": rows}))
    assert open_phone.wait_for("Карточка").titles == [each.label for row in rows for each in row]
    with pytest.raises(ProviderRefused, match="21620"):
        channel.send(open_phone.phone, photo)


def notice(kind: NotificationKind = NotificationKind.PAYOUT_SENT) -> Notice:
    return Notice(
        kind=kind.value,
        language="ru",
        message=Message(text="ЖильеGO: выплата 127 500 ₸ отправлена."),
        variables=("127 500 ₸", "https://zhilego.kz/cabinet"),
    )


def approved(api: ContentApi, kind: NotificationKind = NotificationKind.PAYOUT_SENT) -> None:
    template = template_of(kind.value, "ru")
    assert template is not None
    known = dict(api.names())
    if template.friendly_name in known:
        return
    sid = api.create(template)
    api.submit(sid, name=template.friendly_name, category=category_of(kind))
    wait_until(lambda: api.approval(sid).is_given, PATIENCE, "approval")


def test_a_notice_is_told_freely_inside_the_24_hours_and_its_fate_comes_back(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, receiver: Recorder
) -> None:
    sid = channel.send_notice(open_phone.phone, notice(), is_open=True)
    assert not open_phone.wait_for("127 500 ₸").is_template
    wait_until(lambda: "read" in told(receiver, sid), PATIENCE, "fate")


def test_after_the_24_hours_a_notice_is_a_template(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, api: Recording
) -> None:
    approved(api)
    open_phone.jump_25_hours()
    channel.send_notice(open_phone.phone, notice(), is_open=False)
    message = open_phone.wait_for("127 500 ₸")
    assert message.is_template
    assert message.body.startswith("ЖильеGO: выплата 127 500 ₸ отправлена на ваш счёт.")


def test_without_an_approved_template_another_channel_is_due(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone
) -> None:
    for wanted in (notice(NotificationKind.IBAN_CHANGED), notice(NotificationKind.LOGIN_CODE)):
        with pytest.raises(ProviderRefused) as refused:
            channel.send_notice(open_phone.phone, wanted, is_open=False)
        assert refused.value.code == "no_template"
    assert open_phone.received() == []


def test_an_answer_after_the_24_hours_is_refused_and_seen(channel: WhatsAppChannel, open_phone: WhatsAppPhone) -> None:
    with pytest.raises(ProviderRefused) as refused:
        channel.send(open_phone.phone, Message(text="Ответ поддержки"), is_open=False)
    assert refused.value.code == "outside_window"


def test_a_person_who_left_twilios_list_is_gone(channel: WhatsAppChannel, open_phone: WhatsAppPhone) -> None:
    open_phone.opt_out()
    with pytest.raises(AddressGone) as gone:
        channel.send(open_phone.phone, Message(text="Ещё тут?"))
    assert gone.value.code == "21610"


def test_a_block_is_told_with_the_fate(channel: WhatsAppChannel, open_phone: WhatsAppPhone, receiver: Recorder) -> None:
    open_phone.block()
    sid = channel.send_notice(open_phone.phone, notice(), is_open=True)
    wait_until(lambda: told(receiver, sid) == ["failed"], PATIENCE, "fate")
    [form] = [form_of(one) for one in receiver.requests if one.path == "/twilio/status/" and sid in one.body.decode()]
    assert form["ErrorCode"] == "63014"


def test_the_fate_of_a_reply_comes_to_an_address_that_names_it(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, receiver: Recorder
) -> None:
    rows = ((Button(label="Проверить оплату", payload="pay:K7M2XWQ9"),),)
    name = f"17.{uuid4()}"
    channel.send(open_phone.phone, Message(text="Оплатите", rows=rows), told=name)
    path = f"/twilio/status/?reply={name}"
    posted = wait_until(lambda: [one for one in list(receiver.requests) if one.path == path], PATIENCE, "fate")
    form = form_of(posted[0])
    assert verify(TOKEN, f"{receiver.url}{path}", form.items(), posted[0].headers[HEADER])


def test_too_many_messages_come_with_a_time_to_wait(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, standins: StandIns
) -> None:
    standins.set_whatsapp_faults(answer="too_many")
    with pytest.raises(ProviderUnavailable) as unavailable:
        channel.send(open_phone.phone, Message(text="x"))
    assert unavailable.value.retry_after == timedelta(seconds=1)
    assert not unavailable.value.outcome_unknown


def test_a_server_error_may_have_sent_the_message(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, standins: StandIns
) -> None:
    for answer in ("server_error", "server_error_after"):
        standins.set_whatsapp_faults(answer=answer)
        with pytest.raises(ProviderUnavailable) as unavailable:
            channel.send(open_phone.phone, Message(text="x"))
        assert unavailable.value.outcome_unknown


def test_a_picture_that_a_person_sent_is_fetched_from_twilio(
    channel: WhatsAppChannel, open_phone: WhatsAppPhone, receiver: Recorder
) -> None:
    written = io.BytesIO()
    Image.new("RGB", (20, 20), "navy").save(written, "JPEG")
    sid = open_phone.send_file(written.getvalue(), caption="Кран")
    assert heard(receiver, channel, sid) == (InboundKind.MEDIA, "Кран")
    [form] = [form_of(one) for one in receiver.requests if one.path == WEBHOOK and sid in one.body.decode()]
    assert channel.fetch(Media(form["MediaUrl0"], "image/jpeg")) == written.getvalue()
