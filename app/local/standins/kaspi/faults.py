"""Everything that Kaspi's stand-in can do wrong on demand."""

from __future__ import annotations

from typing import Literal

from app.local.standins.faults import Faults, Group, choice, flag, number

ServerError = Literal["off", "before", "after"]
_SERVER_ERROR = {"off": "нет", "before": "500, ничего не сделав", "after": "500, всё сделав"}

_API = Group("API")
_PAYER = Group("Оплата")
_GATEWAY = Group("Только шлюз", surface="gateway")
_REFUND = Group("Возвраты")
_QR = Group("Только Kaspi Pay QR", surface="qrpay")
_CALLBACK = Group("Ответы порталу (только шлюз)", surface="gateway")
_STATEMENT = Group("Выписка (только шлюз)", surface="gateway")

QR_WAIT_SECONDS = 180


class KaspiFaults(Faults):
    """The switches. Seconds are real seconds; the callback ones apply to callbacks announced from now on."""

    create_500: ServerError = choice(_API, "Создание платежа отвечает ошибкой", words=_SERVER_ERROR)
    status_500: bool = flag(_API, "Статус отвечает ошибкой 500")
    status_unknown: bool = flag(_API, "Статус отвечает незнакомым словом")
    unavailable: bool = flag(_API, "Временно недоступен", "Код -999, на шлюзе 503; ничего не сделав.")
    hang_seconds: float = number(
        _API, "API зависает, секунд", "Делает дело, молчит столько секунд и отвечает 504.", on=2, highest=120
    )
    slow_seconds: float = number(
        _API, "API отвечает медленно, секунд", "Молчит, потом отвечает верно.", on=1, highest=120
    )
    paid_amount_error: int = number(
        _PAYER,
        "Списана другая сумма, ₸",
        "Прибавляется к сумме счёта; так и в статусе, и в выписке.",
        on=-1_000,
        lowest=-1_000_000,
        highest=1_000_000,
    )
    refund_500: ServerError = choice(_REFUND, "Возврат отвечает ошибкой", words=_SERVER_ERROR)
    refund_outcome: Literal["done", "accepted", "refused", "fails_later"] = choice(
        _REFUND,
        "Чем кончается возврат",
        "В QR «принят, отказ» это -99000006.",
        words={
            "done": "сразу сделан",
            "accepted": "принят, сделан через 2 с",
            "refused": "сразу отказ",
            "fails_later": "принят, отказ через 2 с",
        },
    )
    no_partial_refund: bool = flag(_REFUND, "Частичный возврат запрещён", "Код -99000020.")
    qr_wait_seconds: int = number(
        _QR,
        "QR и ссылка ждут, секунд",
        "Потом срок истекает.",
        on=2,
        default=QR_WAIT_SECONDS,
        lowest=1,
        highest=3_600,
    )
    qr_discarded: bool = flag(_QR, "QR отзывается, когда его открыли", "Статус QrTokenDiscarded.")
    paid_twice: bool = flag(
        _GATEWAY,
        "Оплата проходит дважды",
        "Две операции одного платежа, обе в выписке. В QR у платежа одна операция.",
    )
    callback_delay_seconds: float = number(
        _CALLBACK, "Опаздывает, секунд", "Уйдёт позже на столько секунд.", on=3, highest=86_400
    )
    callback_lost: bool = flag(_CALLBACK, "Теряется", "Не уйдёт совсем; правду знает только status.")
    callback_copies: int = number(
        _CALLBACK,
        "Повторяется, раз",
        "Одно и то же событие, параллельно.",
        on=5,
        default=1,
        lowest=1,
        highest=200,
    )
    callback_out_of_order: bool = flag(
        _CALLBACK, "Приходит не по порядку", "После «оплачено» догоняет более старое «отклонено»."
    )
    callback_amount_error: int = number(
        _CALLBACK,
        "Сумма отличается, ₸",
        "Прибавляется к настоящей сумме.",
        on=1_000,
        lowest=-1_000_000,
        highest=1_000_000,
    )
    callback_forged: bool = flag(_CALLBACK, "Подпись поддельная", "Подписано чужим секретом; решается при отправке.")
    statement_missing: bool = flag(_STATEMENT, "Строка пропала")
    statement_amount: bool = flag(_STATEMENT, "Сумма другая", "На 1 000 ₸ больше настоящей.")
    statement_fee: bool = flag(_STATEMENT, "Комиссия другая", "На 100 ₸ больше настоящей.")
    statement_duplicate: bool = flag(_STATEMENT, "Строка повторяется")
    statement_unknown: bool = flag(_STATEMENT, "Есть незнакомая строка")
