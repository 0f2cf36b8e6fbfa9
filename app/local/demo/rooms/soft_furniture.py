"""Beds, sofas, armchairs, cushions and rugs."""

from __future__ import annotations

import math

from app.local.demo.rooms.colour import RGB, WHITE, darker, lighter, mix
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.geometry import Point
from app.local.demo.rooms.shapes import cushion

SHADE: RGB = (46, 30, 34)


def pillow(room: Room, centre: Point, rx: float, ry: float, colour: RGB, *, turn: float = 0.0) -> None:
    """A plump pillow with a soft underside."""
    canvas = room.canvas
    outline = cushion(centre, rx, ry, turn=turn)
    canvas.soft([(x, y + ry * 0.1) for x, y in outline], SHADE, 0.22, 14)
    canvas.polygon(outline, colour)
    canvas.shade(outline, SHADE, 0.0, 0.2)
    canvas.glow((centre[0] - rx * 0.2, centre[1] - ry * 0.3), rx * 0.75, ry * 0.65, WHITE, 0.13)


def bed(room: Room, x: float, *, width: float = 1.7, head: RGB | None = None, tall: float = 1.2) -> None:
    """A made bed with its head at the back wall: headboard, pillows, duvet, a throw over the foot."""
    canvas, palette = room.canvas, room.palette
    head = head or palette.textile
    deep = room.depth
    x0, x1 = x - width / 2, x + width / 2
    foot, near_wall = deep - 2.1, deep - 0.12
    canvas.shadow(x0 - 0.12, x1 + 0.12, foot - 0.22, deep, alpha=0.42, blur=34)
    _headboard(room, (x0 - 0.1, x1 + 0.1), tall, head)
    canvas.block(
        (x0 - 0.03, x1 + 0.03), (0.08, 0.34), (foot - 0.02, near_wall), mix(head, palette.wood, 0.3), radius=0.03
    )
    canvas.block((x0, x1), (0.3, 0.5), (foot + 0.02, near_wall), darker(palette.linen, 0.06), radius=0.06)
    _pillows(room, (x0, x1), near_wall - 0.24)
    _duvet(room, (x0, x1), (foot, near_wall - 0.55))
    for edge in (x0 + 0.1, x1 - 0.1):
        canvas.block((edge - 0.03, edge + 0.03), (0.0, 0.09), (foot, foot + 0.06), darker(palette.wood, 0.3))


def _headboard(room: Room, x: tuple[float, float], tall: float, colour: RGB) -> None:
    canvas, deep = room.canvas, room.depth
    z = deep - 0.1
    box = canvas.front(x[0], x[1], 0.1, tall, z)
    canvas.soft(
        [(box[0] - 26, box[1] + 10), (box[2] + 34, box[1] + 10), (box[2] + 34, box[3]), (box[0] - 26, box[3])],
        SHADE,
        0.26,
        26,
    )
    canvas.rounded(box, 46, colour)
    style = room.rng.choice(("channels", "tufts", "smooth"))
    left, top, right, bottom = box
    if style == "channels":
        count = 9
        for index in range(count):
            start, wide = left + (right - left) * index / count, (right - left) / count
            canvas.rounded((start + 5, top + 12, start + wide - 5, bottom), 30, lighter(colour, 0.06))
            canvas.rounded((start + wide * 0.62, top + 26, start + wide - 8, bottom), 20, darker(colour, 0.05))
    elif style == "tufts":
        for row in range(2):
            for index in range(6 - row):
                at = (left + (right - left) * (index + 0.75 + row * 0.5) / 6.5, top + 90 + row * 120)
                canvas.glow(at, 80, 66, SHADE, 0.26)
                canvas.ellipse(at, 9, 9, darker(colour, 0.3))
    else:
        canvas.rounded((left + 26, top + 26, right - 26, bottom), 30, lighter(colour, 0.07))
    canvas.shade([(left, top), (right, top), (right, bottom), (left, bottom)], SHADE, 0.0, 0.24)


