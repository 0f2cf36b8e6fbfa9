"""Sending one notification: read what it says, hand it to a provider outside any transaction, record the end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain import notifications
from app.domain.bookings.reasons import reason_to_guest
from app.domain.chats import identities
from app.i18n import use_language
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.kit.errors import DomainError
from app.kit.quiet import QuietHours
from app.models import Notification, NotificationChannel, NotificationKind, NotificationStatus
from app.notify import about, outcome
from app.notify.about import About
from app.notify.catalogue import CATALOGUE
from app.notify.channels import Channels, ChatChannel, Route, Sender
from app.notify.chat_notices import notice_of
from app.notify.outcome import Sent
from app.notify.routing import Reader, reader_of, routes_of
from app.notify.together import Message, Plan, Together, load

log = structlog.get_logger(__name__)

_SAYS_WHY = frozenset({NotificationKind.REQUEST_DECLINED, NotificationKind.BOOKING_CANCELLED})
"""Kinds whose parameter `reason` is a landlord's code, to be put into the guest's language."""


class WaitsForMorning(ProviderUnavailable):
    """It is night at the person's: not a provider's fault, but like one it is tried again in `retry_after`."""

    is_outage = False
    """What waits behind it is not held back."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__("quiet hours", retry_after=pause)


def prepare(
    ids: Sequence[UUID],
    *,
    sms: Sender,
    public_url: str,
    now: datetime,
    chats: Mapping[NotificationChannel, ChatChannel] | None = None,
    quiet: QuietHours | None = None,
) -> Together:
    """Plan several notifications in one transaction, for `deliver` to send within seconds.

    Left out, and planned by `deliver` alone, is what waits for the morning, and what is not sent again when nobody
    knows how it ended: that is marked just before it is sent. Raises whatever planning one of them raises.
    """
    channels, plans = Channels(sms, chats), {}
    with transaction() as session:
        loaded = load(session, ids)
        for row in loaded:
            if not isinstance(row, Notification) or not CATALOGUE[NotificationKind(row.kind)].again_when_unsure:
                continue
            with contextlib.suppress(WaitsForMorning):
                plans[row.id] = _plan(session, row.id, channels, public_url=public_url, quiet=quiet, now=now)
    return Together(plans)


def deliver(
    notification_id: UUID,
    *,
    sms: Sender,
    public_url: str,
    now: datetime,
    chats: Mapping[NotificationChannel, ChatChannel] | None = None,
    quiet: QuietHours | None = None,
    together: Together | None = None,
) -> None:
    """Send a pending notification by the first channel that takes it; what is no news any more is marked failed.

    A channel in trouble is waited for, an hour at most and by what is urgent less: then the next one tells it as well.
    `together` is the batch that it was prepared with, if it was.
    Raises ProviderUnavailable, so that the outbox tries again (`WaitsForMorning` in quiet hours), and ProviderRefused
    after recording that no channel took it, so that it comes onto the dead-letter list.
    """
    channels = Channels(sms, chats)
    together = Together() if together is None else together
    if together.has_plan(notification_id):
        plan = together.plans[notification_id]
    else:
        with transaction() as session:
            plan = _plan(session, notification_id, channels, public_url=public_url, quiet=quiet, now=now)
    if plan is None:
        return
    refused = list(plan.refused)
    try:
        sent = _hand_over(notification_id, plan, channels, refused, now=now)
    except ProviderUnavailable as error:
        if _is_to_be_tried_again(notification_id, plan, refused, error, now=now):
            raise
        return
    except ProviderRefused as error:
        with transaction() as session:
            outcome.record_refused(session, notification_id, refused, error.code)
        raise
    together.note_sent(sent)


def _hand_over(notification_id: UUID, plan: Plan, channels: Channels, refused: list[str], *, now: datetime) -> Sent:
    """Try the ways in their order; who refuses is added to `refused`.

    Raises ProviderUnavailable, ProviderRefused, and ProviderProtocolError (a person must look) for what is not urgent,
    or has no channel left that may recover.
    """
    trouble: ProviderUnavailable | None = None
    refusal = ProviderRefused("no channel reaches this person", code=outcome.UNREACHABLE)
    for message in plan.messages:
        is_last = message is plan.messages[-1]
        try:
            parts_said = plan.said_before(message.route)
            provider_id = channels.send(message.route, message.notice, parts_said=parts_said)
        except ProviderRefused as error:
            refused.append(message.route.channel.value)
            refusal = error
        except ProviderUnavailable as error:
            error.parts_by = message.route.address
            error.outcome_unknown |= trouble is not None and trouble.outcome_unknown  # one of them may have told it
            trouble = error
            if is_last or not _goes_by_the_next(plan, error, now=now):
                break
        except ProviderProtocolError as error:
            if not plan.is_urgent or (is_last and trouble is None):
                raise
            trouble = trouble or ProviderUnavailable(str(error), outcome_unknown=True)
            log.error("channel_answers_nonsense", error=str(error))  # noqa: TRY400  # expected: the text says all
        else:
            is_last_way = is_last and trouble is None
            return Sent(notification_id, message.route.channel, provider_id, tuple(refused), is_last_way, now)
    raise refusal if trouble is None else trouble


