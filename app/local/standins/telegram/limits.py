"""How many messages Telegram lets a bot send (core.telegram.org/bots/faq#broadcasting-to-users).

30 a second in all, and one a second to a chat with room for a short burst. How short is not published; 20 here.
"""

from __future__ import annotations

import math
import threading
from collections import deque

IN_ALL_A_SECOND = 30
CHAT_BURST = 20


class SendingLimits:
    """Counts messages from now on; forgets them with the process."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._sent: deque[float] = deque()
        self._debts: dict[str, tuple[float, float]] = {}

    def wait_for(self, chat: str, *, now: float, count: int = 1) -> int:
        """Count messages to a chat and return 0; or count none and return after how many seconds to try again."""
        with self._turn:
            while self._sent and self._sent[0] <= now - 1:
                self._sent.popleft()
            if len(self._sent) + count > IN_ALL_A_SECOND:
                return 1
            debt, since = self._debts.get(chat, (0.0, now))
            debt = max(0.0, debt - (now - since)) + count
            if debt > CHAT_BURST:
                return math.ceil(debt - CHAT_BURST)
            self._debts[chat] = (debt, now)
            self._sent.extend([now] * count)
            return 0
