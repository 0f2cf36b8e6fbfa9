"""Notifications as chats show them: the text, and the buttons that lead on into the conversation."""

from __future__ import annotations

from collections.abc import Mapping

from app.channels.message import Button, Message, Notice
from app.i18n import N_, gettext
from app.models import NotificationChannel, NotificationKind
from app.notify.rendering import render
from app.notify.whatsapp_words import variables_of

Offer = tuple[str, str]
"""Label and act (app/bots), whose value is the booking's reference."""

_BOOKING: Offer = (N_("🧳 Моя бронь"), "bk")
_KEYS: Offer = (N_("🔑 Ключи"), "keys")
_HOSTED: Offer = (N_("Открыть бронь"), "hbok")

BUTTONS: dict[NotificationKind, tuple[tuple[Offer, ...], ...]] = {
    NotificationKind.BOOKING_HELD: ((_BOOKING,),),
    NotificationKind.PAYMENT_FAILED: (((N_("Оплатить ещё раз"), "bk"),),),
    NotificationKind.BOOKING_CONFIRMED: ((_BOOKING,),),
    NotificationKind.KEYS: ((_BOOKING,),),
    NotificationKind.CHECK_IN_TOMORROW: ((_KEYS, _BOOKING),),
    NotificationKind.CHECK_IN_TODAY: ((_KEYS, _BOOKING),),
    NotificationKind.CHECK_OUT_TOMORROW: (((N_("Продлить"), "ext"), _BOOKING),),
    NotificationKind.STAY_CHANGED: ((_BOOKING,),),
    NotificationKind.BOOKING_CANCELLED: ((_BOOKING,),),
    NotificationKind.REFUNDED: ((_BOOKING,),),
    NotificationKind.REQUEST_ACCEPTED: (((N_("Оплатить"), "bk"),),),
    NotificationKind.REVIEW_REQUEST: (((N_("★ Оставить отзыв"), "rev"),),),
    NotificationKind.REQUEST_RECEIVED: (((N_("Ответить на запрос"), "hreq"),),),
    NotificationKind.NEW_BOOKING: ((_HOSTED,),),
    NotificationKind.STAY_CHANGED_TO_LANDLORD: ((_HOSTED,),),
    NotificationKind.CANCELLED_TO_LANDLORD: ((_HOSTED,),),
}
"""Rows of buttons; a kind that is not here has none. A test holds the acts against those of the conversation."""

_ABOUT_THREAD: dict[NotificationKind, tuple[tuple[Offer, ...], ...]] = {
    NotificationKind.MESSAGE_RECEIVED: (((N_("✎ Ответить"), "thrw"), (N_("Вся переписка"), "thr")),),
}
"""The same for what is about a conversation between two people: its id is the act's value."""


_TO_PAY_EXTENSION: tuple[tuple[Offer, ...], ...] = (((N_("Оплатить"), "extp"),),)
"""Instead of its own buttons, of an unpaid booking's kind that is about more nights (`extension`)."""


def notice_of(
    kind: NotificationKind, channel: NotificationChannel, language: str, params: Mapping[str, object]
) -> Notice:
    """What is said by this channel, in the language that is spoken (`use_language`). Raises as `render`."""
    text = render(kind, channel, language, **params)
    rows: tuple[tuple[Button, ...], ...] = ()
    if channel is not NotificationChannel.SMS:
        offers = _TO_PAY_EXTENSION if "extension" in params else BUTTONS.get(kind, ())
        rows = _rows(offers, params.get("reference"))
        rows += _rows(_ABOUT_THREAD.get(kind, ()), params.get("thread"))
    variables: tuple[str, ...] = ()
    if channel is NotificationChannel.WHATSAPP:
        subjects = tuple(dict.fromkeys(_subject_of(button) for row in rows for button in row))
        variables = (*variables_of(kind, params), *subjects)
    message = Message(text=text, rows=rows, picture=str(params.get("photo", "")))
    return Notice(kind=kind.value, language=language, message=message, variables=variables)


def offers_of(kind: NotificationKind) -> tuple[Offer, ...]:
    """All buttons of a kind, which are about one thing."""
    rows = BUTTONS.get(kind) or _ABOUT_THREAD.get(kind, ())
    return tuple(offer for row in rows for offer in row)


def _subject_of(button: Button) -> str:
    return (button.payload or "").partition(":")[2]


def _rows(offers: tuple[tuple[Offer, ...], ...], subject: object) -> tuple[tuple[Button, ...], ...]:
    if subject is None:
        return ()
    value = str(subject).replace("-", "")
    return tuple(tuple(Button(label=gettext(label), payload=f"{act}:{value}") for label, act in row) for row in offers)
