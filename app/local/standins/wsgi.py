"""The stand-ins' process: `granian --interface wsgi --workers 1 --blocking-threads 16 app.local.standins.wsgi:app`.

One worker only: the courier is a thread of it.
"""

from __future__ import annotations

from app.local.standins.application import create_app
from app.local.standins.settings import StandInSettings

app = create_app(StandInSettings())
