"""The landlord's flats with what waits for an answer, and the bookings of one flat."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.bookings.reasons import DECLINE_REASONS
from app.domain.hosting.bookings import agenda_of, requests_of
from app.domain.hosting.flats import flats_of
from app.i18n import current_language, gettext
from app.kit import clock
from app.wording.hosting import choices
from blueprints.cabinet import cabinet
from blueprints.cabinet.labels import said
from blueprints.cabinet.loading import own_flat_or_404
from blueprints.cabinet.rows import booking_lines, flat_head, flat_line
from blueprints.shared.access import landlord, own_flat
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import render_page


@cabinet.get("")
@landlord
def home() -> ResponseReturnValue:
    """Requests that wait, then the flats."""
    person, language, now = require_person(), current_language(), clock.now()
    with reading() as connection:
        requests = requests_of(connection, person.id, language=language, now=now)
        flats = flats_of(connection, person.id, language=language, now=now)
    return render_page(
        "cabinet/home.html",
        requests=booking_lines(requests),
        flats=[flat_line(flat) for flat in flats],
        reasons=choices(DECLINE_REASONS),
        done=said(),
    )


@cabinet.get("/flats/<int:flat_id>")
@own_flat
def flat(flat_id: int) -> ResponseReturnValue:
    """The bookings of a flat by what they mean today."""
    found = own_flat_or_404(flat_id)
    with reading() as connection:
        agenda = agenda_of(connection, require_person().id, flat_id, language=current_language(), now=clock.now())
    groups = [
        ("requests", gettext("Ждут ответа"), agenda.requests),
        ("arriving", gettext("Заезжают сегодня"), agenda.arriving),
        ("leaving", gettext("Выезжают сегодня"), agenda.leaving),
        ("staying", gettext("Сейчас живут"), agenda.staying),
        ("upcoming", gettext("Предстоящие"), agenda.upcoming),
        ("unpaid", gettext("Ждут оплаты"), agenda.unpaid),
        ("past", gettext("Прошедшие и отменённые"), agenda.past),
    ]
    return render_page(
        "cabinet/flat.html",
        flat=flat_head(found),
        groups=[(code, title, booking_lines(rows)) for code, title, rows in groups if rows],
        done=said(),
    )
