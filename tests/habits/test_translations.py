"""Every text for people is in the three catalogs, whole: translated, with its values, with the right plural forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from jinja2 import nodes

from app.config import ROOT
from app.i18n import LANGUAGES, current_language, gettext, ngettext, use_language

BRAND = "ЖильеGO"
TRANSLATIONS = ROOT / "app" / "translations"
MESSAGES = ROOT / "templates" / "messages"
SHARED_WITH_KAZAKH = frozenset(
    {"Wi-Fi", "%(area)s м²", "%(num)s фото", "Профиль", "Профиль — ЖильеGO", "Телефон", "Код", "Класс", "ср", "сб"}
    | {"Эконом", "Бизнес", "Премиум", "Промокод", "Домофон", "Кондиционер", "Лифт", "Балкон", "Ванна", "оператор"}
    | {"Фото", "📷 Фото"},
)
FORMS = {"ru": 3, "kk": 2, "en": 2}
_CYRILLIC = re.compile("[А-Яа-яЁё]")

Text = str | tuple[str, ...]


@cache
def extracted() -> frozenset[Text]:
    """Every text that code and templates mark, found as the extract command finds it; (one, few) for a plural."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")  # type: ignore[no-untyped-call]
    keywords = parse_keywords(["_", "gettext", "ngettext:1,2", "N_"])
    found = extract_from_dir(ROOT, methods, options, keywords)
    return frozenset(message for _file, _line, message, _comments, _context in found)


