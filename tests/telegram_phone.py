"""A person with Telegram, as a test drives them: types, presses, reads what the bot answers.

    phone = TelegramPhone(standins.base_url, "+77015550001", name="Алия")
    phone.start()                                  # or phone.start("property_zh1")
    phone.wait_for("Добро пожаловать")
    phone.send_text("Алматы, 12-15 марта")
    phone.press("Забронировать").wait_answered()
    phone.send_contact()

`wait_for` looks at what came since the last thing this person did, so that an old message never passes for an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.standins import PATIENCE, wait_until


@dataclass(frozen=True)
class BotMessage:
    """A message of the chat as its person sees it."""

    message_id: int
    is_from_bot: bool
    text: str
    """Of a text or a caption, without markup."""
    buttons: tuple[tuple[str, ...], ...]
    """The words on the buttons under it, by rows."""
    document: dict[str, Any]
    """The Bot API's Message."""

    @property
    def labels(self) -> list[str]:
        """The words on all buttons under it."""
        return [label for row in self.buttons for label in row]

    @property
    def is_photo(self) -> bool:
        """Whether it shows a picture."""
        return "photo" in self.document

    @property
    def album(self) -> str | None:
        """What the pictures of one album have in common."""
        return self.document.get("media_group_id")

    @property
    def is_edited(self) -> bool:
        """Whether it was changed in place."""
        return "edit_date" in self.document

    def button(self, label: str) -> dict[str, Any]:
        """The button with these words (or with words that contain them); AssertionError when there is none."""
        rows = self.document.get("reply_markup", {}).get("inline_keyboard", [])
        found = [button for row in rows for button in row]
        for is_it in (lambda text: text == label, lambda text: label in text):
            for button in found:
                if is_it(button["text"]):
                    return dict(button)
        raise AssertionError(f"no button {label!r} among {self.labels}")


@dataclass(frozen=True)
class Pressed:
    """A button that was pressed."""

    phone: TelegramPhone
    query_id: str

    def answer(self) -> dict[str, Any]:
        """{is_answered, text, is_alert, url}."""
        return self.phone.get(f"/telegram/queries/{self.query_id}")

    def wait_answered(self, deadline: float = PATIENCE) -> dict[str, Any]:
        """The bot's answer to the press, as soon as there is one."""

        def answered() -> dict[str, Any] | None:
            found = self.answer()
            return found if found["is_answered"] else None

        return wait_until(answered, deadline, f"answer to the press {self.query_id}")


