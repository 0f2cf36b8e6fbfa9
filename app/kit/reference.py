"""Short references that people read out and type: no look-alike characters, no vowels, hence no words."""

from __future__ import annotations

import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def new_reference(length: int = 8) -> str:
    """A random reference; 8 characters are 27⁸ ≈ 2.8·10¹¹ possibilities."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
