"""The yardstick: one Flask route without any extension, on the same server as the portal."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/hello")
def hello() -> str:
    """A greeting."""
    return "hello"
