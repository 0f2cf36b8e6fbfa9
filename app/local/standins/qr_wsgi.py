"""Kaspi Pay QR behind TLS: a process of its own, since granian asks for client certificates on a whole port.

`granian --interface wsgi --workers 1 --ssl-certificate … --ssl-keyfile … --ssl-ca … --ssl-client-verify
app.local.standins.qr_wsgi:app`
"""

from __future__ import annotations

from app.local.standins.application import create_qr_app
from app.local.standins.settings import StandInSettings

app = create_qr_app(StandInSettings())
