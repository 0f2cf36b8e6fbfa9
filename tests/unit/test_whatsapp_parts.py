"""Messages in WhatsApp for every number of buttons and every length: within the limits, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bots.turn import button, link
from app.channels.message import Button, Message
from app.channels.whatsapp_parts import MOST_ITEMS, MOST_REPLIES, Free, Part, Pressable, parts_of
from app.channels.whatsapp_text import size
from app.local.standins.twilio.whatsapp.contents import Document, draft
from app.local.standins.twilio.whatsapp.faces import fault_of, needs_approval

UNFIT = re.compile(r"[\n\t]| {5,}")


def buttons(count: int, label: str = "Вариант", note: str = "") -> tuple[tuple[Button, ...], ...]:
    return tuple((button(f"{label} {number}", "pick", number, note=note),) for number in range(1, count + 1))


def check(part: Part) -> None:
    """WhatsApp takes it: asked of the stand-in's own rules, which know nothing of how it was made."""
    if isinstance(part, Free):
        assert size(part.text) <= 1600
        assert part.text or part.photo
        return
    variables = part.variables()
    assert len(variables) <= 100
    assert all(value and UNFIT.search(value) is None for value in variables.values())
    content = draft(Document.model_validate_json(part.content().model_dump_json()), now=0.0)
    face = content.face(variables, now=0.0)
    assert fault_of(face) is None
    assert not needs_approval(face)


@pytest.mark.parametrize("count", range(1, 31))
def test_any_number_of_buttons_can_be_pressed_or_typed(count: int) -> None:
    parts = parts_of(Message(text="Что выбрать?", rows=buttons(count)))
    for part in parts:
        check(part)
    if count > MOST_ITEMS:
        assert isinstance(parts[0], Free)
        assert f"\n{count}. Вариант {count}" in parts[-1].text  # type: ignore[union-attr]
        return
    [part] = parts
    assert isinstance(part, Pressable)
    assert [option.id for option in part.options] == [f"pick:{number}" for number in range(1, count + 1)]
    assert bool(part.list_button) == (count > MOST_REPLIES)


def test_numbers_count_only_what_can_be_pressed_as_the_engine_does() -> None:
    rows = ((link("Сайт", "https://zhilego.kz"), button("Первая", "a")), *buttons(11))
    [part] = parts_of(Message(text="Много", rows=rows))
    assert isinstance(part, Free)
    assert "Сайт: https://zhilego.kz" in part.text
    assert "\n1. Первая\n2. Вариант 1\n" in part.text
    assert part.text.endswith("12. Вариант 11")


def test_a_second_line_makes_a_list_of_two_buttons_and_is_shown() -> None:
    [part] = parts_of(Message(text="Квартиры", rows=buttons(2, note="24 000 ₸ за 2 ночи · ★ 4,8")))
    assert isinstance(part, Pressable)
    assert part.list_button == "Выбрать"
    assert part.options[0].note == "24 000 ₸ за 2 ночи · ★ 4,8"


def test_a_label_that_is_cut_in_a_list_is_whole_under_it() -> None:
    long = "Двухкомнатная квартира у парка Первого Президента"
    [part] = parts_of(Message(text="Квартиры", rows=((button(long, "a"),), *buttons(3))))
    assert isinstance(part, Pressable)
    assert size(part.options[0].title) <= 24
    assert part.options[0].note == long
    assert part.options[1].note == ""


def test_a_long_text_has_numbers_instead_of_buttons() -> None:
    parts = parts_of(Message(text="слово " * 300, rows=buttons(2)))
    assert all(isinstance(part, Free) for part in parts)
    assert parts[-1].text.endswith("1. Вариант 1\n2. Вариант 2")  # type: ignore[union-attr]


def test_the_same_button_twice_is_offered_once() -> None:
    rows = ((button("Меню", "menu"), button("Назад", "back")), (button("Главное меню", "menu"),))
    [part] = parts_of(Message(text="x", rows=rows))
    assert isinstance(part, Pressable)
    assert [option.id for option in part.options] == ["menu", "back"]


def test_a_photo_has_the_text_as_its_caption_and_stands_before_buttons() -> None:
    assert parts_of(Message(text="**Студия**", photos=("a",))) == [Free("*Студия*", "a")]
    photo, pressable = parts_of(Message(text="Студия", photos=("a",), rows=buttons(1)))
    assert photo == Free(photo="a")
    assert isinstance(pressable, Pressable)
    album = parts_of(Message(text="Фото", photos=("a", "b", "c")))
    assert album == [Free(photo="a"), Free(photo="b"), Free(photo="c"), Free("Фото")]


def test_a_qr_code_and_a_keyboard_are_left_out_and_the_link_stays() -> None:
    message = Message(
        text="Оплатите",
        qr="https://pay.kaspi.kz/1",
        rows=((link("Оплатить", "https://pay.kaspi.kz/1"),),),
        menu=(("Меню",),),
    )
    assert parts_of(message) == [Free("Оплатите\n\nОплатить: https://pay.kaspi.kz/1")]


def test_messages_of_the_same_shape_share_a_content_and_of_another_do_not() -> None:
    def content(text: str, count: int, note: str = "") -> str:
        [part] = parts_of(Message(text=text, rows=buttons(count, note=note)))
        assert isinstance(part, Pressable)
        return part.content().friendly_name

    assert content("Один", 2) == content("Другой", 2)
    assert len({content("а", 2), content("а\nб", 2), content("а\n\nб", 2), content("а", 3), content("а", 2, "n")}) == 5


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=1300)
BUTTONS = st.builds(
    lambda label, number, note: Button(label=label, payload=f"pick:{number}", note=note),
    st.text(max_size=60),
    st.integers(0, 30),
    st.text(max_size=100),
)


@given(WORDS, st.lists(BUTTONS, max_size=14), st.lists(st.sampled_from("abc"), max_size=3))
def test_whatever_is_said_whatsapp_takes_it(text: str, offered: list[Button], photos: list[str]) -> None:
    for part in parts_of(Message(text=text, rows=tuple((each,) for each in offered), photos=tuple(photos))):
        check(part)
