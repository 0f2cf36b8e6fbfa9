"""A person with WhatsApp, for tests: what they see of their chat with us, and their fingers.

    phone = WhatsAppPhone(standins.base_url, "+77010000123", name="Айгерим")
    phone.send_text("Здравствуйте")
    phone.wait_for("Выберите язык")
    phone.press("Русский")                  # a quick reply or an item of a list, by its id or title
    phone.messages()[-1].options            # what the latest message offers

The person sees only what reached the phone; `messages(also_lost=True)` shows the rest too, with their error codes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import httpx

from tests.standins import PATIENCE, wait_until


@dataclass(frozen=True)
class Option:
    """Something to press: `kind` is reply, item, url or phone; `target` where a link leads."""

    kind: str
    title: str
    id: str
    description: str
    target: str


@dataclass(frozen=True)
class ChatMessage:
    """A message of the chat; `kind` is text, media, quick-reply, list-picker, call-to-action or card."""

    sid: str
    from_person: bool
    kind: str
    body: str
    list_button: str
    options: list[Option]
    is_template: bool
    media: list[str]
    """Twilio's ids of its files: `WhatsAppPhone.picture(sid)`."""
    status: str
    """queued, sent, delivered, read, undelivered, failed; received for what the person wrote."""
    error_code: int | None
    post_state: str | None
    """Of what the person wrote: waiting, delivered or given_up, as our webhook took it."""
    post_answer: str | None
    raw: dict[str, Any]

    @property
    def titles(self) -> list[str]:
        """What can be pressed."""
        return [option.title for option in self.options]


class NotPossibleError(AssertionError):
    """The phone did not let the person do that."""


class WhatsAppPhone:
    """The phone with this number (E.164) at the stand-ins' `base_url`."""

    def __init__(self, base_url: str, phone: str, *, name: str | None = None) -> None:
        self.phone = phone
        self._http = httpx.Client(base_url=base_url, timeout=PATIENCE, trust_env=False)
        if name is not None:
            self._act(do="name", name=name)

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    # --- what the person does ----------------------------------------------------------------------

    def send_text(self, text: str) -> str:
        """Write to the business; returns the MessageSid."""
        return str(self._act(do="text", text=text)["sid"])

    def press(self, button: str, *, under: str | None = None) -> str:
        """Press what has this id or title in the latest message that offers it (or in the one with sid `under`)."""
        return str(self._act(do="press", button=button, **({} if under is None else {"under": under}))["sid"])

    def send_file(self, content: bytes, content_type: str = "image/jpeg", *, caption: str = "") -> str:
        """Send a picture or another file; returns the MessageSid."""
        encoded = base64.b64encode(content).decode()
        return str(self._act(do="file", content=encoded, content_type=content_type, text=caption)["sid"])

    def block(self) -> None:
        """Block the business: what it sends fails with 63014."""
        self._act(do="block")

    def unblock(self) -> None:
        """Let it write again."""
        self._act(do="unblock")

    def opt_out(self) -> None:
        """Leave the sender's list at Twilio: sending is refused with 21610."""
        self._act(do="opt_out")

    def opt_in(self) -> None:
        """Return to the list."""
        self._act(do="opt_in")

    def jump_25_hours(self) -> None:
        """Let the 24 hours after this person's last message be over: only approved templates arrive (63016)."""
        self._act(do="jump")

    # --- what the person sees ----------------------------------------------------------------------

    def messages(self, *, also_lost: bool = False) -> list[ChatMessage]:
        """The chat, oldest first."""
        answer = self._http.get(f"/whatsapp/people/{self.phone}/messages")
        return [_read(raw) for raw in answer.raise_for_status().json() if also_lost or raw["is_visible"]]

    def received(self) -> list[ChatMessage]:
        """What the business wrote and the phone got, oldest first."""
        return [message for message in self.messages() if not message.from_person]

    def wait_for(self, text: str, deadline: float = PATIENCE, *, after: int = 0) -> ChatMessage:
        """The newest message of the business that contains `text`, among those after the first `after` ones."""

        def found() -> ChatMessage | None:
            fitting = [message for message in self.received()[after:] if text in message.body]
            return fitting[-1] if fitting else None

        try:
            return wait_until(found, deadline, f"message with {text!r} at {self.phone}")
        except AssertionError as error:
            chat = "\n".join(f"{'>' if one.from_person else '<'} {one.body!r}" for one in self.messages(also_lost=True))
            raise AssertionError(f"{error}; the chat:\n{chat}") from None

    def wait_for_answer(self, deadline: float = PATIENCE, *, after: int) -> ChatMessage:
        """The newest message of the business, as soon as there are more than `after` of them."""
        answers = wait_until(
            lambda: got if len(got := self.received()) > after else None, deadline, f"answer to {self.phone}"
        )
        return answers[-1]

    def wait_until_taken(self, sid: str, deadline: float = PATIENCE) -> ChatMessage:
        """What the person wrote, once our webhook has taken it or will not be asked again."""

        def settled() -> ChatMessage | None:
            return next((one for one in self.messages() if one.sid == sid and one.post_state != "waiting"), None)

        return wait_until(settled, deadline, f"end of the post of {sid}")

    def picture(self, sid: str) -> bytes:
        """The content of a file in the chat."""
        return self._http.get(f"/whatsapp/media/{sid}").raise_for_status().content

    def _act(self, **order: object) -> dict[str, Any]:
        answer = self._http.post(f"/whatsapp/people/{self.phone}", json=order)
        if answer.status_code == 409:
            raise NotPossibleError(answer.json()["message"])
        return dict(answer.raise_for_status().json())


def _read(raw: dict[str, Any]) -> ChatMessage:
    post = raw["post"] or {}
    return ChatMessage(
        sid=raw["sid"],
        from_person=raw["from_person"],
        kind=raw["kind"],
        body=raw["body"],
        list_button=raw["list_button"],
        options=[Option(**option) for option in raw["options"]],
        is_template=raw["is_template"],
        media=[file["sid"] for file in raw["media"]],
        status=raw["status"],
        error_code=raw["error_code"],
        post_state=post.get("state"),
        post_answer=post.get("last_answer"),
        raw=raw,
    )
