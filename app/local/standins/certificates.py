"""The certificates of Kaspi Pay QR's stand-in: a CA of this installation, the server's, and the merchant's.

They are made once and kept beside the stand-ins' state, readable by the owner only; whatever is missing, unreadable,
out of date or of another password is a reason to make all of them anew.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.kit import clock

_VALID = timedelta(days=3652)
_LEAST_LEFT = timedelta(days=1)


@dataclass(frozen=True)
class Certificates:
    """Where the files are. `client_pfx` needs the password; `client_pem` holds certificate and key without one."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The CA's certificate: whom the server and the merchant trust. Its key is thrown away."""
        return self.folder / "ca.pem"

    @property
    def server(self) -> Path:
        """The server's certificate, for 127.0.0.1 and localhost."""
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        """Its key (PKCS#8)."""
        return self.folder / "server-key.pem"

    @property
    def client_pem(self) -> Path:
        """The merchant's certificate and key."""
        return self.folder / "client.pem"

    @property
    def client_pfx(self) -> Path:
        """The same as PKCS#12, under a password."""
        return self.folder / "client.pfx"


def certificates(folder: Path, password: str) -> Certificates:
    """The certificates in `folder`, made now if there are none that can be used. Raises OSError."""
    files = Certificates(folder)
    if not _are_good(files, password):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(files, password)
    return files


def _are_good(files: Certificates, password: str) -> bool:
    try:
        ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
        server = x509.load_pem_x509_certificate(files.server.read_bytes())
        client = x509.load_pem_x509_certificate(files.client_pem.read_bytes())
        pairs = (
            (server, load_pem_private_key(files.server_key.read_bytes(), None)),
            (client, load_pem_private_key(files.client_pem.read_bytes(), None)),
        )
        packed = pkcs12.load_pkcs12(files.client_pfx.read_bytes(), password.encode())
        for certificate in (server, client):
            certificate.verify_directly_issued_by(ca)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    are_of_one_making = packed.cert is not None and packed.cert.certificate == client and packed.key is not None
    return (
        are_of_one_making
        and all(certificate.public_key() == key.public_key() for certificate, key in pairs)
        and all(one.not_valid_after_utc - clock.now() > _LEAST_LEFT for one in (ca, server, client))
    )


def _make(files: Certificates, password: str) -> None:
    now = clock.now()
    ca_key, server_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    issuer = _name("ЖильеGO: учебный центр сертификации")
    ca = _signed(_ca_draft(issuer, ca_key, now), ca_key)
    server = _signed(_leaf_draft(_name("localhost"), server_key, ca, now, ExtendedKeyUsageOID.SERVER_AUTH), ca_key)
    client = _signed(_leaf_draft(_name("ЖильеGO"), client_key, ca, now, ExtendedKeyUsageOID.CLIENT_AUTH), ca_key)
    _write(files.ca, _pem(ca))
    _write(files.server, _pem(server))
    _write(files.server_key, _key_pem(server_key))
    _write(files.client_pem, _pem(client) + _key_pem(client_key))
    sealed = BestAvailableEncryption(password.encode())
    _write(files.client_pfx, pkcs12.serialize_key_and_certificates(b"zhilego", client_key, client, None, sealed))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _ca_draft(name: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.CertificateBuilder:
    return (
        _draft(name, name, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )


def _leaf_draft(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, now: datetime, use: x509.ObjectIdentifier
) -> x509.CertificateBuilder:
    issuer_key = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    return (
        _draft(name, ca.subject, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(draft: x509.CertificateBuilder, ca_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return draft.sign(ca_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(file: Path, content: bytes) -> None:
    """Replace the file whole, for the owner's eyes only."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as output:
        output.write(content)
    unfinished.rename(file)
