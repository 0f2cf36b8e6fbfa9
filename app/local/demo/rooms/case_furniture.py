"""Nightstands, shelves, wardrobes, consoles and coats."""

from __future__ import annotations

from app.local.demo.rooms.colour import CREAM, INK, RGB, WHITE, darker, lighter, mix, rgb
from app.local.demo.rooms.decor import books
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.plants import plant, vase

SHADE: RGB = (46, 30, 34)


def nightstand(room: Room, x: float, *, width: float = 0.46, tall: float = 0.5) -> float:
    """A small chest by the bed; returns its height."""
    canvas, wood = room.canvas, room.palette.wood
    z = room.depth - 0.42
    canvas.shadow(x - width / 2, x + width / 2, z - 0.1, room.depth, alpha=0.4, blur=20)
    for leg in (x - width / 2 + 0.04, x + width / 2 - 0.08):
        canvas.block((leg, leg + 0.04), (0, 0.13), (z + 0.02, z + 0.06), darker(wood, 0.25))
    canvas.block((x - width / 2, x + width / 2), (0.12, tall), (z, room.depth - 0.04), wood, radius=0.02)
    for low in (0.16, 0.33):
        box = canvas.front(x - width / 2 + 0.03, x + width / 2 - 0.03, low, low + 0.14, z)
        canvas.rounded(box, 6, lighter(wood, 0.09))
        middle = (box[0] + box[2]) / 2
        canvas.ellipse((middle, (box[1] + box[3]) / 2), 10, 10, room.palette.metal)
    return tall


def shelf_rack(room: Room, x: tuple[float, float], tall: float, *, levels: int = 5) -> None:
    """An open rack with books, plants and boxes against the back wall."""
    canvas, wood = room.canvas, room.palette.wood
    z, back = room.depth - 0.34, room.depth - 0.02
    canvas.shadow(x[0], x[1], z - 0.08, back, alpha=0.36, blur=20)
    canvas.rounded(canvas.front(x[0], x[1], 0, tall, back), 0, darker(mix(wood, room.palette.feature, 0.45), 0.12))
    for level in range(levels + 1):
        low = 0.04 + (tall - 0.07) * level / levels
        canvas.block((x[0], x[1]), (low, low + 0.03), (z, back), wood)
        if level < levels:
            _fill_shelf(room, (x[0] + 0.05, x[1] - 0.05), low + 0.03, z + 0.06, (tall - 0.07) / levels - 0.05)
    for edge in (x[0], x[1] - 0.035):
        canvas.block((edge, edge + 0.035), (0, tall), (z, back), darker(wood, 0.08))


def _fill_shelf(room: Room, x: tuple[float, float], y: float, z: float, room_above: float) -> None:
    canvas, rng = room.canvas, room.rng
    at = x[0]
    while at < x[1] - 0.16:
        what = rng.random()
        if what < 0.5:
            at = books(room, at, y, z, count=rng.randint(3, 6)) + 0.05
        elif what < 0.68 and room_above > 0.28:
            plant(room, at + 0.09, z, tall=0.27, kind=rng.choice(("monstera", "palm", "ficus")), y=y)
            at += 0.26
        elif what < 0.86:
            side = min(0.26, x[1] - at)
            tone = rng.choice((room.palette.accent, room.palette.second, rgb("cdb893"), CREAM))
            canvas.block((at, at + side), (y, y + 0.17), (z, z + 0.2), tone, radius=0.015)
            at += side + 0.05
        else:
            vase(room, at + 0.08, y, z, tall=0.12)
            at += 0.24


def wardrobe(
    room: Room, x: tuple[float, float], *, doors: int = 3, colour: RGB | None = None, with_mirror: bool = False
) -> None:
    """A wardrobe to just under the ceiling."""
    canvas = room.canvas
    colour = colour or room.palette.cabinet
    z, tall = room.depth - 0.6, 2.3
    canvas.shadow(x[0] - 0.05, x[1] + 0.05, z - 0.12, room.depth, alpha=0.4, blur=28)
    canvas.block((x[0], x[1]), (0.06, tall), (z, room.depth - 0.02), colour)
    canvas.block((x[0] + 0.02, x[1] - 0.02), (0, 0.06), (z + 0.04, room.depth - 0.04), darker(colour, 0.3))
    span = (x[1] - x[0]) / doors
    for index in range(doors):
        box = canvas.front(x[0] + span * index + 0.01, x[0] + span * (index + 1) - 0.01, 0.08, tall - 0.02, z)
        glass = with_mirror and index == doors // 2
        canvas.rounded(box, 5, mix(rgb("dbe7ee"), room.palette.wall, 0.4) if glass else lighter(colour, 0.07))
        if glass:
            canvas.soft(
                [
                    (box[0] + 20, box[3] - 200),
                    (box[2] - 60, box[1] + 60),
                    (box[2] - 10, box[1] + 160),
                    (box[0] + 60, box[3] - 60),
                ],
                WHITE,
                0.35,
            )
        at = box[2] - 26 if index % 2 == 0 else box[0] + 18
        middle = (box[1] + box[3]) / 2
        canvas.rounded((at, middle - 70, at + 9, middle + 70), 4, room.palette.metal)


