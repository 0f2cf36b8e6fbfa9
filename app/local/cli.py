"""`flask --app app.local.cli …`: the product's commands and those that only exist on a developer's machine.

Production never imports `app.local`, so the commands that live there cannot be registered by the factory.
"""

from __future__ import annotations

import sys

from app.config import SettingsError, load_settings
from app.factory import create_worker_app
from app.local.demo.command import demo_data
from app.local.demo.kaspi_side import demo_kaspi
from app.local.scale.command import seed_scale

try:
    app = create_worker_app(load_settings())
except SettingsError as error:
    sys.exit(str(error))
app.cli.add_command(demo_data)
app.cli.add_command(demo_kaspi)
app.cli.add_command(seed_scale)
