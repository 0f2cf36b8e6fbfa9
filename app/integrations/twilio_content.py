"""Twilio's Content API: what is pressed in WhatsApp, and templates with their approval, is written down there first.

https://www.twilio.com/docs/content/content-api-resources. It lives at a host of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.integrations import http
from app.integrations.errors import ProviderProtocolError
from app.integrations.twilio_api import check

_PAGE = 500
_MOST_PAGES = 40

T = TypeVar("T", bound=BaseModel)
_Sid = Annotated[str, StringConstraints(pattern=r"^HX[0-9a-fA-F]{32}$")]


class Content(BaseModel):
    """A content to be created: `types` by Twilio's name of each, `variables` with a sample for every placeholder."""

    model_config = ConfigDict(frozen=True)
    friendly_name: str
    language: str
    types: dict[str, dict[str, Any]]
    variables: dict[str, str]


class Approval(BaseModel):
    """What WhatsApp says of a template: unsubmitted, received, pending, approved, rejected, paused or disabled."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    status: str
    rejection_reason: str | None = None

    @property
    def is_given(self) -> bool:
        """May it be sent outside the 24 hours?"""
        return self.status == "approved"


class _Known(BaseModel):
    model_config = ConfigDict(extra="ignore")
    sid: _Sid
    friendly_name: str | None = None


class _Meta(BaseModel):
    model_config = ConfigDict(extra="ignore")
    next_page_url: str | None = None


class _Page(BaseModel):
    model_config = ConfigDict(extra="ignore")
    contents: list[_Known]
    meta: _Meta


class _Approvals(BaseModel):
    model_config = ConfigDict(extra="ignore")
    whatsapp: Approval


class ContentApi:
    """Every method raises as the wire clients do: ProviderUnavailable, ProviderRefused, ProviderProtocolError."""

    def __init__(self, *, base_url: str, account_sid: str, auth_token: str) -> None:
        self._client = httpx.Client(
            base_url=base_url, auth=(account_sid, auth_token), timeout=http.TIMEOUT, trust_env=False, verify=http.tls()
        )

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def create(self, content: Content) -> str:
        """Write a content down; Twilio's id of it. Nothing hinders a second one of the same name."""
        return _read(_Known, self._ask("POST", "/v1/Content", content.model_dump())).sid

    def names(self) -> Iterator[tuple[str, str]]:
        """Name and id of every content there is, the newest first."""
        query = f"PageSize={_PAGE}"
        for _ in range(_MOST_PAGES):
            page = _read(_Page, self._ask("GET", f"/v1/Content?{query}"))
            yield from ((known.friendly_name, known.sid) for known in page.contents if known.friendly_name)
            query = urlsplit(page.meta.next_page_url or "").query
            if not query:
                return

    def submit(self, sid: str, *, name: str, category: str) -> None:
        """Ask WhatsApp to approve a content under this name (UTILITY or MARKETING)."""
        self._ask("POST", f"/v1/Content/{sid}/ApprovalRequests/whatsapp", {"name": name, "category": category})

    def approval(self, sid: str) -> Approval:
        """What became of that."""
        return _read(_Approvals, self._ask("GET", f"/v1/Content/{sid}/ApprovalRequests")).whatsapp

    def _ask(self, method: str, path: str, document: dict[str, Any] | None = None) -> httpx.Response:
        try:
            response = self._client.request(method, path, json=document)
        except httpx.TransportError as error:
            raise http.unavailable("twilio content", error) from error
        check(response)
        return response


def _read(model: type[T], response: httpx.Response) -> T:
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        raise ProviderProtocolError("twilio content: the answer is not what was asked for") from None
