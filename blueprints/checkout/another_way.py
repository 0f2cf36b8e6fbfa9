"""A guest's choice of another way to pay, the same for a booking and for an extension of one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.payments.ways import PayWay
from app.kit.errors import DomainError, ErrorKind
from blueprints.shared import form_keys
from blueprints.shared.errors import text_of
from blueprints.shared.pay_methods import chosen_way


def switched(here: str, act: Callable[[Session, PayWay], None]) -> str | None:
    """Let the way that the form chose take effect, once; what was wrong with the form, None when nothing was.

    `here` is where the form leads. Raises what `act` raises for more than a wrong field.
    """
    try:
        way = chosen_way()
        with transaction() as session:
            form_keys.once_to(session, here, lambda: act(session, way))
    except DomainError as error:
        if error.kind is not ErrorKind.INVALID:
            raise
        return text_of(error)
    return None
