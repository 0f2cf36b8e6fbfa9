"""Templates compiled for each language: what is literal is answered once, everything else is asked for on each page."""

from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import DictLoader

from app.i18n import LANGUAGES, catalog, use_language
from blueprints.shared import kept
from blueprints.shared.rendering import static
from blueprints.shared.templates import LiteralCalls, template


@pytest.mark.parametrize("language", LANGUAGES)
def test_literal_calls_say_what_they_said(web_app: Flask, language: str) -> None:
    source = (
        "{{ _('Войти') }}|{% set x = _('Гость') %}{{ x }}|{{ static('css/base.css') }}|{{ url_for('portal.home') }}|"
        "{{ _('Меню: %(name)s', name='<b>' ~ _('Гость')) }}|{{ ngettext('%(num)s гость', '%(num)s гостя', 2) }}"
    )
    plain = web_app.jinja_env.overlay(loader=DictLoader({"page": source}))
    compiled = plain.overlay(extensions=[LiteralCalls])
    with web_app.test_request_context("/"):
        use_language(language)
        compiled.extend(answers=vars(template("portal/home.html").environment)["answers"])
        assert compiled.from_string(source).render() == plain.from_string(source).render()
        assert catalog(language).gettext("Войти") in compiled.from_string(source).render()
        assert static("css/base.css") in compiled.from_string(source).render()
        assert "gettext" not in (compiled.compile("{{ _('Войти') }}", raw=True))


def test_a_kept_part_escapes_what_is_put_in_and_differs_by_language(web_app: Flask) -> None:
    def links() -> str:
        districts = (("medeu", "Медеу <1>"),)
        return kept.kept("search", "district_links", "almaty", districts, None, here='?a="&b<script>')

    with web_app.test_request_context("/"):
        use_language("ru")
        russian = links()
        assert "Медеу &lt;1&gt;" in russian
        assert "<script>" not in russian
        assert 'href="/almaty?a=&#34;&amp;b&lt;script&gt;"' in russian
        use_language("kk")
        assert links() != russian
        use_language("ru")
        assert links() == russian
