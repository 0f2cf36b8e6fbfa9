"""Answers that wait in the database are read by workers of the release before and after."""

from __future__ import annotations

import json

from app.bots.turn import button, link
from app.channels.message import Answer, Message, Notice, from_json, to_json


def test_only_what_an_answer_says_is_kept() -> None:
    """A field that the last release does not know is refused by it: it is there only when it is used."""
    rows = ((button("Ещё", "more"), link("Сайт", "https://zhilego.kz")),)
    ordinary = Answer(messages=(Message(text="Да"), Message(text="Вот", rows=rows, in_place=True)))
    kept = json.loads(to_json(ordinary))
    assert kept["messages"][0] == {"text": "Да"}
    assert [set(message) for message in kept["messages"]] == [{"text"}, {"text", "rows", "in_place"}]
    assert set(kept) == {"messages"}
    late = Answer(messages=(), notice=Notice(kind="keys", language="kk", message=Message(text="", picture="5b1d")))
    for answer in (ordinary, late):
        assert from_json(to_json(answer)) == answer
