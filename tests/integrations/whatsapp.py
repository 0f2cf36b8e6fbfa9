"""The business's end of WhatsApp for tests: it sends through Twilio's API and hears what Twilio tells its webhooks."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import httpx
from twilio.request_validator import RequestValidator

from tests.integrations.recorder import Answer, Recorder, Request
from tests.standins import CREDENTIALS, PATIENCE, StandIns, wait_until

ACCOUNT = CREDENTIALS["TWILIO_ACCOUNT_SID"]
TOKEN = CREDENTIALS["TWILIO_AUTH_TOKEN"]
PATH = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages"
WEBHOOK = "/whatsapp/webhook/"
STATUS = "/twilio/status/"

Types = dict[str, Any]


def form_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def is_signed(request: Request, url: str) -> bool:
    """By Twilio's own library."""
    return bool(RequestValidator(TOKEN).validate(url, form_of(request), request.headers["X-Twilio-Signature"]))


def quick_reply(*titles: str, body: str = "Да или нет?") -> Types:
    actions = [{"type": "QUICK_REPLY", "title": title, "id": f"id:{title}"} for title in titles]
    return {"twilio/quick-reply": {"body": body, "actions": actions}}


def list_picker(*titles: str, body: str = "Город?", **changes: object) -> Types:
    items = [{"item": title, "id": f"id:{title}", "description": f"{title}, центр"} for title in titles]
    return {"twilio/list-picker": {"body": body, "button": "Выбрать", "items": items, **changes}}


class Business:
    """Sends to one person; `portal` is what Twilio's webhooks reach."""

    def __init__(self, standins: StandIns, portal: Recorder, phone: str) -> None:
        self.portal = portal
        self.sender = f"whatsapp:{standins.whatsapp_number}"
        self.phone = phone
        self._to = f"whatsapp:{phone}"
        self._status_url = f"{portal.url}{STATUS}"
        self.http = httpx.Client(base_url=standins.base_url, auth=(ACCOUNT, TOKEN), timeout=60, trust_env=False)

    # --- the APIs ----------------------------------------------------------------------------------

    def post(self, **form: object) -> httpx.Response:
        """Messages.json; what is given as None is left out."""
        usual = {"To": self._to, "From": self.sender, "StatusCallback": self._status_url}
        return self.http.post(f"{PATH}.json", data={k: v for k, v in {**usual, **form}.items() if v is not None})

    def send(self, **form: object) -> str:
        """Send what must be accepted; returns the sid."""
        answer = self.post(**form)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sid"])

    def refused(self, **form: object) -> int:
        """Send what must be refused; returns Twilio's code."""
        answer = self.post(**form)
        assert answer.status_code >= 400, answer.text
        assert answer.json()["more_info"].endswith(str(answer.json()["code"]))
        return int(answer.json()["code"])

    def message(self, sid: str) -> dict[str, Any]:
        """What Twilio says of a message now."""
        return dict(self.http.get(f"{PATH}/{sid}.json").raise_for_status().json())

    def post_content(self, types: Types, variables: dict[str, str] | None = None) -> httpx.Response:
        document = {"friendly_name": "test", "language": "ru", "variables": variables or {}, "types": types}
        return self.http.post("/twilio-content/v1/Content", json=document)

    def content(self, types: Types, variables: dict[str, str] | None = None) -> str:
        """Make a content that must be accepted; returns its sid."""
        answer = self.post_content(types, variables)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sid"])

    def ask_for_approval(self, sid: str, **changes: object) -> httpx.Response:
        document = {"name": "test_1", "category": "UTILITY", **changes}
        return self.http.post(f"/twilio-content/v1/Content/{sid}/ApprovalRequests/whatsapp", json=document)

    def approval(self, sid: str) -> dict[str, Any]:
        answer = self.http.get(f"/twilio-content/v1/Content/{sid}/ApprovalRequests")
        return dict(answer.raise_for_status().json()["whatsapp"])

    def wait_for_decision(self, sid: str) -> dict[str, Any]:
        """WhatsApp's last word on a template."""
        return wait_until(
            lambda: found if (found := self.approval(sid))["status"] in {"approved", "rejected"} else None,
            PATIENCE,
            f"decision on {sid}",
        )

    def approved(self, types: Types, variables: dict[str, str] | None = None) -> str:
        """An approved template's sid."""
        sid = self.content(types, variables)
        assert self.ask_for_approval(sid).status_code == 201
        assert self.wait_for_decision(sid)["status"] == "approved"
        return sid

    def send_content(self, sid: str, **variables: str) -> str:
        """Send a content with its variables: `v1` is {{1}}."""
        values = {name.removeprefix("v"): value for name, value in variables.items()}
        return self.send(ContentSid=sid, ContentVariables=json.dumps(values))

    # --- the webhooks ------------------------------------------------------------------------------

    def answer_next(self, *answers: Answer) -> None:
        """Let the webhook answer the person's next messages with these."""
        self.portal.answer_about(self.phone[1:], *answers)

    def inbound(self, *, count: int = 1) -> list[Request]:
        """What the person wrote to us, as soon as there is so much."""
        return self._heard(WEBHOOK, lambda form: form["From"] == self._to, count)

    def told_of(self, sid: str, *, count: int) -> list[Request]:
        """The requests that told of a message, as soon as there are so many."""
        return self._heard(STATUS, lambda form: form["MessageSid"] == sid, count)

    def fates(self, sid: str, *, count: int) -> list[dict[str, str]]:
        """What was told of a message, as soon as there is so much."""
        return [form_of(one) for one in self.told_of(sid, count=count)]

    def statuses(self, sid: str, *, count: int) -> list[str]:
        return [form["MessageStatus"] for form in self.fates(sid, count=count)]

    def _heard(self, path: str, fits: Any, count: int) -> list[Request]:
        def heard() -> list[Request] | None:
            fitting = [one for one in list(self.portal.requests) if one.path == path and fits(form_of(one))]
            return fitting if len(fitting) >= count else None

        return wait_until(heard, PATIENCE, f"{count} requests to {path}")
