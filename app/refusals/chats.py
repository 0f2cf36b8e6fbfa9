"""What a person is told in a chat when a rule says no: as anywhere, but a chat has no page to load again."""

from __future__ import annotations

from app.i18n import N_, gettext
from app.kit.errors import DomainError, ErrorKind
from app.refusals import texts

USUAL: dict[ErrorKind, str] = {
    ErrorKind.CONFLICT: N_("Что-то изменилось, пока вы смотрели. Откройте это ещё раз из главного меню."),
}
"""For a code without a text of its own, where the usual one speaks of a page."""

TEXTS: dict[str, str] = {
    "wrong_state": N_("Бронь уже в другом состоянии. Откройте её ещё раз из главного меню."),
}
"""For a code whose text speaks of a page."""


def text_of(error: DomainError) -> str:
    """A domain error in the reader's language: what happened and what to do."""
    text = TEXTS.get(error.code)
    if text is None and error.code not in texts.TEXTS:
        text = USUAL.get(error.kind)
    return texts.text_of(error) if text is None else gettext(text)
