"""The local CA: made once, for the owner only, and again when it is of no use any more."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from app.kit import clock
from app.local.standins.certificates import Certificates, certificates

PASSWORD = "secret"


def fingerprint(files: Certificates) -> list[bytes]:
    return [file.read_bytes() for file in sorted(files.folder.iterdir())]


def test_they_are_made_once_for_ten_years_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    files = certificates(tmp_path / "tls", PASSWORD)
    made = fingerprint(files)
    assert len(made) == 5
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files.folder.iterdir()} == {0o600}
    for file in (files.ca, files.server, files.client_pem):
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        assert certificate.not_valid_after_utc - clock.now() > timedelta(days=3650)
    assert fingerprint(certificates(tmp_path / "tls", PASSWORD)) == made


def test_the_pfx_opens_with_its_password_only(tmp_path: Path) -> None:
    content = certificates(tmp_path / "tls", PASSWORD).client_pfx.read_bytes()
    assert pkcs12.load_pkcs12(content, PASSWORD.encode()).key is not None
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(content, b"wrong")


def _cut(files: Certificates) -> None:
    files.client_pfx.write_bytes(files.client_pfx.read_bytes()[:100])


def _lose(files: Certificates) -> None:
    files.server_key.unlink()


def _mix(files: Certificates) -> None:
    files.server.write_bytes(files.client_pem.read_bytes())


def _foreign(files: Certificates) -> None:
    files.ca.write_bytes(certificates(files.folder / "other", PASSWORD).ca.read_bytes())


@pytest.mark.parametrize("spoil", [_cut, _lose, _mix, _foreign])
def test_unusable_ones_are_made_anew(tmp_path: Path, spoil: Callable[[Certificates], None]) -> None:
    files = certificates(tmp_path / "tls", PASSWORD)
    before = files.client_pem.read_bytes()
    spoil(files)
    certificates(tmp_path / "tls", PASSWORD)
    assert files.client_pem.read_bytes() != before
    assert pkcs12.load_pkcs12(files.client_pfx.read_bytes(), PASSWORD.encode()).key is not None


def test_another_password_makes_them_anew(tmp_path: Path) -> None:
    certificates(tmp_path / "tls", PASSWORD)
    files = certificates(tmp_path / "tls", "another")
    assert pkcs12.load_pkcs12(files.client_pfx.read_bytes(), b"another").key is not None
