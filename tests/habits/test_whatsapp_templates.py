"""The catalogue of WhatsApp's templates: complete, as Meta wants them, and without what opens a door."""

from __future__ import annotations

import re

import pytest

from app.i18n import LANGUAGES, use_language
from app.integrations.twilio_content import Content
from app.local.standins.twilio.whatsapp.contents import Approval, Document, draft, submit
from app.models import NotificationChannel, NotificationKind
from app.notify.catalogue import CATALOGUE
from app.notify.chat_notices import notice_of, offers_of
from app.notify.samples import samples
from app.notify.staff_answers import LONGEST_LATE, STAFF_ANSWER, answer_of
from app.notify.whatsapp_templates import category_of, template_of, templates
from app.notify.whatsapp_words import goes_by_template, variables_of

KINDS = [kind for kind, entry in CATALOGUE.items() if NotificationChannel.WHATSAPP in entry.channels]
WHATSAPP = NotificationChannel.WHATSAPP


def of(kind: str, language: str) -> Content:
    found = template_of(kind, language)
    assert found is not None
    return found


def body_of(template: Content) -> str:
    [document] = template.types.values()
    return str(document["body"])


def filled(template: Content, values: tuple[str, ...]) -> str:
    return re.sub(r"\{\{(\d+)\}\}", lambda found: values[int(found[1]) - 1], body_of(template))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*KINDS, STAFF_ANSWER])
def test_everything_that_goes_by_whatsapp_has_a_template_that_meta_would_approve(kind: str, language: str) -> None:
    template = of(kind, language)
    content = draft(Document.model_validate_json(template.model_dump_json()), now=0.0)
    asked = Approval.model_validate({"name": template.friendly_name, "category": category_of(kind)})
    assert submit(content, asked, now=0.0).ending == "approved"
    face = content.face({}, now=0.0)
    assert len(face.body) <= 1024
    assert all(re.fullmatch(r"[\w ]{1,20}", option.title) for option in face.options), "no pictures in buttons"
    assert template.language == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_values_fit_their_template(kind: NotificationKind, language: str) -> None:
    """What `notice_of` gives is what the channel sends: as many values, each one line, in the words' own language."""
    template = of(kind, language)
    for params in samples(kind, language):
        use_language(language)
        notice = notice_of(kind, WHATSAPP, language, params)
        assert len(notice.variables) == len(template.variables)
        assert all(value and "\n" not in value for value in notice.variables)
        text = filled(template, notice.variables)
        assert "{" not in text
        assert "https://zhilego.kz" in text


@pytest.mark.parametrize("kind", [kind for kind in KINDS if offers_of(kind)])
def test_buttons_carry_what_they_are_about(kind: NotificationKind) -> None:
    use_language("ru")
    [params] = samples(kind, "ru")[:1]
    notice = notice_of(kind, WHATSAPP, "ru", params)
    template = of(kind, "ru")
    content = draft(Document.model_validate_json(template.model_dump_json()), now=0.0)
    face = content.face(dict(zip(template.variables, notice.variables, strict=True)), now=0.0)
    assert [option.id for option in face.options] == [button.payload for button in notice.message.buttons]


def test_what_opens_a_door_is_in_no_template() -> None:
    """Promise 24: codes follow when the person answers, never through a text that Twilio and Meta keep."""
    [keys] = samples(NotificationKind.KEYS, "ru")
    for language in LANGUAGES:
        use_language(language)
        values = variables_of(NotificationKind.KEYS, keys)
        text = filled(of(NotificationKind.KEYS, language), values) + "".join(values)
        assert not any(code in text for code in ("43К5521", "4812", "almaty2027"))


def test_one_time_codes_never_go_by_whatsapp() -> None:
    assert not goes_by_template(NotificationKind.LOGIN_CODE)
    assert template_of("login_code", "ru") is None
    use_language("ru")
    assert variables_of(NotificationKind.LOGIN_CODE, {"code": "048213"}) == ()


def test_names_are_unique_and_follow_the_words() -> None:
    names = [template.friendly_name for _, template in templates()]
    assert len(set(names)) == len(names) == (len(KINDS) + 1) * len(LANGUAGES)
    assert all(re.fullmatch(r"[a-z0-9_]{1,512}", name) for name in names)


def test_the_languages_differ() -> None:
    for kind in KINDS:
        assert len({body_of(of(kind, language)) for language in LANGUAGES}) == len(LANGUAGES), kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_answer_of_staff_fits_its_template(language: str) -> None:
    for length, count in ((LONGEST_LATE, 1), (LONGEST_LATE + 1, 0)):
        notice = answer_of("я" * length, language).notice
        assert notice is not None
        assert len(notice.variables) == count
        if count:
            assert len(filled(of(STAFF_ANSWER, language), notice.variables)) <= 1024
