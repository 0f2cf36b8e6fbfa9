"""The colours outside at each hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.local.demo.rooms.colour import RGB, rgb

Hour = Literal["day", "evening", "night"]


@dataclass(frozen=True, slots=True)
class Air:
    """The colours of one hour: sky from top to horizon, what haze tints far things with, snow, rock, green."""

    sky: tuple[RGB, ...]
    haze: RGB
    snow: RGB
    rock: RGB
    green: RGB
    building: RGB
    window: RGB
    window_share: float
    water: RGB


AIR: dict[Hour, Air] = {
    "day": Air(
        (rgb("7fb8e6"), rgb("b4d8f1"), rgb("e4f1f7")),
        rgb("cfe3ef"),
        rgb("fbfdff"),
        rgb("8298b4"),
        rgb("7fa46c"),
        rgb("cdd6de"),
        rgb("9fb6c9"),
        0.9,
        rgb("8fbcd8"),
    ),
    "evening": Air(
        (rgb("6f7fb8"), rgb("e9a48f"), rgb("fbd49a")),
        rgb("f0bd9c"),
        rgb("ffe3d3"),
        rgb("7d6f92"),
        rgb("5f6c58"),
        rgb("94798a"),
        rgb("ffdf9e"),
        0.45,
        rgb("c99a97"),
    ),
    "night": Air(
        (rgb("0d1733"), rgb("1c2b55"), rgb("41507f")),
        rgb("33426f"),
        rgb("8c9cc4"),
        rgb("293661"),
        rgb("1b2846"),
        rgb("1a2342"),
        rgb("ffd88a"),
        0.42,
        rgb("22315c"),
    ),
}
