"""What every view of the stand-ins works with, kept on the application."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from app.local.standins.kaspi.courier import Courier
from app.local.standins.settings import StandInSettings
from app.local.standins.store import Store


@dataclass(frozen=True)
class Desk:
    """The settings, the state, and the thread that delivers callbacks."""

    settings: StandInSettings
    store: Store
    courier: Courier

    def attach(self, app: Flask) -> None:
        """Make this the desk of `app`."""
        app.extensions["standins"] = self


def desk() -> Desk:
    """The desk of the application that handles the present request."""
    found = current_app.extensions["standins"]
    if not isinstance(found, Desk):
        raise TypeError("the stand-ins' desk is missing")
    return found
