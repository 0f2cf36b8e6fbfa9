"""Cards as finished markup, kept in the process: a list of twenty costs most of a search page otherwise.

A card is kept by everything it shows (so it is never stale) but for its address and price, which are put in afterwards.
Kept cards hold no personal data, no token and no nonce.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

from markupsafe import Markup, escape

from app.domain.listings.cards import CardInfo
from app.i18n import current_language, gettext
from app.kit.money import format_tenge
from blueprints.shared.presenting import Card, card_view
from blueprints.shared.templates import template

KEPT = 8192
"""About 1.5 KB each: 12 MB a process at most."""

_URL, _PRICE = f"@@{secrets.token_hex(8)}@@", f"@@{secrets.token_hex(8)}@@"
"""Where the address and the price go: nothing a landlord can write into a title."""


def card_html(card: Card, nights_label: str, eager: bool = False, first: bool = False, heading: str = "h3") -> Markup:
    """The card of components/card.html; with a chosen stay its price is the whole stay's, as `nights_label` says."""
    if card.total is not None:
        amount, unit = card.total, nights_label
    else:
        amount, unit = card.per_night, gettext("за ночь")
    price = f'<strong class="num">{format_tenge(amount)}</strong> <span>{escape(unit)}</span>'
    skeleton = _skeleton(card.info, current_language(), eager, first, heading)
    return Markup(skeleton.replace(_URL, escape(card.url), 1).replace(_PRICE, price, 1))  # noqa: S704  # escaped parts


@lru_cache(maxsize=KEPT)
def _skeleton(info: CardInfo, _language: str, eager: bool, first: bool, heading: str) -> str:
    macro = template("components/card.html").module.property_card  # type: ignore[attr-defined]
    card = card_view(info)._replace(url=_URL)
    return str(macro(card, "", eager, first, heading, price_html=_PRICE))
