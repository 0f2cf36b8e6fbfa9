"""What staff decides after a stay: problems that guests report at arrival, and landlords' claims on deposits."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText


class CaseKind(StrEnum):
    """What a case is about."""

    ARRIVAL_PROBLEM = "arrival_problem"


class CaseState(StrEnum):
    """Is anyone still to do something?"""

    OPEN = "open"
    CLOSED = "closed"


class ProblemReason(StrEnum):
    """What a guest finds wrong at arrival."""

    NO_ENTRY = "no_entry"
    NOT_AS_DESCRIBED = "not_as_described"
    DIRTY = "dirty"
    BROKEN = "broken"
    UNSAFE = "unsafe"
    OTHER = "other"


class CaseOutcome(StrEnum):
    """How staff closed a case."""

    SOLVED = "solved"
    """The landlord put it right."""
    UNFOUNDED = "unfounded"
    REFUNDED = "refunded"
    """The stay was ended or shortened; the money went back the usual way."""


class StaffCase(Base):
    """Something about a booking that staff looks into. The guest's words are sealed."""

    __tablename__ = "staff_cases"
    __table_args__ = (
        one_of("kind", CaseKind),
        one_of("state", CaseState),
        one_of("reason", ProblemReason),
        one_of("outcome", CaseOutcome),
        CheckConstraint(
            "num_nonnulls(closed_at, closed_by, outcome) = CASE state WHEN 'closed' THEN 3 ELSE 0 END",
            name="closed_by_someone",
        ),
        UniqueConstraint("booking_id", "kind"),
        Index("ix_staff_cases_open", "opened_at", postgresql_where=sql("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    state: Mapped[str]
    reason: Mapped[str]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str | None]

    text = OptionalSealedText("text_sealed", row="id")


class ClaimReason(StrEnum):
    """Why a landlord claims a deposit."""

    DAMAGE = "damage"
    MISSING = "missing"
    CLEANING = "cleaning"
    RULES = "rules"
    OTHER = "other"


class DepositClaim(Base):
    """A landlord's claim on a guest's deposit. One a booking; the landlord's words are sealed."""

    __tablename__ = "deposit_claims"
    __table_args__ = (
        one_of("reason", ClaimReason),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("landlord_gets BETWEEN 0 AND amount", name="gets_at_most_the_claim"),
        CheckConstraint("num_nulls(decided_at, decided_by, landlord_gets) IN (0, 3)", name="decided_by_someone"),
        Index("ix_deposit_claims_open", "created_at", postgresql_where=sql("decided_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), unique=True)
    amount: Mapped[int]
    reason: Mapped[str]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    landlord_gets: Mapped[int | None]

    text = OptionalSealedText("text_sealed", row="id")


class ClaimPhoto(Base):
    """What a claim shows, re-encoded by us: files are `<key>-<width>.webp` in the private folder."""

    __tablename__ = "claim_photos"
    __table_args__ = (
        UniqueConstraint("claim_id", "position"),
        CheckConstraint("position BETWEEN 0 AND 5", name="at_most_six"),
        CheckConstraint("width > 0 AND height > 0", name="size_positive"),
        CheckConstraint("key ~ '^[a-z0-9-]{1,80}$'", name="key_form"),
        CheckConstraint("length(blur) <= 600", name="blur_small"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("deposit_claims.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    key: Mapped[str] = mapped_column(unique=True)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    blur: Mapped[str]
