"""Why a landlord declines or cancels: a list of codes, since reasons are kept in the history and the audit trail.

The landlord reads the choice, the guest what became of it; both in their own language.
"""

from __future__ import annotations

from app.i18n import N_, gettext

DECLINE_REASONS = {
    "taken_elsewhere": N_("Даты заняты в другом месте"),
    "repair": N_("Ремонт или авария"),
    "guests_do_not_fit": N_("Не подходит число гостей"),
    "other": N_("Другая причина"),
}
CANCEL_REASONS = {
    "taken_elsewhere": N_("Даты заняты в другом месте"),
    "repair": N_("Ремонт или авария"),
    "cannot_host": N_("Не могу принять гостей"),
    "other": N_("Другая причина"),
}
_TO_GUESTS = {
    "taken_elsewhere": N_("на эти даты квартира уже занята"),
    "repair": N_("в квартире ремонт или авария"),
    "guests_do_not_fit": N_("квартира не подходит для такого числа гостей"),
    "cannot_host": N_("хозяин не может принять гостей"),
}
"""«Другая причина» says nothing that a guest could use."""


def reason_to_guest(code: str) -> str:
    """A landlord's reason as its guest reads it, in the current language; empty for none, «другая» and unknown ones."""
    return gettext(_TO_GUESTS[code]) if code in _TO_GUESTS else ""
