"""Phones that are said in words, or half in words, are hidden; what people write of prices, days and guests is not."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.messages.masking import mask

SAID = (
    "восемь семьсот один 555 12 34",
    "8 семьсот один 555 двенадцать тридцать четыре",
    "Восемь Семьсот семь, пятьсот пятьдесят пять, 12-34",
    "8семьсот один555 12 34",
    "плюс семь 701 пять пять пять 12 34",
    "8 701 пятьсот пятьдесят пять и 12, потом тридцать четыре",
    "8 сімсот 701 5551234",
    "сегіз жеті жүз бір 555 он екі отыз төрт",
    "8 жеті нөл бір бес бес бес 12 34",
    "сегиз жети жуз бир 555 12 34",
    "eight seven hundred and one 555 twelve thirty four",
    "8 seven oh one double five 5 12 34",
    "eight 701 triple five 1234",
    "8 727 двести пятьдесят 12 34",
    "8 семьсот двадцать один 123 45 67",
    "8 701 пятьсот двенадцать, спросите Асель, 12 34",
    "8 701 три семёрки 12 34",
    "восемь, семерка, ноль, единица, потом две пятёрки, пятёрка, двенадцать, пара троек",
    "8 701 трижды пять, дважды один, 34",
    "8 жеті нөл бір үш рет бес 12 34",
    "8 701 three fives 1234",
    "8 701 пять нулей 12",
    "восемь семь ноль один два ноль три ноль пять двойка четвёрка",
)
ORDINARY = (
    "квартира на седьмом этаже, двенадцать тысяч тенге, 2 гостя, с 20 по 25 ноября",
    "Нас семь человек: пять взрослых и двое детей, 7 и 12 лет",
    "Сколько будет за семь ночей с 8 по 15 января, если нас восемь?",
    "Двадцать пять тысяч за ночь, за неделю сто шестьдесят пять тысяч",
    "Депозит семьдесят тысяч, вернём за три дня, уборка 5 000",
    "Приедем восьмого в двадцать один тридцать, уедем десятого в двенадцать",
    "Заезд 8 декабря в 14:00, выезд 11 декабря в 12:00, двое взрослых и один ребёнок 7 лет",
    "Дом 77, подъезд 2, этаж семь, квартира 705",
    "Улица Сейфуллина, 701, угол Абая; до метро семьсот метров",
    "Площадь семьдесят восемь метров, две спальни, 2 кровати 160 на 200",
    "8 марта нас будет 7, а 9 марта уже 5",
    "За две ночи 78 000, за три 111 000, за семь 245 000 тенге",
    "Рейс KC 851 в 07:45, багажа 2 места по 23 кг, будем в 8:30",
    "Квартира 77 квадратов, 7 этаж из 9, лифта два",
    "Один человек на одну ночь, сколько?",
    "Он приедет 7 ноября около 12, а я 8 ноября в 15:30",
    "С 28 декабря по 7 января, десять ночей, пять гостей",
    "Можно заехать в семь, а не в два? Поезд в 6:47",
    "Пять, шесть или семь гостей, какая разница в цене?",
    "Прошу 70 000 вместо 78 500, мы на 11 ночей",
    "Бюджет 750 000 – 800 000 на месяц, нас трое",
    "Кадастр не знаю, год постройки 2017, сдана в 2018",
    "Номер брони K7M2XWQ9, оплата 52 500, двое суток",
    "Парковка 500 в сутки или 7 000 за месяц, место 87",
    "Двести тысяч за восемь дней и сто тысяч за четыре — верно?",
    "У нас трое детей: 7, 8 и 12 лет, нужна кроватка до 90 см",
    "Цены: 8 000, 7 500, 12 000 и 15 000 в праздник",
    "Ремонт 2021 года, потолки 2,70, до центра 7 минут, до вокзала 15",
    "Тариф 7.01.2027 – 15.01.2027 выше на двадцать процентов",
    "Автобусы 12, 37, 70, 79 и 121 идут до вокзала",
    "Екі адам, 8 желтоқсаннан 11 желтоқсанға дейін, бір бөлме керек",
    "Жеті түнге жүз жиырма бес мың теңге, дұрыс па?",
    "Пәтер жетінші қабатта, үйде 9 қабат, 2 лифт бар",
    "Біз сегіз адамбыз: алты үлкен, екі бала, 7 және 10 жаста",
    "Түніне он екі мың теңге, бес түн, барлығы 60 000 теңге",
    "Кешкі сегізде келеміз, таңғы жетіде кетеміз, 2 орын керек",
    "Үш бөлмелі пәтер, 78 шаршы метр, метроға дейін жеті жүз метр",
    "Сейфуллин көшесі 701, 12-пәтер, 7-қабат",
    "Он бес мың берсек бола ма? Үш түн, екі қонақ",
    "20-25 қараша аралығы, жиырма бес мың теңгеден, екі қонақ",
    "Балалар 7 және 8 жаста, бесік керек, келу уақыты 15:30",
    "Жүз елу мың теңге бес күнге, кепіл 20 000",
    "Бир тунге канша? Еки адам, уш кун, 7 кантардан",
    "We are two adults and seven kids, 7 nights from January 8",
    "Twenty five thousand a night for eight guests, is it right?",
    "We land at 8:47, flight 701, two bags, and need one hour to get there",
    "Is it seven hundred metres to the metro or seventeen hundred?",
    "From the 8th to the 15th, seven nights, five guests, 175 000 in total",
    "Flat 77, floor 7, two rooms, one bathroom, ten minutes to the park",
    "One of us comes at ten, the other two at twelve thirty",
    "Double room for two, three or four nights, 78 000 at most",
    "Oh, one more thing: seven towels, please, and 2 keys",
    "Eight hundred tenge for parking, or 7 000 a month?",
    "I paid 52 500 on March 7 for 3 nights, booking K7M2XWQ9",
    "Check-in at 14:00 on 7.12.2026, check-out at 12:00 on 8.12.2026",
    "The price was 70 000, then 77 000, now 85 000 for two nights",
    "Дважды писал 7 и 8 ноября, нас две пары, четыре ночи, 78 000",
    "Бұрын екі рет 8 күнге келдік, енді үш рет 7 түннен",
    "Трижды отменяли за 2 дня, теперь беру 8 ночей, 701 квартира, две тройки кроватей не надо",
    "Ребёнок принёс две пятёрки и три четвёрки, едем на 7 дней к 8 марта, нас 5",
    "Нужны две двойки и одна тройка: 7 гостей, 8 ночей, 12 000 за ночь",
    "The two ones on floor 7 and the three eights are 8 beds for 12 nights",
)
_LINES = {
    "ru": (
        "ноль один два три четыре пять шесть семь восемь девять",
        "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать"
        " девятнадцать",
        "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    ),
    "kk": (
        "нөл бір екі үш төрт бес алты жеті сегіз тоғыз",
        "он он_бір он_екі он_үш он_төрт он_бес он_алты он_жеті он_сегіз он_тоғыз",
        "жиырма отыз қырық елу алпыс жетпіс сексен тоқсан",
    ),
    "en": (
        "zero one two three four five six seven eight nine",
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
    ),
}
_HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"
ONES, TEENS, TENS = ({language: lines[row].split() for language, lines in _LINES.items()} for row in range(3))
RU_HUNDREDS = _HUNDREDS.split()
LANGUAGES = st.sampled_from(["ru", "kk", "en"])
GAPS = st.sampled_from([" ", "  ", "/", ", ", " - ", ". ", " и ", " then ", " содан ", ") "])
AROUND = st.sampled_from(["", "Пишите: ", "звоните, ", "call me ", "хабарласыңыз: ", "нас двое, "])
WORD = re.compile(
    "|".join(
        [r"\d", "hundred", "жүз", *RU_HUNDREDS, *(word for lines in _LINES.values() for word in lines[0].split())]
    ),
    re.IGNORECASE,
)


def said(number: str, language: str) -> str:
    """A number of up to three digits in words, with the zeros it begins with."""
    zeros = len(number) - len(number.lstrip("0"))
    value, words = int(number), [ONES[language][0]] * zeros
    if value >= 100:
        head = RU_HUNDREDS[value // 100 - 1]
        if language != "ru":
            head = f"{ONES[language][value // 100]} {'жүз' if language == 'kk' else 'hundred'}"
        words.append(head)
    rest = value % 100
    if rest >= 20:
        words += [TENS[language][rest // 10 - 2], ONES[language][rest % 10]][: 2 if rest % 10 else 1]
    elif rest:
        words.append(TEENS[language][rest - 10] if rest >= 10 else ONES[language][rest])
    return " ".join(words).replace("_", " ")


@st.composite
def mixed_numbers(draw: st.DrawFn) -> str:
    """A mobile of Kazakhstan in groups of one to three digits, each as digits or in words, with anything between.

    Two groups that make one number when they are read on («двадцать пять») have more than a space between them;
    what ends like a price is none.
    """
    rest = draw(st.sampled_from(["701", "702", "705", "707", "747", "771", "775", "778"]))
    rest += draw(st.from_regex(r"[0-9]{7}", fullmatch=True).filter(lambda digits: not digits.endswith("000")))
    language = draw(LANGUAGES)
    first = draw(st.sampled_from(["8", "7", "+7"]))
    groups = [draw(st.sampled_from([first, said(first[-1], language)]))]
    while rest:
        size = draw(st.integers(min_value=1, max_value=min(3, len(rest))))
        group, rest = rest[:size], rest[size:]
        groups.append(said(group, language) if draw(st.booleans()) else group)
    written = groups[0]
    for before, group in itertools.pairwise(groups):
        gap = draw(GAPS)
        written += (", " if gap == " " and before[-1].isalpha() and group[0].isalpha() else gap) + group
    return written


@pytest.mark.parametrize("number", SAID)
def test_a_phone_in_words_is_hidden(number: str) -> None:
    for text in (number, f"Пишите: {number}.", f"нас двое, {number}\nжду"):
        found = mask(text)
        assert found.is_masked
        assert len(WORD.findall(found.text)) <= 1, found.text


@given(mixed_numbers(), AROUND)
def test_a_phone_in_any_mix_of_words_and_digits_is_hidden(number: str, before: str) -> None:
    found = mask(f"{before}{number}")
    assert found.is_masked
    assert len(WORD.findall(found.text.removeprefix(before))) <= 1, f"{number!r} left {found.text!r}"


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_write_of_a_stay_is_left_alone(text: str) -> None:
    assert mask(text) == (text, False)


def test_two_of_them_after_each_other_are_left_alone_too() -> None:
    """The digits of one and the words of the next must not make a phone."""
    pairs = [
        (first, ORDINARY[(place + step) % len(ORDINARY)]) for place, first in enumerate(ORDINARY) for step in (1, 5)
    ]
    assert [pair for pair in pairs if mask(". ".join(pair)).is_masked] == []
