"""Sealing of single fields, blind indexes, and random tokens.

Sealing is AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the additional authenticated data names the
table, the column and the row, so that ciphertexts swapped between rows do not open. Envelope: version (1 byte),
key number (1 byte), nonce (12 bytes), ciphertext with its 16-byte tag.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
_NONCE = 12
SEAL_BYTES = 2 + _NONCE + 16
"""How much longer a sealed value is than what it holds."""


class SealError(Exception):
    """A sealed value does not open: wrong key, wrong row, or damaged. Never carries the value."""


class KeyRing:
    """Keys by number: the highest seals, every one opens. Also the HMAC key of blind indexes."""

    def __init__(self, keys: Mapping[int, bytes], blind_index_key: bytes) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._active = max(keys)
        self._blind_index_key = blind_index_key

    def seal(self, text: str, *, place: str) -> bytes:
        """Encrypt `text` for exactly one `place` (`table|column|row`)."""
        return self.seal_bytes(text.encode(), place=place)

    def seal_bytes(self, data: bytes, *, place: str) -> bytes:
        """The same for what is no text (a picture); `SEAL_BYTES` longer than `data`."""
        nonce = secrets.token_bytes(_NONCE)
        header = bytes((VERSION, self._active))
        return header + nonce + self._ciphers[self._active].encrypt(nonce, data, _aad(place))

    def open(self, sealed: bytes, *, place: str) -> str:
        """Decrypt what was sealed for `place`.

        Raises SealError when it was sealed elsewhere, with an unknown key, or was changed.
        """
        return self.open_bytes(sealed, place=place).decode()

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        """The same for what is no text. Raises SealError likewise."""
        if len(sealed) < SEAL_BYTES or sealed[0] != VERSION or sealed[1] not in self._ciphers:
            raise SealError("unknown version or key")
        nonce, ciphertext = sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :]
        try:
            return self._ciphers[sealed[1]].decrypt(nonce, ciphertext, _aad(place))
        except InvalidTag:
            raise SealError(f"does not open at {place.rsplit('|', 1)[0]}") from None

    def blind_index(self, text: str, *, purpose: str) -> bytes:
        """A keyed hash by which equal values can be found without being read (HMAC-SHA256)."""
        return hmac.digest(self._blind_index_key, f"{purpose}|{text}".encode(), "sha256")


def random_token() -> str:
    """256 random bits, URL-safe: a bearer secret."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is stored of a random token. Plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def _aad(place: str) -> bytes:
    return f"{place}|{VERSION}".encode()
