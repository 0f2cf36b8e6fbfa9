"""No text for people is left unmarked: what `_()` does not hold is never translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from app.config import ROOT
from tests.habits.sources import breaks, dotted, findings

MARKS = {"_", "N_", "gettext", "ngettext"}
BRAND = ("ЖильеGO", "Жилье<b>GO</b>")
_CYRILLIC = re.compile("[А-Яа-яЁё]")


def unmarked_in_code(tree: ast.Module) -> Iterator[ast.AST]:
    """Russian strings outside of `_()` and its like; docstrings are for readers of the code."""
    free = {id(argument) for call in ast.walk(tree) if _marks(call) for argument in ast.walk(call)}
    free |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in free and _CYRILLIC.search(str(node.value)):
            yield node


def _marks(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in MARKS


def unmarked_in_template(source: str) -> list[str]:
    """Russian text and strings of a template outside of `_()` and its like, but for the brand."""
    tree = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    calls = [
        call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name) and call.node.name in MARKS
    ]
    free = {id(constant) for call in calls for constant in call.find_all(nodes.Const)}
    texts = [data.data for data in tree.find_all(nodes.TemplateData)]
    texts += [str(found.value) for found in tree.find_all(nodes.Const) if id(found) not in free]
    return [text.strip() for text in texts if _CYRILLIC.search(_without_brand(text))]


def _without_brand(text: str) -> str:
    for written in BRAND:
        text = text.replace(written, "")
    return text


def test_no_text_in_code_is_left_unmarked() -> None:
    """Names of languages and cities are kept in their own languages; demo data and stand-ins are not the product."""
    allowed = (
        "app/i18n.py",  # languages by their own names
        "app/domain/listings/reference_cities.py",  # names in three languages
        "app/domain/messages/masking.py",  # words that people write contacts and numbers with, like the next two
        "app/domain/messages/number_words.py",
        "app/domain/messages/phones.py",
        "app/domain/search/words.py",  # letters and words that typed ones are compared with
        "app/models/price.py",  # the letters that a promo code may have
        "app/channels/whatsapp_inbound.py",  # words that ask for silence, in every language at any time
        "app/notify/samples.py",  # a made-up flat in three languages
        "app/notify/whatsapp_words.py",  # how templates begin and end, in three languages
        "app/bots/flows/host_typed.py",  # words that dates and amounts are typed with
        "app/bots/flows/menu.py",  # the first question, in three languages at once
        "app/bots/understanding.py",  # words that people type, like the next ones
        "app/bots/understood_dates.py",
        "app/bots/understood_places.py",
        "app/domain/payouts/bank_file.py",  # the purpose of a payout, written for the bank
        "app/jobs/payments.py",  # the purpose of a payment, written for Kaspi
        "app/jobs/refunds.py",  # and of a refund
        "blueprints/account/device.py",  # a browser's own name
        "app/local",
    )
    assert findings(unmarked_in_code, allowed=allowed) == []


@pytest.mark.parametrize("sample", ["x = 'Готово'", "f'{n} ночей'", "render(title='Ещё')", "_('да') + 'нет'"])
def test_an_unmarked_text_in_code_would_be_found(sample: str) -> None:
    assert breaks(unmarked_in_code, sample)


@pytest.mark.parametrize("sample", ["'''Слова.'''", "_('Готово')", "i18n.ngettext('ночь', 'ночи', n)", "x = 'done'"])
def test_marked_texts_in_code_are_fine(sample: str) -> None:
    assert not breaks(unmarked_in_code, sample)


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_text_in_a_template_is_left_unmarked(path: Path) -> None:
    assert unmarked_in_template(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sample", ["<p>Итого</p>", "{{ 'ночей' }}", "{{ say('Ещё') }}", "{% set x = ['пн'] %}", '<img alt="Фото">']
)
def test_an_unmarked_text_in_a_template_would_be_found(sample: str) -> None:
    assert unmarked_in_template(sample)


@pytest.mark.parametrize(
    "sample", ["{{ _('Итого') }}", "{% trans %}Итого{% endtrans %}", "{# слова #}", "<title>ЖильеGO</title>"]
)
def test_marked_texts_in_a_template_are_fine(sample: str) -> None:
    assert not unmarked_in_template(sample)
