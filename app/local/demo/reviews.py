"""Choosing reviews that fit a flat, and the landlord's answers to them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.local.demo.review_text import ReviewTag, ReviewText
from app.local.demo.reviews_good import FIVE, FOUR
from app.local.demo.reviews_mixed import (
    REPLIES_BAD_RU,
    REPLIES_EN,
    REPLIES_FAIR_RU,
    REPLIES_GOOD_RU,
    REPLIES_KK,
    THREE,
    TWO,
)

ALL_REVIEWS: tuple[ReviewText, ...] = (*FIVE, *FOUR, *THREE, *TWO)

_BY_RATING: dict[int, tuple[ReviewText, ...]] = {5: FIVE, 4: FOUR, 3: THREE, 2: TWO}
_KAZAKH_LETTERS = frozenset("әғқңөұүһі")


class ReviewPicker:
    """Hands out texts for one flat, none twice."""

    def __init__(self, tags: Sequence[ReviewTag], quality: float, rng: random.Random) -> None:
        """`quality` 0…1 shifts the ratings: at 1 nearly all are fives."""
        self._tags = {"", *tags}
        self._rng = rng
        self._weights = (quality, 0.42 * (1.25 - quality), 0.16 * (1.1 - quality), 0.07 * (1.05 - quality))
        self._used: set[str] = set()

    def next(self) -> ReviewText | None:
        """A text that fits and was not used for this flat; None when there is none left."""
        for _ in range(30):
            rating = self._rng.choices((5, 4, 3, 2), self._weights)[0]
            review = self._rng.choice(_BY_RATING[rating])
            if review.tag in self._tags and review.text not in self._used:
                self._used.add(review.text)
                return review
        return None


def reply_to(review: ReviewText, rng: random.Random) -> str | None:
    """What the landlord answers, in the guest's language; most bad reviews are answered, many good ones are not."""
    if rng.random() > (0.75 if review.rating <= 3 else 0.3):
        return None
    if review.text.isascii():
        return rng.choice(REPLIES_EN) if review.rating >= 4 else None
    if _KAZAKH_LETTERS & set(review.text.lower()):
        return rng.choice(REPLIES_KK) if review.rating >= 4 else None
    replies = REPLIES_GOOD_RU if review.rating == 5 else REPLIES_FAIR_RU if review.rating == 4 else REPLIES_BAD_RU
    return rng.choice(replies)
