"""The web process: `granian --interface wsgi wsgi:app`."""

import sys

from app.config import SettingsError, load_settings
from app.factory import create_web_app

try:
    app = create_web_app(load_settings())
except SettingsError as error:
    sys.exit(str(error))
