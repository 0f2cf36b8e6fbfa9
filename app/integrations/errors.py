"""What can go wrong with a provider, in the three ways that callers treat differently.

Every client in `app.integrations` raises these and nothing else for what happens on the wire. Messages never
carry secrets or personal data: they may be logged and shown to staff.
"""

from __future__ import annotations

from datetime import timedelta


class ProviderError(Exception):
    """Base of everything a provider's client raises."""


class ProviderUnavailable(ProviderError):  # noqa: N818  named after the fact, like the two below
    """Temporary: no answer, 5xx or "too many requests". The same call may succeed later.

    `retry_after` is the provider's own wish, when it said one. `outcome_unknown` is true when the request may
    have been carried out although no good answer came: repeat it only with the same idempotency key, or when
    doing it twice is harmless. `is_outage` says that the provider itself is in trouble; a subclass that is about one
    message only (it waits for the morning, say) sets it to False, and the messages behind it are not held back.
    """

    is_outage = True

    def __init__(self, message: str, *, retry_after: timedelta | None = None, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        self.again_within: timedelta | None = None
        """Set by whoever has another way by then: waiting longer before the next try helps nobody."""
        self.parts_said = 0
        """Of a message in several parts the provider has these, the first ones: the next try goes on behind them."""
        self.parts_by: str | None = None
        """Where they were said, as whoever sent the message names it."""


class ProviderRefused(ProviderError):  # noqa: N818
    """Permanent: the provider understood and said no. `code` is the provider's own, or `http_<status>`."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class AddressGone(ProviderRefused):
    """Permanent for this address whatever is said: the person has blocked us, the chat does not exist any more."""


class ProviderProtocolError(ProviderError):
    """The provider said something that its protocol does not allow. The outcome is unknown; a person must look."""
