"""A certificate authority for one test: its own certificate, a server's and a client's."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from app.kit import clock

PASSWORD = "pfx-password"


class Authority:
    """Signs certificates into `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("Test CA")
        builder = _builder(self._name, self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self._certificate = builder.sign(self._key, SHA256())
        self.path = directory / "ca.pem"
        self.path.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def server_context(self, *, demand_certificate: bool = True) -> ssl.SSLContext:
        """TLS of a server at 127.0.0.1 that lets in whom this authority knows."""
        path = self.pem("server", address="127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if demand_certificate:
            context.load_verify_locations(self.path)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def pem(self, name: str, *, address: str | None = None, password: str | None = None, expired: bool = False) -> Path:
        """Key and certificate in one PEM file."""
        key, certificate = self._signed(name, address, expired=expired)
        path = self._directory / f"{name}.pem"
        secret: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
        path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        return path

    def pfx(self, name: str, *, expired: bool = False) -> Path:
        """The same as PKCS#12 under PASSWORD."""
        key, certificate = self._signed(name, None, expired=expired)
        path = self._directory / f"{name}.pfx"
        secret = BestAvailableEncryption(PASSWORD.encode())
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(b"client", key, certificate, [self._certificate], secret)
        )
        return path

    def _signed(
        self, name: str, address: str | None, *, expired: bool
    ) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_named(name), self._name, key, ends=timedelta(minutes=-1 if expired else 60))
        if address:
            names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
            builder = builder.add_extension(names, critical=False)
        return key, builder.sign(self._key, SHA256())


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    ends: timedelta = timedelta(hours=1),
) -> x509.CertificateBuilder:
    now: datetime = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=2))
        .not_valid_after(now + ends)
    )
