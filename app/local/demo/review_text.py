"""A review that a guest of the demo may have written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReviewTag = Literal["", "self", "hosted", "mountains", "metro", "family", "fine", "simple", "small"]
"""Which flats a text fits: with self check-in, where the landlord meets guests, with a mountain view, near the metro,
for families, costly ones, cheap ones, studios; empty fits all."""


@dataclass(frozen=True, slots=True)
class ReviewText:
    """What was said, with how many stars, and which flats it fits."""

    rating: int
    text: str
    tag: ReviewTag = ""
