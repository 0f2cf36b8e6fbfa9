"""Text search: one way of writing words, so that Russian, Kazakh, Latin letters and small mistakes meet.

Kazakh letters are folded into their Russian neighbours (қ → к, ә → а) and Latin ones are written in Cyrillic, since
people type «Kok-Tobe», «Кок-Тобе» and «Көк-Төбе» for one place. Mistakes are the trigrams' matter (see results).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_WORDS = 6
MOST_LETTERS = 60
_FOLDED = str.maketrans("ёәғқңөұүһі", "еагкноуухи")
_LATIN = (
    *(("shch", "щ"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("yu", "ю"), ("ya", "я")),
    *(("yo", "е"), ("ye", "е"), ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г")),
    *(("h", "х"), ("i", "и"), ("j", "ж"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п")),
    *(("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"), ("y", "ы")),
    ("z", "з"),
)
_SMALL = frozenset({"в", "на", "у", "и", "с", "к", "от", "до", "по", "за", "из", "для", "рядом", "около", "возле"})
"""Words that say nothing about a place (and their like in Kazakh and English below)."""
_SMALL_OTHERS = frozenset({"мен", "жанында", "касында", "манында", "тхе", "неар", "ин", "ат", "оф", "бы", "анд"})


def normalised(text: str) -> str:
    """The text in the one way of writing: small Russian letters and digits, single spaces."""
    folded = text.lower().translate(_FOLDED)
    for latin, letter in _LATIN:
        folded = folded.replace(latin, letter)
    return " ".join(re.findall(r"[а-я0-9]+", folded))


def words_of(texts: Iterable[str]) -> str:
    """What is kept for a flat: every word of its texts once, in the order of their coming."""
    return " ".join(dict.fromkeys(normalised(" ".join(texts)).split()))


def query_words(text: str) -> tuple[str, ...]:
    """The words to look for; nothing when only small words are left. At most MOST_WORDS."""
    words = normalised(text[:MOST_LETTERS]).split()
    return tuple(dict.fromkeys(word for word in words if word not in _SMALL | _SMALL_OTHERS))[:MOST_WORDS]
