"""Contacts in messages are hidden however they are written; what honest people write stays as it is."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.messages.masking import HIDDEN, mask

CONTACTS = (
    "8 701 123 45 67",
    "+7(701)123-45-67",
    "+7 701 1234567",
    "87011234567",
    "7011234567",
    "701 123 45 67",
    "8-701-12-34-567",
    "8.701.123.45.67",
    "8*701*123*45*67",
    "8 7 0 1 1 2 3 4 5 6 7",
    "8 701 потом 123 и дальше 45 67",
    "8(701) 123 а затем 45 и 67",
    "8 701 123 спросите Асель 45 67",
    "701 код, дальше 123-45-67",
    "8 495 123 45 67",
    "+7 912 345 67 89",
    "8 (727) 250-12-34",
    "250-12-34",
    "+49 170 1234567",
    "８７０１１２３４５６７",
    "8️⃣7️⃣0️⃣1️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣",
    "восемь семьсот один сто двадцать три сорок пять шестьдесят семь",
    "сегіз жеті нөл бір бір екі үш төрт",
    "eight seven zero one 123 45 67",
    "ivan.k@mail.ru",
    "ivan (собака) mail точка ru",
    "ivan собака mail точка ru",
    "ivan at mail.ru",
    "https://t.me/ivan",
    "t.me/ivan",
    "t . me / ivan",
    "t\u200b.me/ivan",
    "wa.me/77011234567",
    "instagram.com/flat",
    "flat.kz/12?a=b",
    "www.flat.example",
    "@ivan_k",
    "телеграм: ivan_k",
    "tg ivan77",
    "инста - flat.almaty",
)
HONEST = (
    "Добрый день! Можно заехать в 12:30 12.03.2027?",
    "с 12.03.2027 по 15.03.2027",
    "8.12.26 - 10.12.26",
    "7.08.2027-10.08.2027",
    "10.12.2026 14:00 - 12.12.2026 12:00",
    "70 000 – 80 000",
    "75 000 тенге за 2 ночи, депозит 20 000",
    "3 ночи по 25 000 ₸ = 75 000 ₸, уборка 5000 ₸, итого 80 000 ₸",
    "Приедем 8 марта, 7 человек, 25 000 и 30 000 нормально?",
    "нас 8, приедем 29 августа 2027 в 14:00",
    "ул. Сатпаева, 90/43, кв 45, этаж 7. Кровать 160х200",
    "Прилетаем рейсом DV 701, 21.11.2026 18:40",
    "есть ли wi-fi 100 Мбит/с?",
    "Можно ли с собакой? У нас собака маленькая",
    "У нас собака маленькая. Она не лает",
    "We arrive at noon. thanks",
    "Есть whatsapp для связи?",
    "Do you have a Telegram channel? We are two or three",
    "бронь K7M2XWQ9",
    "т.е. 2 ночи, т.к. в пн. уезжаем.Да",
    "бір түнге 25 000 теңге, екі қонақ",
    "👨‍👩‍👧 нас трое\nдо встречи",
)
MOBILE_CODES = ("700", "701", "702", "705", "707", "708", "747", "771", "775", "776", "777", "778")
SEPARATORS = st.sampled_from(["", " ", "-", ".", " - ", ") ", " (", "\u00a0", "/", "–", " и ", " потом ", ", а затем "])
WORDS = st.text(alphabet="абвгдежзийклмнопрстуфхцчшщыьэюяәғқңөұүһі !?\n", max_size=40)


@pytest.mark.parametrize("contact", CONTACTS)
@pytest.mark.parametrize("around", ["{}", "Пишите: {}.", "Мой номер {} , жду!", "нас двое, {}\nспасибо"])
def test_a_contact_is_hidden_and_the_words_around_it_stay(contact: str, around: str) -> None:
    found = mask(around.format(contact))
    assert found.is_masked
    assert HIDDEN in found.text
    assert not re.search(r"\d\d|ivan|flat|восемь|eight|сегіз", found.text)
    before, _, after = around.partition("{}")
    assert found.text.startswith(before.rstrip())
    assert found.text.endswith(after.strip(" .,"))


@pytest.mark.parametrize("text", HONEST)
def test_what_is_no_contact_stays_letter_by_letter(text: str) -> None:
    assert mask(text) == (text, False)


@st.composite
def written_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A mobile of Kazakhstan, in groups of any size with anything usual between them; its digits and the writing."""
    national = draw(st.sampled_from(MOBILE_CODES)) + draw(st.from_regex(r"[0-9]{7}", fullmatch=True))
    assume(not national.endswith("0000"))  # «700 000» is a price
    prefix = draw(st.sampled_from(["8", "+7", "7", "8 ", "+7 ", "8-"]))
    written, rest = "", national
    while rest:
        size = draw(st.integers(min_value=1, max_value=len(rest)))
        written += rest[:size]
        rest = rest[size:]
        written += draw(SEPARATORS) if rest else ""
    return national, prefix + written


@given(written_numbers(), WORDS, WORDS)
def test_a_mobile_is_hidden_in_every_usual_writing(number: tuple[str, str], before: str, after: str) -> None:
    digits, written = number
    found = mask(f"{before} {written} {after}")
    assert found.is_masked
    left = re.sub(r"\D", "", found.text)
    assert len(left) <= 1, f"{written!r} left {found.text!r} of {digits}"


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once.text) == (once.text, False)
    assert once.is_masked is (once.text != text)


@given(st.lists(st.sampled_from([*CONTACTS, *HONEST, "8", "701", "+", "@", ".", "kz", " "]), max_size=12))
def test_masking_twice_is_masking_once_among_contacts_too(parts: list[str]) -> None:
    once = mask(" ".join(parts))
    assert mask(once.text) == (once.text, False)


@given(WORDS)
def test_words_alone_are_never_hidden(text: str) -> None:
    assume(not re.search(r"\bточка\b|\bсобака\b", text))
    assert mask(text) == (text, False)


@pytest.mark.parametrize(
    "text",
    [
        *("a." * 1000, "a@" + "b." * 999, "1.1." * 500, "1 " * 1000, "1 аб " * 400, "1/1 " * 500, "один " * 400),
        *("+бір жүз " * 440, "семьсот двадцать один " * 180, "8 он " * 800),
    ],
)
def test_no_text_of_the_longest_size_takes_long(text: str) -> None:
    """Patterns that try everything again from every place would take minutes."""
    begun = time.process_time()
    mask(text)
    assert time.process_time() - begun < 2
