"""A claim on a deposit as the landlord's and the guest's pages of a booking show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from app.domain.aftercare.claims import ClaimInfo
from app.i18n import N_, gettext
from app.models import ClaimReason

CLAIM_REASONS: dict[str, str] = {
    ClaimReason.DAMAGE: N_("Повреждения"),
    ClaimReason.MISSING: N_("Пропали вещи"),
    ClaimReason.CLEANING: N_("Большая уборка"),
    ClaimReason.RULES: N_("Нарушены правила"),
    ClaimReason.OTHER: N_("Другая причина"),
}


@dataclass(frozen=True, slots=True)
class ClaimView:
    """Amounts in tenge; `landlord_gets` is None until staff has decided. Photos are (small, large) addresses."""

    amount: int
    reason: str
    text: str
    created_at: datetime
    landlord_gets: int | None
    photos: list[tuple[str, str]]


def claim_view(claim: ClaimInfo | None) -> ClaimView | None:
    """The claim, if there is one."""
    if claim is None:
        return None
    return ClaimView(
        amount=claim.amount,
        reason=gettext(CLAIM_REASONS[claim.reason]),
        text=claim.text,
        created_at=claim.created_at,
        landlord_gets=claim.landlord_gets,
        photos=[(_address(photo.key, 400), _address(photo.key, 1600)) for photo in claim.photos],
    )


def _address(key: str, width: int) -> str:
    return url_for("account.claim_photo", key=key, width=width)
