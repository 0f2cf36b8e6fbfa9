"""Everything that Kaspi's stand-in can do wrong on demand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from app.local.standins.faults import Faults

ServerError = Literal["off", "before", "after"]
_SERVER_ERROR_WORDS: JsonDict = {
    "off": "нет",
    "before": "500, ничего не сделав",
    "after": "500, всё сделав",
}


class KaspiFaults(Faults):
    """The switches. Seconds are real seconds; the callback ones apply to callbacks announced from now on."""

    callback_delay_seconds: float = Field(
        default=0, ge=0, le=86_400, title="Callback опаздывает, секунд", description="Уйдёт позже на столько секунд."
    )
    callback_lost: bool = Field(
        default=False, title="Callback теряется", description="Не уйдёт совсем; правду знает только status."
    )
    callback_copies: int = Field(
        default=1, ge=1, le=200, title="Callback повторяется, раз", description="Одно и то же событие, параллельно."
    )
    callback_out_of_order: bool = Field(
        default=False,
        title="События приходят не по порядку",
        description="После «оплачено» догоняет более старое «отклонено».",
    )
    callback_amount_error: int = Field(
        default=0,
        ge=-1_000_000,
        le=1_000_000,
        title="Сумма в callback отличается, ₸",
        description="Прибавляется к настоящей сумме.",
    )
    callback_forged: bool = Field(
        default=False, title="Подпись поддельная", description="Подписано чужим секретом; решается при отправке."
    )
    create_500: ServerError = Field(
        default="off", title="Создание платежа отвечает ошибкой", json_schema_extra=_SERVER_ERROR_WORDS
    )
    status_500: bool = Field(default=False, title="Статус отвечает ошибкой 500")
    refund_500: ServerError = Field(
        default="off", title="Возврат отвечает ошибкой", json_schema_extra=_SERVER_ERROR_WORDS
    )
    hang_seconds: float = Field(
        default=0,
        ge=0,
        le=120,
        title="API зависает, секунд",
        description="Делает дело, молчит столько секунд и отвечает 504.",
    )
    slow_seconds: float = Field(
        default=0, ge=0, le=120, title="API отвечает медленно, секунд", description="Молчит, потом отвечает верно."
    )
    refund_outcome: Literal["done", "accepted", "refused", "fails_later"] = Field(
        default="done",
        title="Чем кончается возврат",
        json_schema_extra={
            "done": "сразу сделан",
            "accepted": "принят, сделан через 2 с",
            "refused": "сразу отказ",
            "fails_later": "принят, отказ через 2 с",
        },
    )
    statement_disagrees: bool = Field(
        default=False,
        title="Выписка расходится",
        description="Одна строка пропала, у одной другая сумма, одна лишняя.",
    )
