"""Who did what to whom: append-only, without personal data; and the chain that shows whether it stayed so."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.booking import ActorKind


class AuditEntry(Base):
    """One audited act. A trigger refuses UPDATE and DELETE."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        one_of("actor_kind", ActorKind),
        CheckConstraint("action ~ '^[a-z_]+[.][a-z_]+$'", name="action_form"),
        Index("ix_audit_entries_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entries_at", "at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AuditLink(Base):
    """An entry's place in the chain, given once it was committed. Append-only like the entries."""

    __tablename__ = "audit_links"
    __table_args__ = (
        CheckConstraint("position >= 1", name="position_from_one"),
        CheckConstraint("octet_length(hash) = 32", name="hash_length"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(unique=True)
    """From 1 without a gap, in the order of chaining: entries commit in another order than their ids."""
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 over the hash before it and the entry (app/domain/audit_chain.py)."""
    chained_at: Mapped[datetime]
