"""Twilio's Content API, which lives at a host of its own: https://www.twilio.com/docs/content/content-api-resources."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.twilio.answers import is_authentic, refuse
from app.local.standins.twilio.whatsapp import contents
from app.local.standins.twilio.whatsapp.contents import Approval, Content, Document
from app.local.standins.twilio.whatsapp.faults import WhatsAppFaults

content_api = Blueprint("twilio_content", __name__, url_prefix="/twilio-content/v1")

_MOST_A_PAGE = 1000
_USUAL_PAGE = 50

View = Callable[..., ResponseReturnValue]


def _guarded(view: View) -> View:
    """Ask who it is, and misbehave as the switches want it."""

    @wraps(view)
    def answer(**arguments: str) -> ResponseReturnValue:
        if not is_authentic():
            return refuse(20003)
        with desk().store.reading() as db:
            faults = switches.load(db, WhatsAppFaults)
        if faults.answer in {"too_many", "server_error"}:
            return refuse(20429 if faults.answer == "too_many" else 20500)
        said = view(**arguments)
        if faults.answer == "server_error_after":
            return refuse(20500)
        time.sleep(faults.slow_seconds)
        if faults.hang_seconds:
            time.sleep(faults.hang_seconds)
            return refuse(20504)
        return said

    return answer


@content_api.post("/Content")
@_guarded
def create_content() -> ResponseReturnValue:
    """Keep a template."""
    try:
        content = contents.draft(Document.model_validate_json(request.get_data()), now=clock.now().timestamp())
    except ValidationError as error:
        return refuse(20001, "; ".join(f"{_place(one['loc'])} {one['msg']}" for one in error.errors()))
    except ValueError as error:
        return refuse(20001, str(error))
    desk().store.write_together(lambda db: contents.keep(db, content))
    return _describe(content), 201


@content_api.get("/Content")
@_guarded
def list_contents() -> ResponseReturnValue:
    """A page of templates, the newest first."""
    number = max(0, request.args.get("Page", 0, int))
    size = min(_MOST_A_PAGE, max(1, request.args.get("PageSize", _USUAL_PAGE, int)))
    with desk().store.reading() as db:
        found = contents.page_of(db, number=number, size=size)
        has_more = bool(contents.page_of(db, number=number + 1, size=size)) if len(found) == size else False
    return {
        "contents": [_describe(content) for content in found],
        "meta": {
            "key": "contents",
            "page": number,
            "page_size": size,
            "first_page_url": _page_url(0, size),
            "previous_page_url": _page_url(number - 1, size) if number else None,
            "url": _page_url(number, size),
            "next_page_url": _page_url(number + 1, size) if has_more else None,
        },
    }


@content_api.get("/Content/<sid>")
@_guarded
def show_content(sid: str) -> ResponseReturnValue:
    """One template."""
    content = _find(sid)
    return refuse(20404) if content is None else _describe(content)


@content_api.delete("/Content/<sid>")
@_guarded
def delete_content(sid: str) -> ResponseReturnValue:
    """Forget a template."""
    with desk().store.writing() as db:
        was_there = contents.delete(db, sid)
    return ("", 204) if was_there else refuse(20404)


@content_api.post("/Content/<sid>/ApprovalRequests/whatsapp")
@_guarded
def ask_for_approval(sid: str) -> ResponseReturnValue:
    """Take a template to WhatsApp for approval; the answer comes a moment later."""
    now = clock.now().timestamp()
    content = _find(sid)
    if content is None:
        return refuse(20404)
    with desk().store.writing() as db:
        ending = switches.load(db, WhatsAppFaults).approval
        try:
            asked = Approval.model_validate({**_json_object(), "ending": ending})
            approval = contents.submit(content, asked, now=now)
        except ValueError as error:
            return refuse(20001, str(error))
        contents.keep(db, replace(content, approval=approval))
    return {
        "name": approval.name,
        "category": approval.category,
        "content_type": content.type_name,
        "status": "received",
        "rejection_reason": "",
        "allow_category_change": True,
    }, 201


@content_api.get("/Content/<sid>/ApprovalRequests")
@_guarded
def show_approval(sid: str) -> ResponseReturnValue:
    """What WhatsApp says of a template."""
    content = _find(sid)
    if content is None:
        return refuse(20404)
    approval = content.approval
    status = "unsubmitted" if approval is None else approval.status(clock.now().timestamp())
    return {
        "sid": content.sid,
        "account_sid": desk().settings.twilio_account_sid,
        "url": request.base_url,
        "whatsapp": {
            "type": "whatsapp",
            "name": "" if approval is None else approval.name,
            "category": "" if approval is None else approval.category,
            "content_type": content.type_name,
            "status": status,
            "rejection_reason": approval.reason if approval is not None and status == "rejected" else "",
            "allow_category_change": True,
        },
    }


def _find(sid: str) -> Content | None:
    with desk().store.reading() as db:
        return contents.find(db, sid)


def _json_object() -> dict[str, object]:
    """The name and the category that were sent. Raises ValueError: there is no such document."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004  one kind of error for a bad request
    return {name: given[name] for name in ("name", "category") if name in given}


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _page_url(number: int, size: int) -> str:
    return url_for(".list_contents", _external=True, Page=number, PageSize=size)


def _describe(content: Content) -> dict[str, object]:
    at = datetime.fromtimestamp(content.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    url = url_for(".show_content", sid=content.sid, _external=True)
    document = content.document.model_dump(by_alias=True, exclude_unset=True)
    return {
        "sid": content.sid,
        "account_sid": desk().settings.twilio_account_sid,
        "friendly_name": content.document.friendly_name,
        "language": content.document.language,
        "variables": content.document.variables,
        "types": document["types"],
        "date_created": at,
        "date_updated": at,
        "url": url,
        "links": {
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{url}/ApprovalRequests",
        },
    }
