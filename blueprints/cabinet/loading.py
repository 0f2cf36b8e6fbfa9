"""The flat or booking that a page of the cabinet is about, if it is this landlord's."""

from __future__ import annotations

from flask import abort

from app.db import reading
from app.domain.hosting.bookings import HostedBooking, booking_of
from app.domain.hosting.flats import OwnFlat, flat_of
from app.i18n import current_language
from app.kit import clock
from blueprints.shared.identity import require_person


def own_flat_or_404(flat_id: int) -> OwnFlat:
    """The landlord's flat; anyone else's does not exist."""
    with reading() as connection:
        found = flat_of(connection, require_person().id, flat_id, language=current_language(), now=clock.now())
    if found is None:
        abort(404)
    return found


def hosted_or_404(reference: str) -> HostedBooking:
    """A booking of the landlord's flats; anyone else's does not exist."""
    with reading() as connection:
        found = booking_of(connection, require_person().id, reference, language=current_language())
    if found is None:
        abort(404)
    return found
