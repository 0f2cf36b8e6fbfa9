"""What both messengers' webhooks do with something that a person wrote or pressed."""

from __future__ import annotations

from app.bots import too_fast
from app.db import transaction
from app.kit import clock
from app.models import Messenger
from blueprints.shared.chat_pace import Taken, current_pace


def is_too_fast(messenger: Messenger, stream: bytes, event: str, *, is_request_for_silence: bool = False) -> bool:
    """Is this one more than is taken up of its chat? Then it is left (the messenger is answered 200, so that it does
    not come again), and the person is told once in a while.

    Nothing is lost by it: whatever a button promises has not begun, and the same button may be pressed again. Asking
    for silence and blocking us are counted apart: they are heard however much was written.
    """
    chat = f"{stream.hex()[:32]}{':silence' if is_request_for_silence else ''}"
    taken = current_pace().take(chat, event)
    if taken is Taken.TOO_FAST_UNTOLD and not is_request_for_silence:
        with transaction() as session:
            too_fast.tell(session, messenger, stream, now=clock.now())
    return taken is not Taken.YES
