"""Outlines that furniture and plants are made of, as points on the sheet."""

from __future__ import annotations

import math

from app.local.demo.rooms.geometry import Point


def cushion(centre: Point, rx: float, ry: float, *, turn: float = 0.0, soft: float = 3.2) -> list[Point]:
    """A plump square: a superellipse, turned by so many degrees."""
    points: list[Point] = []
    angle = math.radians(turn)
    for step in range(48):
        t = 2 * math.pi * step / 48
        cos, sin = math.cos(t), math.sin(t)
        x = rx * math.copysign(abs(cos) ** (2 / soft), cos)
        y = ry * math.copysign(abs(sin) ** (2 / soft), sin)
        points.append(
            (
                centre[0] + x * math.cos(angle) - y * math.sin(angle),
                centre[1] + x * math.sin(angle) + y * math.cos(angle),
            )
        )
    return points


def leaf(root: Point, length: float, width: float, angle: float, bend: float = 0.0) -> list[Point]:
    """A leaf that starts at `root` and points to `angle` degrees (0 right, 90 up), bent sideways by `bend`."""
    direction = math.radians(angle)
    ahead = (math.cos(direction), -math.sin(direction))
    aside = (-ahead[1], ahead[0])
    left: list[Point] = []
    right: list[Point] = []
    for step in range(13):
        t = step / 12
        along, bow = length * t, bend * length * t * t
        half = width / 2 * math.sin(math.pi * t**0.8)
        base = (root[0] + ahead[0] * along + aside[0] * bow, root[1] + ahead[1] * along + aside[1] * bow)
        left.append((base[0] + aside[0] * half, base[1] + aside[1] * half))
        right.append((base[0] - aside[0] * half, base[1] - aside[1] * half))
    return left + right[::-1]


def curve(start: Point, control: Point, end: Point, steps: int = 16) -> list[Point]:
    """A quadratic Bézier curve."""
    points: list[Point] = []
    for step in range(steps + 1):
        t = step / steps
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        points.append((a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]))
    return points


def disc(centre: Point, rx: float, ry: float, steps: int = 48) -> list[Point]:
    """An ellipse as a polygon."""
    turn = 2 * math.pi / steps
    return [(centre[0] + rx * math.cos(turn * n), centre[1] + ry * math.sin(turn * n)) for n in range(steps)]
