"""Everything that Twilio's stand-in can do wrong on demand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.local.standins.faults import Faults


class TwilioFaults(Faults):
    """The switches; seconds are real seconds."""

    answer: Literal["ok", "too_many", "server_error", "opted_out"] = Field(
        default="ok",
        title="Как отвечает API",
        json_schema_extra={
            "ok": "принимает",
            "too_many": "429, слишком часто",
            "server_error": "500, ничего не отправив",
            "opted_out": "21610, абонент отказался",
        },
    )
    slow_seconds: float = Field(
        default=0, ge=0, le=120, title="API отвечает медленно, секунд", description="Принимает, потом молчит."
    )
