"""The page that is printed when everything runs."""

from __future__ import annotations

from pathlib import Path

from app.local.demo.accounts import DEMO_ACCOUNTS
from app.local.demo.offers import DEMO_OFFERS

_ROLES = {"guest": "guest", "landlord": "landlord", "staff": "staff"}


def welcome_page(*, portal_url: str, standins_url: str, logs: Path, kaspi_qr_url: str | None = None) -> str:
    """Addresses, the accounts to sign in with, promo codes to try, and how to stop.

    `kaspi_qr_url` is given when the product runs on Kaspi's second surface.
    """
    second_surface = f"  Kaspi Pay QR      {kaspi_qr_url}     only with the certificate in .local/standins/tls"
    accounts = [f"    {_ROLES[account.role]:<10}{account.phone}   {account.name}" for account in DEMO_ACCOUNTS]
    offers = [f"    {offer.code:<10}  {offer.hint}" for offer in DEMO_OFFERS]
    return "\n".join(
        [
            "",
            f"  ЖильеGO           {portal_url}/",
            f"  SMS inbox         {standins_url}/sms/      one-time codes arrive here",
            f"  Telegram          {standins_url}/telegram/ phones that talk to the bot, and switches for its faults",
            f"  WhatsApp          {standins_url}/whatsapp/ phones that chat with the product",
            f"  Kaspi             {standins_url}/kaspi/    payments, and switches for its faults",
            *([second_surface] if kaspi_qr_url else []),
            "",
            "  Sign in with the phone of a demo account (or with any Kazakh mobile number):",
            *accounts,
            "",
            "  Promo codes to try at a booking:",
            *offers,
            "",
            f"  Logs              {logs}",
            "  Stop              Ctrl-C; the data stay. `make reset` starts afresh.",
            "",
        ]
    )
