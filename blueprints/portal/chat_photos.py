"""Photos of flats as messengers take them: WhatsApp shows no WebP."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Response, abort, current_app
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.kit.pictures import jpeg_of
from blueprints.portal import portal
from blueprints.shared.access import public

WIDTH = 800
"""Of the three widths there are, the one that a phone's chat shows sharply."""
_YEAR = 365 * 24 * 3600


@portal.get("/chat-photos/<photo_key:photo_key>.jpg")
@public
def chat_photo(photo_key: str) -> ResponseReturnValue:
    """One photo as JPEG. The files themselves are public, and a key never means another picture."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        content = _drawn(settings.photo_dir / f"{photo_key}-{WIDTH}.webp")
    except FileNotFoundError:
        abort(404)
    answer = Response(content, mimetype="image/jpeg")
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@lru_cache(maxsize=64)
def _drawn(path: Path) -> bytes:
    """Twilio asks twice for each message (HEAD and GET); about 100 KB each are remembered."""
    return jpeg_of(path.read_bytes())
