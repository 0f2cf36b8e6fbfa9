"""Where a point of the room lands on the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 3200, 2134
FULL = (WIDTH // 2, HEIGHT // 2)

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the viewer stands. `zoom` is the pixels of one metre on the back wall, `back` its distance in metres."""

    zoom: float = 430.0
    back: float = 4.0
    near: float = 3.0
    eye_x: float = 0.0
    eye_y: float = 1.35
    horizon: float = 0.455

    def scale(self, z: float) -> float:
        """Pixels of one metre at depth z."""
        return self.zoom * (self.near + self.back) / (self.near + z)

    def project(self, x: float, y: float, z: float) -> Point:
        """A point of the room → a point of the sheet."""
        scale = self.scale(z)
        return WIDTH / 2 + (x - self.eye_x) * scale, HEIGHT * self.horizon - (y - self.eye_y) * scale


def perspective(target: Sequence[Point], source: Sequence[Point]) -> list[float]:
    """The eight numbers of Pillow's PERSPECTIVE that carry `target` points to `source` points."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for row in range(8):
            if row != column and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [value - factor * base for value, base in zip(rows[row], rows[column], strict=True)]
    return [row[8] for row in rows]