class TelegramPhone:
    """A person (made up when nobody has the phone yet) and their chat with the bot."""

    def __init__(self, standins_url: str, phone: str, *, name: str = "Алия", language: str = "ru") -> None:
        self._http = httpx.Client(base_url=standins_url, timeout=PATIENCE, trust_env=False)
        answer = self._http.post("/telegram/people.json", json={"phone": phone, "name": name, "language": language})
        self.person: dict[str, Any] = answer.raise_for_status().json()
        self.number = str(self.person["phone"])
        self._newest = 0
        self._known: dict[int, dict[str, Any]] = {}
        self._remember()

    @property
    def id(self) -> int:
        """Telegram's id of the person and of the chat."""
        return int(self.person["id"])

    # --- doing -----------------------------------------------------------------------------------

    def start(self, payload: str = "") -> int:
        """Press START, or open a deep link; the message's id."""
        return int(self._act(do="start", text=payload)["message_id"])

    def send_text(self, text: str) -> int:
        """Type and send, also the words of a reply keyboard's button; the message's id."""
        return int(self._act(do="text", text=text)["message_id"])

    def press(self, label: str, *, message_id: int | None = None) -> Pressed:
        """Press the button with these words under the newest message that has one (or under that message)."""
        message = self._with_button(label, message_id)
        button = message.button(label)
        assert "callback_data" in button, f"the button {label!r} sends nothing: {button}"
        return self.press_data(button["callback_data"], message_id=message.message_id)

    def press_data(self, data: str, *, message_id: int) -> Pressed:
        """Press the button with this callback_data under that message, which may be old."""
        return Pressed(self, str(self._act(do="press", message_id=message_id, data=data)["query_id"]))

    def send_contact(self, phone: str = "", name: str = "") -> int:
        """Share one's own contact; with a phone, that of somebody else."""
        return int(self._act(do="contact", phone=phone, name=name)["message_id"])

    def send_photo(self, content: bytes, caption: str = "") -> int:
        """Send a picture; the message's id."""
        self._remember()
        files = {"picture": ("photo.jpg", content, "image/jpeg")}
        answer = self._http.post(f"/telegram/chats/{self.id}", files=files, data={"caption": caption})
        assert answer.status_code == 303, answer.text
        return self.messages()[-1].message_id

    def block(self) -> None:
        """Block the bot."""
        self._act(do="block")

    def unblock(self) -> None:
        """Let the bot write again."""
        self._act(do="unblock")

    # --- looking ---------------------------------------------------------------------------------

    def state(self, *, after: int = 0) -> dict[str, Any]:
        """{person, messages, keyboard, commands, is_typing}."""
        return self.get(f"/telegram/people/{self.id}/state", after=after)

    def messages(self, *, after: int = 0) -> list[BotMessage]:
        """What the chat shows, oldest first; with `after`, only messages with a greater id."""
        return [_message(one) for one in self.state(after=after)["messages"]]

    def from_bot(self, *, after: int = 0) -> list[BotMessage]:
        """What the bot wrote."""
        return [message for message in self.messages(after=after) if message.is_from_bot]

    def last(self) -> BotMessage:
        """The bot's newest message; AssertionError when it has written none."""
        found = self.from_bot()
        assert found, "the bot has written nothing"
        return found[-1]

    def new(self) -> list[BotMessage]:
        """What the bot wrote or changed in place since the last thing this person did."""
        return [
            message
            for message in self.from_bot()
            if message.message_id > self._newest or self._known.get(message.message_id) != message.document
        ]

    def wait_for(self, text: str, deadline: float = PATIENCE) -> BotMessage:
        """The newest message with these words that the bot wrote or changed since the last thing this person did."""
        seen: list[str] = []

        def found() -> BotMessage | None:
            new = self.new()
            seen[:] = [message.text for message in new]
            return next((message for message in reversed(new) if text in message.text), None)

        try:
            return wait_until(found, deadline, f"{text!r} in the chat of {self.number}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there was {seen}") from None

    def keyboard(self) -> list[list[dict[str, Any]]]:
        """The reply keyboard's buttons by rows; none when there is no keyboard."""
        found = self.state()["keyboard"]
        return list(found["keyboard"]) if found else []

    def signed(self, *, age: int = 0, start_param: str = "") -> dict[str, Any]:
        """{login: parameters of the Login Widget, init_data: of a Mini App}, signed `age` seconds ago."""
        return self.get(f"/telegram/people/{self.id}/signed", age=age, start_param=start_param)

    def get(self, path: str, **params: object) -> dict[str, Any]:
        """JSON of the stand-ins."""
        return dict(self._http.get(path, params={k: str(v) for k, v in params.items()}).raise_for_status().json())

    def close(self) -> None:
        """Put the phone away."""
        self._http.close()

    def _act(self, **what: object) -> dict[str, Any]:
        self._remember()
        answer = self._http.post(f"/telegram/people/{self.id}/act", json=what)
        assert answer.status_code == 200, f"{what}: {answer.text}"
        return dict(answer.json())

    def _remember(self) -> None:
        """What is there before this person does something is no answer to it."""
        before = self.messages()
        self._newest = max((message.message_id for message in before), default=0)
        self._known = {message.message_id: message.document for message in before}

    def _with_button(self, label: str, message_id: int | None) -> BotMessage:
        shown = self.from_bot()
        for is_it in (lambda text: text == label, lambda text: label in text):
            for message in reversed(shown):
                if message_id in {None, message.message_id} and any(map(is_it, message.labels)):
                    return message
        raise AssertionError(f"no button {label!r} in the chat: {[message.labels for message in shown[-5:]]}")


def _message(document: dict[str, Any]) -> BotMessage:
    rows = document.get("reply_markup", {}).get("inline_keyboard", [])
    return BotMessage(
        message_id=document["message_id"],
        is_from_bot=document["is_from_bot"],
        text=document.get("text") or document.get("caption") or "",
        buttons=tuple(tuple(button["text"] for button in row) for row in rows),
        document={name: value for name, value in document.items() if name != "is_from_bot"},
    )
