"""What every view of the stand-ins works with, kept on the application."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request

from app.local.standins.kaspi.courier import Courier
from app.local.standins.settings import StandInSettings
from app.local.standins.store import Store
from app.local.standins.telegram.courier import UpdateCourier
from app.local.standins.twilio.courier import FormCourier
from app.local.standins.twilio.whatsapp.inbound import Line


@dataclass(frozen=True)
class Desk:
    """The settings, the state, and the threads that deliver callbacks."""

    settings: StandInSettings
    store: Store
    courier: Courier
    sms_courier: FormCourier
    whatsapp_courier: FormCourier
    telegram: UpdateCourier

    def attach(self, app: Flask) -> None:
        """Make this the desk of `app`."""
        app.extensions["standins"] = self

    def pay_url(self, token: str) -> str:
        """The payer's page of a payment. A person has no client certificate: it is always on the plain address."""
        return f"{self.address}/kaspi/pay/{token}"

    @property
    def address(self) -> str:
        """The plain address of the stand-ins, without a slash at its end."""
        return self.settings.standins_url or request.host_url.rstrip("/")

    @property
    def line(self) -> Line:
        """Where Twilio delivers what people write in WhatsApp."""
        return Line.of(self.settings, address=self.address)


def desk() -> Desk:
    """The desk of the application that handles the present request."""
    return desk_of(current_app)


def desk_of(app: Flask) -> Desk:
    """The desk of an application."""
    found = app.extensions["standins"]
    if not isinstance(found, Desk):
        raise TypeError("the stand-ins' desk is missing")
    return found
