"""Everything that WhatsApp at Twilio can do wrong on demand; SMS has switches of its own."""

from __future__ import annotations

from typing import Literal

from app.local.standins.faults import Faults, Group, choice, flag, number

_API = Group("API (сообщения и шаблоны)")
_PHONE = Group("Телефон")
_CALLBACK = Group("Ответы о доставке")
_INBOUND = Group("Входящие")


class WhatsAppFaults(Faults):
    """The switches; seconds are real seconds. What becomes of a message is decided when it is taken."""

    answer: Literal["ok", "too_many", "server_error", "server_error_after", "opted_out"] = choice(
        _API,
        "Как отвечает API",
        words={
            "ok": "принимает",
            "too_many": "429, слишком часто",
            "server_error": "500, ничего не сделав",
            "server_error_after": "500, всё сделав",
            "opted_out": "21610, абонент отказался",
        },
    )
    hang_seconds: float = number(
        _API, "API зависает, секунд", "Принимает, молчит столько секунд и отвечает 504.", on=2, highest=120
    )
    slow_seconds: float = number(_API, "API отвечает медленно, секунд", "Принимает, потом молчит.", on=1, highest=120)
    approval: Literal["approved", "pending", "rejected"] = choice(
        _API,
        "Проверка шаблонов",
        "Решается, когда шаблон отправляют на проверку.",
        words={"approved": "одобряет", "pending": "всё ещё проверяет", "rejected": "отклоняет"},
    )
    delivery: Literal["read", "delivered", "undelivered", "failed"] = choice(
        _PHONE,
        "Что с сообщением",
        words={
            "read": "доставлено и прочитано",
            "delivered": "доставлено, но не прочитано",
            "undelivered": "не доставлено, 63049",
            "failed": "на номере нет WhatsApp, 63024",
        },
    )
    callback_delay_seconds: float = number(_CALLBACK, "Опаздывают, секунд", on=3, highest=86_400)
    callback_lost: bool = flag(_CALLBACK, "Теряются", "Не уйдут совсем.")
    callback_copies: int = number(_CALLBACK, "Повторяются, раз", on=5, default=1, lowest=1, highest=50)
    callback_out_of_order: bool = flag(_CALLBACK, "Приходят не по порядку", "«Прочитано» раньше «отправлено».")
    callback_forged: bool = flag(_CALLBACK, "Подпись поддельная", "Подписано чужим токеном; решается при отправке.")
    inbound_delay_seconds: float = number(_INBOUND, "Опаздывают, секунд", on=2, highest=86_400)
    inbound_copies: int = number(
        _INBOUND, "Повторяются, раз", "С тем же MessageSid.", on=3, default=1, lowest=1, highest=50
    )
    inbound_out_of_order: bool = flag(
        _INBOUND, "Приходят не по порядку", "Каждое ждёт следующего и приходит после него, но не дольше 3 секунд."
    )
    inbound_forged: bool = flag(_INBOUND, "Подпись поддельная", "Подписано чужим токеном; решается при отправке.")
