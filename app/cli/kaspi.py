"""`flask kaspi register-device`: done once, before the QR surface can be used."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.config import Settings, SettingsError
from app.integrations.errors import ProviderError
from app.integrations.kaspi.qrpay import KaspiQrPay
from app.jobs.providers import qr_access, settings


@click.group()
def kaspi() -> None:
    """Kaspi: this installation as a device of the QR surface."""


@kaspi.command("register-device")
@with_appcontext
def register_device() -> None:
    """Register KASPI_QR_DEVICE_ID at the trade point and print the token for KASPI_QR_DEVICE_TOKEN."""
    config = settings()
    if config.kaspi_mode != "qrpay":
        raise click.ClickException("Devices belong to the QR surface: set KASPI_MODE=qrpay.")
    try:
        client = KaspiQrPay(qr_access(config))
        click.echo(client.register_device(config.kaspi_qr_device_id, _trade_point(client, config)))
    except (SettingsError, ProviderError) as error:
        raise click.ClickException(str(error)) from error


def _trade_point(client: KaspiQrPay, config: Settings) -> int:
    """That of the settings, or the only one there is."""
    if config.kaspi_qr_trade_point is not None:
        return config.kaspi_qr_trade_point
    points = client.trade_points()
    if len(points) != 1:
        listed = "; ".join(f"{point.TradePointId}: {point.TradePointName}" for point in points) or "there is none"
        raise click.ClickException(f"Choose one as KASPI_QR_TRADE_POINT: {listed}.")
    return points[0].TradePointId
