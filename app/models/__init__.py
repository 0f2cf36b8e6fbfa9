"""The one SQLAlchemy model package: importing it knows every table."""

from app.models.access import AccessGrant, AccessInstructions
from app.models.audit import AuditEntry
from app.models.availability import RING_NIGHTS, Occupancy, OccupancyKind, PropertySearch
from app.models.base import Base, Coordinates, LocalizedText
from app.models.booking import ActorKind, Booking, BookingEvent, BookingStatus, Channel
from app.models.payment import (
    Account,
    LedgerEntry,
    Payment,
    PaymentStatus,
    PostingKind,
    ReviewReason,
    Transaction,
    TransactionKind,
    TransactionSource,
)
from app.models.place import City, District
from app.models.property import CancellationPolicy, Photo, Property, PropertyClass, PropertyStatus
from app.models.review import Review
from app.models.user import STAFF_ROLES, Language, LoginCode, Role, User, UserProfile, UserSession
from app.models.work import (
    InboxItem,
    InboxProvider,
    Notification,
    NotificationChannel,
    NotificationKind,
    NotificationStatus,
    OutboxItem,
    OutboxKind,
)

__all__ = [
    "RING_NIGHTS",
    "STAFF_ROLES",
    "AccessGrant",
    "AccessInstructions",
    "Account",
    "ActorKind",
    "AuditEntry",
    "Base",
    "Booking",
    "BookingEvent",
    "BookingStatus",
    "CancellationPolicy",
    "Channel",
    "City",
    "Coordinates",
    "District",
    "InboxItem",
    "InboxProvider",
    "Language",
    "LedgerEntry",
    "LocalizedText",
    "LoginCode",
    "Notification",
    "NotificationChannel",
    "NotificationKind",
    "NotificationStatus",
    "Occupancy",
    "OccupancyKind",
    "OutboxItem",
    "OutboxKind",
    "Payment",
    "PaymentStatus",
    "Photo",
    "PostingKind",
    "Property",
    "PropertyClass",
    "PropertySearch",
    "PropertyStatus",
    "Review",
    "ReviewReason",
    "Role",
    "Transaction",
    "TransactionKind",
    "TransactionSource",
    "User",
    "UserProfile",
    "UserSession",
]
