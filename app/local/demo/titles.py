"""Titles of demo flats in Russian, Kazakh and English: the same facts in all three."""

from __future__ import annotations

import random

from app.local.demo.facts import FlatFacts
from app.local.demo.places import Landmark
from app.models import LocalizedText, PropertyClass

# Russian feminine singular | Russian plural | Kazakh | English
_LOOKS: dict[PropertyClass, tuple[tuple[str, str, str, str], ...]] = {
    PropertyClass.ECONOMY: (
        ("Уютная", "Уютные", "жайлы", "Cosy"),
        ("Чистая", "Чистые", "таза", "Clean"),
        ("Тихая", "Тихие", "тыныш", "Quiet"),
        ("Тёплая", "Тёплые", "жылы", "Warm"),
        ("Светлая", "Светлые", "жарық", "Bright"),
    ),
    PropertyClass.COMFORT: (
        ("Светлая", "Светлые", "жарық", "Bright"),
        ("Уютная", "Уютные", "жайлы", "Cosy"),
        ("Просторная", "Просторные", "кең", "Spacious"),
        ("Новая", "Новые", "жаңа", "New"),
        ("Солнечная", "Солнечные", "шуақты", "Sunny"),
    ),
    PropertyClass.BUSINESS: (
        ("Стильная", "Стильные", "сәнді", "Stylish"),
        ("Современная", "Современные", "заманауи", "Modern"),
        ("Просторная", "Просторные", "кең", "Spacious"),
        ("Дизайнерская", "Дизайнерские", "дизайнерлік", "Designer"),
    ),
    PropertyClass.PREMIUM: (
        ("Элегантная", "Элегантные", "сәулетті", "Elegant"),
        ("Видовая", "Видовые", "көрінісі әсем", "Panoramic"),
        ("Роскошная", "Роскошные", "салтанатты", "Luxurious"),
    ),
}
_GREEN_YARD = Landmark("в зелёном дворе", "жасыл ауладағы", "in a green courtyard")
_FACES_YARD = Landmark("окнами во двор", "терезесі аулаға қараған", "facing the courtyard")
_FOR_ONE_ROOM = (_GREEN_YARD, _FACES_YARD, Landmark("для двоих", "екі адамға арналған", "for two"))
_FOR_MORE_ROOMS = (
    _GREEN_YARD,
    _FACES_YARD,
    Landmark("для семьи", "отбасыға арналған", "for a family"),
    Landmark("с большой кухней", "ас үйі кең", "with a large kitchen"),
)
"""What is said of a flat with nothing to praise nearby."""
_ROOMS_EN = {2: "two-room", 3: "three-room", 4: "four-room"}


def title_of(facts: FlatFacts, rng: random.Random) -> LocalizedText:
    """A short title: how the flat is, what it is, what is near."""
    feminine, plural, kazakh, english = rng.choice(_LOOKS[facts.property_class])
    premium = facts.property_class is PropertyClass.PREMIUM
    if facts.rooms == 1 and not premium:
        ru, kk, en = f"{feminine} студия", f"{kazakh} студия", f"{english} studio"
    elif premium:
        ru, kk, en = f"{plural} апартаменты", f"{kazakh} апартамент", f"{english} apartment"
    else:
        ru = f"{feminine} {facts.rooms}-комнатная квартира"
        kk = f"{kazakh} {facts.rooms} бөлмелі пәтер"
        en = f"{english} {_ROOMS_EN[facts.rooms]} flat"
    near = facts.landmark or rng.choice(_FOR_ONE_ROOM if facts.rooms == 1 else _FOR_MORE_ROOMS)
    return {"ru": f"{ru} {near.ru}", "kk": _sentence_case(f"{near.kk} {kk}"), "en": f"{en} {near.en}"}


def _sentence_case(text: str) -> str:
    for index, character in enumerate(text):
        if character.isalpha():
            return text[:index] + character.upper() + text[index + 1 :]
    return text
