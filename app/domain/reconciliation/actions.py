"""What a person is advised to do about a difference."""

from __future__ import annotations

from app.i18n import N_
from app.models import DiscrepancyKind, MovementKind, SuggestedAction

TEXTS: dict[SuggestedAction, str] = {
    SuggestedAction.NONE: N_("Ничего: деньги на месте, только день другой."),
    SuggestedAction.WAIT_FOR_REFUND: N_("Подождать: Kaspi уже вернул деньги, мы переспрашиваем его об этом возврате."),
    SuggestedAction.ASK_KASPI: N_("Повторить сверку завтра; если не сойдётся, спросить Kaspi по номеру операции."),
    SuggestedAction.COMPARE_AMOUNTS: N_("Сравнить суммы с кабинетом Kaspi: вернуть лишнее или спросить о недостающем."),
    SuggestedAction.CHECK_TARIFF: N_("Сверить комиссию с договором и спросить Kaspi о разнице."),
    SuggestedAction.CHECK_PAYMENT: N_("Проверить платёж в кабинете Kaspi: его статус эту операцию не подтвердил."),
    SuggestedAction.RECORD_REFUND: N_("Узнать, кто вернул деньги в кабинете Kaspi: мы о возврате не просили."),
    SuggestedAction.RETURN_MONEY: N_("Найти плательщика в кабинете Kaspi и вернуть деньги: такого заказа у нас нет."),
    SuggestedAction.DISPUTE_DUPLICATE: N_("Строка в выписке повторяется: попросить Kaspi её исправить."),
    SuggestedAction.UNDO_DUPLICATE: N_("Операция учтена у нас дважды: проверить платёж и исправить учёт."),
}
"""The advice, in the source language."""

_BY_KIND = {
    DiscrepancyKind.MISSING_THERE: SuggestedAction.ASK_KASPI,
    DiscrepancyKind.AMOUNT_DIFFERS: SuggestedAction.COMPARE_AMOUNTS,
    DiscrepancyKind.FEE_DIFFERS: SuggestedAction.CHECK_TARIFF,
    DiscrepancyKind.DUPLICATE_THERE: SuggestedAction.DISPUTE_DUPLICATE,
    DiscrepancyKind.DUPLICATE_HERE: SuggestedAction.UNDO_DUPLICATE,
    DiscrepancyKind.OTHER_DAY: SuggestedAction.NONE,
}


def suggest(
    kind: DiscrepancyKind, movement: MovementKind, *, is_our_payment: bool = True, is_refund_sent: bool = False
) -> SuggestedAction:
    """The advice for a difference. `is_refund_sent`: we asked Kaspi for such a refund and do not know its end."""
    if kind is not DiscrepancyKind.MISSING_HERE:
        return _BY_KIND[kind]
    if movement is MovementKind.PAYMENT:
        return SuggestedAction.CHECK_PAYMENT if is_our_payment else SuggestedAction.RETURN_MONEY
    if is_refund_sent:
        return SuggestedAction.WAIT_FOR_REFUND
    return SuggestedAction.RECORD_REFUND if is_our_payment else SuggestedAction.ASK_KASPI
