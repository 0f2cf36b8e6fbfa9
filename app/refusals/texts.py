"""What a person is told when a rule says no: one text a code, for every edge (pages, JSON, chats)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.i18n import N_, format_moment, gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.refusals.landlords import TEXTS as LANDLORD_TEXTS

USUAL: dict[ErrorKind, str] = {
    ErrorKind.INVALID: N_("Что-то введено неверно. Исправьте и отправьте ещё раз."),
    ErrorKind.UNAUTHENTICATED: N_("Войдите и попробуйте ещё раз."),
    ErrorKind.NOT_FOUND: N_("Возможно, ссылка устарела или в адресе опечатка."),
    ErrorKind.FORBIDDEN: N_("У вас нет доступа к этой странице. Если страница долго была открыта, обновите её."),
    ErrorKind.CONFLICT: N_("Что-то изменилось, пока вы смотрели. Обновите страницу и попробуйте ещё раз."),
    ErrorKind.BUSY: N_("Попробуйте ещё раз через несколько секунд."),
    ErrorKind.LIMIT: N_("Подождите минуту и попробуйте ещё раз."),
    ErrorKind.MALFORMED: N_("Вернитесь назад и попробуйте ещё раз."),
}
"""For a code without a text of its own."""

TEXTS: dict[str, str] = {
    "account_blocked": N_("Этот аккаунт заблокирован. Напишите в поддержку."),
    "account_unknown": N_("Такого аккаунта нет."),
    "already_done": N_("Это уже сделано."),
    "button_old": N_("Эта кнопка устарела. Откройте нужное из главного меню."),
    "block_unknown": N_("Этих закрытых дат уже нет в календаре."),
    "area_wrong": N_("Участок карты в адресе указан неверно."),
    "booking_unknown": N_("Такой брони у вас нет."),
    "body_wrong": N_("Тело запроса не подходит: что именно, написано в params.problems."),
    "books_instantly": N_("Теперь эту квартиру можно забронировать сразу, без запроса. Проверьте и подтвердите."),
    "busy": N_("Сейчас слишком много запросов к этой квартире. Попробуйте ещё раз через несколько секунд."),
    "change_waits": N_("Продление уже ждёт оплаты. Оплатите его или отмените, потом меняйте даты."),
    "check_in_passed": N_("Дата заезда уже прошла. Выберите другую."),
    "check_out_first": N_("Выезд должен быть позже заезда."),
    "code_over": N_("Этот код больше не действует. Запросите новый."),
    "code_too_soon": N_("Новый код можно запросить через %(seconds)s с."),
    "code_wrong": N_("Код не подошёл. Проверьте цифры."),
    "codes_used_up": N_("На этот номер отправлено слишком много кодов. Попробуйте через час."),
    "discrepancy_closed": N_("Это расхождение уже закрыто."),
    "discrepancy_unknown": N_("Такого расхождения нет."),
    "dates_incomplete": N_("Выберите и заезд, и выезд."),
    "dates_taken": N_("Эти даты только что заняли. Выберите другие."),
    "hold_over": N_("Время на оплату вышло. Начните бронирование заново."),
    "key_missing": N_("Нужен заголовок Idempotency-Key: ключ этого действия, который придумываете вы."),
    "key_reused": N_("Это уже отправлено с другими данными. Проверьте и отправьте ещё раз."),
    "key_wrong": N_("Idempotency-Key — от 8 до 128 видимых знаков ASCII."),
    "keys_closed": N_("Проживание закончилось, ключи больше не показываются."),
    "keys_not_paid": N_("Ключи появятся после оплаты."),
    "keys_too_early": N_("Ключи откроются %(opens_at)s."),
    "keys_were_seen": N_("Гость уже открыл коды от двери: это не неявка. Напишите в поддержку."),
    "name_too_long": N_("Имя слишком длинное: не больше %(length)s знаков."),
    "name_missing": N_("Напишите, как вас зовут: хозяин должен знать, кого ждать."),
    "language_unknown": N_("Такого языка нет."),
    "needs_request": N_("Теперь хозяин сначала подтверждает заезд. Проверьте и отправьте запрос."),
    "night_has_begun": N_("Эта ночь уже началась. Выберите более поздний выезд."),
    "no_show_too_late": N_("Сообщить о неявке можно в течение 24 часов после заезда."),
    "not_longer": N_("Новый выезд должен быть позже нынешнего."),
    "not_shorter": N_("Новый выезд должен быть раньше нынешнего."),
    "not_staff": N_("Это может только поддержка."),
    "own_property": N_("Это ваша квартира, её нельзя забронировать самому."),
    "phone_wrong": N_("Проверьте номер: нужен мобильный, например +7 701 123 45 67."),
    "payment_unknown": N_("Такого платежа нет."),
    "price_changed": N_("Цена изменилась: теперь %(total)s. Проверьте расчёт и подтвердите."),
    "promo_first_only": N_("Этот промокод только для первого бронирования."),
    "promo_not_now": N_("Срок этого промокода ещё не начался или уже закончился."),
    "promo_other_dates": N_("Этот промокод действует на другие даты проживания."),
    "promo_too_short": N_("Для этого промокода нужно ночей не меньше: %(nights)s."),
    "promo_unknown": N_("Такого промокода нет. Проверьте, как он написан."),
    "promo_used_before": N_("Вы уже использовали этот промокод."),
    "promo_used_up": N_("Этот промокод уже разобрали."),
    "property_unknown": N_("Этой квартиры больше нет среди объявлений."),
    "reason_missing": N_("Напишите причину."),
    "reason_too_long": N_("Причина слишком длинная: не больше %(length)s знаков."),
    "reconciliation_running": N_("Сверка уже идёт. Дождитесь её конца."),
    "refund_changed": N_("Сумма возврата изменилась: теперь %(back)s. Проверьте расчёт и подтвердите."),
    "request_over": N_("Время ответа на этот запрос вышло."),
    "already_replied": N_("Вы уже ответили на этот отзыв."),
    "photo_broken": N_("файл повреждён. Выберите другой."),
    "photo_empty": N_("файл пустой. Выберите другой."),
    "photo_too_large": N_("файл больше %(megabytes)s МБ. Уменьшите его или выберите другой."),
    "photo_too_many_pixels": N_("в фото больше %(megapixels)s мегапикселей. Уменьшите его или выберите другое."),
    "photo_wrong_type": N_("это не фото JPEG, PNG или WebP."),
    "photos_busy": N_("Сейчас обрабатывается слишком много фото. Попробуйте ещё раз через минуту."),
    "photos_unavailable": N_("Фото сейчас не сохраняются. Отправьте отзыв без них или попробуйте позже."),
    "rating_missing": N_("Поставьте оценку от одной до пяти звёзд."),
    "review_empty": N_("Напишите хотя бы несколько слов."),
    "review_exists": N_("Вы уже оставили отзыв об этом проживании."),
    "review_not_possible": N_("Отзыв можно оставить только о проживании, которое состоялось."),
    "review_too_early": N_("Отзыв можно будет оставить после выезда."),
    "review_too_long": N_("Слишком длинно: не больше %(length)s знаков."),
    "review_unknown": N_("Такого отзыва у вас нет."),
    "message_empty": N_("Напишите хотя бы несколько слов."),
    "own_flat_message": N_("Это ваша квартира: писать здесь некому."),
    "recipient_blocked": N_("Этот человек больше не читает сообщения. Напишите в поддержку."),
    "thread_unknown": N_("Такой переписки у вас нет."),
    "too_many_messages": N_("Слишком много сообщений подряд. Подождите и отправьте ещё раз."),
    "message_unknown": N_("Такого сообщения мы не отправляли."),
    "chat_unknown": N_("Такого чата у вас нет."),
    "help_unknown": N_("Такого вопроса нет."),
    "link_old": N_("Ссылка устарела. Откройте новую на сайте, в профиле."),
    "not_yours_to_do": N_("Это доступно не всем. Если вы хозяин, войдите на сайт и добавьте квартиру."),
    "nothing_refused": N_("Переводить банком нечего: Kaspi ни от чего не отказался."),
    "problem_exists": N_("Вы уже сообщили о проблеме. Поддержка разбирается."),
    "problem_not_possible": N_("По этой брони сообщить о проблеме нельзя. Напишите в поддержку."),
    "problem_reason_missing": N_("Выберите, что случилось."),
    "problem_too_early": N_("Сообщить о проблеме можно с момента заезда: %(opens_at)s."),
    "problem_too_late": N_("После заезда прошло больше суток. Напишите в поддержку, мы поможем."),
    "text_missing": N_("Напишите хоть что-нибудь."),
    "text_too_long": N_("Слишком длинно: не больше %(length)s знаков."),
    "price_order": N_("Цена «от» больше цены «до»: поменяйте их местами."),
    "price_wrong": N_("Цена — целое число тенге, например 25000."),
    "radius_wrong": N_("Радиус поиска — от %(least)s до %(most)s км."),
    "refund_in_flight": N_("Возврат уже отправлен в Kaspi, ждём ответа."),
    "refund_unknown": N_("Такого возврата нет."),
    "same_nights_again": N_("Вы уже дважды держали эти даты без оплаты. Попробуйте через %(minutes)s минут."),
    "sms_paused": N_("Отправка кодов временно приостановлена. Попробуйте позже."),
    "token_missing": N_("Нужен заголовок Authorization с токеном."),
    "token_invalid": N_("Токен не подходит. Войдите заново."),
    "too_far_ahead": N_("Бронировать можно не дальше чем на %(days)s дней вперёд."),
    "too_few_nights": N_("Эта квартира сдаётся минимум на столько ночей: %(nights)s."),
    "too_late_today": N_("На сегодня бронирование закрыто в %(time)s. Выберите заезд с завтрашнего дня."),
    "too_many_guests": N_("Слишком много гостей для этой квартиры: максимум %(guests)s."),
    "too_many_holds": N_("У вас уже есть %(holds)s неоплаченные брони. Оплатите или отмените одну из них."),
    "too_many_photos": N_("Можно приложить не больше %(most)s фото."),
    "too_many_saved": N_("В избранном не больше %(most)s квартир. Уберите те, что больше не нужны."),
    "too_many_nights": N_("Эта квартира сдаётся не дольше чем на столько ночей: %(nights)s."),
    "too_many_requests": N_(
        "Вы уже ждёте ответа на столько запросов: %(requests)s. Дождитесь ответа или отзовите один."
    ),
    "way_unknown": N_("Так здесь не платят. Выберите другой способ."),
    "wrong_state": N_("Бронь уже в другом состоянии. Обновите страницу."),
} | LANDLORD_TEXTS

_AMOUNTS = ("total", "back", "deposit")
_FORMATS: dict[str, Callable[[Any], str]] = {**dict.fromkeys(_AMOUNTS, format_tenge), "opens_at": format_moment}


def text_of(error: DomainError) -> str:
    """A domain error in the reader's language: what happened and what to do."""
    params = {key: _FORMATS.get(key, str)(value) for key, value in error.params.items()}
    return gettext(TEXTS[error.code]) % params if error.code in TEXTS else gettext(USUAL[error.kind])
