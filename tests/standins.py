"""The providers' stand-ins as a real process, and the hands of the people who use them.

    standins = StandIns(tmp_path, portal_url="http://127.0.0.1:18080")
    standins.start()
    ... standins.pay(pay_url) ... standins.wait_for_sms("+77010000001", deadline=10) ...
    standins.stop()

The port is chosen when the object is made, so `base_url` can be given to the portal before either is running.
"""

from __future__ import annotations

import os
import random
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

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 20.0
STOP_SECONDS = 10.0

CREDENTIALS = {
    "KASPI_API_KEY": "test-kaspi-api-key",
    "KASPI_CALLBACK_SECRETS": "test-kaspi-callback-secret",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "test-twilio-auth-token",
}
"""What the stand-ins expect unless `env` says otherwise."""

T = TypeVar("T")


def free_port() -> int:
    """A port below 32768 that nobody listens on at this moment."""
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 20000 and 32000")


def wait_until(condition: Callable[[], T | None], deadline: float, what: str) -> T:
    """Ask until the answer is neither None nor False nor empty; AssertionError after `deadline` seconds."""
    give_up_at = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > give_up_at:
            raise AssertionError(f"within {deadline:g} s there was no {what}")
        time.sleep(0.03)


class StandIns:
    """One process of the stand-ins with its state in `directory`; callbacks go to `portal_url`."""

    def __init__(self, directory: Path, portal_url: str, env: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.env = {**CREDENTIALS, **(env or {})}
        self._portal_url = portal_url
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self.base_url, timeout=15, trust_env=False)

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

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- the process -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start (again, with the state of before) and return when it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(self._port), "--workers", "1", "--blocking-threads", "16", "--log-level", "error"]
        wanted = {"STANDINS_DIR": str(self.directory), "PORTAL_URL": self._portal_url, **self.env}
        with (self.directory / "standins.log").open("ab") as output:
            self._process = subprocess.Popen(
                [*command, "app.local.standins.wsgi:app"],
                cwd=ROOT,
                env={**os.environ, **wanted},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(self._is_answering, START_SECONDS, f"stand-ins at {self.base_url} (see {output.name})")

    def stop(self) -> None:
        """End the process; its state stays in the directory."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the process and its worker with -9, as a crash would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _is_answering(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            log = (self.directory / "standins.log").read_text(errors="replace")
            raise AssertionError(f"the stand-ins ended at start:\n{log[-2000:]}")
        try:
            return self._http.get("/kaspi/faults", timeout=2).is_success
        except httpx.TransportError:
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
        """Set Twilio's fault switches; those not named are off."""
        self._http.put("/twilio/faults", json=faults).raise_for_status()

    def payments(self) -> list[dict[str, Any]]:
        """Kaspi's payments, newest first, each with its `callbacks` (deliveries) and `pay_url`."""
        answer = self._http.get("/kaspi/payments", headers={"Accept": "application/json"})
        return list(answer.raise_for_status().json())

    def payment(self, order_id: str) -> dict[str, Any]:
        """Kaspi's payment for this order of ours; KeyError when there is none."""
        for found in self.payments():
            if found["order_id"] == order_id:
                return found
        raise KeyError(order_id)

    # --- the phones ------------------------------------------------------------------------------

    def sms_to(self, phone: str) -> list[str]:
        """Texts that the phone (E.164) got, oldest first."""
        answer = self._http.get("/sms/messages", params={"to": phone})
        return [message["body"] for message in answer.raise_for_status().json()]

    def wait_for_sms(self, phone: str, deadline: float = 10.0, *, after: int = 0) -> str:
        """The newest text, as soon as the phone has more than `after` of them."""
        texts = wait_until(
            lambda: texts if len(texts := self.sms_to(phone)) > after else None, deadline, f"message to {phone}"
        )
        return texts[-1]

    def wait_for_code(self, phone: str, deadline: float = 10.0, *, after: int = 0) -> str:
        """The one-time code in the newest text, as soon as the phone has more than `after` of them."""
        text = self.wait_for_sms(phone, deadline, after=after)
        match = re.search(r"(?<!\d)\d{4,8}(?!\d)", text)
        if match is None:
            raise AssertionError(f"no code in the message {text!r}")
        return match[0]
