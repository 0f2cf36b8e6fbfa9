"""Everything that Telegram's stand-in can do wrong on demand. All of it can be on at once; the first refusal wins."""

from __future__ import annotations

from typing import Literal

from app.local.standins.faults import Faults, Group, choice, flag, number

_API = Group("Bot API")
_CHAT = Group("Чат")
_UPDATES = Group("Обновления боту")


class TelegramFaults(Faults):
    """The switches; seconds are real seconds."""

    too_many_seconds: int = number(
        _API, "429, подождать секунд", "Отвечает retry_after, ничего не сделав.", on=2, highest=600
    )
    enforces_limits: bool = flag(
        _API,
        "Следит за частотой",
        "429 после 30 сообщений в секунду; одному чату одно в секунду и двадцать сверх того.",
    )
    server_error: Literal["off", "before", "after"] = choice(
        _API, "Ошибка сервера", words={"off": "нет", "before": "500, ничего не сделав", "after": "500, всё сделав"}
    )
    slow_seconds: float = number(_API, "Отвечает медленно, секунд", "Делает, потом молчит.", on=1, highest=120)
    hang_seconds: float = number(
        _API, "Зависает, секунд", "Делает, молчит столько секунд и отвечает 504.", on=2, highest=120
    )
    blocked: bool = flag(_CHAT, "403, бот заблокирован", "Во всех чатах, что бы люди ни выбрали.")
    chat_not_found: bool = flag(_CHAT, "400, чат не найден")
    update_copies: int = number(
        _UPDATES, "Приходят, раз", "Тот же update_id, одновременно.", on=3, default=1, lowest=1, highest=20
    )
    update_copies_renumbered: int = number(
        _UPDATES, "Ещё раз с новым update_id, раз", "То же событие под другими номерами.", on=2, highest=20
    )
    updates_out_of_order: bool = flag(_UPDATES, "Не по порядку", "Собираются полторы секунды и уходят с конца.")
    update_delay_seconds: float = number(_UPDATES, "Опаздывают, секунд", on=3, highest=3_600)
    secret_is_wrong: bool = flag(_UPDATES, "Чужой секрет", "В заголовке не тот секрет; решается при отправке.")
