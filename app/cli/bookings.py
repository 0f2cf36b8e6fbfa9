"""`flask bookings diagram`, `show` and `cancel`: what staff do with bookings while they have no portal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click
from flask.cli import with_appcontext

from app.cli.staff import Refusal, acting, by_staff_for, refusals, written
from app.db import reading, transaction
from app.domain.bookings import state_machine
from app.domain.bookings.cancellation import RefundQuote
from app.domain.bookings.record import BookingRecord, record_of
from app.domain.checkout.cancel import cancel as cancel_booking
from app.domain.checkout.preview import cancellation_by_staff
from app.kit import clock
from app.kit.money import format_tenge


@click.group()
def bookings() -> None:
    """Bookings: what may become of one, what became of this one, ending it."""


@bookings.command()
def diagram() -> None:
    """Print the life of a booking as a Mermaid state diagram."""
    click.echo(state_machine.diagram())


@bookings.command()
@click.argument("reference")
@with_appcontext
def show(reference: str) -> None:
    """Print the states and the history of a booking, without personal data."""
    with reading() as connection:
        found = record_of(connection, written(reference))
    if found is None:
        raise Refusal("There is no booking with this reference.")
    for line in _lines(found):
        click.echo(line)


@bookings.command()
@click.argument("reference")
@by_staff_for("Why; kept in the history, so nothing personal.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def cancel(reference: str, phone: str, reason: str, yes: bool) -> None:
    """Cancel a paid booking: show what goes back to the guest, ask, cancel. Everything paid goes back."""
    reference = written(reference)
    with refusals():
        with transaction() as session:
            actor = acting(session, phone, reason)
            price = cancellation_by_staff(session, reference, now=clock.now())
        for line in _refund_lines(price):
            click.echo(line)
        if not yes:
            click.confirm(f"Cancel {reference}?", abort=True)
        with transaction() as session:
            now, back = clock.now(), price.total
            cancel_booking(session, reference, actor=actor, now=now, reason=reason, back_shown=back)
    click.echo(f"{reference} is cancelled; {format_tenge(back)} go back.")


def _refund_lines(price: RefundQuote) -> Iterator[str]:
    for line in price.lines:
        yield f"{line.part.value}: {format_tenge(line.back)} of {format_tenge(line.paid)}"
    yield f"In all: {format_tenge(price.total)}"


def _lines(found: BookingRecord) -> Iterator[str]:
    yield f"{found.reference}  {found.status.value}"
    yield f"flat {found.property_id}, {found.check_in} – {found.check_out}, guests {found.guests}"
    yield f"booked for {format_tenge(found.total)}"
    if found.hold_expires_at is not None:
        yield f"held until {_moment(found.hold_expires_at)}"
    if found.answer_by is not None:
        yield f"the landlord answers until {_moment(found.answer_by)}"
    yield "history:"
    for step in found.steps:
        before = "" if step.before is None else f"{step.before.value} → "
        why = f" ({step.reason})" if step.reason else ""
        yield f"  {_moment(step.at)}  {before}{step.after.value}, by {step.by.value}{why}"
    for change in found.changes:
        dates = f"{change.check_out_before} → {change.check_out}"
        yield f"{change.kind.value}: {dates}, {change.status.value}, {format_tenge(change.total)}"
    for owed in found.refunds:
        yield f"refund: {format_tenge(owed.amount)} ({owed.cause.value}), {_moment(owed.created_at)}"
    if found.keys is not None:
        keys = found.keys
        yield f"keys: {_moment(keys.opens_at)} – {_moment(keys.closes_at)}, issue {keys.issue}"
        for word, at in (("sent", keys.sent_at), ("seen", keys.seen_at), ("revoked", keys.revoked_at)):
            if at is not None:
                yield f"  {word} {_moment(at)}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(clock.ALMATY):%Y-%m-%d %H:%M}"
