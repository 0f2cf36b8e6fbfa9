"""The Bot API over HTTP below pyTelegramBotAPI: one kept connection pool, our time-outs, our errors.

The library writes each method's parameters; what it gets back is already known to be a good answer. Addresses hold the
bot's token, so no error carries one, and parameters travel in the body, never in an address.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError
from telebot import apihelper

from app.integrations import http
from app.integrations.errors import AddressGone, ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.telegram.pace import TooSoon

CONNECT_SECONDS, READ_SECONDS = 3, 10

_GONE = ("chat not found", "user is deactivated", "user not found", "peer_id_invalid")
"""Of 400: this address takes nothing any more. Any 403 says so too (blocked, never started, kicked)."""


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="ignore")
    retry_after: int | None = None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    ok: bool
    error_code: int = 0
    description: str = ""
    parameters: _Parameters = _Parameters()


_current: ContextVar[httpx.Client] = ContextVar("telegram_client")
"""Whose call it is: the library keeps its address and sender in the module, for one bot a process."""


def client(base_url: str) -> httpx.Client:
    """Connections to the Bot API at this address."""
    return httpx.Client(base_url=base_url, timeout=http.TIMEOUT, trust_env=False, verify=http.tls())


def calling(connections: httpx.Client) -> None:
    """What this thread asks the library for next goes through these connections."""
    _current.set(connections)


def check(response: httpx.Response, *, in_chat: bool) -> None:
    """Return for `ok`, raise for anything else.

    Raises:
        TooSoon: 429 of one chat; ProviderUnavailable: of all, 5xx, and what is our own fault (a wrong token).
        AddressGone: the person has blocked us or is gone; ProviderRefused: this call will never do.
        ProviderProtocolError: that was not the Bot API.
    """
    try:
        answer = _Answer.model_validate_json(response.content)
    except ValidationError:
        http.check("telegram", response)
        raise ProviderProtocolError("telegram: the answer is not the Bot API's") from None
    if answer.ok:
        return
    status, code = answer.error_code or response.status_code, _code_of(answer.description)
    if status == 429:
        wait = timedelta(seconds=max(1, min(answer.parameters.retry_after or 1, 3600)))
        raise (TooSoon if in_chat else ProviderUnavailable)("telegram: 429", retry_after=wait)
    if status >= 500:
        raise ProviderUnavailable(f"telegram: {status}", outcome_unknown=True)
    if status in {401, 404}:
        raise ProviderUnavailable(f"telegram knows no such bot or method: {status}")
    if status == 403 or any(words in answer.description.lower() for words in _GONE):
        raise AddressGone(f"telegram: {status}, {code}", code=code)
    raise ProviderRefused(f"telegram: {status}, {code}", code=code)


def _code_of(description: str) -> str:
    """Telegram's own first words as a code: `message_is_not_modified`. What may quote us (an address) is left out."""
    words = re.match(r"(?:(?:Bad Request|Forbidden|Conflict): )?([A-Za-z_' ]*)", description)
    code = re.sub(r"[^a-z]+", "_", (words[1] if words else "").lower()).strip("_")
    return code[:56] or "no_words"


def _send(method: str, url: str, *, params: Any, files: Any, timeout: tuple[float, float], proxies: Any) -> Any:
    """The library's sender: always POST, so that no parameter is part of an address."""
    del method, proxies
    connect, read = timeout
    limits = httpx.Timeout(read, connect=connect, pool=CONNECT_SECONDS)
    try:
        response = _current.get().post(url, data=params, files=files, timeout=limits)
    except httpx.TransportError as error:
        raise http.unavailable("telegram", error) from None
    check(response, in_chat=bool(params and "chat_id" in params))
    return response


api: Any = apihelper
"""The library's functions, one a method of the Bot API; it declares no types."""

api.API_URL = "/bot{0}/{1}"
api.CONNECT_TIMEOUT = CONNECT_SECONDS
api.READ_TIMEOUT = READ_SECONDS
api.LONG_POLLING_TIMEOUT = 0  # what the library puts in the place of no waiting
api.CUSTOM_REQUEST_SENDER = _send
