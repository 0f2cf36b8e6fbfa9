"""The providers' stand-ins as a real process, and the hands of the people who use them.

    standins = StandIns(tmp_path, portal_url="http://127.0.0.1:18080")
    standins.start()
    ... standins.pay(pay_url) ... standins.wait_for_sms("+77010000001") ...
    standins.stop()

The ports are chosen when the object is made, so `base_url` can be given to the portal before either is running.
With `has_qr=True` there is also Kaspi Pay QR over TLS, for clients with a certificate (`qr_settings`).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from app.local.ports import Port, claim_free
from app.local.servers.processes import session_members
from app.local.standins.certificates import Certificates, certificates
from app.local.standins.faults import ways_to_fail
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.settings import DEVICE_ID, MERCHANT_BIN, TRADE_POINT, WHATSAPP_NUMBER
from app.local.standins.telegram.faults import TelegramFaults
from app.local.standins.twilio.faults import TwilioFaults
from app.local.standins.twilio.whatsapp.faults import WhatsAppFaults

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120.0
STOP_SECONDS = 10.0
PATIENCE = 60.0
"""Seconds that something may take on a busy machine; it usually takes one, and waiting ends when it is there."""

CREDENTIALS = {
    "KASPI_API_KEY": "test-kaspi-api-key",
    "KASPI_CALLBACK_SECRETS": "test-kaspi-callback-secret",
    "KASPI_QR_API_KEY": "test-kaspi-qr-api-key",
    "KASPI_QR_BIN": MERCHANT_BIN,
    "KASPI_QR_DEVICE_ID": DEVICE_ID,
    "KASPI_QR_DEVICE_TOKEN": "test-device-token",
    "KASPI_QR_TRADE_POINT": str(TRADE_POINT),
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "test-twilio-auth-token",
    "TELEGRAM_BOT_TOKEN": "7000000001:test-telegram-bot-token-0123456789a",
    "TELEGRAM_BOT_NAME": "zhilego_test_bot",
    "TELEGRAM_WEBHOOK_SECRET": "test-telegram-webhook-secret",
}
"""What the stand-ins expect unless `env` says otherwise."""

CERTIFICATE_PASSWORD = "test-certificate-password"

Fault = tuple[str, object]
"""A switch and a value that turns it on: `set_faults(**dict([fault]))`."""

T = TypeVar("T")


def every_fault(surface: str | None = None) -> list[Fault]:
    """Each way in which Kaspi's stand-in can fail; with "gateway" or "qrpay", those that this surface can show."""
    return ways_to_fail(KaspiFaults, surface)


def every_sms_fault() -> list[Fault]:
    """Each way in which Twilio's stand-in can fail at SMS."""
    return ways_to_fail(TwilioFaults)


def every_telegram_fault() -> list[Fault]:
    """Each way in which Telegram's stand-in can fail."""
    return ways_to_fail(TelegramFaults)


def every_whatsapp_fault() -> list[Fault]:
    """Each way in which Twilio's stand-in can fail at WhatsApp."""
    return ways_to_fail(WhatsAppFaults)


def pairs_of(faults: list[Fault]) -> list[dict[str, object]]:
    """Every two of them that can be on together, as arguments of `set_faults`: one switch has one value."""
    return [dict(pair) for pair in itertools.combinations(faults, 2) if pair[0][0] != pair[1][0]]


_claimed: list[Port] = []


def free_port() -> int:
    """A port below 32768 on which nobody listens, and which no other test process chooses while this one lives."""
    _claimed.append(claim_free())
    return _claimed[-1].number


def wait_until(condition: Callable[[], T | None], deadline: float, what: str, *, every: float = 0.03) -> T:
    """Ask until the answer is neither None nor False nor empty; AssertionError when it is so after `deadline` seconds.

    The last question is asked after the deadline, however long this process has stood still.
    """
    give_up_at = time.monotonic() + deadline
    while True:
        is_last = time.monotonic() > give_up_at
        answer = condition()
        if answer:
            return answer
        if is_last:
            raise AssertionError(f"within {deadline:g} s there was no {what}")
        time.sleep(every)


