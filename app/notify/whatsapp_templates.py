"""The catalogue of WhatsApp's templates: one for each kind of notification that goes to chats, and one for staff's
answers to questions, in each language.

Outside the 24 hours after a person's last message WhatsApp takes only these, approved by Meta. `submit_all` writes them
down at Twilio and submits them. The name holds a digest of the words: words that change make another template, and the
old one serves nobody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache

from app.channels.whatsapp_text import LONGEST_REPLY, labels
from app.i18n import LANGUAGES, catalog, current_language, use_language
from app.integrations.twilio_content import Approval, Content, ContentApi
from app.models import NotificationChannel, NotificationKind
from app.notify.chat_notices import notice_of, offers_of
from app.notify.samples import STAFF_ANSWER_SAMPLES, samples
from app.notify.staff_answers import STAFF_ANSWER
from app.notify.whatsapp_words import goes_by_template, staff_answer_body, words_of

UTILITY, MARKETING = "UTILITY", "MARKETING"
"""Meta's categories: what follows from something the person did, and the rest."""

UNSUBMITTED = Approval(status="unsubmitted")
"""What Twilio says of a content that Meta has not seen."""

_MARKETING = frozenset({NotificationKind.REVIEW_REQUEST})
_NO_WORD = re.compile(r"[^\w\s.,!?'’-]")
"""A template's button may hold no pictures."""


def category_of(kind: str) -> str:
    """What Meta is told it is."""
    return MARKETING if kind in _MARKETING else UTILITY


def templates() -> Iterator[tuple[str, Content]]:
    """All there are, by their kinds."""
    for kind in NotificationKind:
        if goes_by_template(kind):
            yield from ((kind.value, _template(kind, language)) for language in LANGUAGES)
    yield from ((STAFF_ANSWER, _staff_answer(language)) for language in LANGUAGES)


def submit_all(api: ContentApi) -> Iterator[str]:
    """Write down at Twilio what is not there yet, submit what Meta has not seen, and say so, a line each.

    Doing it again does no harm. Raises as ContentApi.
    """
    known = dict(api.names())
    for kind, template in templates():
        name = template.friendly_name
        sid = known.get(name)
        if sid is None:
            sid = api.create(template)
            yield f"created {name}"
        if api.approval(sid).status == UNSUBMITTED.status:
            api.submit(sid, name=name, category=category_of(kind))
            yield f"submitted {name}"


def template_of(kind: str, language: str) -> Content | None:
    """The template of a kind in a language; None for a kind that has none."""
    if kind == STAFF_ANSWER:
        return _staff_answer(language)
    wanted = NotificationKind(kind)
    return _template(wanted, language) if goes_by_template(wanted) else None


@cache
def _template(kind: NotificationKind, language: str) -> Content:
    words = words_of(kind, language)
    offers = offers_of(kind)
    document: dict[str, object] = {"body": words.body}
    if offers:
        place = f"{{{{{len(words.expressions) + 1}}}}}"
        spoken = [_NO_WORD.sub("", catalog(language).gettext(label)).strip() for label, _ in offers]
        document["actions"] = [
            {"type": "QUICK_REPLY", "title": title, "id": f"{act}:{place}"}
            for title, (_, act) in zip(labels(spoken, LONGEST_REPLY), offers, strict=True)
        ]
    types = {"twilio/quick-reply" if offers else "twilio/text": document}
    return _named(kind.value, language, types, _sample(kind, language))


@cache
def _staff_answer(language: str) -> Content:
    types: dict[str, dict[str, object]] = {"twilio/text": {"body": staff_answer_body(language)}}
    return _named(STAFF_ANSWER, language, types, {"1": STAFF_ANSWER_SAMPLES[language]})


def _named(kind: str, language: str, types: dict[str, dict[str, object]], variables: dict[str, str]) -> Content:
    digest = hashlib.sha256(json.dumps(types, ensure_ascii=False).encode()).hexdigest()[:8]
    name = f"zg_{kind}_{language}_{digest}"
    return Content(friendly_name=name, language=language, types=types, variables=variables)


def _sample(kind: NotificationKind, language: str) -> dict[str, str]:
    """A value for each place, as Meta's reviewers want to see them: made up, and no code among them."""
    spoken = current_language()
    use_language(language)
    notice = notice_of(kind, NotificationChannel.WHATSAPP, language, samples(kind, language)[0])
    use_language(spoken)
    return {str(number): value for number, value in enumerate(notice.variables, 1)}
