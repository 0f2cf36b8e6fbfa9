"""How a guest wants to pay."""

from __future__ import annotations

from dataclasses import dataclass

from app.models import PayMethod


@dataclass(frozen=True, slots=True)
class PayWay:
    """The method; `phone` (E.164) is whose app gets the bill, for `PUSH` and nothing else."""

    method: PayMethod = PayMethod.LINK
    phone: str | None = None


BY_LINK = PayWay()
