"""The one SQLAlchemy model package: importing it knows every table."""

from app.models.access import AccessGrant, AccessInstructions, CodeMode
from app.models.amendment import AmendmentKind, AmendmentStatus, BookingAmendment
from app.models.audit import AuditEntry
from app.models.availability import (
    RING_NIGHTS,
    KnownWord,
    Occupancy,
    OccupancyKind,
    PropertyPrices,
    PropertySearch,
    PropertyWords,
)
from app.models.base import Base, Coordinates, LocalizedText
from app.models.booking import (
    ActorKind,
    Booking,
    BookingEvent,
    BookingStatus,
    Channel,
)
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
from app.models.price import PriceRule, PromoCode, PromoRedemption, StayDiscount
from app.models.property import CancellationPolicy, Photo, Property, PropertyClass, PropertyStatus
from app.models.refund import Refund, RefundCause
from app.models.report import DailyReport
from app.models.review import Review, ReviewPhoto
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
    "AmendmentKind",
    "AmendmentStatus",
    "AuditEntry",
    "Base",
    "Booking",
    "BookingAmendment",
    "BookingEvent",
    "BookingStatus",
    "CancellationPolicy",
    "Channel",
    "City",
    "CodeMode",
    "Coordinates",
    "DailyReport",
    "District",
    "InboxItem",
    "InboxProvider",
    "KnownWord",
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
    "PriceRule",
    "PromoCode",
    "PromoRedemption",
    "Property",
    "PropertyClass",
    "PropertyPrices",
    "PropertySearch",
    "PropertyStatus",
    "PropertyWords",
    "Refund",
    "RefundCause",
    "Review",
    "ReviewPhoto",
    "ReviewReason",
    "Role",
    "StayDiscount",
    "Transaction",
    "TransactionKind",
    "TransactionSource",
    "User",
    "UserProfile",
    "UserSession",
]
