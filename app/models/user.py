"""People: who they are, how they sign in, what is signed in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText, SealedText


class Role(StrEnum):
    """What a person may be. One account can be guest and landlord."""

    GUEST = "guest"
    LANDLORD = "landlord"
    SUPPORT = "support"
    ADMIN = "admin"


STAFF_ROLES = frozenset({Role.SUPPORT, Role.ADMIN})


class Language(StrEnum):
    """Languages of the product."""

    RU = "ru"
    KK = "kk"
    EN = "en"


class User(Base):
    """A person, identified by a phone number. The number is sealed; `phone_token` finds it without reading it."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("octet_length(phone_token) = 32", name="phone_token_length"),
        CheckConstraint("cardinality(roles) > 0", name="has_role"),
        CheckConstraint("roles <@ ARRAY['guest','landlord','support','admin']", name="roles_known"),
        Index("ix_users_phone", "phone_token", postgresql_using="hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_token: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    phone = SealedText("phone_sealed", row="id")

    def has_role(self, role: Role) -> bool:
        """Is this role among the person's?"""
        return role.value in self.roles


class UserProfile(Base):
    """What a person told about themselves."""

    __tablename__ = "user_profiles"
    __table_args__ = (one_of("language", Language),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str]
    updated_at: Mapped[datetime]

    name = OptionalSealedText("name_sealed", row="user_id")


class UserSession(Base):
    """The truth of who is signed in where. `id` is the SHA-256 of the random token in the person's cookie."""

    __tablename__ = "user_sessions"
    __table_args__ = (
        CheckConstraint("octet_length(id) = 32", name="id_length"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("length(device) <= 100", name="device_length"),
        Index("ix_user_sessions_user_id", "user_id", postgresql_where=text("revoked_at IS NULL")),
        Index("ix_user_sessions_expires_at", "expires_at"),
    )

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    device: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginCode(Base):
    """One one-time code sent to one phone: hashed, counted, single use; one live code a phone."""

    __tablename__ = "login_codes"
    __table_args__ = (
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries_at_most_five"),
        CheckConstraint("octet_length(code_hash) = 32", name="code_hash_length"),
        CheckConstraint("octet_length(challenge_hash) = 32", name="challenge_hash_length"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        one_of("language", Language),
        Index(
            "uq_login_codes_live",
            "phone_token",
            unique=True,
            postgresql_where=text("used_at IS NULL AND superseded_at IS NULL"),
        ),
        Index("ix_login_codes_phone_token", "phone_token", "created_at"),
        Index("ix_login_codes_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_token: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the random token that ties the code to the browser that asked for it."""
    language: Mapped[str]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]

    phone = SealedText("phone_sealed", row="id")
