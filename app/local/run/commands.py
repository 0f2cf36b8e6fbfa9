"""The product's commands and those that exist only on a developer's machine: `flask --app app.local.run.commands …`.

Production never imports `app.local`, so the commands that live there cannot be registered by the factory.
"""

from __future__ import annotations

import sys

from app.config import SettingsError, load_settings
from app.factory import create_worker_app
from app.local.demo.command import demo_data

try:
    app = create_worker_app(load_settings())
except SettingsError as error:
    sys.exit(str(error))
app.cli.add_command(demo_data)
