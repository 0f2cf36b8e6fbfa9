"""Promise 12: a callback with a missing, wrong, altered or old signature is not Kaspi's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.kaspi.signature import sign, verify

SECRETS = ("first-secret", "second-secret")
SENT_AT = 1_774_000_000
NOW = datetime.fromtimestamp(SENT_AT, UTC)
BODY = b'{"event_id":"evt_1"}'

bodies = st.binary(min_size=1, max_size=400)


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


def test_the_signature_is_the_one_that_openssl_makes() -> None:
    """`(printf '1774000000.'; cat body) | openssl dgst -sha256 -hmac first-secret`"""
    assert sign("first-secret", SENT_AT, BODY) == "1d0477dfc14a224785ff2b8dd10abbb79271c13c078cf87f9c22e5dd4f63201a"


@given(body=bodies, secret=st.sampled_from(SECRETS))
def test_either_secret_is_accepted_during_a_rotation(body: bytes, secret: str) -> None:
    assert verify(SECRETS, str(SENT_AT), sign(secret, SENT_AT, body), body, now=NOW)


def test_a_secret_that_was_rotated_out_is_refused() -> None:
    assert not verify(SECRETS[1:], str(SENT_AT), sign(SECRETS[0], SENT_AT, BODY), BODY, now=NOW)


def test_without_secrets_nothing_is_accepted() -> None:
    assert not verify((), str(SENT_AT), sign("", SENT_AT, BODY), BODY, now=NOW)


@given(body=bodies, bit=st.integers(min_value=0))
def test_one_flipped_bit_in_the_body_is_noticed(body: bytes, bit: int) -> None:
    assert not verify(SECRETS, str(SENT_AT), sign(SECRETS[0], SENT_AT, body), flip(body, bit), now=NOW)


@given(bit=st.integers(min_value=0, max_value=64 * 8 - 1))
def test_one_flipped_bit_in_the_signature_is_noticed(bit: int) -> None:
    signature = flip(sign(SECRETS[0], SENT_AT, BODY).encode(), bit).decode("latin-1")
    assert not verify(SECRETS, str(SENT_AT), signature, BODY, now=NOW)


@given(bit=st.integers(min_value=0, max_value=10 * 8 - 1))
def test_one_flipped_bit_in_the_timestamp_is_noticed(bit: int) -> None:
    timestamp = flip(str(SENT_AT).encode(), bit).decode("latin-1")
    assert not verify(SECRETS, timestamp, sign(SECRETS[0], SENT_AT, BODY), BODY, now=NOW)


@pytest.mark.parametrize(
    ("seconds", "is_accepted"),
    [(0, True), (299, True), (-299, True), (300, True), (-300, True), (301, False), (-301, False)],
)
def test_clocks_may_differ_by_five_minutes(seconds: int, is_accepted: bool) -> None:
    signature = sign(SECRETS[0], SENT_AT, BODY)
    now = NOW + timedelta(seconds=seconds)
    assert verify(SECRETS, str(SENT_AT), signature, BODY, now=now) is is_accepted


@pytest.mark.parametrize("timestamp", [None, "", " 1774000000", "1774000000.0", "+1774000000", "١٧٧٤٠٠٠٠٠٠", "9" * 400])
def test_a_malformed_timestamp_is_refused(timestamp: str | None) -> None:
    assert not verify(SECRETS, timestamp, sign(SECRETS[0], SENT_AT, BODY), BODY, now=NOW)


@pytest.mark.parametrize("change", [lambda s: None, lambda s: "", str.upper, lambda s: s[:-1], lambda s: s + "0"])
def test_a_malformed_signature_is_refused(change: object) -> None:
    signature = change(sign(SECRETS[0], SENT_AT, b"AB"))  # type: ignore[operator]
    assert not verify(SECRETS, str(SENT_AT), signature, b"AB", now=NOW)


@given(timestamp=st.none() | st.text(), signature=st.none() | st.text(), body=st.binary())
def test_nothing_that_a_stranger_sends_raises(timestamp: str | None, signature: str | None, body: bytes) -> None:
    assert not verify(SECRETS, timestamp, signature, body, now=NOW)
