"""What typed wishes mean, in three languages, with the endings and mistakes that people make."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bots.understanding import Understood, number_in, price_in, understand
from app.bots.understood_dates import MOST_NIGHTS, DateProblem, Dates, dates_in
from app.bots.understood_places import places_in
from app.domain.availability.ring import HORIZON_DAYS
from app.domain.listings.reference_cities import CITIES
from app.i18n import catalog, format_date, use_language

TODAY = date(2026, 11, 23)
"""A Monday."""
MARCH = Dates(date(2027, 3, 12), date(2027, 3, 15))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "12-15 марта",
            "12–15 марта",
            "с 12 по 15 марта",
            "с 12-го по 15 марта",
            "12 марта - 15 марта",
            "12 марта 15",
        ),
        *("12–15.03", "12.03-15.03", "12.03.2027 — 15.03.2027", "12/03 15/03", "2027-03-12 2027-03-15"),
        *("12-15 наурыз", "наурыздың 12-15", "12 наурыздан 15 наурызға дейін", "12-15 НАУРЫЗ"),
        *("March 12-15", "12 to 15 of March", "from March 12 till March 15", "12 March 2027 to 15 March 2027"),
        *("12 марта на 3 ночи", "3 days from March 12", "12 наурыз 3 түнге", "на 3 суток с 12 марта"),
    ],
)
def test_a_stay_is_understood_however_it_is_written(text: str) -> None:
    assert understand(text, today=TODAY).dates == MARCH


@pytest.mark.parametrize(
    ("text", "check_in", "check_out"),
    [
        ("завтра на 3 ночи", date(2026, 11, 24), date(2026, 11, 27)),
        ("ертең 2 түнге", date(2026, 11, 24), date(2026, 11, 26)),
        ("tomorrow for 2 nights", date(2026, 11, 24), date(2026, 11, 26)),
        ("сегодня на сутки", date(2026, 11, 23), date(2026, 11, 24)),
        ("послезавтра на неделю", date(2026, 11, 25), date(2026, 12, 2)),
        ("на выходные", date(2026, 11, 27), date(2026, 11, 29)),
        ("this weekend", date(2026, 11, 27), date(2026, 11, 29)),
        ("на следующие выходные", date(2026, 12, 4), date(2026, 12, 6)),
        ("с пятницы по воскресенье", date(2026, 11, 27), date(2026, 11, 29)),
        ("с субботы по вторник", date(2026, 11, 28), date(2026, 12, 1)),
        ("28 декабря - 3 января", date(2026, 12, 28), date(2027, 1, 3)),
        ("12-15", date(2026, 12, 12), date(2026, 12, 15)),
        ("с 25 по 27", date(2026, 11, 25), date(2026, 11, 27)),
        ("20-22 ноября", date(2027, 11, 20), date(2027, 11, 22)),
        ("12 марта", date(2027, 3, 12), None),
        ("до 15 марта", date(2027, 3, 15), None),
    ],
)
def test_days_are_the_next_ones_to_come(text: str, check_in: date, check_out: date | None) -> None:
    assert understand(text, today=TODAY).dates == Dates(check_in, check_out)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("31 февраля", DateProblem.UNCLEAR),
        ("15-12 марта", DateProblem.REVERSED),
        ("12-12 марта", DateProblem.REVERSED),
        ("25.12 - 20.12", DateProblem.REVERSED),
        ("15.03.2027 - 12.03.2027", DateProblem.REVERSED),
        ("1, 5 и 9 марта", DateProblem.UNCLEAR),
        ("1 января - 30 июня", DateProblem.UNCLEAR),
        ("12.03.2020", DateProblem.PASSED),
        ("12.03.2031", DateProblem.TOO_FAR),
        ("12.03.9999", DateProblem.UNCLEAR),
    ],
)
def test_what_could_mean_two_things_is_asked_about(text: str, problem: DateProblem) -> None:
    assert understand(text, today=TODAY).dates == Dates(problem=problem)


@pytest.mark.parametrize(
    ("text", "guests"),
    [
        *(
            ("двое", 2),
            ("вдвоём", 2),
            ("на двоих", 2),
            ("на 3 человека", 3),
            ("2 guests", 2),
            ("999 гостей", 999),
            ("flat for 25 000, 2 guests", 2),
            ("2 взрослых и 20 детей", 22),
            ("3 адам", 3),
            ("төрт адам", 4),
            ("Алматы ертең, екеу", 2),
            ("үшеуміз", 3),
        ),
        *(
            ("2 взрослых и 1 ребенок", 3),
            ("семья из 5 человек", 5),
            ("2 қонақ", 2),
            ("two people", 2),
            ("Almaty Dec 12-15 for 2", 2),
            ("for 3 nights for 4", 4),
            ("для одного", 1),
        ),
    ],
)
def test_guests_are_counted(text: str, guests: int) -> None:
    assert understand(text, today=TODAY).guests == guests


@pytest.mark.parametrize(
    ("text", "price"),
    [
        *(("до 20000", 20_000), ("до 20к", 20_000), ("до 20 тыс", 20_000), ("до 20 000 ₸", 20_000)),
        *(
            ("20 мыңға дейін", 20_000),
            ("20 000-ға дейін", 20_000),
            ("20000 теңгеге дейін", 20_000),
            ("under 15000", 15_000),
            ("15 000 тенге", 15_000),
            ("до 15 марта", None),
        ),
        *(("12 марта 2027", None), ("в 2027", None), ("до 3", None)),
    ],
)
def test_a_price_is_a_limit_for_a_night(text: str, price: int | None) -> None:
    assert understand(text, today=TODAY).price_to == price


@pytest.mark.parametrize(
    ("text", "rooms"),
    [("двушка", 2), ("2-комнатная", 2), ("2-х комнатную", 2), ("однокомнатная", 1), ("3 rooms", 3), ("2 бөлмелі", 2)],
)
def test_rooms(text: str, rooms: int) -> None:
    found = understand(text, today=TODAY)
    assert (found.rooms, found.guests, found.dates) == (rooms, None, Dates())


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.slug)
def test_every_city_is_known_by_its_names_and_phrases(city: object) -> None:
    names = [city.name_ru, city.name_kk, city.name_en, city.in_ru, city.in_kk, city.in_en]  # type: ignore[attr-defined]
    for name in (*names, *(name.upper() for name in names)):
        assert places_in(f"квартира {name} 12-15 марта").cities == (city.slug,), name  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "cities"),
    [
        *(("Алмата", ("almaty",)), ("алмыты", ("almaty",)), ("Карагонда", ("karaganda",)), ("Чимкент", ("shymkent",))),
        *(
            ("в Караганду", ("karaganda",)),
            ("из Астаны", ("astana",)),
            ("Нур-Султан", ("astana",)),
            ("Орал", ("uralsk",)),
        ),
        *(("Астана или Алматы", ("almaty", "astana")), ("спасибо", ()), ("Не открывается дверь", ()), ("семья", ())),
    ],
)
def test_cities_with_endings_and_mistakes(text: str, cities: tuple[str, ...]) -> None:
    assert set(places_in(text).cities) == set(cities)


@pytest.mark.parametrize(
    ("text", "city", "districts"),
    [
        ("в Бостандыкском районе", None, {("almaty", "bostandyk")}),
        ("Бостандық", None, {("almaty", "bostandyk")}),
        ("район Алматы", None, {("astana", "almaty-district"), ("aktobe", "almaty-district")}),
        ("район Алматы", "astana", {("astana", "almaty-district")}),
        ("Астана район Алматы", None, {("astana", "almaty-district")}),
        ("центр", None, set()),
        ("в центре", "pavlodar", {("pavlodar", "centre")}),
        ("Павлодар центр", None, {("pavlodar", "centre")}),
        ("Актау 7 микрорайон", None, {("aktau", "mkr-7")}),
        ("Алматы", "astana", set()),
    ],
)
def test_districts_are_those_of_the_city(text: str, city: str | None, districts: set[tuple[str, str]]) -> None:
    assert set(places_in(text, city=city).districts) == districts


@pytest.mark.parametrize(
    ("text", "days", "nights"),
    [
        ("Алматы через неделю на 2 ночи", 7, 2),
        ("через 3 дня на ночь", 3, 1),
        ("in a week for 2 nights", 7, 2),
        ("Алматы на неделю", None, 7),
    ],
)
def test_a_day_may_be_said_by_how_far_it_is(text: str, days: int | None, nights: int) -> None:
    found = understand(text, today=TODAY)
    assert found.nights == nights
    if days is not None:
        assert found.dates == Dates(TODAY + timedelta(days=days), TODAY + timedelta(days=days + nights))


def test_a_whole_wish_at_once() -> None:
    found = understand("Двушка в Алматы, Медеуский район, 12–15 марта, двое, до 20к, комфорт", today=TODAY)
    assert (found.cities, found.districts, found.dates) == (("almaty",), (("almaty", "medeu"),), MARCH)
    assert (found.guests, found.price_to, found.rooms, found.property_class) == (2, 20_000, 2, "comfort")


HINTS = (
    "В каком городе? Можно написать сразу всё: «Алматы 12–15 марта, двое».",
    "Когда заезжаете? Выберите день или напишите даты, например «12–15 марта».",
    "Не понял даты. Напишите, например, «12–15 марта» или «завтра на 3 ночи».",
    "Что важно? Можно и написать: «двушка до 20 000».",
)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
@pytest.mark.parametrize("hint", HINTS)
def test_what_we_suggest_to_write_is_understood(hint: str, language: str) -> None:
    examples = re.findall(r"[«“]([^»”]+)[»”]", catalog(language).gettext(hint))
    assert examples
    for example in examples:
        found = understand(example, today=TODAY)
        assert found.dates.problem is None
        assert found.dates.check_out is not None or found.price_to == 20_000
        assert len(found.cities) == ("12–15" in example and "," in example)
        assert (found.guests or found.rooms or 2) == 2


@pytest.mark.parametrize(
    "text", ["", "ыыыыы", "Привет!", "Спасибо большое", "Не открывается дверь", "квартира 45", "5"]
)
def test_what_says_nothing_is_nothing(text: str) -> None:
    assert understand(text, today=TODAY) == Understood()


def test_answers_to_a_question_may_be_short() -> None:
    assert (price_in("18000"), price_in("18 тыс"), price_in("много")) == (18_000, 18_000, None)
    assert (number_in("7"), number_in("нас восемь"), number_in("много")) == (7, 8, None)
    assert dates_in("15", today=TODAY, bare=True) == Dates(date(2026, 12, 15))
    assert dates_in("15", today=TODAY) == Dates()


WORDS = st.sampled_from(
    [
        *("в", "с", "по", "до", "на", "12", "15", "31", "99", "2027", "марта", "наурыз", "march", "завтра", "0", "20к"),
        *("выходные", "двое", "3", "ночи", "Алматы", "район", "центр", "тыс", "-", "–", ".", "/", ",", "01.02"),
    ]
)


@given(
    st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join)),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
)
def test_any_text_is_understood_or_not_but_never_wrongly(text: str, today: date) -> None:
    found = understand(text, today=today)
    dates = found.dates
    if dates.check_in is not None:
        assert today <= dates.check_in <= today + timedelta(days=HORIZON_DAYS)
        assert dates.check_out is None or 0 < (dates.check_out - dates.check_in).days <= MOST_NIGHTS
    else:
        assert dates.check_out is None
    assert found.guests is None or found.guests >= 1


@given(
    st.sampled_from(("ru", "kk", "en")),
    st.integers(0, 364),
    st.integers(1, 60),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
)
def test_dates_as_we_write_them_are_read_back(language: str, ahead: int, nights: int, today: date) -> None:
    check_in = today + timedelta(days=ahead)
    check_out = check_in + timedelta(days=nights)
    use_language(language)
    try:
        text = f"{format_date(check_in)} – {format_date(check_out)}"
    finally:
        use_language("ru")
    assert dates_in(text, today=today) == Dates(check_in, check_out)
