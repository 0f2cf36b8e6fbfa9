"""Kaspi as its books are: a statement and statuses that a test writes, behind the product's own port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.checkout.settle import settle
from app.domain.reconciliation.matching import expected_fee
from app.integrations.errors import ProviderUnavailable
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import ProviderPaymentStatus, ProviderStatus, StatementKind, StatementLine
from app.kit import clock
from app.models import Booking, Payment, PaymentStatus, Transaction
from tests import factories


class KaspiBooks(KaspiGateway):
    """What the statement of each day says, and what `status` answers; nothing goes over a wire."""

    def __init__(self) -> None:
        super().__init__(base_url="http://127.0.0.1:9", api_key="k", merchant_id="m", callback_url="http://127.0.0.1:9")
        self.lines: dict[date, list[StatementLine]] = {}
        self.statuses: dict[str, ProviderStatus] = {}
        self.asked: list[Sequence[str]] = []
        self.breaks_after: int | None = None
        """So many lines are told before the connection is lost."""

    def statement(self, day: date, *, provider_ids: Sequence[str] = ()) -> Iterator[StatementLine]:
        self.asked.append(provider_ids)
        for number, line in enumerate(self.lines.get(day, [])):
            if number == self.breaks_after:
                raise ProviderUnavailable("kaspi: HTTP 503")
            yield line

    def status(self, provider_id: str) -> ProviderStatus:
        return self.statuses[provider_id]

    def tell(self, day: date, *lines: StatementLine) -> None:
        """These lines are in the statement of the day."""
        self.lines.setdefault(day, []).extend(lines)


def held(session: Session, *, at: datetime, nights: int = 2) -> tuple[Booking, Payment]:
    """A hold whose payment Kaspi knows."""
    prop, guest = factories.make_property(session), factories.make_user(session)
    booking = factories.make_hold(session, prop, guest, factories.stay_in(9, nights, now=at), now=at)
    payment = factories.payment_of(session, booking)
    payment.provider_id = f"pay_{payment.id.hex}"
    payment.pay_url = "http://127.0.0.1:9/pay"
    payment.status = PaymentStatus.CREATED
    session.flush()
    return booking, payment


def paid(session: Session, *, at: datetime, nights: int = 2) -> Payment:
    """A payment whose callback came."""
    _, payment = held(session, at=at - timedelta(minutes=1), nights=nights)
    event = factories.paid_event(payment, at=at, transaction_id=f"tr_{payment.id.hex}")
    settle(session, event, now=at)
    session.flush()
    return payment


def line_of(session: Session, payment: Payment) -> StatementLine:
    """What an honest statement has of a payment that we know to be paid."""
    transaction = session.scalars(select(Transaction).where(Transaction.payment_id == payment.id)).one()
    return paid_line(payment, transaction.external_id.removeprefix("paid:"), transaction.at)


def paid_line(payment: Payment, transaction_id: str, at: datetime) -> StatementLine:
    """The line of a payment."""
    assert payment.provider_id is not None
    fee = expected_fee(payment.amount, 95)
    return StatementLine(
        transaction_id=transaction_id,
        provider_id=payment.provider_id,
        order_id=str(payment.id),
        kind=StatementKind.PAYMENT,
        amount=payment.amount,
        fee=fee,
        net=payment.amount - fee,
        at=at,
    )


def refund_line(payment: Payment, amount: int, at: datetime, *, number: str = "1") -> StatementLine:
    """The line of a refund."""
    assert payment.provider_id is not None
    return StatementLine(
        transaction_id=f"back_{number}_{payment.id.hex}",
        provider_id=payment.provider_id,
        order_id=str(payment.id),
        kind=StatementKind.REFUND,
        amount=amount,
        fee=0,
        net=amount,
        at=at,
    )


def paid_status(payment: Payment, transaction_id: str, at: datetime, *, refunded: int = 0) -> ProviderStatus:
    """What `status` says of a payment that was paid."""
    return ProviderStatus(ProviderPaymentStatus.PAID, payment.amount, transaction_id, at, refunded)


def noon(days_ago: int = 1) -> datetime:
    """Noon in Almaty, so many days ago."""
    begin = clock.at_local(clock.local_date(clock.now()) - timedelta(days=days_ago), datetime.min.time())
    return begin + timedelta(hours=12)
