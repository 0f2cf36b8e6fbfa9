"""Every kind of notification is in the catalogue and has its words: each language, each thing it can say."""

from __future__ import annotations

import jinja2
import pytest

from app.config import ROOT
from app.i18n import LANGUAGES
from app.models import NotificationChannel, NotificationKind
from app.notify.catalogue import CATALOGUE, Audience
from app.notify.chat_notices import BUTTONS, notice_of
from app.notify.rendering import render
from app.notify.samples import NOT_ABOUT_BOOKING, samples
from app.notify.sms_length import segments

SMS = NotificationChannel.SMS
MOST_SEGMENTS = dict.fromkeys(NotificationKind, 3) | {
    NotificationKind.LOGIN_CODE: 1,
    NotificationKind.KEYS: 4,  # address, entrance, floor, flat, codes and Wi-Fi: 209 letters for this flat
    NotificationKind.BOOKING_HELD: 2,
    NotificationKind.PAYMENT_FAILED: 2,
    NotificationKind.CHECK_IN_TOMORROW: 2,
    NotificationKind.CHECK_IN_TODAY: 2,
    NotificationKind.CHECK_OUT_TOMORROW: 2,
    NotificationKind.PAYOUT_SENT: 2,
    NotificationKind.MESSAGE_RECEIVED: 2,
}
"""What an SMS may cost with ordinary values. A longer text is a decision, not an accident."""


def every_text(kind: NotificationKind, language: str, channel: NotificationChannel = SMS) -> list[str]:
    return [render(kind, channel, language, **values) for values in samples(kind, language)]


def test_every_kind_is_in_the_catalogue_and_can_always_go_by_sms() -> None:
    assert set(CATALOGUE) == set(NotificationKind)
    for entry in CATALOGUE.values():
        assert entry.channels[-1] is SMS
    phones = {kind for kind, entry in CATALOGUE.items() if entry.audience is Audience.PHONE}
    assert phones == {NotificationKind.LOGIN_CODE}


def test_every_folder_of_messages_is_a_kind_with_all_its_languages() -> None:
    folders = {path.name: {file.name for file in path.iterdir()} for path in (ROOT / "templates/messages").iterdir()}
    assert set(folders) == {kind.value for kind in NotificationKind}
    for name, files in folders.items():
        assert files >= {f"sms.{language}.txt" for language in LANGUAGES}, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", NotificationChannel)
@pytest.mark.parametrize("kind", NotificationKind)
def test_every_notification_has_a_text_in_every_language(
    kind: NotificationKind, channel: NotificationChannel, language: str
) -> None:
    for text in every_text(kind, language, channel):
        assert 20 < len(text) < 1600
        assert not {"{", "}"} & set(text)
        assert "None" not in text
        assert "  " not in text
        has_buttons = channel is not NotificationChannel.SMS and kind in BUTTONS
        home = "https://zhilego.kz"
        assert has_buttons or ("048213" if kind is NotificationKind.LOGIN_CODE else home) in text
        if kind not in NOT_ABOUT_BOOKING:
            assert has_buttons or "K7M2XWQ9" in text


@pytest.mark.parametrize("kind", BUTTONS)
def test_the_buttons_of_a_chat_are_about_the_booking(kind: NotificationKind) -> None:
    [values, *_] = samples(kind, "ru")
    buttons = notice_of(kind, NotificationChannel.TELEGRAM, "ru", values).message.buttons
    assert buttons
    assert all(button.payload is not None and button.payload.endswith(":K7M2XWQ9") for button in buttons)
    assert notice_of(kind, NotificationChannel.SMS, "ru", values).message.buttons == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NotificationKind)
def test_an_sms_is_as_long_as_it_may_be(kind: NotificationKind, language: str) -> None:
    longest = max(segments(text) for text in every_text(kind, language))
    assert longest <= MOST_SEGMENTS[kind]


def test_the_limits_are_as_tight_as_the_texts() -> None:
    """A limit that no text reaches would let one grow unseen."""
    for kind in NotificationKind:
        longest = max(segments(text) for language in LANGUAGES for text in every_text(kind, language))
        assert longest == MOST_SEGMENTS[kind], kind


@pytest.mark.parametrize("kind", NotificationKind)
def test_what_opens_a_door_is_in_the_keys_alone(kind: NotificationKind) -> None:
    """Promise 24. Other texts are not even given the codes; this finds one that asks for them."""
    [keys] = samples(NotificationKind.KEYS, "ru")
    texts = [
        render(kind, SMS, language, **values | {"keys": keys["keys"]})
        for language in LANGUAGES
        for values in samples(kind, language)
    ]
    for text in texts:
        for code in ("43К5521", "4812", "almaty2027"):
            assert (code in text) is (kind is NotificationKind.KEYS)


def test_the_texts_of_the_languages_differ() -> None:
    """A copy of the Russian text under another language's name would pass the tests above."""
    for kind in NotificationKind:
        of_each = [every_text(kind, language) for language in LANGUAGES]
        for texts in zip(*of_each, strict=True):
            assert len(set(texts)) == len(LANGUAGES), kind


def test_different_things_are_said_in_different_words() -> None:
    """Each set of sample values is there because its text is another one."""
    for language in LANGUAGES:
        for kind in (NotificationKind.BOOKING_CANCELLED, NotificationKind.REQUEST_DECLINED):
            texts = every_text(kind, language)
            assert len(set(texts)) == len(texts)
        assert len(set(every_text(NotificationKind.REFUNDED, language))) == 5  # two reasons mean the same to a guest


def test_a_text_that_lacks_a_value_fails_instead_of_being_sent_with_a_hole() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render(NotificationKind.LOGIN_CODE, SMS, "ru")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("{" * 80, 1),
        ("{" * 81, 2),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("a" * 69 + "я", 1),
        ("🏠" * 35, 1),
        ("🏠" * 36, 2),
        ("ә" * 201, 3),
        ("ә" * 202, 4),
    ],
)
def test_segments_are_counted_as_providers_charge_them(text: str, count: int) -> None:
    assert segments(text) == count