def _pillows(room: Room, x: tuple[float, float], z: float) -> None:
    canvas, palette = room.canvas, room.palette
    middle, quarter = (x[0] + x[1]) / 2, (x[1] - x[0]) / 4
    rx, ry = canvas.px(quarter * 0.9, z), canvas.px(0.24, z)
    for side in (-1, 1):
        pillow(room, canvas.at(middle + side * quarter, 0.74, z + 0.06), rx, ry, darker(palette.linen, 0.05))
    for side in (-1, 1):
        pillow(
            room,
            canvas.at(middle + side * quarter * 0.96, 0.68, z - 0.1),
            rx * 0.93,
            ry * 0.86,
            palette.linen,
        )
    small = canvas.px(0.2, z)
    pillow(room, canvas.at(middle - 0.2, 0.66, z - 0.26), small, small * 0.86, palette.accent, turn=-5)
    pillow(room, canvas.at(middle + 0.2, 0.64, z - 0.3), small * 0.92, small * 0.8, palette.second, turn=6)


def _duvet(room: Room, x: tuple[float, float], z: tuple[float, float]) -> None:
    canvas, palette = room.canvas, room.palette
    x0, x1 = x[0] - 0.05, x[1] + 0.05
    linen = palette.linen
    foot, fold = z
    canvas.block((x0, x1), (0.26, 0.58), (foot - 0.03, fold), darker(linen, 0.05), radius=0.09, top=linen)
    front = canvas.front(x0, x1, 0.26, 0.58, foot - 0.03)
    canvas.shade(
        [(front[0], front[1]), (front[2], front[1]), (front[2], front[3]), (front[0], front[3])], SHADE, 0.02, 0.2
    )
    for share in (0.16, 0.37, 0.63, 0.85):
        at = x0 + (x1 - x0) * share
        canvas.soft(
            canvas.quad(
                [(at, 0.58, fold - 0.1), (at + 0.07, 0.58, fold - 0.1), (at + 0.1, 0.58, foot), (at + 0.02, 0.58, foot)]
            ),
            SHADE,
            0.1,
            12,
        )
    canvas.polygon(canvas.floor_quad(x0, x1, fold - 0.3, fold, 0.6), lighter(palette.second, 0.45))
    canvas.soft(canvas.floor_quad(x0, x1, fold - 0.36, fold - 0.3, 0.6), SHADE, 0.22, 10)
    throw = (foot + 0.12, foot + 0.62)
    canvas.polygon(canvas.floor_quad(x0 - 0.01, x1 + 0.01, throw[0], throw[1], 0.6), lighter(palette.accent, 0.12))
    for step in range(1, 6):
        at = throw[0] + (throw[1] - throw[0]) * step / 6
        canvas.line(canvas.quad([(x0, 0.6, at), (x1, 0.6, at)]), 5, darker(palette.accent, 0.06))
    for side in (x0 - 0.01, x1 + 0.01):
        if (side > room.canvas.camera.eye_x) == (side == x0 - 0.01):
            canvas.polygon(
                canvas.quad(
                    [(side, 0.6, throw[1]), (side, 0.6, throw[0]), (side, 0.3, throw[0]), (side, 0.3, throw[1])]
                ),
                darker(palette.accent, 0.1),
            )


