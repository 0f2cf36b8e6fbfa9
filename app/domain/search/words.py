"""Text search: one way of writing words, so that Russian, Kazakh, Latin letters and small mistakes meet.

People type «Kok-Tobe», «Кок-Тобе» and «Көк-Төбе» for one place. So Latin letters are first read as Cyrillic ones,
Kazakh letters are folded into their Russian neighbours (қ → к, ә → а), and those that are mixed up in writing are made
one (й, ы → и; щ → ш; э, ё → е; ъ and ь are dropped). What is left are 26 letters, kept as the 26 of ASCII: `pg_trgm`
knows letters by the database's locale, and ASCII ones are letters in all of them. Mistakes are the trigrams' matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_WORDS = 6
MOST_LETTERS = 60
_FOLDED = str.maketrans("ёәғқңөұүһіэйыщ", "еагкноуухиеииш", "ъь")
_LATIN = (
    *(("shch", "ш"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("yu", "ю"), ("ya", "я")),
    *(("yo", "е"), ("ye", "е"), ("x", "кс")),
)
_LATIN_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwyz", "абкдефгхижклмнопкрстуввиз")
_KEPT_AS = str.maketrans("абвгдежзиклмнопрстуфхцчшюя", "abvgdejziklmnoprstufhcqwyx")
_LETTERS = str.maketrans(
    {
        letter: letter.translate(_LATIN_LETTERS).translate(_FOLDED).translate(_KEPT_AS)
        for letter in map(chr, {*_LATIN_LETTERS, *_FOLDED, *_KEPT_AS})
    }
)
"""The three after one another, in one go: texts of flats are long."""
_KEPT = re.compile(r"[a-z0-9]+")
_SMALL = """
    в во на у и с со к ко от до по за из для рядом около возле близко недалеко
    мен жанында жанындагы касында маңында
    the near in at of by and next to
"""
"""Words that say nothing about a place."""


def normalised(text: str) -> str:
    """The text in the one way of writing: small ASCII letters and digits, single spaces."""
    folded = text.lower()
    for latin, letter in _LATIN:
        folded = folded.replace(latin, letter)
    return " ".join(_KEPT.findall(folded.translate(_LETTERS)))


_IGNORED = frozenset(normalised(_SMALL).split())


def words_of(texts: Iterable[str]) -> str:
    """What is kept for a flat: every word of its texts once, in the order of their coming."""
    return " ".join(dict.fromkeys(normalised(" ".join(texts)).split()))


def query_words(text: str) -> tuple[str, ...]:
    """The words to look for; nothing when only small words are left. At most MOST_WORDS."""
    words = normalised(text[:MOST_LETTERS]).split()
    return tuple(dict.fromkeys(word for word in words if word not in _IGNORED))[:MOST_WORDS]
