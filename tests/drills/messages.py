"""Messages that drills put on their way."""

from __future__ import annotations

from uuid import uuid4

from app.domain import notifications
from app.kit import clock
from app.models import NotificationKind
from tests import factories
from tests.live import Live


def tell(live: Live, count: int) -> list[str]:
    """So many messages on their way; their phones."""
    phones = [factories.new_phone() for _ in range(count)]
    with live.transaction() as session:
        for phone in phones:
            notifications.tell(
                session,
                NotificationKind.LOGIN_CODE,
                phone=phone,
                language="ru",
                dedup_key=f"drill:{uuid4()}",
                now=clock.now(),
                params={"code": "048213"},
            )
    return phones
