"""Structured logs: one JSON object a line, with the request's or job's id and without personal data.

Only event names and keys chosen in code are logged, never bodies, addresses of people, phones or codes. A last
processor masks anything that looks like a phone number or a bearer secret, should one slip into an error's text.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

_PHONE = re.compile(r"\+?\d[\d\s()\-]{8,}\d")
_SECRET_KEYS = frozenset({"phone", "code", "codes", "token", "body", "name", "authorization", "cookie", "password"})


def configure_logging(level: str) -> None:
    """Send structlog's and the libraries' records to standard output as JSON lines. Safe to call again."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_personal_data,
        structlog.processors.JSONRenderer(serializer=_dumps),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "rq", "rq.worker", "rq.cron", "alembic"):
        logging.getLogger(noisy).setLevel("WARNING")


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Last line of defence: forbidden keys are dropped and phone-like runs of digits are masked in every text."""
    for key in list(event):
        if key in _SECRET_KEYS:
            event[key] = "[removed]"
        elif key not in _SAFE_KEYS and isinstance(event[key], str):
            event[key] = _PHONE.sub("[digits]", event[key])
    return event


_SAFE_KEYS = frozenset({"timestamp", "level", "request_id", "job_id", "payment_id", "notification_id", "audit_head"})


def _dumps(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()