def sofa(room: Room, x: float, z: float, *, width: float = 2.1, colour: RGB | None = None, cushions: int = 3) -> None:
    """A sofa that faces the viewer; `z` is its front."""
    canvas, palette = room.canvas, room.palette
    colour = colour or palette.textile
    x0, x1, back = x - width / 2, x + width / 2, z + 0.85
    arm = 0.2
    canvas.shadow(x0 - 0.06, x1 + 0.06, z - 0.14, back + 0.1, alpha=0.45, blur=30)
    for leg in (x0 + 0.12, x1 - 0.18):
        canvas.block((leg, leg + 0.06), (0, 0.14), (z + 0.06, z + 0.12), darker(palette.wood, 0.25))
    canvas.block((x0 + 0.05, x1 - 0.05), (0.14, 0.84), (back - 0.2, back), darker(colour, 0.08), radius=0.12)
    seats = 2 if width < 2.0 else 3
    span = (width - 2 * arm) / seats
    for index in range(seats):
        left = x0 + arm + span * index
        back_box = canvas.block(
            (left + 0.01, left + span - 0.01), (0.38, 0.9), (back - 0.36, back - 0.16), colour, radius=0.1
        )
        corners = [
            (back_box[0], back_box[1]),
            (back_box[2], back_box[1]),
            (back_box[2], back_box[3]),
            (back_box[0], back_box[3]),
        ]
        canvas.shade(corners, SHADE, 0.0, 0.2)
    canvas.block((x0 + 0.06, x1 - 0.06), (0.13, 0.3), (z + 0.04, back), darker(colour, 0.14), radius=0.04)
    for index in range(seats):
        left = x0 + arm + span * index
        seat = canvas.block((left + 0.008, left + span - 0.008), (0.27, 0.45), (z, back - 0.34), colour, radius=0.07)
        canvas.shade([(seat[0], seat[1]), (seat[2], seat[1]), (seat[2], seat[3]), (seat[0], seat[3])], SHADE, 0.0, 0.18)
    for left in (x0, x1 - arm):
        side = canvas.block((left, left + arm), (0.13, 0.62), (z - 0.02, back), lighter(colour, 0.04), radius=0.09)
        canvas.shade(
            [(side[0], side[1] + 30), (side[2], side[1] + 30), (side[2], side[3]), (side[0], side[3])], SHADE, 0.0, 0.2
        )
    _throw_cushions(room, (x0 + arm, x1 - arm), z + 0.42, cushions)


def _throw_cushions(room: Room, x: tuple[float, float], z: float, count: int) -> None:
    canvas, palette = room.canvas, room.palette
    size = canvas.px(0.2, z)
    places = (
        (0.1, palette.accent, -9),
        (0.9, palette.second, 10),
        (0.24, lighter(palette.second, 0.4), 7),
        (0.76, palette.accent, -6),
    )
    for share, colour, turn in places[:count]:
        at = canvas.at(x[0] + (x[1] - x[0]) * share, 0.65, z - (0.06 if 0.2 < share < 0.8 else 0))
        pillow(room, at, size, size * 0.94, colour, turn=turn)


def armchair(room: Room, x: float, z: float, colour: RGB, *, width: float = 0.82) -> None:
    """A round-backed armchair that faces the viewer."""
    canvas, palette = room.canvas, room.palette
    x0, x1, back = x - width / 2, x + width / 2, z + 0.75
    canvas.shadow(x0, x1, z - 0.1, back, alpha=0.42, blur=26)
    for leg in (x0 + 0.08, x1 - 0.12):
        canvas.block((leg, leg + 0.045), (0, 0.18), (z + 0.06, z + 0.1), darker(palette.wood, 0.2))
    shell = canvas.front(x0 + 0.04, x1 - 0.04, 0.2, 0.95, back - 0.25)
    canvas.rounded(shell, canvas.px(0.26, back - 0.25), darker(colour, 0.06))
    canvas.shade(
        [(shell[0], shell[1] + 60), (shell[2], shell[1] + 60), (shell[2], shell[3]), (shell[0], shell[3])],
        SHADE,
        0.0,
        0.25,
    )
    canvas.block((x0 + 0.1, x1 - 0.1), (0.18, 0.46), (z + 0.02, back - 0.25), lighter(colour, 0.03), radius=0.08)
    for left in (x0, x1 - 0.15):
        canvas.block((left, left + 0.15), (0.17, 0.6), (z, back - 0.2), colour, radius=0.08)
    size = canvas.px(0.17, z + 0.3)
    pillow(room, canvas.at(x, 0.62, z + 0.3), size, size * 0.9, palette.accent, turn=room.rng.uniform(-10, 10))


