"""Sample values for every kind of notification: what the preview page shows and the tests render.

They are as long as real ones are: a street of an ordinary length, a price of six digits, the product's own address.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.domain.access.details import AccessDetails
from app.models import NotificationKind

_HOME = "https://zhilego.kz"
_REFERENCE = "K7M2XWQ9"
_ABOUT_BOOKING: dict[str, object] = {
    "reference": _REFERENCE,
    "check_in": date(2027, 9, 25),
    "check_out": date(2027, 9, 28),
    "check_in_at": datetime(2027, 9, 25, 9, tzinfo=UTC),
    "check_out_at": datetime(2027, 9, 28, 7, tzinfo=UTC),
    "guests": 2,
    "status": "confirmed",
    "answer_by": datetime(2027, 9, 21, 9, tzinfo=UTC),
    "pay_until": datetime(2027, 9, 21, 9, 15, tzinfo=UTC),
    "claim_until": datetime(2027, 9, 30, 7, tzinfo=UTC),
    "url": f"{_HOME}/bookings/{_REFERENCE}",
    "host_url": f"{_HOME}/cabinet/bookings/{_REFERENCE}",
    "pay_url": f"{_HOME}/checkout/{_REFERENCE}",
    "review_url": f"{_HOME}/bookings/{_REFERENCE}/review",
}
_FLAT: dict[str, dict[str, object]] = {
    "ru": {"title": "Светлая двухкомнатная у парка", "address": "улица Сатпаева, 90/43"},
    "kk": {"title": "Саябақ жанындағы жарық екі бөлмелі", "address": "Сәтбаев көшесі, 90/43"},
    "en": {"title": "Bright two-room flat by the park", "address": "Satpayev Street, 90/43"},
}
_KEYS = AccessDetails(
    apartment="43",
    entrance="2",
    floor="7",
    intercom="43К5521",
    key_safe="4812",
    wifi_name="Satpaev43",
    wifi_password="almaty2027",  # noqa: S106  # a made-up flat's
)
STAFF_ANSWER_SAMPLES = {
    "ru": "Дверь открывается наружу: поверните ручку и потяните сильнее.",
    "kk": "Есік сыртқа ашылады: тұтқаны бұрап, қаттырақ тартыңыз.",
    "en": "The door opens outwards: turn the handle and pull harder.",
}
"""What staff may answer to a question."""
_AMOUNT: dict[str, object] = {"amount": "127500"}

_MESSAGE: dict[str, object] = {
    "writer": "Гульнара",
    "text": "Добрый день! Можно заехать в 12:00? Прилетаем утренним рейсом.",
    "photo": "",
    "thread": "3f0c2a9e-5b1d-4c37-9a64-0d1e8f2b7c55",
    "thread_url": f"{_HOME}/messages/3f0c2a9e-5b1d-4c37-9a64-0d1e8f2b7c55",
}

_VALUES: dict[NotificationKind, tuple[dict[str, object], ...]] = {
    NotificationKind.LOGIN_CODE: ({"code": "048213"},),
    NotificationKind.BOOKING_HELD: ({}, {"extension": "7", "pay_url": f"{_HOME}/checkout/{_REFERENCE}/extension"}),
    NotificationKind.KEYS: ({"keys": _KEYS},),
    NotificationKind.BOOKING_CANCELLED: (
        {"status": "cancelled_by_guest", "by": "guest", "back": "127500", "reason": ""},
        {"status": "cancelled_by_guest", "by": "guest", "back": "0", "reason": ""},
        {"status": "cancelled_by_landlord", "by": "landlord", "back": "127500", "reason": "ремонт"},
        {"status": "cancelled_by_staff", "by": "staff", "back": "127500", "reason": ""},
        {"status": "no_show", "by": "landlord", "back": "8000", "reason": ""},
    ),
    NotificationKind.CANCELLED_TO_LANDLORD: ({"status": "cancelled_by_guest"}, {"status": "cancelled_by_staff"}),
    NotificationKind.REQUEST_DECLINED: (
        {"status": "declined", "reason": "ремонт"},
        {"status": "declined", "reason": ""},
        {"status": "expired", "reason": ""},
    ),
    NotificationKind.STAY_CHANGED: ({"change": "extension"}, {"change": "shortening"}),
    NotificationKind.REFUNDED: tuple(
        _AMOUNT | {"reason": reason}
        for reason in ("cancelled_by_guest", "dates_taken", "paid_twice", "booking_closed", "wrong_amount", "deposit")
    ),
    NotificationKind.DEPOSIT_CLAIM_OPEN: (_AMOUNT,),
    NotificationKind.PAYOUT_SENT: (_AMOUNT,),
    NotificationKind.MESSAGE_RECEIVED: (_MESSAGE, _MESSAGE | {"text": "", "photo": "5b1d4c379a640d1e8f2b7c553f0c2a9e"}),
}
NOT_ABOUT_BOOKING = frozenset(
    {
        NotificationKind.LOGIN_CODE,
        NotificationKind.PAYOUT_SENT,
        NotificationKind.IBAN_CHANGED,
        NotificationKind.MESSAGE_RECEIVED,
    }
)


def samples(kind: NotificationKind, language: str) -> list[dict[str, object]]:
    """What the texts of a kind are given: one set of values for each thing they can say."""
    common: dict[str, object] = {"home_url": _HOME, "cabinet_url": f"{_HOME}/cabinet"}
    if kind not in NOT_ABOUT_BOOKING:
        common |= _ABOUT_BOOKING | _FLAT[language]
    elif kind is NotificationKind.MESSAGE_RECEIVED:
        common |= {"title": _FLAT[language]["title"]}
    return [common | values for values in _VALUES.get(kind, ({},))]
