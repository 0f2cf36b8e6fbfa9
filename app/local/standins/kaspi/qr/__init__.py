"""Kaspi Pay QR: the API that integrators really run (design 4-kaspi, surface 2), served next to the gateway."""

from app.local.standins.kaspi.qr import devices, payments_api, returns_api
from app.local.standins.kaspi.qr.envelope import api

__all__ = ["api", "devices", "payments_api", "returns_api"]
