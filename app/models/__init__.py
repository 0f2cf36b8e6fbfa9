"""The one SQLAlchemy model package: importing it knows every table."""

from app.models.access import AccessGrant, AccessInstructions, CodeMode
from app.models.amendment import AmendmentKind, AmendmentStatus, BookingAmendment
from app.models.audit import AuditEntry, AuditLink
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
from app.models.ledger import OF_LANDLORDS, Account, LedgerEntry, PostingKind
from app.models.payment import (
    Payment,
    PaymentStatus,
    ReviewReason,
    Transaction,
    TransactionKind,
    TransactionSource,
)
from app.models.place import City, District
from app.models.price import PriceRule, PromoCode, PromoRedemption, StayDiscount
from app.models.property import CancellationPolicy, Photo, Property, PropertyClass, PropertyStatus
from app.models.refund import Refund, RefundCause, RefundStatus, RefundTransfer, TransferStatus
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
    "OF_LANDLORDS",
    "RING_NIGHTS",
    "STAFF_ROLES",
    "AccessGrant",
    "AccessInstructions",
    "Account",
    "ActorKind",
    "AmendmentKind",
    "AmendmentStatus",
    "AuditEntry",
    "AuditLink",
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
    "RefundStatus",
    "RefundTransfer",
    "Review",
    "ReviewPhoto",
    "ReviewReason",
    "Role",
    "StayDiscount",
    "Transaction",
    "TransactionKind",
    "TransactionSource",
    "TransferStatus",
    "User",
    "UserProfile",
    "UserSession",
]
