"""The preview of messages: complete where one develops, absent everywhere else."""

from __future__ import annotations

import html

import pytest
from flask import Flask

from app.i18n import LANGUAGES
from app.models import NotificationChannel, NotificationKind
from app.notify.catalogue import CATALOGUE
from app.notify.rendering import render
from app.notify.samples import samples
from tests.web.browser import Browser
from tests.web.conftest import MakeApp


@pytest.mark.parametrize("channel", NotificationChannel)
def test_every_text_of_the_channel_is_on_the_page(browser: Browser, channel: NotificationChannel) -> None:
    page = html.unescape(browser.get(f"/dev/messages?channel={channel.value}").text)
    for kind in NotificationKind:
        is_carried = channel in CATALOGUE[kind].channels
        assert (f'id="{kind.value}"' in page) is is_carried
        for language in LANGUAGES:
            for values in samples(kind, language):
                assert (render(kind, channel, language, **values) in page) is is_carried


def test_it_counts_letters_and_segments_and_speaks_the_visitors_language(browser: Browser) -> None:
    [values] = samples(NotificationKind.LOGIN_CODE, "ru")
    text = render(NotificationKind.LOGIN_CODE, NotificationChannel.SMS, "ru", **values)
    page = browser.get("/dev/messages?channel=pigeon&lang=ru").text
    assert f"знаков: {len(text)} " in page
    assert "частей SMS: 1" in page
    assert '<html lang="ru">' in page


@pytest.mark.parametrize("path", ["/dev/messages", "/dev/messages?channel=sms", "/dev/", "/dev"])
def test_in_production_there_is_no_such_page(make_app: MakeApp, path: str) -> None:
    app: Flask = make_app(app_env="production", public_url="https://zhilego.kz", cookie_secure=True)
    assert app.test_client().get(path).status_code == 404
    assert not [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("dev.")]
