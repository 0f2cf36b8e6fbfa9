"""What landlords are told when something of theirs is refused (the texts for everyone are in texts.py)."""

from __future__ import annotations

from app.i18n import N_

TEXTS: dict[str, str] = {
    "account_unchanged": N_("Этот счёт у нас уже есть."),
    "claim_amount_wrong": N_("Сумма — от 1 ₸ до %(deposit)s: не больше залога."),
    "claim_exists": N_("Требование по этому залогу уже есть."),
    "claim_not_possible": N_("По этой брони нет залога, который можно удержать."),
    "claim_photo_missing": N_("Приложите хотя бы одно фото."),
    "claim_reason_missing": N_("Выберите причину."),
    "claim_too_early": N_("Удержать залог можно после выезда: с %(opens_at)s."),
    "claim_too_late": N_("Прошло больше 48 часов после выезда: залог возвращается гостю."),
    "holder_wrong": N_("Напишите получателя, как в банке: буквы и цифры, не длиннее %(length)s знаков."),
    "iban_wrong": N_("Это не счёт казахстанского банка. Проверьте: KZ и ещё 18 знаков."),
    "tax_id_wrong": N_("Такого ИИН или БИН не бывает. Проверьте все 12 цифр."),
    "block_stays": N_("Эти ночи закрыты, потому что вы отменили бронь. Открыть их может только поддержка."),
    "caption_too_long": N_("Подпись слишком длинная: не больше %(length)s знаков."),
    "code_too_long": N_("Код слишком длинный: не больше %(length)s знаков."),
    "keys_empty": N_("Укажите хотя бы один код или напишите, как войти."),
    "photo_unknown": N_("Такой фотографии уже нет."),
    "rule_dates_wrong": N_("Последняя ночь не может быть раньше первой."),
    "rule_over": N_("Эти даты уже прошли."),
    "rule_overlaps": N_("На некоторые из этих ночей уже есть правило. Удалите его или выберите другие даты."),
    "rule_price_or_percent": N_("Укажите либо цену ночи, либо процент."),
    "rule_says_nothing": N_("Укажите цену, процент или минимум ночей."),
    "rule_too_far": N_("Правила можно задать не дальше чем на %(days)s дней вперёд."),
    "rule_unknown": N_("Такого правила уже нет."),
    "text_too_long": N_("Слишком длинно: не больше %(length)s знаков."),
    "value_out_of_range": N_("Нужно число от %(least)s до %(most)s."),
}
