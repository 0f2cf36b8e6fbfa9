"""Reading HTTP answers: which of them are temporary, which are final. Shared by the wire clients.

The rules: 2xx is an answer; 408, 425, 429 and 5xx are temporary; any other 4xx is the provider's final word;
redirects and the rest are outside the protocols spoken here.
"""

from __future__ import annotations

import re
import ssl
import time
from datetime import timedelta
from functools import cache

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable

TIMEOUT = httpx.Timeout(10.0, connect=3.0, pool=3.0)
"""Seconds: 3 to connect, 10 for each read and write."""

FILE_TIMEOUT = httpx.Timeout(5.0, connect=3.0, pool=3.0)
FILE_SECONDS = 8.0
"""For a file in all: somebody's chat waits for it, and others behind them."""

_NOT_CARRIED_OUT = {425, 429}
_TEMPORARY = {408, *_NOT_CARRIED_OUT}
_LONGEST_RETRY_AFTER = 86_400


@cache
def tls() -> ssl.SSLContext:
    """The public authorities, read once: it takes 30 ms, and workers make their clients anew in a process for each job.

    Holds no connection's state, so a worker makes it before it forks.
    """
    return httpx.create_ssl_context(trust_env=False)


class _ErrorBody(BaseModel):
    """The error documents of Kaspi's gateway (text codes) and of Twilio (numbers) share this much."""

    model_config = ConfigDict(extra="ignore")
    code: str | int


def unavailable(provider: str, error: httpx.TransportError) -> ProviderUnavailable:
    """Translate a failure below HTTP. Only a connection that never stood is known to have had no effect."""
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return ProviderUnavailable(f"{provider}: {type(error).__name__}", outcome_unknown=not never_sent)


def check(provider: str, response: httpx.Response) -> None:
    """Return for a 2xx answer, raise the matching `ProviderError` for any other."""
    status = response.status_code
    if response.is_success:
        return
    if status in _TEMPORARY or response.is_server_error:
        raise ProviderUnavailable(
            f"{provider}: HTTP {status}",
            retry_after=_retry_after(response),
            outcome_unknown=status not in _NOT_CARRIED_OUT,
        )
    if response.is_client_error:
        code = _error_code(response)
        raise ProviderRefused(f"{provider}: HTTP {status}, code {code}", code=code)
    raise ProviderProtocolError(f"{provider}: unexpected HTTP {status}")


def file_of(provider: str, response: httpx.Response, *, most_bytes: int, too_large: str) -> bytes:
    """A good answer's content, read as it comes.

    Raises ProviderRefused (code `too_large`) for more than `most_bytes`, ProviderUnavailable after `FILE_SECONDS`,
    httpx.TransportError.
    """
    content, give_up_at = bytearray(), time.monotonic() + FILE_SECONDS
    for part in response.iter_bytes():
        content += part
        if len(content) > most_bytes:
            raise ProviderRefused(f"{provider}: the file is too large", code=too_large)
        if time.monotonic() > give_up_at:
            raise ProviderUnavailable(f"{provider}: the file comes too slowly")
    return bytes(content)


def _retry_after(response: httpx.Response) -> timedelta | None:
    seconds = response.headers.get("Retry-After", "")
    if not re.fullmatch(r"[0-9]{1,9}", seconds):
        return None  # absent, or the date form, which neither provider sends
    return timedelta(seconds=min(int(seconds), _LONGEST_RETRY_AFTER))


def _error_code(response: httpx.Response) -> str:
    try:
        return str(_ErrorBody.model_validate_json(response.content).code)[:64]
    except ValidationError:
        return f"http_{response.status_code}"