class StandIns:
    """The stand-ins with their state in `directory`; callbacks go to `portal_url`."""

    def __init__(
        self, directory: Path, portal_url: str, env: Mapping[str, str] | None = None, *, has_qr: bool = False
    ) -> None:
        self.directory = directory
        self.env = {**CREDENTIALS, **(env or {})}
        self._portal_url = portal_url
        # Held for as long as this object lives: what was stopped may be started again on the same port.
        self._claims = [claim_free() for _ in range(1 + has_qr)]
        self._port = self._claims[0].number
        self._qr_port = self._claims[1].number if has_qr else None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._http = httpx.Client(base_url=self.base_url, timeout=PATIENCE, trust_env=False)

    @property
    def base_url(self) -> str:
        """Address of the stand-ins' index page."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def kaspi_url(self) -> str:
        """KASPI_BASE_URL for the portal."""
        return f"{self.base_url}/kaspi"

    @property
    def twilio_url(self) -> str:
        """TWILIO_BASE_URL for the portal."""
        return f"{self.base_url}/twilio"

    @property
    def telegram_url(self) -> str:
        """TELEGRAM_BASE_URL for the portal."""
        return f"{self.base_url}/telegram"

    @property
    def content_url(self) -> str:
        """TWILIO_CONTENT_BASE_URL for the portal."""
        return f"{self.base_url}/twilio-content"

    @property
    def whatsapp_number(self) -> str:
        """TWILIO_WHATSAPP_FROM for the portal (E.164)."""
        return WHATSAPP_NUMBER

    @property
    def whatsapp_link_base(self) -> str:
        """WHATSAPP_LINK_BASE for the portal: a text after it opens a chat with that text in the composer."""
        return f"{self.base_url}/whatsapp/open?text="

    @property
    def certificates(self) -> Certificates:
        """The files of the local CA, made when first asked for."""
        return certificates(self.directory / "tls", CERTIFICATE_PASSWORD)

    def qr_settings(self, scheme: str = "r3", *, certificate: str = "pfx") -> dict[str, str]:
        """KASPI_QR_… for the portal: r1 with a key on the plain port; r2 and r3 with a certificate (pfx or pem)."""
        given = {name: value for name, value in self.env.items() if name.startswith("KASPI_QR_")}
        key = given.pop("KASPI_QR_API_KEY")
        if scheme == "r1":
            base = f"{self.base_url}/kaspi-qr/r1/v01"
            return given | {"KASPI_QR_BASE_URL": base, "KASPI_QR_API_KEY": key}
        assert self._qr_port is not None, "these stand-ins were made without has_qr=True"
        files = self.certificates
        proof = {"KASPI_QR_CERTIFICATE": str(files.client_pem)}
        if certificate == "pfx":
            proof = {
                "KASPI_QR_CERTIFICATE": str(files.client_pfx),
                "KASPI_QR_CERTIFICATE_PASSWORD": CERTIFICATE_PASSWORD,
            }
        base = f"https://127.0.0.1:{self._qr_port}/kaspi-qr/{scheme}/v01"
        return given | proof | {"KASPI_QR_BASE_URL": base, "KASPI_QR_CA": str(files.ca)}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- the process -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start (again, with the state of before) and return when it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._spawn(self._port, "app.local.standins.wsgi:app")
        if self._qr_port is not None:
            files = self.certificates
            tls = ["--ssl-certificate", str(files.server), "--ssl-keyfile", str(files.server_key)]
            tls += ["--ssl-ca", str(files.ca), "--ssl-client-verify"]
            self._spawn(self._qr_port, *tls, "app.local.standins.qr_wsgi:app")
        wait_until(self._is_answering, START_SECONDS, f"stand-ins at {self.base_url} (see {self._log})")

    def _spawn(self, port: int, *arguments: str) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--workers", "1", "--blocking-threads", "16", "--log-level", "error"]
        told = {"STANDINS_DIR": str(self.directory), "PORTAL_URL": self._portal_url, "STANDINS_URL": self.base_url}
        with self._log.open("ab") as output:
            process = subprocess.Popen(
                [*command, *arguments],
                cwd=ROOT,
                env={**os.environ, **told, **self.env},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes.append(process)

    @property
    def _log(self) -> Path:
        return self.directory / "standins.log"

    def stop(self) -> None:
        """End the processes; their state stays in the directory."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                break
        self._processes = []

    def kill(self) -> None:
        """End the processes and their workers with -9, as a crash would."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes = []

    def members(self) -> list[int]:
        """The processes and everything they started."""
        return [pid for process in self._processes for pid in session_members(process.pid)]

    def _is_answering(self) -> bool:
        if any(process.poll() is not None for process in self._processes):
            raise AssertionError(f"the stand-ins ended at start:\n{self._log.read_text(errors='replace')[-2000:]}")
        try:
            if self._qr_port is not None:
                socket.create_connection(("127.0.0.1", self._qr_port), timeout=2).close()
            return self._http.get("/kaspi/faults", timeout=2).is_success
        except (httpx.TransportError, OSError):
            return False

    # --- the payer -------------------------------------------------------------------------------

    def pay(self, pay_url: str) -> str:
        """Press «Оплатить»; returns the state of the payment, "paid" when all is well."""
        return self._decide(pay_url, "pay")

    def decline(self, pay_url: str) -> str:
        """Press «Отклонить»; returns the state of the payment, "failed" when all is well."""
        return self._decide(pay_url, "decline")

    def _decide(self, pay_url: str, action: str) -> str:
        answer = self._http.post(pay_url, data={"action": action}, headers={"Accept": "application/json"})
        return str(answer.raise_for_status().json()["status"])

    # --- the provider's own eyes and switches ----------------------------------------------------

    def set_faults(self, **faults: object) -> None:
        """Set Kaspi's fault switches; those not named are off, so no argument means all is well."""
        self._http.put("/kaspi/faults", json=faults).raise_for_status()

    def set_sms_faults(self, **faults: object) -> None:
        """Set the fault switches of Twilio's SMS; those not named are off."""
        self._http.put("/twilio/faults", json=faults).raise_for_status()

    def set_telegram_faults(self, **faults: object) -> None:
        """Set Telegram's fault switches; those not named are off."""
        self._http.put("/telegram/faults", json=faults).raise_for_status()

    def set_whatsapp_faults(self, **faults: object) -> None:
        """Set the fault switches of Twilio's WhatsApp; those not named are off."""
        self._http.put("/whatsapp/faults", json=faults).raise_for_status()

    def payments(self, order_id: str | None = None) -> list[dict[str, Any]]:
        """Kaspi's payments, or those of one order, newest first, each with its `callbacks` and `pay_url`."""
        asked = {} if order_id is None else {"order_id": order_id}
        answer = self._http.get("/kaspi/payments", params=asked, headers={"Accept": "application/json"})
        return list(answer.raise_for_status().json())

    def bills_of(self, phone: str) -> list[dict[str, Any]]:
        """Kaspi's bills that were pushed to this phone (E.164), newest first, each with its `pay_url`."""
        answer = self._http.get(f"/kaspi/phones/{phone}", headers={"Accept": "application/json"})
        return list(answer.raise_for_status().json())

    def payment(self, order_id: str) -> dict[str, Any]:
        """Kaspi's newest payment for this order of ours; KeyError when there is none."""
        found = self.payments(order_id)
        if not found:
            raise KeyError(order_id)
        return found[0]

    # --- the phones ------------------------------------------------------------------------------

    def sms_to(self, phone: str) -> list[str]:
        """Texts that the phone (E.164) got, oldest first."""
        answer = self._http.get("/sms/messages", params={"to": phone})
        return [message["body"] for message in answer.raise_for_status().json() if message["outcome"] == "delivered"]

    def wait_for_sms(self, phone: str, deadline: float = PATIENCE, *, after: int = 0) -> str:
        """The newest text, as soon as the phone has more than `after` of them."""
        texts = wait_until(
            lambda: texts if len(texts := self.sms_to(phone)) > after else None, deadline, f"message to {phone}"
        )
        return texts[-1]

    def wait_for_code(self, phone: str, deadline: float = PATIENCE, *, after: int = 0) -> str:
        """The one-time code in the newest text, as soon as the phone has more than `after` of them."""
        text = self.wait_for_sms(phone, deadline, after=after)
        match = re.search(r"(?<!\d)\d{4,8}(?!\d)", text)
        if match is None:
            raise AssertionError(f"no code in the message {text!r}")
        return match[0]
