"""Everything that Twilio's stand-in can do wrong on demand."""

from __future__ import annotations

from typing import Literal

from app.local.standins.faults import Faults, Group, choice, flag, number

_API = Group("API")
_PHONE = Group("Телефон")
_CALLBACK = Group("Ответы о доставке")


class TwilioFaults(Faults):
    """The switches; seconds are real seconds. What becomes of a message is decided when it is taken."""

    answer: Literal["ok", "too_many", "server_error", "server_error_after", "opted_out"] = choice(
        _API,
        "Как отвечает API",
        words={
            "ok": "принимает",
            "too_many": "429, слишком часто",
            "server_error": "500, ничего не отправив",
            "server_error_after": "500, всё отправив",
            "opted_out": "21610, абонент отказался",
        },
    )
    hang_seconds: float = number(
        _API, "API зависает, секунд", "Принимает, молчит столько секунд и отвечает 504.", on=2, highest=120
    )
    slow_seconds: float = number(_API, "API отвечает медленно, секунд", "Принимает, потом молчит.", on=1, highest=120)
    delivery: Literal["delivered", "undelivered", "failed"] = choice(
        _PHONE,
        "Что с сообщением",
        words={
            "delivered": "доставлено",
            "undelivered": "не доставлено, 30003",
            "failed": "не отправлено, 30008",
        },
    )
    callback_delay_seconds: float = number(_CALLBACK, "Опаздывают, секунд", on=3, highest=86_400)
    callback_lost: bool = flag(_CALLBACK, "Теряются", "Не уйдут совсем.")
    callback_copies: int = number(_CALLBACK, "Повторяются, раз", on=5, default=1, lowest=1, highest=50)
    callback_out_of_order: bool = flag(_CALLBACK, "Приходят не по порядку", "«Доставлено» раньше «отправлено».")
    callback_forged: bool = flag(_CALLBACK, "Подпись поддельная", "Подписано чужим токеном; решается при отправке.")
