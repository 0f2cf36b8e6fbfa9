"""The client certificate of schemes r2 and r3, against a real TLS server that demands one."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.config import SettingsError
from app.integrations.errors import ProviderUnavailable
from app.integrations.kaspi.certificate import client_context
from app.integrations.kaspi.port import ProviderPaymentStatus
from app.kit import clock
from tests.integrations.authority import PASSWORD, Authority
from tests.integrations.qr import client_at, good
from tests.integrations.recorder import Recorder


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whom Kaspi trusts."""
    return Authority(tmp_path)


@pytest.fixture
def kaspi(authority: Authority) -> Iterator[Recorder]:
    """Kaspi behind TLS, letting in only whom the authority knows."""
    recorder = Recorder(authority.server_context())
    recorder.usual = good({"Status": "Wait"})
    yield recorder
    recorder.close()


def status(kaspi: Recorder, certificate: Path | None, password: str | None, authority: Path) -> ProviderPaymentStatus:
    tls = client_context(certificate, password, authority=authority)
    client = client_at(kaspi.url, api_key=None, tls=tls)
    try:
        return client.status("15").status
    finally:
        client.close()


def test_a_pfx_with_its_password_is_let_in(kaspi: Recorder, authority: Authority) -> None:
    found = status(kaspi, authority.pfx("client"), PASSWORD, authority.path)
    assert found is ProviderPaymentStatus.PENDING
    assert "Api-Key" not in kaspi.requests[0].headers


@pytest.mark.parametrize("password", [None, "pem-password"])
def test_a_pem_is_let_in(kaspi: Recorder, authority: Authority, password: str | None) -> None:
    certificate = authority.pem("client", password=password)
    assert status(kaspi, certificate, password, authority.path) is ProviderPaymentStatus.PENDING


def test_control_without_a_certificate_nobody_is_let_in(kaspi: Recorder, authority: Authority) -> None:
    with pytest.raises(ProviderUnavailable):
        status(kaspi, None, None, authority.path)
    assert kaspi.requests == []


def test_control_a_certificate_of_another_authority_is_not_let_in(
    kaspi: Recorder, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other").pfx("client")
    with pytest.raises(ProviderUnavailable):
        status(kaspi, stranger, PASSWORD, authority.path)
    assert kaspi.requests == []


def test_a_kaspi_that_nobody_vouches_for_is_not_spoken_to(kaspi: Recorder, authority: Authority) -> None:
    tls = client_context(authority.pfx("client"), PASSWORD, authority=None)
    client = client_at(kaspi.url, api_key=None, tls=tls)
    with pytest.raises(ProviderUnavailable):
        client.status("15")
    client.close()
    assert kaspi.requests == []


def test_the_key_does_not_stay_on_disk(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    client_context(authority.pfx("client"), PASSWORD, authority=authority.path)
    gc.collect()
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("password", ["sesame-street", None, ""])
def test_a_wrong_password_is_one_sentence_without_it(authority: Authority, password: str | None) -> None:
    certificate = authority.pfx("client")
    with pytest.raises(SettingsError) as wrong:
        client_context(certificate, password, authority=authority.path)
    assert str(certificate) in str(wrong.value)
    assert "sesame" not in str(wrong.value)


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
@pytest.mark.parametrize("name", ["broken.pem", "broken.pfx", "broken.p12"])
def test_a_file_that_holds_no_certificate_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=name):
        client_context(path, None, authority=None)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.pfx cannot be read"):
        client_context(tmp_path / "gone.pfx", None, authority=None)


def test_a_key_of_another_certificate_is_noticed(authority: Authority) -> None:
    one, other = authority.pem("one"), authority.pem("other")
    key, _, _ = one.read_text().partition("-----BEGIN CERTIFICATE")
    _, mark, certificate = other.read_text().partition("-----BEGIN CERTIFICATE")
    one.write_text(key + mark + certificate)
    with pytest.raises(SettingsError, match="the key is not the certificate's"):
        client_context(one, None, authority=authority.path)


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="KASPI_QR_CA"):
        client_context(None, None, authority=tmp_path / "gone.pem")


def test_an_expired_certificate_is_not_used(authority: Authority) -> None:
    with pytest.raises(SettingsError, match="expired on"):
        client_context(authority.pfx("client", expired=True), PASSWORD, authority=authority.path)


def test_a_certificate_of_the_future_is_not_used_yet(authority: Authority) -> None:
    with pytest.raises(SettingsError, match="valid only from"):
        client_context(authority.pfx("client"), PASSWORD, authority=authority.path, now=clock.now() - timedelta(days=1))
