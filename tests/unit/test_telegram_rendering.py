"""Our messages within Telegram's limits, whatever people have written in them."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.channels.message import Button, Message, plain
from app.channels.telegram import rendering

TEXTS = st.text(alphabet=st.sampled_from("аә<>&\"'*😀 \nб"), max_size=300)


def seen(written: str) -> str:
    """What Telegram shows of its HTML."""
    return html.unescape(re.sub(r"</?b>", "", written))


def document(markup: Any) -> dict[str, Any]:
    """A keyboard as it is sent."""
    return dict(json.loads(markup.to_json()))


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_bold_is_the_only_mark_and_everything_else_is_escaped() -> None:
    assert rendering.html_of("**Цена** <5 & >3 <b>") == "<b>Цена</b> &lt;5 &amp; &gt;3 &lt;b&gt;"
    assert rendering.html_of(plain("**не** жирно")) == "∗∗не∗∗ жирно"
    assert rendering.html_of("одна ** звёздочка") == "одна ** звёздочка"


@given(TEXTS, st.integers(min_value=1, max_value=320))
def test_no_text_is_longer_than_allowed_and_its_marks_are_whole(text: str, longest: int) -> None:
    written = rendering.html_of(text, longest)
    assert units(seen(written)) <= longest
    assert written.count("<b>") == written.count("</b>")
    assert not re.search(r"<(?!/?b>)|&(?!lt;|gt;|amp;)", written)


@given(TEXTS)
def test_what_fits_is_shown_whole(text: str) -> None:
    shown = seen(rendering.html_of(text, 4096))
    assert shown.replace("*", "") == text.replace("*", "")


@given(TEXTS, st.integers(min_value=1, max_value=320))
def test_toasts_are_shortened(text: str, longest: int) -> None:
    assert units(rendering.shortened(text, longest)) <= longest


def test_long_texts_end_in_an_ellipsis() -> None:
    written = rendering.html_of("**" + "я" * 5000 + "**")
    assert len(seen(written)) == rendering.LONGEST_TEXT
    assert written.endswith("…")


def test_wide_rows_are_wrapped_and_buttons_do_one_thing() -> None:
    row = tuple(Button(label=str(day), payload=f"d:{day}") for day in range(1, 12))
    markup = rendering.inline_markup(Message(text="?", rows=(row, (Button(label="Сайт", url="https://zhilego.kz"),))))
    assert markup is not None
    found = document(markup)["inline_keyboard"]
    assert [len(each) for each in found] == [8, 3, 1]
    assert found[2] == [{"text": "Сайт", "url": "https://zhilego.kz"}]


def test_asking_for_the_contact_keeps_the_other_buttons_as_words() -> None:
    rows = ((Button(label="‹ Назад", payload="back"), Button(label="Сайт", url="https://zhilego.kz")),)
    message = Message(text="Нужен номер", rows=rows, contact_label="📱 Отправить")
    assert rendering.inline_markup(message) is None
    found = document(rendering.keyboard(message))
    assert found["one_time_keyboard"]
    (contact,), (back,) = found["keyboard"]
    assert (contact["request_contact"], back["text"]) == (True, "‹ Назад")
    assert rendering.text_of(message) == "Нужен номер\nСайт: https://zhilego.kz"
    assert document(rendering.keyboard(Message(text="Готово")))["remove_keyboard"]


@pytest.mark.parametrize("content", ["https://pay.kaspi.kz/pay/abc", "x" * 500])
def test_a_qr_code_is_a_picture(content: str) -> None:
    with Image.open(io.BytesIO(rendering.qr_png(content))) as image:
        assert image.format == "PNG"
        assert image.width == image.height >= 200
