"""`KASPI_MODE=qrpay make run`: the product on Kaspi's second surface, with a certificate of a CA of its own."""

from __future__ import annotations

from collections.abc import Mapping

from app.local.run.layout import Layout
from app.local.standins.certificates import certificates
from app.local.standins.settings import DEVICE_ID, MERCHANT_BIN, TRADE_POINT

PASSWORD = "KASPI_QR_CERTIFICATE_PASSWORD"  # noqa: S105  the setting's name


def qr_settings(layout: Layout, secrets: Mapping[str, str], *, port: int) -> dict[str, str]:
    """What the product is told in this mode; makes the certificates when there are none that can be used.

    `port` is where Kaspi Pay QR answers over TLS.
    """
    files = certificates(layout.certificates, secrets[PASSWORD])
    return {
        "KASPI_MODE": "qrpay",
        "KASPI_QR_BASE_URL": f"https://127.0.0.1:{port}/kaspi-qr/r3/v01",
        "KASPI_QR_CERTIFICATE": str(files.client_pfx),
        "KASPI_QR_CA": str(files.ca),
        "KASPI_QR_BIN": MERCHANT_BIN,
        "KASPI_QR_DEVICE_ID": DEVICE_ID,
        "KASPI_QR_TRADE_POINT": str(TRADE_POINT),
    }
