"""SMS over Twilio's REST API."""

from __future__ import annotations

from app.integrations.twilio_api import MAX_BODY, TwilioAccount

__all__ = ["MAX_BODY", "TwilioSms"]


class TwilioSms:
    """Sends SMS from one number. Safe to share between threads; make one in each process after it forked."""

    def __init__(
        self, *, base_url: str, account_sid: str, auth_token: str, sender: str, status_callback: str | None = None
    ) -> None:
        self._fixed = {"From": sender} | ({} if status_callback is None else {"StatusCallback": status_callback})
        self._account = TwilioAccount(base_url=base_url, account_sid=account_sid, auth_token=auth_token)

    def close(self) -> None:
        """Close the kept connections."""
        self._account.close()

    def send(self, to: str, body: str) -> str:
        """Hand a message over for `to` (E.164) and return Twilio's id of it.

        Raises as `TwilioAccount.create_message` (21211: no such number, 21610: the owner opted out), and ValueError for
        a body that is empty or longer than `MAX_BODY` characters.
        """
        if not 1 <= len(body) <= MAX_BODY:
            raise ValueError(f"a message has 1 to {MAX_BODY} characters")
        return self._account.create_message({**self._fixed, "To": to, "Body": body})
