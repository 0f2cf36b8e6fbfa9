"""What guests do on a checkout's page, the same for a booking and for an extension: once, and then the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.payments.ways import PayWay
from app.kit.errors import DomainError, ErrorKind
from blueprints.shared import form_keys
from blueprints.shared.errors import text_of
from blueprints.shared.pay_methods import chosen_way
from blueprints.shared.rendering import is_htmx


class Page(Protocol):
    """How the payment of a booking or of its extension stands."""

    def __call__(self, reference: str, *, way_error: str | None = None) -> ResponseReturnValue:
        """Render it; `way_error` says what was wrong with the form of another way to pay."""
        ...


@dataclass(frozen=True, slots=True)
class CheckoutActs:
    """The acts of the checkout whose page is at an endpoint, with the booking's reference."""

    endpoint: str
    page: Page

    def once(self, reference: str, act: Callable[[Session], object]) -> ResponseReturnValue:
        """Do it, once for a form: then the fragment for htmx, else a redirect to the page. Raises what `act` raises."""
        self._do(reference, act)
        return self._back(reference)

    def another_way(self, reference: str, act: Callable[[Session, PayWay], object]) -> ResponseReturnValue:
        """The same with the way to pay that the form chose; the page says what was wrong with its fields.

        Raises what `act` raises for more than a wrong field.
        """
        try:
            way = chosen_way()
            self._do(reference, lambda session: act(session, way))
        except DomainError as error:
            if error.kind is not ErrorKind.INVALID:
                raise
            return self.page(reference, way_error=text_of(error))
        return self._back(reference)

    def _do(self, reference: str, act: Callable[[Session], object]) -> None:
        with transaction() as session:
            form_keys.once_to(session, self._here(reference), lambda: act(session))

    def _back(self, reference: str) -> ResponseReturnValue:
        return self.page(reference) if is_htmx() else redirect(self._here(reference), code=303)

    def _here(self, reference: str) -> str:
        return url_for(self.endpoint, reference=reference)
