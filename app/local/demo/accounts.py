"""The three accounts that `make run` prints: one of each role, so that every page can be tried at once.

They exist only in demo data. All of them sign in with a one-time code that arrives in the SMS inbox of
the stand-in. The numbers start with +7 701 000, so nobody reads them as a real person's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DemoRole = Literal["guest", "landlord", "staff"]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A person to sign in as: what they are in the product, their name and their phone in E.164."""

    role: DemoRole
    name: str
    phone: str


DEMO_GUEST = DemoAccount(role="guest", name="Алия Сейткали", phone="+77010000001")
DEMO_LANDLORD = DemoAccount(role="landlord", name="Данияр Ахметов", phone="+77010000002")
DEMO_STAFF = DemoAccount(role="staff", name="Мария Ким", phone="+77010000003")

DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (DEMO_GUEST, DEMO_LANDLORD, DEMO_STAFF)
