"""Ways to pay: which there are, which one fits the guest's device, which one a form chose."""

from __future__ import annotations

from flask import current_app, request

from app.config import Settings
from app.domain.payments.ways import PayWay
from app.kit.errors import DomainError
from app.kit.phone import PhoneError, parse_phone
from app.models import PayMethod

LONGEST_PHONE = 40


def choices() -> tuple[PayMethod, ...]:
    """What a guest may choose between. Nothing on the gateway, whose payment has a link and a code at once."""
    settings: Settings = current_app.config["SETTINGS"]
    return tuple(PayMethod) if settings.kaspi_mode == "qrpay" else ()


def usual_way() -> PayWay:
    """On a phone a link opens the payer's app; on a desk the app reads a code from the screen."""
    hint = request.headers.get("Sec-CH-UA-Mobile")
    is_phone = hint == "?1" if hint else "Mobi" in request.headers.get("User-Agent", "")
    return PayWay(PayMethod.LINK if is_phone else PayMethod.QR)


def chosen_way() -> PayWay:
    """What the form of another way says; an empty phone is the guest's own.

    Raises DomainError `way_unknown`, `phone_wrong` (422).
    """
    chosen = next((way for way in choices() if way.value == request.form.get("method")), None)
    if chosen is None:
        raise DomainError("way_unknown")
    typed = request.form.get("phone", "").strip()[:LONGEST_PHONE]
    if chosen is not PayMethod.PUSH or not typed:
        return PayWay(chosen)
    try:
        return PayWay(chosen, parse_phone(typed))
    except PhoneError:
        raise DomainError("phone_wrong") from None
