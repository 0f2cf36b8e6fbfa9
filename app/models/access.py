"""How a guest gets in: instructions of a flat and the grant of one booking. All sealed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.crypto import SEAL_BYTES
from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText, SealedBytes, SealedText

ENTRY_PHOTOS_MOST = 6
ENTRY_PHOTO_BYTES = 400 * 1024
"""A picture of the way in, as it is kept, before sealing."""


class CodeMode(StrEnum):
    """Whose the door codes are."""

    SHARED = "shared"
    """One for all: the flat's own."""
    PER_BOOKING = "per_booking"
    """A new digital-lock code for each booking."""


class AccessInstructions(Base):
    """Codes and directions of one flat: a sealed JSON document (`app.domain.access.details.AccessDetails`)."""

    __tablename__ = "access_instructions"
    __table_args__ = (one_of("mode", CodeMode),)

    property_id: Mapped[int] = mapped_column(
        ForeignKey("properties.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mode: Mapped[str]
    details_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime]

    details = SealedText("details_sealed", row="property_id")


class AccessPhoto(Base):
    """A picture of the way in: one WebP drawn anew by us, sealed as codes are, and its caption. Never a file."""

    __tablename__ = "access_photos"
    __table_args__ = (
        # Checked when a statement ends, so that one statement can put pictures into another order.
        UniqueConstraint("property_id", "position", deferrable=True, initially="IMMEDIATE"),
        CheckConstraint(f"position BETWEEN 0 AND {ENTRY_PHOTOS_MOST - 1}", name="at_most_six"),
        CheckConstraint("width > 0 AND height > 0", name="size_positive"),
        CheckConstraint(
            f"octet_length(image_sealed) BETWEEN {SEAL_BYTES + 1} AND {SEAL_BYTES + ENTRY_PHOTO_BYTES}",
            name="image_small",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    image_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    caption_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]

    image = SealedBytes("image_sealed", row="id")
    caption = OptionalSealedText("caption_sealed", row="id")


class AccessGrant(Base):
    """One booking's right to see the keys, from `valid_from` to `valid_until`.

    `codes` is a sealed JSON document of codes made for this booking alone; without it the flat's own codes apply.
    """

    __tablename__ = "access_grants"
    __table_args__ = (
        CheckConstraint("valid_until > valid_from", name="window_not_empty"),
        CheckConstraint("issue >= 1", name="issue_positive"),
        Index(
            "ix_access_grants_to_send", "valid_from", postgresql_where=text("sent_at IS NULL AND revoked_at IS NULL")
        ),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True, autoincrement=False)
    codes_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    issue: Mapped[int] = mapped_column(SmallInteger)
    """Grows with every reissue; each issue is sent once."""
    seen_issue: Mapped[int | None] = mapped_column(SmallInteger)
    """The newest issue that the guest has looked at."""
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]
    """When the guest first looked at codes, of whichever issue: after that nobody can say that they never came."""
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    codes = OptionalSealedText("codes_sealed", row="booking_id")
