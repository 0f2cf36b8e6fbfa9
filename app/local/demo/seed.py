"""`flask demo-data`: a believable market in one transaction. Does nothing when it is already there."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import audit_chain
from app.domain.accounts.people import find_by_phone
from app.domain.listings.cards import PhotoInfo
from app.domain.listings.cities import sync_reference
from app.domain.search import spelling
from app.domain.search.drift import drifted
from app.local.demo.accounts import DEMO_GUEST
from app.local.demo.entry_rows import add_entry_photos
from app.local.demo.favourites import add_favourites
from app.local.demo.flats import make_flats
from app.local.demo.market import MarketSize, MarketWriter
from app.local.demo.offer_rows import add_offers
from app.local.demo.payouts import settle_past
from app.local.demo.people import add_people, make_people
from app.local.demo.plan import plan_calendars
from app.local.demo.review_rows import ReviewRule
from app.local.demo.rooms.render import DrawnRoom
from app.local.demo.story import plan_story, without
from app.local.demo.talks import plan_talks, say_all
from app.local.demo.telling import Teller

SEED = 20_261
"""Change it, and every flat, name and price of the demo changes."""


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was made; `size` is None when the demo data were there before."""

    size: MarketSize | None

    @property
    def was_there(self) -> bool:
        """Was there nothing to do?"""
        return self.size is None


def is_seeded(session: Session) -> bool:
    """Is the demo guest there? Everything else came with them."""
    return find_by_phone(session, DEMO_GUEST.phone) is not None


def seed_demo(
    session: Session, *, rooms: Mapping[str, DrawnRoom], claim_photo: PhotoInfo, now: datetime
) -> DemoSummary:
    """Write cities, people, flats with pictures and keys, prices, stays with their money, reviews, promo
    codes, saved flats, and the search index.

    `rooms` are the drawn pictures by key, `claim_photo` is what a landlord's claim shows. Dates are relative to
    `now`; the same moment gives the same data (ids, nonces of sealed fields and the like aside).
    Money is shared and the audit trail chained as if the product had been running: the doctor is content at once.
    Raises RuntimeError when the search index differs from the flats at the end (nothing is kept then).
    """
    if is_seeded(session):
        return DemoSummary(None)
    rng = random.Random(SEED)  # noqa: S311  # dice for made-up data
    sync_reference(session)
    people = make_people(rng, now=now)
    add_people(session, people.everyone())
    flats = make_flats(people, rng, now=now)
    story = plan_story(flats, people, now=now)
    calendars = without(plan_calendars(flats, people, rng, now=now), story)
    writer = MarketWriter(rooms, rng, now=now, welcome=add_offers(session, now=now))
    size = writer.write(session, flats, calendars, ReviewRule(always=people.guest.id))
    add_entry_photos(session, size.flat_ids, flats, people.landlord, now=now)
    told = Teller(session, size.flat_ids, flats, rng, claim_photo=claim_photo, now=now).tell(story)
    add_favourites(session, people, size.flat_ids, now=now)
    settle_past(session, people, now=now)
    say_all(session, plan_talks(flats, people), size.flat_ids, flats, now=now)
    _chain_audit(session, now=now)
    spelling.learn_all(session)
    if found := drifted(session, now=now):
        raise RuntimeError(f"the search index differs for {len(found)} flats")
    return DemoSummary(replace(size, bookings=size.bookings + told))


def _chain_audit(session: Session, *, now: datetime) -> None:
    """Chain everything that is written in the audit trail so far."""
    after: int | None = 0
    session.flush()
    while after is not None:
        after = audit_chain.extend(session, after=after, now=now)
