"""What Telegram signs for the bot's own sites: the Login Widget's data and a Mini App's initData.

core.telegram.org/widgets/login#checking-authorization and
core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from app.local.standins.telegram.people import Person


def login_data(person: Person, *, token: str, now: float) -> dict[str, str]:
    """The parameters that the Login Widget adds to its return address, with their `hash`."""
    named = {"first_name": person.first_name, "last_name": person.last_name, "username": person.username}
    data = {"id": str(person.id), **{name: value for name, value in named.items() if value}}
    data["auth_date"] = str(int(now))
    return {**data, "hash": _signature(data, hashlib.sha256(token.encode()).digest())}


def init_data(person: Person, *, token: str, now: float, start_param: str = "") -> str:
    """A Mini App's initData, which is a query string with its `hash`."""
    user = {**person.user(), "allows_write_to_pm": bool(person.has_started)}
    user.pop("is_bot")
    data = {
        "query_id": f"AAH{secrets.token_urlsafe(15)}",
        "user": json.dumps(user, ensure_ascii=False, separators=(",", ":")),
        "auth_date": str(int(now)),
        **({"start_param": start_param} if start_param else {}),
    }
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return urlencode({**data, "hash": _signature(data, key)})


def _signature(data: Mapping[str, str], key: bytes) -> str:
    text = "\n".join(f"{name}={data[name]}" for name in sorted(data))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