def pouf(room: Room, x: float, z: float, colour: RGB) -> None:
    """A round stool of cloth."""
    canvas = room.canvas
    canvas.shadow(x - 0.26, x + 0.26, z - 0.1, z + 0.4, alpha=0.38, blur=20)
    box = canvas.front(x - 0.26, x + 0.26, 0.0, 0.36, z)
    canvas.rounded((box[0], box[1], box[2], box[3]), 60, darker(colour, 0.08))
    canvas.shade([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])], SHADE, 0.0, 0.22)
    canvas.ellipse(
        ((box[0] + box[2]) / 2, box[1] + 18), (box[2] - box[0]) / 2, canvas.px(0.075, z), lighter(colour, 0.1)
    )


def rug(room: Room, x: tuple[float, float], z: tuple[float, float], *, style: str | None = None) -> None:
    """A carpet: bordered, striped, diamonds with ram's horns as on Kazakh felt, or round."""
    canvas, palette = room.canvas, room.palette
    style = style or room.rng.choice(("border", "stripes", "horns", "round", "plain"))
    base = lighter(mix(palette.second, palette.linen, 0.45), 0.1)
    if style == "round":
        _round_rug(room, ((x[0] + x[1]) / 2, (z[0] + z[1]) / 2), min(x[1] - x[0], z[1] - z[0]) / 2 + 0.15, base)
        return
    canvas.soft(canvas.floor_quad(x[0] - 0.03, x[1] + 0.03, z[0] - 0.05, z[1]), SHADE, 0.25, 12)
    canvas.polygon(canvas.floor_quad(x[0], x[1], z[0], z[1]), base)
    if style == "stripes":
        for index in range(1, 12, 2):
            a = z[0] + (z[1] - z[0]) * index / 12
            tone = palette.accent if index % 4 == 1 else lighter(palette.textile, 0.2)
            canvas.polygon(canvas.floor_quad(x[0], x[1], a, a + (z[1] - z[0]) / 26), mix(base, tone, 0.6))
        return
    for inset, tone in ((0.09, mix(base, palette.accent, 0.55)), (0.14, base)):
        canvas.polygon(canvas.floor_quad(x[0] + inset, x[1] - inset, z[0] + inset, z[1] - inset), tone)
    if style == "horns":
        _horns(room, x, z, mix(base, palette.accent, 0.75))


def _round_rug(room: Room, centre: tuple[float, float], radius: float, base: RGB) -> None:
    canvas = room.canvas
    for share, tone in (
        (1.03, darker(room.palette.floor, 0.3)),
        (1.0, base),
        (0.9, mix(base, room.palette.accent, 0.5)),
        (0.86, base),
        (0.45, mix(base, room.palette.textile, 0.35)),
        (0.41, base),
    ):
        points = [
            canvas.at(
                centre[0] + radius * share * math.cos(step * math.pi / 36),
                0,
                max(-1.5, centre[1] + radius * share * math.sin(step * math.pi / 36)),
            )
            for step in range(72)
        ]
        canvas.polygon(points, tone)


def _horns(room: Room, x: tuple[float, float], z: tuple[float, float], colour: RGB) -> None:
    """Diamonds in a row, a pair of curled horns at each tip."""
    canvas = room.canvas
    count = 4
    middle = (z[0] + z[1]) / 2
    span, rise = (x[1] - x[0] - 0.4) / count, (z[1] - z[0]) * 0.3
    for index in range(count):
        cx = x[0] + 0.2 + span * (index + 0.5)
        diamond = [
            (cx - span * 0.42, 0.0, middle),
            (cx, 0.0, middle + rise),
            (cx + span * 0.42, 0.0, middle),
            (cx, 0.0, middle - rise),
        ]
        canvas.polygon(canvas.quad(diamond), colour)
        inner = [(cx + (a - cx) * 0.55, 0.0, middle + (c - middle) * 0.55) for a, _, c in diamond]
        canvas.polygon(canvas.quad(inner), lighter(colour, 0.55))
        for up in (-1, 1):
            for side in (-1, 1):
                curl = [
                    canvas.at(
                        cx + side * 0.09 * (1 - math.cos(t * 0.45)) * 0.9,
                        0,
                        middle + up * (rise + 0.02 + 0.1 * math.sin(t * 0.45)),
                    )
                    for t in range(10)
                ]
                canvas.line(curl, 9, colour)
