"""The one SQLAlchemy model package: importing it knows every table."""

from app.models.access import (
    ENTRY_PHOTO_BYTES,
    ENTRY_PHOTOS_MOST,
    AccessGrant,
    AccessInstructions,
    AccessPhoto,
    CodeMode,
)
from app.models.aftercare import (
    CaseKind,
    CaseOutcome,
    CaseState,
    ClaimPhoto,
    ClaimReason,
    DepositClaim,
    ProblemReason,
    StaffCase,
)
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
from app.models.chat import ChannelIdentity, ChatReply, HelpRequest, Messenger
from app.models.favourite import Favourite
from app.models.idempotency import IdempotencyKey
from app.models.ledger import OF_LANDLORDS, Account, LedgerEntry, PostingKind
from app.models.message import MESSAGE_LONGEST, MESSAGE_PHOTO_BYTES, Message, MessagePhoto, MessageThread, Side
from app.models.notification import Notification, NotificationChannel, NotificationKind, NotificationStatus
from app.models.payment import (
    Payment,
    PaymentStatus,
    PayMethod,
    ReviewReason,
    Transaction,
    TransactionKind,
    TransactionSource,
)
from app.models.payout import LandlordAccount, Payout, PayoutBatch, PayoutStatus
from app.models.place import City, District
from app.models.price import PriceRule, PromoCode, PromoRedemption, StayDiscount
from app.models.property import CancellationPolicy, Photo, Property, PropertyClass, PropertyStatus
from app.models.reconciliation import (
    Discrepancy,
    DiscrepancyEvent,
    DiscrepancyKind,
    DiscrepancyState,
    MovementKind,
    ReconciliationRun,
    RunState,
    SuggestedAction,
)
from app.models.refund import Refund, RefundCause, RefundStatus, RefundTransfer, TransferStatus
from app.models.report import DailyReport
from app.models.review import Review, ReviewPhoto
from app.models.user import STAFF_ROLES, Language, LoginCode, Role, User, UserProfile, UserSession
from app.models.work import InboxItem, InboxProvider, OutboxItem, OutboxKind

__all__ = [
    "ENTRY_PHOTOS_MOST",
    "ENTRY_PHOTO_BYTES",
    "MESSAGE_LONGEST",
    "MESSAGE_PHOTO_BYTES",
    "OF_LANDLORDS",
    "RING_NIGHTS",
    "STAFF_ROLES",
    "AccessGrant",
    "AccessInstructions",
    "AccessPhoto",
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
    "CaseKind",
    "CaseOutcome",
    "CaseState",
    "Channel",
    "ChannelIdentity",
    "ChatReply",
    "City",
    "ClaimPhoto",
    "ClaimReason",
    "CodeMode",
    "Coordinates",
    "DailyReport",
    "DepositClaim",
    "Discrepancy",
    "DiscrepancyEvent",
    "DiscrepancyKind",
    "DiscrepancyState",
    "District",
    "Favourite",
    "HelpRequest",
    "IdempotencyKey",
    "InboxItem",
    "InboxProvider",
    "KnownWord",
    "LandlordAccount",
    "Language",
    "LedgerEntry",
    "LocalizedText",
    "LoginCode",
    "Message",
    "MessagePhoto",
    "MessageThread",
    "Messenger",
    "MovementKind",
    "Notification",
    "NotificationChannel",
    "NotificationKind",
    "NotificationStatus",
    "Occupancy",
    "OccupancyKind",
    "OutboxItem",
    "OutboxKind",
    "PayMethod",
    "Payment",
    "PaymentStatus",
    "Payout",
    "PayoutBatch",
    "PayoutStatus",
    "Photo",
    "PostingKind",
    "PriceRule",
    "ProblemReason",
    "PromoCode",
    "PromoRedemption",
    "Property",
    "PropertyClass",
    "PropertyPrices",
    "PropertySearch",
    "PropertyStatus",
    "PropertyWords",
    "ReconciliationRun",
    "Refund",
    "RefundCause",
    "RefundStatus",
    "RefundTransfer",
    "Review",
    "ReviewPhoto",
    "ReviewReason",
    "Role",
    "RunState",
    "Side",
    "StaffCase",
    "StayDiscount",
    "SuggestedAction",
    "Transaction",
    "TransactionKind",
    "TransactionSource",
    "TransferStatus",
    "User",
    "UserProfile",
    "UserSession",
]
