"""Cities and districts in what people type, in the three languages, with their endings and small mistakes. Pure.

A name is known by its beginning (its letters as app/domain/search/words.py writes them), and what may follow is an
ending of the language. A long word that is one letter off is still the city.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from app.domain.listings.reference_cities import CITIES, ReferenceCity, ReferenceDistrict
from app.domain.search.words import normalised

Place = tuple[str, str]
"""Slugs of a city and a district."""
Name = tuple[str, ...]
"""A name's words."""

_ALIASES = {
    "almaty": ("Алма-Ата", "Алмата"),
    "astana": ("Нур-Султан", "Нурсултан", "Целиноград"),
    "shymkent": ("Чимкент",),
    "ust-kamenogorsk": ("Усть-Каменогорск", "Каменогорск", "Усть-Каман", "Оскемен"),
    "semey": ("Семипалатинск",),
    "kyzylorda": ("Кзыл-Орда", "Кызыл-Орда"),
    "uralsk": ("Орал", "Oral"),
    "petropavlovsk": ("Петропавл",),
    "aktau": ("Шевченко",),
    "taraz": ("Джамбул", "Жамбыл"),
}
"""Names that people use beside the three of the reference data."""
_ENDINGS = frozenset(
    normalised(
        "а е у ю и ы я ой ом ем ею ского ском"
        " да де та те нда нде дан ден тан тен нан нен га ге ка ке на не ды ди ты ти ны ни дын дин тын тин нын нин"
        " дагы деги тагы теги ндагы ндеги"
    ).split()
)
_DISTRICT_WORDS = frozenset(
    normalised("район районе района ауданы ауданында аудан district микрорайон микрорайоне мкр шагын").split()
)
_GENERIC = _DISTRICT_WORDS | frozenset(normalised("city town").split())
_LONG_ENOUGH_FOR_A_MISTAKE = 6
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Places:
    """Slugs of the cities in a text, in order, and the districts; more than one of a kind is to be asked about."""

    cities: tuple[str, ...] = ()
    districts: tuple[Place, ...] = ()


def places_in(text: str, *, city: str | None = None) -> Places:
    """The places in a text that belongs to a search in `city`. Never raises.

    Districts are looked for in the cities of the text, else in `city`, else in all: there only those that are called a
    district, since «центр» or «защита» say nothing by themselves.
    """
    words = normalised(text[:500]).split()
    said = list(_districts(words))
    cities = [slug for slug in dict.fromkeys(_cities(words)) if not _is_only_a_district(slug, words, said)]
    known: set[str | None] = {*cities} or {city}
    here = [place for place, _ in said if place[0] in known]
    anywhere = [] if cities else [place for place, is_administrative in said if is_administrative]
    return Places(tuple(cities), tuple(sorted(set(here or anywhere))))


def _is_only_a_district(city: str, words: list[str], said: list[tuple[Place, bool]]) -> bool:
    """«Район Алматы» is a district (of Astana), not the city."""
    return any(place[1] == f"{city}-district" for place, _ in said) and not any(
        _is_form(word, name[-1]) and not _stands_beside_district(words, index)
        for index, word in enumerate(words)
        for name in _city_names()[city]
    )


def _stands_beside_district(words: list[str], index: int) -> bool:
    """«Район Алматы», «Алматы ауданы»; in «Астана район Алматы» the word belongs to what follows it."""
    before, after = words[max(0, index - 1) : index], words[index + 1 : index + 2]
    if _DISTRICT_WORDS & set(before):
        return True
    return bool(_DISTRICT_WORDS & set(after)) and not (after[0].startswith("raion") and len(words) > index + 2)


def _cities(words: list[str]) -> Iterator[str]:
    said = _said_cities(words)
    used: set[int] = set()
    for slug, names in _city_names().items():
        name = next((name for name in names if (slug, name) in said), None)
        if name is not None:
            used.update(n for start in said[slug, name] for n in range(start, start + len(name)))
            yield slug
    for index, word in enumerate(words):
        if index not in used and len(word) >= _LONG_ENOUGH_FOR_A_MISTAKE and not _ends_a_name(word):
            close = {slug for slug, name in _cities_by_letter().get(word[0], ()) if _is_misspelt(word, name)}
            if len(close) == 1:
                yield close.pop()


def _said_cities(words: list[str]) -> dict[tuple[str, Name], list[int]]:
    """Which name of which city begins at which words."""
    said: dict[tuple[str, Name], list[int]] = {}
    for start, word in enumerate(words):
        for slug, name in _cities_by_letter().get(word[0], ()):
            here = words[start : start + len(name)]
            if len(here) == len(name) and all(map(_is_form, here, name)):
                said.setdefault((slug, name), []).append(start)
    return said