def media_console(room: Room, x: tuple[float, float], *, screen: bool = True) -> None:
    """A low console against the back wall with a television above it."""
    canvas, palette = room.canvas, room.palette
    z = room.depth - 0.42
    canvas.shadow(x[0], x[1], z - 0.1, room.depth, alpha=0.4, blur=22)
    canvas.block((x[0], x[1]), (0.14, 0.5), (z, room.depth - 0.03), palette.wood, radius=0.015)
    for leg in (x[0] + 0.08, x[1] - 0.12):
        canvas.block((leg, leg + 0.04), (0, 0.14), (z + 0.03, z + 0.07), darker(palette.wood, 0.3))
    doors = 4
    span = (x[1] - x[0]) / doors
    for index in range(doors):
        box = canvas.front(x[0] + span * index + 0.015, x[0] + span * (index + 1) - 0.015, 0.17, 0.47, z)
        canvas.rounded(box, 4, lighter(palette.wood, 0.1) if index % 3 else palette.cabinet)
    if screen:
        middle, half = (x[0] + x[1]) / 2, min(0.62, (x[1] - x[0]) * 0.4)
        box = canvas.front(middle - half, middle + half, 0.78, 0.78 + half * 1.16, room.depth - 0.05)
        canvas.soft(
            [(box[0], box[1]), (box[2] + 16, box[1]), (box[2] + 16, box[3] + 18), (box[0], box[3] + 18)],
            SHADE,
            0.35,
            16,
        )
        canvas.rounded(box, 10, rgb("17191f"))
        canvas.soft(
            [
                (box[0] + 30, box[3] - 10),
                (box[0] + (box[2] - box[0]) * 0.45, box[1] + 10),
                (box[0] + (box[2] - box[0]) * 0.7, box[1] + 10),
                (box[0] + 260, box[3] - 10),
            ],
            WHITE,
            0.07,
        )
    vase(room, x[0] + 0.2, 0.5, z + 0.2, tall=0.2)
    books(room, x[1] - 0.3, 0.5, z + 0.1, count=3, lying=True)


def coat_rack(room: Room, x: tuple[float, float], y: float) -> None:
    """Hooks with coats, a scarf and a bag."""
    canvas, palette, rng = room.canvas, room.palette, room.rng
    z = room.depth - 0.06
    canvas.block((x[0], x[1]), (y, y + 0.09), (z, room.depth), palette.wood, radius=0.01)
    tones = [palette.textile, palette.accent, INK, palette.second, mix(palette.textile, CREAM, 0.4)]
    rng.shuffle(tones)
    count = 4
    for index in range(count):
        at = x[0] + (x[1] - x[0]) * (index + 0.5) / count
        canvas.ellipse(canvas.at(at, y + 0.02, z - 0.03), 12, 12, palette.metal)
        if index == 2:
            continue
        left, top, right, bottom = canvas.front(at - 0.15, at + 0.15, y - rng.uniform(0.7, 0.95), y, z - 0.05)
        shape = [
            ((left + right) / 2 - 16, top),
            ((left + right) / 2 + 16, top),
            (right - 12, top + 60),
            (right + 8, bottom),
            (left - 8, bottom),
            (left + 12, top + 60),
        ]
        canvas.soft([(px + 12, py + 12) for px, py in shape], SHADE, 0.24, 12)
        canvas.polygon(shape, tones[index])
        canvas.line([((left + right) / 2, top + 40), ((left + right) / 2 + 4, bottom)], 5, darker(tones[index], 0.2))
        canvas.shade(shape, SHADE, 0.0, 0.22)
