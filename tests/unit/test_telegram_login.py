"""Telegram's signed proofs (promise 13: tampered or old data is refused)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.telegram.login import OldProofError, ProofError, check_mini_app, check_widget
from app.local.standins.telegram.people import Person
from app.local.standins.telegram.signing import init_data, login_data

TOKEN = "7000000001:test-telegram-bot-token-0123456789a"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALIYA = Person(
    id=7015550101,
    first_name="Алия & Co = 100%",
    last_name="",
    username="aliya",
    phone="+77015550101",
    language="kk",
    has_started=1,
    has_blocked=0,
    reply_keyboard="",
    menu_button="",
    typing_until=0,
    version=1,
)

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)


def widget(age: timedelta = timedelta(0)) -> dict[str, str]:
    return login_data(ALIYA, token=TOKEN, now=(NOW - age).timestamp())


def mini_app(age: timedelta = timedelta(0)) -> str:
    return init_data(ALIYA, token=TOKEN, now=(NOW - age).timestamp(), start_param="p42")


def signed(fields: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    """As core.telegram.org/widgets/login tells it."""
    text = "\n".join(sorted(f"{name}={value}" for name, value in fields.items()))
    key = hashlib.sha256(token.encode()).digest()
    return {**fields, "hash": hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}


def test_what_telegram_signed_is_believed() -> None:
    assert check_widget(widget(), token=TOKEN, now=NOW).telegram_id == ALIYA.id
    assert check_mini_app(mini_app(), token=TOKEN, now=NOW).telegram_id == ALIYA.id
    assert check_mini_app(mini_app(), token=TOKEN, now=NOW).mark != check_widget(widget(), token=TOKEN, now=NOW).mark


@given(st.dictionaries(TEXT.filter(lambda name: name not in {"hash", "id", "auth_date"}), TEXT, max_size=8))
def test_fields_we_do_not_know_are_signed_like_the_others(more: dict[str, str]) -> None:
    fields = signed({"id": "42", "auth_date": str(int(NOW.timestamp())), **more})
    assert check_widget(fields, token=TOKEN, now=NOW).telegram_id == 42


@given(st.data())
def test_no_changed_field_is_believed(data: st.DataObject) -> None:
    """One field changed, added or left out, the hash included."""
    fields = widget()
    name = data.draw(st.sampled_from([*fields, "photo_url"]))
    value = data.draw(TEXT | st.none())
    changed = {key: each for key, each in fields.items() if key != name} | ({} if value is None else {name: value})
    if changed == fields:
        return
    with pytest.raises(ProofError):
        check_widget(changed, token=TOKEN, now=NOW)


@given(st.data())
def test_no_changed_init_data_is_believed(data: st.DataObject) -> None:
    pairs = dict(parse_qsl(mini_app()))
    name = data.draw(st.sampled_from([*pairs, "receiver"]))
    value = data.draw(TEXT | st.none())
    changed = {key: each for key, each in pairs.items() if key != name} | ({} if value is None else {name: value})
    if changed == pairs:
        return
    with pytest.raises(ProofError):
        check_mini_app(urlencode(changed), token=TOKEN, now=NOW)


@given(st.text(max_size=300))
def test_nonsense_is_no_proof(text: str) -> None:
    with pytest.raises(ProofError):
        check_mini_app(text, token=TOKEN, now=NOW)
    with pytest.raises(ProofError):
        check_widget({"hash": text, "id": text}, token=TOKEN, now=NOW)


def test_another_bots_proof_and_no_bot_at_all() -> None:
    for token in (TOKEN + "x", "", "7000000002" + TOKEN[10:]):
        with pytest.raises(ProofError):
            check_widget(widget(), token=token, now=NOW)
        with pytest.raises(ProofError):
            check_mini_app(mini_app(), token=token, now=NOW)
    with pytest.raises(ProofError):  # an empty token's key is no secret
        check_widget(signed({"id": "1", "auth_date": str(int(NOW.timestamp()))}, token=""), token="", now=NOW)


def test_a_widgets_hash_does_not_open_a_mini_app_or_the_other_way() -> None:
    with pytest.raises(ProofError):
        check_mini_app(urlencode(widget()), token=TOKEN, now=NOW)
    with pytest.raises(ProofError):
        check_widget(dict(parse_qsl(mini_app())), token=TOKEN, now=NOW)


def test_proofs_grow_old() -> None:
    """5-channels: 24 hours and one hour."""
    day, hour, second = timedelta(hours=24), timedelta(hours=1), timedelta(seconds=1)
    assert check_widget(widget(day), token=TOKEN, now=NOW)
    assert check_mini_app(mini_app(hour), token=TOKEN, now=NOW)
    with pytest.raises(OldProofError):
        check_widget(widget(day + second), token=TOKEN, now=NOW)
    with pytest.raises(OldProofError):
        check_mini_app(mini_app(hour + second), token=TOKEN, now=NOW)
    with pytest.raises(ProofError):
        check_widget(widget(-timedelta(minutes=6)), token=TOKEN, now=NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "42"},
        {"auth_date": "1795435200"},
        {"id": "", "auth_date": "1795435200"},
        {"id": "-1", "auth_date": "1795435200"},
        {"id": "٤٢", "auth_date": "1795435200"},
        {"id": "42", "auth_date": "9" * 18},
        {"id": "4" * 40, "auth_date": "1795435200"},
        {"id": "42", "auth_date": "1795435200", **{f"x{number}": "" for number in range(40)}},
        {"id": "42", "auth_date": "1795435200", "photo_url": "x" * 9000},
    ],
)
def test_what_is_signed_and_names_nobody_is_no_proof(fields: dict[str, str]) -> None:
    with pytest.raises(ProofError):
        check_widget(signed(fields), token=TOKEN, now=NOW)


def test_a_field_that_comes_twice_is_refused() -> None:
    with pytest.raises(ProofError):
        check_mini_app(mini_app() + "&start_param=p42", token=TOKEN, now=NOW)
