"""The promo codes of the demo: what they are called, and what to know before trying one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoOffer:
    """A code as guests type it, and what it is for."""

    code: str
    hint: str


WELCOME = DemoOffer("WELCOME10", "10 % off, at most 15 000 ₸, for a first booking (sign in with a new number)")
SUMMER = DemoOffer("LETO15", "15 % off three summer nights or more, at most 20 000 ₸")
EXPIRED = DemoOffer("NAURYZ20", "has expired")

DEMO_OFFERS: tuple[DemoOffer, ...] = (WELCOME, SUMMER, EXPIRED)