def _goes_by_the_next(plan: Plan, error: ProviderUnavailable, *, now: datetime) -> bool:
    """Is the trouble not waited out (any longer)? If it still is, the next try comes when the next channel is due."""
    if plan.other_way_at is None:
        return False
    if now + (error.retry_after or timedelta(0)) >= plan.other_way_at:
        return True
    error.again_within = plan.other_way_at - now
    return False


def _is_to_be_tried_again(
    notification_id: UUID, plan: Plan, refused: list[str], error: ProviderUnavailable, *, now: datetime
) -> bool:
    """Record a provider's trouble. Keys and money are sent again when the first try may have arrived, the rest not."""
    with transaction() as session:
        if error.outcome_unknown and not plan.again_when_unsure:
            outcome.record_refused(session, notification_id, refused, outcome.UNSURE)
            return False
        outcome.record_trouble(session, notification_id, refused, error, now=now)
    return True


def _plan(
    session: Session,
    notification_id: UUID,
    channels: Channels,
    *,
    public_url: str,
    quiet: QuietHours | None,
    now: datetime,
) -> Plan | None:
    """What to say and how; None when there is nothing to do (any more). Raises WaitsForMorning."""
    row = session.get(Notification, notification_id)
    reader = None if row is None or row.status != NotificationStatus.PENDING else reader_of(session, row)
    if row is None or reader is None:
        return None
    entry = CATALOGUE[NotificationKind(row.kind)]
    if entry.is_marketing and row.user_id is not None and identities.wants_silence(session, row.user_id):
        outcome.fail(row, outcome.UNWANTED)
        return None
    use_language(reader.language)
    subject = about.booking_of(session, row)
    params = _news(session, row, subject, public_url=public_url, quiet=quiet, now=now)
    if params is None:
        outcome.fail(row, outcome.STALE)
        return None
    if not entry.again_when_unsure:
        if row.attempted_at is not None:  # a worker died at it
            outcome.fail(row, outcome.UNSURE)
            return None
        row.attempted_at = now
    routes = _routes(session, row, reader, subject, channels, now=now)
    kind = NotificationKind(row.kind)
    messages = [Message(route, notice_of(kind, route.channel, reader.language, params)) for route in routes]
    return Plan(
        tuple(messages),
        entry.again_when_unsure,
        refused=tuple(row.refused),
        other_way_at=None if entry.patience is None else (row.trouble_since or now) + entry.patience,
        is_urgent=entry.other_way_after is not None,
        parts_said=row.parts_said,
        parts_by=row.parts_by,
    )


def _news(
    session: Session,
    row: Notification,
    subject: About | None,
    *,
    public_url: str,
    quiet: QuietHours | None,
    now: datetime,
) -> dict[str, object] | None:
    """The values of the text, None when it is no news any more. Raises WaitsForMorning when it can wait."""
    entry, stay = CATALOGUE[NotificationKind(row.kind)], None if subject is None else subject.stay
    expired = row.expires_at is not None and row.expires_at <= now
    if expired or not entry.is_worth_sending(stay, created_at=row.created_at, now=now):
        return None
    morning = entry.wait_until(stay, created_at=row.created_at, quiet=quiet, now=now)
    if morning is not None:
        raise WaitsForMorning(morning - now)
    params: dict[str, object] = json.loads(row.params) if row.params else {}
    params |= about.addresses(public_url)
    if row.kind == NotificationKind.MESSAGE_RECEIVED:
        told = about.message(session, params, public_url)
        return None if told is None else params | told
    if subject is None:
        return params
    params |= about.values(subject, public_url)
    if row.kind in _SAYS_WHY:
        params["reason"] = reason_to_guest(str(params.get("reason", "")))
    if row.kind == NotificationKind.KEYS:
        try:
            params["keys"] = about.keys(session, subject, now=now)
        except DomainError:  # not to be seen any more, or not yet
            return None
    return params


def _routes(
    session: Session, row: Notification, reader: Reader, subject: About | None, channels: Channels, *, now: datetime
) -> list[Route]:
    """The ways to try. What goes everywhere is pinned to the first one, and copied for each of the others."""
    booked_by = None if subject is None else subject.booked_by
    routes = routes_of(session, row, reader.person, booked_by=booked_by, channels=channels)
    if not CATALOGUE[NotificationKind(row.kind)].everywhere or row.is_pinned or not routes:
        return routes
    row.is_pinned, row.channel = True, routes[0].channel
    for other in routes[1:]:
        notifications.copy_to(session, row, other.channel, now=now)
    return routes[:1]
