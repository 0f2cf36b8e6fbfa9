"""Days of a stay as chats say them."""

from __future__ import annotations

from datetime import date

import pytest

from app.bots.phrases import days_text, short_days
from app.i18n import use_language

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "check_in", "check_out", "long", "short"),
    [
        ("ru", date(2026, 12, 12), date(2026, 12, 15), "12–15 декабря", "12–15 дек"),
        ("ru", date(2027, 3, 12), date(2027, 3, 15), "12–15 марта 2027", "12–15 мар"),
        ("kk", date(2027, 3, 12), date(2027, 3, 15), "2027 ж. 12–15 наурыз", "12–15 нау"),
        ("kk", date(2027, 2, 27), date(2027, 3, 2), "2027 ж. 27 ақпан – 2 наурыз", "27 ақп – 2 нау"),
        ("en", date(2026, 12, 30), date(2027, 1, 2), "30 December – 2 January 2027", "30 Dec – 2 Jan"),
        ("ru", date(2026, 12, 2), date(2027, 12, 2), "2 декабря – 2 декабря 2027", "2 дек – 2 дек"),
    ],
)
def test_what_days_share_is_said_once(language: str, check_in: date, check_out: date, long: str, short: str) -> None:
    use_language(language)
    try:
        assert days_text(check_in, check_out, today=TODAY).replace("\u00a0", " ") == long
        assert short_days(check_in, check_out).replace("\u00a0", " ") == short
    finally:
        use_language("ru")
