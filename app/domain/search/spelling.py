"""What people mean by the words they type: the known words that are spelt like them.

`known_words` holds each word of all flats once, so that trigrams compare word with word: the length of a description
neither hides a match nor makes one, and no flat's text is read (comparing typed words with whole texts took a second).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain.search.words import query_words

ALIKE = 0.5
"""From this similarity on (0…1) a word is taken for another form of a known one: «парка» for «парк»."""
NEXT_BEST = 0.1
"""A misspelt word means the most similar known one and those that are hardly less so."""
PREFIX_FROM = 4
"""Words from so many letters on also mean the longer words that begin with them…"""
PREFIX_MORE = 3
"""…and have at most so many letters more."""
MOST_MEANINGS = 24

NOTHING = "''"
"""A tsquery that nothing matches."""

_CANDIDATES = text(
    "SELECT t.typed, k.word, similarity(k.word, t.typed) AS alike"
    " FROM unnest(CAST(:typed AS text[])) AS t (typed)"
    " JOIN known_words k ON k.word = t.typed OR k.word % t.typed OR k.word LIKE t.typed || '%'"
)
"""`%` is pg_trgm's: similar by `db.WORD_SIMILARITY` or more."""
_LEARN = text(
    "INSERT INTO known_words (word) SELECT word FROM unnest(CAST(:words AS text[])) AS w (word) ORDER BY word"
    " ON CONFLICT DO NOTHING"
)
_LEARN_ALL = text(
    "INSERT INTO known_words (word) SELECT DISTINCT word FROM property_words,"
    " unnest(tsvector_to_array(words)) AS w (word) ORDER BY word ON CONFLICT DO NOTHING"
)


def learn(session: Session, words: str) -> None:
    """Take up the words of one flat, as words.words_of writes them. In one order: no deadlocks."""
    session.execute(_LEARN, {"words": words.split()})


def learn_all(session: Session) -> None:
    """Take up the words of all flats, after these were written in bulk."""
    session.execute(_LEARN_ALL)


def with_unknown_words(session: Session, of: Sequence[int] | None = None) -> set[int]:
    """The flats with a word that is not known, hence is found by nobody: of those given, or of all."""
    statement = text(
        "SELECT DISTINCT property_id FROM property_words, unnest(tsvector_to_array(words)) AS w (word)"
        " WHERE NOT EXISTS (SELECT FROM known_words k WHERE k.word = w.word)"
        + ("" if of is None else " AND property_id = ANY(:of)")
    )
    return set(session.scalars(statement, {} if of is None else {"of": list(of)}))


def as_query(connection: Connection, typed: str) -> str | None:
    """A tsquery over `property_words.words` for what was typed: each word or its likes. None: nothing was asked.

    One statement. A word that is like no known one finds nothing (NOTHING).
    """
    words = query_words(typed)
    if not words:
        return None
    candidates: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for word, known, alike in connection.execute(_CANDIDATES, {"typed": list(words)}):
        candidates[word].append((known, alike))
    groups = [meanings(word, candidates[word]) for word in words]
    if not all(groups):
        return NOTHING
    return " & ".join(f"({' | '.join(group)})" for group in groups)


def meanings(typed: str, candidates: Iterable[tuple[str, float]]) -> list[str]:
    """The known words that a typed one means, out of (known word, similarity): the most similar first."""
    ranked = sorted(candidates, key=lambda pair: (-pair[1], pair[0]))
    if not ranked:
        return []
    if any(_is_spelt_so(word, typed) for word, _ in ranked):
        found = [word for word, alike in ranked if alike >= ALIKE or _is_spelt_so(word, typed)]
    else:
        found = [word for word, alike in ranked if alike >= ranked[0][1] - NEXT_BEST]
    return found[:MOST_MEANINGS]


def _is_spelt_so(word: str, typed: str) -> bool:
    if len(typed) < PREFIX_FROM:
        return word == typed
    return word.startswith(typed) and len(word) <= len(typed) + PREFIX_MORE
