"""Sealed columns: text that is ciphertext everywhere but in the process that may read it."""

from __future__ import annotations

from typing import Any, overload

from app.kit.crypto import KeyRing


class _Installed:
    """The key ring of this process."""

    ring: KeyRing | None = None


def use_key_ring(ring: KeyRing) -> None:
    """Install the process's key ring; called once by the factory (and by commands that rotate keys)."""
    _Installed.ring = ring


def key_ring() -> KeyRing:
    """The installed key ring. Raises RuntimeError when the factory has not run."""
    if _Installed.ring is None:
        raise RuntimeError("no key ring installed")
    return _Installed.ring


def place_of(table: str, column: str, row: object) -> str:
    """Where a sealed value lives: the authenticated data that ties it to its row."""
    return f"{table}|{column}|{row}"


class Sealed:
    """Knows the ciphertext's column and the column that names its row (`column`, `row`: their names)."""

    def __init__(self, column: str, *, row: str) -> None:
        self.column = column
        self.row = row

    def _place(self, instance: Any) -> str:
        row = getattr(instance, self.row)
        if row is None:
            raise RuntimeError(f"{type(instance).__name__}.{self.row} must be set before {self.column}")
        return place_of(instance.__tablename__, self.column, row)

    def _read(self, instance: object) -> str | None:
        sealed = getattr(instance, self.column)
        return None if sealed is None else key_ring().open(sealed, place=self._place(instance))

    def _write(self, instance: object, text: str | None) -> None:
        sealed = None if text is None else key_ring().seal(text, place=self._place(instance))
        setattr(instance, self.column, sealed)


class SealedText(Sealed):
    """The readable side of a sealed column: `phone = SealedText("phone_sealed", row="id")`.

    Assigning seals for this row, reading opens. The row's key must be set before (hence keys made by us).
    Raises SealError on reading a value that was sealed for another row.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> SealedText: ...
    @overload
    def __get__(self, instance: object, owner: type) -> str: ...
    def __get__(self, instance: object | None, owner: type) -> SealedText | str:
        if instance is None:
            return self
        text = self._read(instance)
        if text is None:
            raise RuntimeError(f"{type(instance).__name__}.{self.column} is not set")
        return text

    def __set__(self, instance: object, text: str) -> None:
        self._write(instance, text)


class SealedBytes(Sealed):
    """A sealed column of what is no text, a picture: `image = SealedBytes("image_sealed", row="id")`.

    Assigning seals for this row, reading opens. Raises SealError on reading a value sealed for another row.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> SealedBytes: ...
    @overload
    def __get__(self, instance: object, owner: type) -> bytes: ...
    def __get__(self, instance: object | None, owner: type) -> SealedBytes | bytes:
        if instance is None:
            return self
        return key_ring().open_bytes(getattr(instance, self.column), place=self._place(instance))

    def __set__(self, instance: object, data: bytes) -> None:
        setattr(instance, self.column, key_ring().seal_bytes(data, place=self._place(instance)))


class OptionalSealedText(Sealed):
    """The same for a column that may be empty."""

    @overload
    def __get__(self, instance: None, owner: type) -> OptionalSealedText: ...
    @overload
    def __get__(self, instance: object, owner: type) -> str | None: ...
    def __get__(self, instance: object | None, owner: type) -> OptionalSealedText | str | None:
        return self if instance is None else self._read(instance)

    def __set__(self, instance: object, text: str | None) -> None:
        self._write(instance, text)