def _ends_a_name(word: str) -> bool:
    return any(_is_form(word, last) for last in _last_words_by_letter().get(word[0], ()))


def _districts(words: list[str]) -> Iterator[tuple[Place, bool]]:
    """Every district whose name is in the text, and whether it is a district by law."""
    for start, word in enumerate(words):
        for city, district, name in _districts_by_letter().get(word[0], ()):
            here = words[start : start + len(name)]
            if len(here) < len(name) or not all(map(_begins, here, name)):
                continue
            needs_word = district.slug.endswith("-district") or district.slug.startswith("mkr-")
            if not needs_word or _stands_beside_district(words, start):
                yield (city.slug, district.slug), "район" in district.name_ru.split()


def _begins(word: str, part: str) -> bool:
    """Is `word` the part of a name, in any form? Numbers have none."""
    return word == part or (not part.isdecimal() and word.startswith(part) and len(word) <= len(part) + 6)


# A word is compared with the names that begin with its letter: with all of them a long message took 23 ms, now 2.


@cache
def _cities_by_letter() -> dict[str, list[tuple[str, Name]]]:
    found: dict[str, list[tuple[str, Name]]] = {}
    for slug, names in _city_names().items():
        for name in names:
            found.setdefault(name[0][0], []).append((slug, name))
    return found


@cache
def _last_words_by_letter() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for names in _city_names().values():
        for name in names:
            found.setdefault(name[-1][0], set()).add(name[-1])
    return found


@cache
def _districts_by_letter() -> dict[str, list[tuple[ReferenceCity, ReferenceDistrict, Name]]]:
    found: dict[str, list[tuple[ReferenceCity, ReferenceDistrict, Name]]] = {}
    for city in CITIES:
        for district, names in _district_names(city):
            for name in names:
                found.setdefault(name[0][0], []).append((city, district, name))
    return found


@cache
def _city_names() -> dict[str, tuple[Name, ...]]:
    """City's slug → its names, each as its words; the longest first."""
    found = {}
    for city in CITIES:
        names = {city.name_ru, city.name_kk, city.name_en, *_ALIASES.get(city.slug, ())}
        names |= {phrase.partition(" ")[2] for phrase in (city.in_ru, city.in_en)} | {city.in_kk}
        written = {tuple(normalised(name).split()) for name in names}
        found[city.slug] = tuple(sorted(written, key=lambda name: (-len(name), name)))
    return found


@cache
def _district_names(city: ReferenceCity) -> tuple[tuple[ReferenceDistrict, tuple[Name, ...]], ...]:
    """Each district with what its names begin with."""
    found = []
    for district in city.districts:
        names = set()
        for name in (district.name_ru, district.name_kk, district.name_en):
            words = [word for word in normalised(name).split() if word not in _GENERIC]
            if words:
                names.add(tuple(_stem(word) for word in words))
        if district.slug == "centre":
            names |= {(normalised("центр"),), (normalised("орталық"),), (normalised("centre"),), ("center",)}
        found.append((district, tuple(sorted(names))))
    return tuple(found)


def _stem(word: str) -> str:
    """The word without a Russian adjective's ending or its last vowel, so that its forms begin alike."""
    for ending in ("inskii", "skii", "ovskii"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word[:-1] if len(word) > 4 and word[-1] in _VOWELS else word


def _is_form(word: str, name: str) -> bool:
    """Is `word` the name, with an ending?"""
    if word == name:
        return True
    stem = name[:-1] if name[-1] in _VOWELS and len(name) > 4 else name
    if word.startswith(name) and word[len(name) :] in _ENDINGS:
        return True
    return word.startswith(stem) and word[len(stem) :] in _ENDINGS


def _is_misspelt(word: str, name: Name) -> bool:
    """One letter more, less, other, or two changed about, in a name of one long word."""
    if len(name) != 1 or len(name[0]) < _LONG_ENOUGH_FOR_A_MISTAKE - 1 or word[0] != name[0][0]:
        return False
    return any(
        _is_one_off(word[: len(name[0]) + n], name[0]) and word[len(name[0]) + n :] in _ENDINGS | {""}
        for n in (-1, 0, 1)
    )


def _is_one_off(word: str, name: str) -> bool:
    if len(word) == len(name):
        different = [n for n in range(len(name)) if word[n] != name[n]]
        if len(different) == 2 and different[1] == different[0] + 1:
            first, second = different
            return word[first] == name[second] and word[second] == name[first]
        return len(different) == 1
    longer, shorter = (word, name) if len(word) > len(name) else (name, word)
    return len(longer) == len(shorter) + 1 and any(longer[:n] + longer[n + 1 :] == shorter for n in range(len(longer)))
