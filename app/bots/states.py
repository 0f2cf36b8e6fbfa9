"""Where a conversation can stand. What leads from where to where is in the flows; table.py has them all."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What the person was shown last; it decides what typed text means."""

    LANGUAGE = "language"
    MENU = "menu"
    HELP = "help"
    HUMAN = "human"
    """The next text goes to our staff."""

    PHONE = "phone"
    """Whose chat it is has to be known: the person shares or types their number."""
    CODE = "code"
    """The one-time code is typed here."""

    CITY = "city"
    DISTRICT = "district"
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    GUESTS = "guests"
    FILTERS = "filters"
    PRICE_LIMIT = "price_limit"
    RESULTS = "results"
    FLAT = "flat"
    QUOTE = "quote"
    PROMO = "promo"
    NAME = "name"
    """The guest says who comes: the landlord has to know."""
    PAYING = "paying"

    BOOKINGS = "bookings"
    BOOKING = "booking"
    KEYS = "keys"
    EXTEND = "extend"
    CANCEL = "cancel"
    FAVOURITES = "favourites"
    REVIEW_STARS = "review_stars"
    REVIEW_TEXT = "review_text"

    THREADS = "threads"
    THREAD = "thread"
    WRITE = "write"
    """The next text goes to the other side of the thread."""
    REPLY = "reply"
    """What was typed while a thread was open is asked about: is it to be sent?"""

    HOST_MENU = "host_menu"
    HOST_DAY = "host_day"
    HOST_FLATS = "host_flats"
    HOST_FLAT = "host_flat"
    HOST_NIGHTS = "host_nights"
    """The first or the last night is chosen or typed here: to be closed, or to get a price."""
    HOST_BLOCK = "host_block"
    HOST_PRICE = "host_price"
    HOST_AMOUNT = "host_amount"
    """The price of a night is typed here."""
    HOST_REQUESTS = "host_requests"
    HOST_BOOKING = "host_booking"
    HOST_DECLINE = "host_decline"
    HOST_EARNINGS = "host_earnings"

    STAFF_DAY = "staff_day"
