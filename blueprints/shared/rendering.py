"""Turning data into a page, or into the named block of the page that htmx asked for."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined

from app import i18n
from app.config import ROOT, Settings
from app.kit import clock
from app.kit.money import format_tenge
from blueprints.shared import templates
from blueprints.shared.card_html import cards_html
from blueprints.shared.form_keys import form_key
from blueprints.shared.identity import current_person
from blueprints.shared.kept import kept
from blueprints.shared.language import lang_url
from blueprints.shared.presenting import photo_path


def is_htmx() -> bool:
    """Did htmx ask, and for a part of the page (not for a whole one, as after «back»)?"""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Request-Type", "partial") != "full"


def render_page(template: str, *, fragment: str | None = None, **context: Any) -> str:
    """The page, or only its block `fragment` when htmx asks for a part."""
    loaded = templates.template(template)
    context = {**_of_this_request(), **context}
    if fragment is None or not is_htmx():
        return loaded.render(context)
    block_context = loaded.new_context(context)
    return "".join(loaded.blocks[fragment](block_context))


def _of_this_request() -> dict[str, Any]:
    """What every template knows beside its page's own values."""
    return {
        "lang": i18n.current_language(),
        "person": current_person(),
        "is_htmx": is_htmx(),
        "today": clock.local_date(clock.now()),
        "request_id": request_id(),
    }


@lru_cache(maxsize=256)
def _version(path: Path, _modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=256)
def static(name: str) -> str:
    """The address of a file under static/, with its content's hash so that it may be cached for ever."""
    settings: Settings = current_app.config["SETTINGS"]
    path = ROOT / "static" / name
    return f"{settings.static_url}/{name}?v={_version(path, path.stat().st_mtime_ns)}"


def request_id() -> str:
    """This request's id, as in the logs and on error pages."""
    found: str = g.get("request_id") or secrets.token_hex(8)
    return found


def _cheap_url_for() -> Callable[..., str]:
    """`url_for` for templates; addresses without arguments are built once (each costs 12 µs, a page writes eight)."""
    plain: dict[str, str] = {}

    def build(endpoint: str, **values: Any) -> str:
        if values:
            return url_for(endpoint, **values)
        if endpoint not in plain:
            plain[endpoint] = url_for(endpoint)
        return plain[endpoint]

    return build


def install(app: Flask) -> None:
    """Give templates their globals and filters (the contract is in templates/README.md)."""
    settings: Settings = app.config["SETTINGS"]
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.auto_reload = False
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]

    def photo_url(key: str, width: int) -> str:
        return photo_path(key, width, settings)

    def today_text(day: Any) -> str:
        return i18n.format_date(day, today=clock.local_date(clock.now()))

    def moment_text(moment: Any) -> str:
        return i18n.format_moment(moment, today=clock.local_date(clock.now()))

    environment.filters.update(
        money=format_tenge,
        date=today_text,
        day_month=i18n.format_day_month,
        weekday=i18n.format_weekday,
        moment=moment_text,
        month_year=i18n.format_month_year,
        rating=i18n.format_rating,
        iso=lambda value: value.isoformat(),
    )
    environment.globals.update(
        languages=list(i18n.LANGUAGES.items()),
        lang_url=lang_url,
        static=static,
        photo_url=photo_url,
        cards_html=cards_html,
        kept=kept,
        csrf_token=generate_csrf,
        form_key=form_key,
        url_for=_cheap_url_for(),
        public_url=settings.public_url,
    )

    templates.install(app, static)
