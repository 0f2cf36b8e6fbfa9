"""The client certificate by which Kaspi knows us (schemes r2 and r3 of the QR surface): PFX with a password, or PEM."""

from __future__ import annotations

import secrets
import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from app.config import SettingsError
from app.kit import clock

_PFX = {".pfx", ".p12"}


@dataclass(frozen=True, slots=True)
class _Identity:
    key: RSAPrivateKey | EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]
    """Ours first, then those that vouch for it."""


def client_context(
    path: Path | None, password: str | None, *, authority: Path | None, now: datetime | None = None
) -> ssl.SSLContext:
    """TLS towards Kaspi: with our certificate, if there is one; `authority` (PEM) replaces the system's authorities.

    Raises SettingsError, in one sentence without secrets, when a file cannot be read or the certificate is not valid
    at `now`.
    """
    context = _trusting(authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if path is not None:
        identity = _read(path, password)
        _check_validity(path, identity.chain[0], now or clock.now())
        _present(context, identity)
    return context


def _trusting(authority: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError):
        raise SettingsError(f"KASPI_QR_CA: {authority} holds no readable certificate.") from None


def _read(path: Path, password: str | None) -> _Identity:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"KASPI_QR_CERTIFICATE: {path} cannot be read ({error.strerror}).") from None
    try:
        secret = password.encode() if password else None
        return _from_pfx(raw, secret) if path.suffix.lower() in _PFX else _from_pem(raw, secret)
    except (ValueError, TypeError):  # a wrong password, another format, a missing part: libraries do not tell apart
        raise SettingsError(
            f"KASPI_QR_CERTIFICATE: {path} does not open with KASPI_QR_CERTIFICATE_PASSWORD,"
            " or has not both a certificate and its key."
        ) from None


def _from_pfx(raw: bytes, password: bytes | None) -> _Identity:
    key, certificate, others = pkcs12.load_key_and_certificates(raw, password)
    if certificate is None:
        raise ValueError("no certificate")
    return _Identity(_for_tls(key), (certificate, *others))


def _from_pem(raw: bytes, password: bytes | None) -> _Identity:
    key = _for_tls(load_pem_private_key(raw, password))
    return _Identity(key, tuple(x509.load_pem_x509_certificates(raw)))


def _for_tls(key: object) -> RSAPrivateKey | EllipticCurvePrivateKey:
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise TypeError("not a key that TLS clients use")
    return key


def _check_validity(path: Path, certificate: x509.Certificate, now: datetime) -> None:
    if certificate.not_valid_after_utc <= now:
        raise SettingsError(f"KASPI_QR_CERTIFICATE: {path} expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if certificate.not_valid_before_utc > now:
        raise SettingsError(
            f"KASPI_QR_CERTIFICATE: {path} is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}."
        )


def _present(context: ssl.SSLContext, identity: _Identity) -> None:
    """OpenSSL reads keys from files only: ours is on disk for this moment, 0600, under a password made for it."""
    password = secrets.token_bytes(32).hex()
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    chain = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in identity.chain)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(key + chain)
        file.flush()
        try:
            context.load_cert_chain(file.name, password=password)
        except ssl.SSLError:
            raise SettingsError("KASPI_QR_CERTIFICATE: the key is not the certificate's.") from None
