"""What was asked for under a key, and what it was answered: so that asking again does nothing again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.sealed import OptionalSealedText


class IdempotencyKey(Base):
    """One act of one person under a key of theirs, with its answer. The answer's text is sealed.

    The row is written before the act and gets its answer after it, in one transaction; a deferred trigger refuses to
    commit a row without an answer. Only acts that were done are kept: see `app.domain.idempotency`.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("user_id", "scope", "key"),
        CheckConstraint("key ~ '^[!-~]{8,128}$'", name="key_form"),
        CheckConstraint("scope ~ '^[a-z_.]{3,60}$'", name="scope_form"),
        CheckConstraint("octet_length(digest) = 32", name="digest_length"),
        CheckConstraint("status BETWEEN 200 AND 399", name="status_of_success"),
        CheckConstraint(
            "status IS NOT NULL OR (location IS NULL AND body_sealed IS NULL)", name="nothing_before_the_answer"
        ),
        CheckConstraint("location ~ '^/[!-~]{1,250}$'", name="location_is_ours"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    scope: Mapped[str]
    """Which act: the same key may be used for another one."""
    key: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of everything that was asked for."""
    status: Mapped[int | None] = mapped_column(SmallInteger)
    location: Mapped[str | None]
    """Where the answer sends to."""
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]

    body = OptionalSealedText("body_sealed", row="id")
