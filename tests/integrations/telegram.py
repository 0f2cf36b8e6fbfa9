"""The Bot API as a bot sees it, and pictures to send."""

from __future__ import annotations

import io
import itertools
import json
import random
from typing import Any

import httpx
from PIL import Image

from tests.integrations.recorder import Recorder, Request
from tests.standins import PATIENCE, StandIns, wait_until

WEBHOOK = "/telegram/webhook/"

_numbers = itertools.count(random.randrange(10**6) * 10)


def new_number() -> str:
    """A phone that nobody in this test process has."""
    return f"+7708{next(_numbers) % 10**7:07}"


def picture(width: int = 640, height: int = 480, colour: str = "teal") -> bytes:
    """A JPEG."""
    output = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(output, "JPEG")
    return output.getvalue()


class BotApi:
    """Calls methods with JSON bodies, or as multipart when there are files."""

    def __init__(self, standins: StandIns, token: str | None = None) -> None:
        self.token = token or standins.env["TELEGRAM_BOT_TOKEN"]
        self.http = httpx.Client(base_url=standins.telegram_url, timeout=60, trust_env=False)

    def ask(self, method: str, files: dict[str, bytes] | None = None, /, **params: object) -> httpx.Response:
        """The whole answer."""
        path = f"/bot{self.token}/{method}"
        if files is None:
            return self.http.post(path, json=params)
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        return self.http.post(path, data=form, files={name: (f"{name}.jpg", file) for name, file in files.items()})

    def call(self, method: str, files: dict[str, bytes] | None = None, /, **params: object) -> Any:
        """The result of a method that must succeed."""
        answer = self.ask(method, files, **params)
        assert answer.status_code == 200, answer.text
        assert answer.json()["ok"] is True
        return answer.json()["result"]

    def refused(self, method: str, files: dict[str, bytes] | None = None, /, **params: object) -> tuple[int, str]:
        """Code and description of a method that must be refused."""
        answer = self.ask(method, files, **params)
        document = answer.json()
        assert document["ok"] is False, document
        assert document["error_code"] == answer.status_code
        return answer.status_code, document["description"]

    def say(self, chat_id: int, text: str = "Привет", **params: object) -> dict[str, Any]:
        """sendMessage."""
        return dict(self.call("sendMessage", chat_id=chat_id, text=text, **params))


def told(receiver: Recorder, chat_id: int, kind: str = "message") -> list[Request]:
    """What the webhook was told of a chat, as it came."""
    found = [one for one in list(receiver.requests) if one.path == WEBHOOK and kind in one.json]
    return [one for one in found if one.json[kind]["from"]["id"] == chat_id]


def wait_for_told(receiver: Recorder, chat_id: int, count: int = 1, kind: str = "message") -> list[Request]:
    """The same, as soon as there are `count`."""
    return wait_until(
        lambda: found if len(found := told(receiver, chat_id, kind)) >= count else None,
        PATIENCE,
        f"{count} updates of {chat_id}",
    )


def row(*buttons: tuple[str, str]) -> dict[str, object]:
    """An inline keyboard of one row: (words, callback_data)."""
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in buttons]]}
