"""How to get in: codes, Wi-Fi and directions of demo flats. Sealed like any landlord's own."""

from __future__ import annotations

import random

from app.domain.access.details import AccessDetails
from app.local.demo.house import DemoHouse
from app.models import CodeMode

_SELF = (
    (
        "Подъезд {entrance}, вход со двора. Наберите на домофоне {apartment}, «ключ», код {intercom}. "
        "Лифт до {floor}-го этажа, из лифта направо. Сейф с ключами висит у двери: код {safe}, потяните "
        "крышку вниз."
    ),
    (
        "Въезд во двор через шлагбаум, он открывается по звонку консьержу. Подъезд {entrance}, код двери "
        "{intercom}. На {floor}-м этаже дверь с номером {apartment}; ключи в сейфе слева от двери, код "
        "{safe}. Уезжая, верните ключи в сейф."
    ),
    (
        "Подъезд {entrance}, код домофона {intercom}. Поднимитесь на {floor}-й этаж. Сейф для ключей "
        "закреплён на перилах, код {safe}. Верхний замок закрывается на два оборота."
    ),
    (
        "Дом стоит торцом к улице, ориентируйтесь на аптеку на первом этаже. Подъезд {entrance}, "
        "домофон: {intercom}. Квартира {apartment}, этаж {floor}. Ключи в маленьком сейфе у счётчиков, "
        "код {safe}."
    ),
)
_LOCK = (
    (
        "Подъезд {entrance}, код домофона {intercom}. На {floor}-м этаже дверь {apartment} с электронным "
        "замком: проведите ладонью по экрану, введите {lock} и нажмите «решётку». Чтобы закрыть снаружи, "
        "приложите ладонь ещё раз."
    ),
    (
        "Вход с улицы, подъезд {entrance}, код {intercom}. Квартира {apartment} на {floor}-м этаже. "
        "Замок электронный: нажмите любую кнопку, наберите {lock}#. Если замок пищит, прикройте дверь "
        "плотнее."
    ),
)
_OWN_CODE = (
    (
        "Подъезд {entrance}, код домофона {intercom}. На {floor}-м этаже дверь {apartment} с электронным "
        "замком: проведите ладонью по экрану, введите свой код замка и нажмите «решётку». Код сделан для вашей "
        "брони и работает до выезда."
    ),
    (
        "Вход с улицы, подъезд {entrance}, код {intercom}. Квартира {apartment} на {floor}-м этаже. Замок "
        "электронный: нажмите любую кнопку и наберите код из этого сообщения, он только ваш."
    ),
)
_MEETING = (
    (
        "Встречу вас у подъезда {entrance}: напишите за час до приезда. Домофон {intercom}, этаж "
        "{floor}, квартира {apartment}. Ключи передам лично и всё покажу."
    ),
    (
        "Позвоните, когда будете подъезжать: спущусь к подъезду {entrance}. Код домофона {intercom}, "
        "{floor}-й этаж, квартира {apartment}. В день отъезда оставьте ключи на столе и захлопните "
        "дверь."
    ),
)
_EXTRAS = (
    "Горячую воду включать не нужно, она есть всегда.",
    "Кондиционер включается пультом на стене у кровати.",
    "Мусоропровода нет, контейнеры во дворе справа.",
    "Парковочное место — любое свободное во дворе.",
    "Полотенца лежат в шкафу в спальне.",
)


def access_details(floor: int, house: DemoHouse, *, self_check_in: bool, rng: random.Random) -> AccessDetails:
    """Everything that a guest needs at the door, made up but possible. Codes of single bookings are not in it."""
    smart, own = house.has_smart_lock, house.code_mode is CodeMode.PER_BOOKING
    words = {
        "entrance": str(rng.randint(1, 6)),
        "apartment": str(rng.randint(3, 240)),
        "floor": str(floor),
        "intercom": f"{rng.randint(10, 99)}К{rng.randint(1000, 9999)}",
        "safe": f"{rng.randint(0, 9999):04d}",
        "lock": lock_code(rng),
    }
    texts = _OWN_CODE if own else _LOCK if smart else _SELF if self_check_in else _MEETING
    directions = f"{rng.choice(texts).format(**words)} {rng.choice(_EXTRAS)}"
    return AccessDetails(
        apartment=words["apartment"],
        entrance=words["entrance"],
        floor=words["floor"],
        intercom=words["intercom"],
        key_safe=words["safe"] if self_check_in and not smart else "",
        smart_lock=words["lock"] if smart and not own else "",
        wifi_name=f"ZhileGO-{words['apartment']}",
        wifi_password=rng.choice(("almaty2026", "qonaqjai", "dastarkhan", "koktobe", "saltanat7"))
        + str(rng.randint(10, 99)),
        directions=directions,
    )


def lock_code(rng: random.Random) -> str:
    """Six digits for a digital lock."""
    return f"{rng.randint(0, 999_999):06d}"
