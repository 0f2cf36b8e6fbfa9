"""What the demo's people write to each other: said by the product's own functions, at moments of the last days.

The demo guest and the demo landlord each have a conversation about a paid stay, one that was answered, and one with
something unread. Nobody is told today: no notification is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, cast, delete, select
from sqlalchemy.orm import Session

from app.domain.messages.writing import Words, answer, mark_read, write_to_landlord
from app.local.demo.flat import DemoFlat
from app.local.demo.people import People, Person
from app.local.demo.rooms.entrances import WayIn, way_in
from app.models import Channel, Notification, NotificationKind, OutboxItem, Side

_GUEST, _HOST = Side.GUEST, Side.LANDLORD


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation about a flat (by its place in the list): who says what, hours ago, and how much was read."""

    flat: int
    guest: Person
    lines: tuple[tuple[Side, float, str], ...]
    unread: int = 0
    """Of the last ones, by the other side."""
    channel: Channel = Channel.WEB
    photo: int | None = None
    """The line (from 1) that comes with a picture of the house's entrance."""


def plan_talks(flats: Sequence[DemoFlat], people: People) -> list[Talk]:
    """The conversations. The first flats are the demo landlord's; the demo guest has paid for the first."""
    another = next(place for place, flat in enumerate(flats) if flat.landlord.id != people.landlord.id)
    return list(_talks(people, another))


def _talks(people: People, another: int) -> Iterator[Talk]:
    me, (first, second, third) = people.guest, people.guests[:3]
    yield Talk(
        0,
        me,
        (
            (_GUEST, 49.5, "Здравствуйте! Приедем на машине. Есть где оставить её во дворе?"),
            (_HOST, 48.9, "Добрый день! Да, въезд под шлагбаум, откроется по звонку с вашего номера. Вот наш подъезд:"),
            (_GUEST, 48.7, "Отлично. Если что, мой номер 8 701 000 00 01."),
            (_HOST, 3.2, "Договорились. В квартире тёплые полы, но вечером прохладно: плед в шкафу."),
        ),
        unread=1,
        photo=2,
    )
    yield Talk(
        another,
        me,
        (
            (
                _GUEST,
                30.0,
                "Добрый день! Можно с небольшой собакой? Мой телефон +7 701 000 00 01, напишите.",
            ),
            (_HOST, 28.5, "Здравствуйте! С небольшой можно, только не на диван, пожалуйста."),
        ),
    )
    yield Talk(
        2,
        first,
        (
            (_GUEST, 26.0, "Сәлеметсіз бе! Балаға арналған төсек бар ма?"),
            (_HOST, 25.4, "Сәлеметсіз бе! Иә, бар, келгеніңізше дайындап қоямыз."),
            (_GUEST, 25.1, "Рақмет!"),
        ),
        channel=Channel.TELEGRAM,
    )
    yield Talk(
        4,
        second,
        (
            (_GUEST, 2.5, "Прилетаем в 6 утра. Можно заехать пораньше или хотя бы оставить вещи?"),
            (_GUEST, 2.4, "Нас двое взрослых и ребёнок."),
        ),
        unread=2,
        channel=Channel.WHATSAPP,
    )
    yield Talk(3, third, ((_GUEST, 1.2, "Is there a desk for work? I need a quiet place for calls."),), unread=1)


def say_all(
    session: Session, talks: Sequence[Talk], ids: Sequence[int], flats: Sequence[DemoFlat], *, now: datetime
) -> None:
    """Write the conversations; flats have these ids."""
    for number, talk in enumerate(talks):
        _say(session, talk, ids[talk.flat], flats[talk.flat].landlord, f"demo-talk-{number}", now=now)
    told = select(Notification.id).where(Notification.kind == NotificationKind.MESSAGE_RECEIVED)
    session.execute(delete(OutboxItem).where(OutboxItem.subject_id.in_(select(cast(told.subquery().c.id, String)))))
    session.execute(delete(Notification).where(Notification.kind == NotificationKind.MESSAGE_RECEIVED))
    session.flush()
    session.expunge_all()


def _say(session: Session, talk: Talk, property_id: int, host: Person, key: str, *, now: datetime) -> None:
    """The first line is a guest's: with it the conversation begins."""
    thread_id = None
    for number, (side, hours, text) in enumerate(talk.lines, start=1):
        at = now - timedelta(hours=hours)
        photo = way_in(WayIn.ENTRANCE) if number == talk.photo else None
        words = Words(text, talk.channel if side is _GUEST else Channel.WEB, f"{key}-{number}", photo)
        if thread_id is None:
            sent = write_to_landlord(session, property_id, guest_id=talk.guest.id, words=words, now=at)
            thread_id = sent.thread_id
        else:
            author = talk.guest if side is _GUEST else host
            answer(session, thread_id, author_id=author.id, words=words, now=at)
        if number <= len(talk.lines) - talk.unread:
            reader = host if side is _GUEST else talk.guest
            mark_read(session, thread_id, reader_id=reader.id, up_to=number, now=at + timedelta(minutes=4))
