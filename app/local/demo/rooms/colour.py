"""Colours of the drawn rooms: plain RGB triples, a few ways to mix them, and the palettes."""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[int, int, int]

WHITE: RGB = (255, 255, 255)
BLACK: RGB = (0, 0, 0)
CREAM: RGB = (250, 247, 240)
INK: RGB = (44, 48, 58)


def rgb(code: str) -> RGB:
    """`rgb("c8714e")` → (200, 113, 78)."""
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """`share` 0 gives the first colour, 1 the second."""
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def lighter(colour: RGB, share: float = 0.12) -> RGB:
    """A tint: `share` of the way to white."""
    return mix(colour, WHITE, share)


def darker(colour: RGB, share: float = 0.12) -> RGB:
    """A shade: towards a warm black, which looks kinder than grey."""
    return mix(colour, (34, 26, 30), share)


@dataclass(frozen=True, slots=True)
class Palette:
    """One coherent set of colours for a flat; every picture of it is drawn from these."""

    wall: RGB
    feature: RGB
    """The back wall, where it differs from the side walls."""
    ceiling: RGB
    floor: RGB
    wood: RGB
    textile: RGB
    accent: RGB
    second: RGB
    linen: RGB
    metal: RGB
    cabinet: RGB
    tile: RGB


def _palette(codes: str) -> Palette:
    return Palette(*(rgb(code) for code in codes.split()))


#                    wall   feature ceiling floor  wood   textile accent second linen  metal  cabinet tile
PALETTES: dict[str, Palette] = {
    "sand": _palette("ece2d3 e6d8c4 f8f4ec c79d73 b58457 7f9484 c9734f e3b76b faf5ec c7a467 e9e1d3 dfe3dc"),
    "sky": _palette("e3ecf1 c9dde8 f9fbfc c69c70 c79866 4d7ba0 e9b44c 8fb6cf fbfaf7 b9bec4 f4f6f7 cfe0e8"),
    "sage": _palette("e6e9df b9c7b3 f8f9f5 b98d63 a9784c c77b58 5f7d63 e0c08a faf8f1 b89b63 7f9781 e8ece6"),
    "graphite": _palette("83868d 4d525c d9d8d6 7d5a42 6e4b34 b98a5f d9a45a 8a939f efebe4 caa66a 3d4249 9a9da3"),
    "ivory": _palette("f1ebe1 e4d9c8 fbf8f3 b28a61 8f6540 cdb99b b38644 9aa79c fcf9f3 c9a45c f0e9dd ece6db"),
    "rose": _palette("f0e2dc dfc0b6 fbf5f2 c49a74 b07d58 b4665d 5d7672 e6bfa4 fcf6f2 c89b7b efe3dd ecdcd6"),
    "emerald": _palette("e9e4d8 2f574d f6f3ec a5764d 7c5334 c8a469 e0b25c 4a7f70 f8f3e9 cfa75c 2f574d dfe6df"),
    "plain": _palette("f1ecdf ebe2cf faf8f2 cfa878 c08f5b a8755a 6c8db0 d8b27c fbf8f1 b4b8bb ead2ab dfe9ee"),
    "blue": _palette("e7eaf0 3f5877 f7f8fa b8906a 9a6d47 d8c3a5 d98b4f 7e9cbd faf8f4 c7a368 405a79 dbe4ee"),
    "clay": _palette("eedfcd cf8f6b faf4ea b4835a 99653f ead9c1 47685f d8a24f fbf5ea b58a55 d9a583 e9d8c6"),
}
