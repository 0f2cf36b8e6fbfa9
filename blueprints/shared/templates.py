"""Templates compiled once for each language, with what never changes written into them.

`_('…')`, `static('…')` and `url_for('…')` with one literal argument say the same on every page of a language. They are
answered while the template compiles, so that a page's frame is mostly one finished text: such calls were a third of a
page's time. Everything else (parameters, plurals, what a request knows) is asked for on every page as written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from flask import Flask, current_app, url_for
from jinja2 import Environment, Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape

from app.i18n import LANGUAGES, catalog, current_language

_KEY = "templates_by_language"
_CALL = ("name", "lparen", "string", "rparen")

Answer = Callable[[str], Markup]


def template(name: str) -> Template:
    """The template in the current language."""
    environments: dict[str, Environment] = current_app.extensions[_KEY]
    return environments[current_language()].get_template(name)


def install(app: Flask, static: Callable[[str], str]) -> None:
    """Make an environment for each language. Comes last: globals and filters are already in `app.jinja_env`."""
    environments = app.extensions[_KEY] = {}
    for language in LANGUAGES:
        environment = app.jinja_env.overlay(extensions=[LiteralCalls])
        answers: dict[str, Answer] = {
            "_": partial(_translated, language),
            "static": lambda name: escape(static(name)),
            "url_for": lambda endpoint: escape(url_for(endpoint)),
        }
        environment.extend(answers=answers)
        environments[language] = environment


def _translated(language: str, text: str) -> Markup:
    """As Jinja's new-style gettext does it: texts are markup, and a doubled per cent sign is one."""
    return Markup(catalog(language).gettext(text)) % ()  # noqa: S704  # texts of our own catalogs


class LiteralCalls(Extension):
    """Puts answers in the place of calls while a template compiles: `_('Войти')` becomes `('Кіру'|safe)`."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The template's tokens, with answers."""
        answers: dict[str, Answer] = self.environment.answers  # type: ignore[attr-defined]
        tokens = list(stream)
        position = 0
        while position < len(tokens):
            token = tokens[position]
            call = tokens[position : position + len(_CALL)]
            if token.value in answers and tuple(part.type for part in call) == _CALL:
                yield from _finished(answers[token.value](call[2].value), token.lineno)
                position += len(_CALL)
            else:
                yield token
                position += 1


def _finished(text: Markup, line: int) -> Iterator[Token]:
    for kind, value in (("lparen", "("), ("string", str(text)), ("pipe", "|"), ("name", "safe"), ("rparen", ")")):
        yield Token(line, kind, value)