@cache
def catalog(language: str) -> Catalog:
    """The catalog as it is in the repository."""
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[Message]:
    """The messages of a catalog without its header."""
    return (message for message in catalog(language) if message.id)


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """The text, or each of its plural forms."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def placeholders(text: str) -> list[str]:
    """`%(num)s` and the like, sorted; a lone percent sign counts, since it would break the formatting."""
    return sorted(re.findall(r"%\(\w+\)s|%", text))


def faults(message: Message) -> list[str]:
    """What is wrong with a translation that may not be missing."""
    source, translated = forms(message.id), forms(message.string)
    wrong = [f"{source[0]!r}: nothing for form {index}" for index, text in enumerate(translated) if not text.strip()]
    wrong += [f"{source[0]!r}: fuzzy"] if message.fuzzy else []
    return wrong + [
        f"{source[0]!r}: other values in {text!r}"
        for text in translated
        if text and placeholders(text) != placeholders(source[0])
    ]


@pytest.fixture
def spoken() -> Iterator[None]:
    """The language goes back to what it was after the test."""
    before = current_language()
    yield
    use_language(before)


def test_texts_are_found_in_code_and_in_templates() -> None:
    assert {"Стиральная машина", "Такой страницы нет", "Найти жильё", ("%(num)s ночь", "%(num)s ночи")} <= extracted()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_in_the_catalog_and_nothing_else(language: str) -> None:
    """A failure here is mended by the two commands in app/translations/README.md."""
    known = {message.id for message in messages(language)}
    assert sorted(map(str, extracted() - known)) == []
    assert sorted(map(str, known - extracted())) == []


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_text_is_translated_with_its_values(language: str) -> None:
    assert [fault for message in messages(language) for fault in faults(message)] == []


def test_russian_has_its_plural_forms_and_is_otherwise_its_own_source() -> None:
    plural = [message for message in messages("ru") if message.pluralizable]
    assert plural
    assert [fault for message in plural for fault in faults(message)] == []
    assert [message.id for message in messages("ru") if not message.pluralizable and message.string] == []


@pytest.mark.parametrize(
    "message",
    [
        Message("Ещё", ""),
        Message("Ещё", "More", flags=["fuzzy"]),
        Message("До %(day)s", "Until"),
        Message("До %(day)s", "Until %(date)s"),
        Message("До %(day)s", "100% until %(day)s"),
        Message(("%(num)s ночь", "%(num)s ночи"), ("%(num)s night", "")),
        Message(("%(num)s ночь", "%(num)s ночи"), ("one night", "%(num)s nights")),
    ],
)
def test_a_faulty_translation_would_be_found(message: Message) -> None:
    assert faults(message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_as_many_forms_as_the_language(language: str) -> None:
    assert catalog(language).num_plurals == FORMS[language]
    assert {len(forms(message.string)) for message in messages(language) if message.pluralizable} == {FORMS[language]}


def test_no_russian_is_left_in_the_other_languages() -> None:
    """English has no Cyrillic but the brand; Kazakh is the same as Russian only in words that both languages have."""
    english = [text for message in messages("en") for text in forms(message.string)]
    assert [text for text in english if _CYRILLIC.search(text.replace(BRAND, ""))] == []
    same = {text for message in messages("kk") for text in forms(message.id) if text in forms(message.string)}
    assert sorted(same - SHARED_WITH_KAZAKH) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_the_one_in_the_repository(language: str) -> None:
    """`make translations` compiles; the server reads only what is compiled."""
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = {forms(message.id): forms(message.string) for message in read_mo(file) if message.id}
    written = {forms(message.id): forms(message.string) for message in messages(language)}
    assert compiled == {source: said for source, said in written.items() if any(said)}


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("ru", {1: "1 ночь", 2: "2 ночи", 5: "5 ночей", 11: "11 ночей", 21: "21 ночь", 102: "102 ночи"}),
        ("kk", {1: "1 түн", 2: "2 түн", 5: "5 түн", 11: "11 түн", 21: "21 түн"}),
        ("en", {1: "1 night", 2: "2 nights", 5: "5 nights", 11: "11 nights", 21: "21 nights"}),
    ],
)
@pytest.mark.usefixtures("spoken")
def test_nights_are_counted_as_people_count_them(language: str, texts: dict[int, str]) -> None:
    use_language(language)
    said = {count: ngettext("%(num)s ночь", "%(num)s ночи", count) % {"num": count} for count in texts}
    assert said == texts


@pytest.mark.parametrize(
    ("one", "few", "texts"),
    [
        ("%(num)s гость", "%(num)s гостя", ("1 гость", "2 гостя", "5 гостей", "11 гостей", "21 гость")),
        (
            "до %(num)s гостя",
            "до %(num)s гостей",
            ("до 1 гостя", "до 2 гостей", "до 5 гостей", "до 11 гостей", "до 21 гостя"),
        ),
        ("%(num)s отзыв", "%(num)s отзыва", ("1 отзыв", "2 отзыва", "5 отзывов", "11 отзывов", "21 отзыв")),
    ],
)
@pytest.mark.usefixtures("spoken")
def test_russian_counts_in_three_forms(one: str, few: str, texts: tuple[str, ...]) -> None:
    use_language("ru")
    assert tuple(ngettext(one, few, count) % {"num": count} for count in (1, 2, 5, 11, 21)) == texts


@pytest.mark.usefixtures("spoken")
def test_a_text_is_said_in_the_language_that_is_spoken() -> None:
    said = []
    for language in LANGUAGES:
        use_language(language)
        said.append(gettext("Итого"))
    assert said == ["Итого", "Барлығы", "Total"]


def test_every_message_is_written_in_every_language_with_the_same_values() -> None:
    kinds = {path.with_suffix("").with_suffix("") for path in MESSAGES.rglob("*.txt")}
    assert kinds
    for kind in kinds:
        written = {language: Path(f"{kind}.{language}.txt") for language in LANGUAGES}
        values = {language: _values(path.read_text(encoding="utf-8")) for language, path in written.items()}
        assert values["ru"], kind
        assert values["kk"] == values["ru"] == values["en"], kind


def _values(source: str) -> list[str]:
    """What a message puts in, in any order: languages differ in it."""
    tree = jinja2.Environment(autoescape=True).parse(source)
    names = {node.name for node in tree.find_all(nodes.Name)} | {node.attr for node in tree.find_all(nodes.Getattr)}
    return sorted(names)
