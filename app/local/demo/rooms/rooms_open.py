"""Compositions: entrance halls, balconies and the view from the flat."""

from __future__ import annotations

import random

from PIL import Image

from app.local.demo.rooms.air import Hour
from app.local.demo.rooms.canvas import Canvas
from app.local.demo.rooms.case_furniture import coat_rack, shelf_rack, wardrobe
from app.local.demo.rooms.colour import CREAM, INK, RGB, WHITE, Palette, darker, lighter, mix, rgb
from app.local.demo.rooms.decor import mirror, wall_art
from app.local.demo.rooms.finishes import TRIM, Room
from app.local.demo.rooms.geometry import HEIGHT, WIDTH, Camera
from app.local.demo.rooms.lamps import ceiling_spots, floor_lamp, pendant
from app.local.demo.rooms.plants import plant, vase
from app.local.demo.rooms.shell import finish_room
from app.local.demo.rooms.soft_furniture import armchair, pillow, rug
from app.local.demo.rooms.tables import coffee_table
from app.local.demo.rooms.views import ViewKind, draw_view
from app.local.demo.rooms.windows import hang_curtains

SHADE: RGB = (46, 30, 34)


def hall(room: Room, plan: int) -> None:
    """An entrance hall: door, coats, bench, mirror."""
    side = 1 if plan % 2 else -1
    _door(room, -side * 0.85)
    rug(room, (-side * 0.85 - 0.5, -side * 0.85 + 0.5), (room.depth - 1.2, room.depth - 0.35), style="border")
    if plan % 3 == 0:
        coat_rack(room, (side * 0.95 - 0.6, side * 0.95 + 0.6), 1.75)
        _bench(room, side * 0.95)
        mirror(room, -side * 0.05, 1.5, 0.24, oval=1.7)
    elif plan % 3 == 1:
        far = side * (room.half - 0.03)
        wardrobe(room, (min(far, far - side * 1.5), max(far, far - side * 1.5)), doors=3, with_mirror=True)
        _bench(room, side * 0.3, width=0.8)
    else:
        _console(room, side * 0.9)
        mirror(room, side * 0.9, 1.6, 0.38)
        far = side * (room.half - 0.02)
        shelf_rack(room, (min(far, far - side * 0.5), max(far, far - side * 0.5)), 1.9, levels=4)
    plant(room, -side * (room.half - 0.3), room.depth - 1.0, tall=1.3)
    wall_art(room, (-side * 1.68 - 0.2, -side * 1.68 + 0.2), (1.35, 1.95))
    rug(room, (-0.8, 0.8), (0.2, 2.0), style="horns")
    pendant(room, 0.1, 2.15, room.depth - 1.7, style=room.rng.choice(("globe", "drum")))
    room.canvas.lamp(room.canvas.at(0, 2.2, room.depth - 1.5), 1500, rgb("fff0d4"), 0.55)
    ceiling_spots(room, 2)


def _door(room: Room, x: float) -> None:
    canvas = room.canvas
    colour = room.rng.choice((darker(room.palette.wood, 0.15), room.palette.textile, TRIM))
    left, top, right, bottom = canvas.front(x - 0.48, x + 0.48, 0, 2.08, room.depth)
    canvas.rounded((left - 44, top - 44, right + 44, bottom), 6, TRIM)
    canvas.rounded((left, top, right, bottom), 2, colour)
    middle = (left + right) / 2
    for box in (
        (left + 40, top + 50, middle - 16, bottom - 470),
        (middle + 16, top + 50, right - 40, bottom - 470),
        (left + 40, bottom - 410, middle - 16, bottom - 60),
        (middle + 16, bottom - 410, right - 40, bottom - 60),
    ):
        canvas.rounded(box, 6, darker(colour, 0.1))
        canvas.rounded((box[0] + 10, box[1] + 10, box[2], box[3]), 4, lighter(colour, 0.06))
    # The lock with a keypad: how guests let themselves in.
    at = right - 74
    canvas.rounded((at - 26, bottom - 600, at + 26, bottom - 430), 16, rgb("24272e"))
    for row in range(3):
        for column in range(2):
            canvas.ellipse((at - 10 + 20 * column, bottom - 570 + 26 * row), 5, 5, rgb("7fd0f0"), 255)
    canvas.rounded((at - 90, bottom - 462, at + 4, bottom - 442), 9, room.palette.metal)


def _bench(room: Room, x: float, *, width: float = 1.15) -> None:
    canvas, palette = room.canvas, room.palette
    z = room.depth - 0.44
    canvas.shadow(x - width / 2, x + width / 2, z - 0.1, room.depth, alpha=0.36, blur=22)
    for low in (0.08, 0.24):
        canvas.block(
            (x - width / 2 + 0.04, x + width / 2 - 0.04),
            (low, low + 0.025),
            (z + 0.04, room.depth - 0.03),
            palette.wood,
        )
    tones = (INK, rgb("f0ede6"), palette.accent, rgb("8a6a4f"))
    for index in range(max(2, int(width / 0.3))):
        at = x - width / 2 + 0.14 + index * 0.28
        for pair in (0, 0.09):
            box = canvas.front(at + pair, at + pair + 0.08, 0.105, 0.19, z + 0.08)
            canvas.rounded(box, 16, tones[index % len(tones)])
    for leg in (x - width / 2, x + width / 2 - 0.05):
        canvas.block((leg, leg + 0.05), (0, 0.4), (z, z + 0.05), darker(palette.wood, 0.2))
    canvas.block(
        (x - width / 2, x + width / 2), (0.4, 0.5), (z - 0.01, room.depth - 0.03), palette.textile, radius=0.04
    )
    size = canvas.px(0.17, z)
    pillow(room, canvas.at(x - width * 0.3, 0.64, z + 0.16), size, size * 0.9, palette.accent, turn=-8)


def _console(room: Room, x: float) -> None:
    canvas, palette = room.canvas, room.palette
    z = room.depth - 0.36
    canvas.shadow(x - 0.5, x + 0.5, z - 0.06, room.depth, alpha=0.3, blur=20)
    for leg in (x - 0.5, x + 0.45):
        canvas.block((leg, leg + 0.04), (0, 0.8), (z + 0.02, z + 0.06), palette.metal)
    canvas.block((x - 0.52, x + 0.52), (0.66, 0.84), (z, room.depth - 0.02), palette.wood, radius=0.015)
    canvas.block((x - 0.48, x + 0.48), (0.16, 0.19), (z + 0.02, room.depth - 0.03), palette.wood)
    vase(room, x - 0.32, 0.84, z + 0.14, tall=0.24)
    bowl = canvas.at(x + 0.26, 0.86, z + 0.14)
    canvas.polygon(
        [
            (bowl[0] - 70, bowl[1] - 30),
            (bowl[0] + 70, bowl[1] - 30),
            (bowl[0] + 34, bowl[1] + 12),
            (bowl[0] - 34, bowl[1] + 12),
        ],
        palette.second,
    )
    for dx in (-0.3, 0.28):
        pouf_box = canvas.front(x + dx - 0.16, x + dx + 0.16, 0.19, 0.46, z + 0.1)
        canvas.rounded(pouf_box, 18, mix(palette.wood, CREAM, 0.45))


def balcony(palette: Palette, hour: Hour, rng: random.Random, view: ViewKind) -> Image.Image:
    """A balcony or loggia with two chairs and tea, the whole view behind a glass rail."""
    canvas = Canvas(Camera(zoom=505, back=2.2, near=2.6, horizon=0.47), palette.wall)
    room = Room(canvas, palette, hour, rng, 5.2, 2.75, 2.2)
    small = draw_view(view, hour, (1600, 940), rng)
    canvas.picture(small.resize((WIDTH, 1880), Image.Resampling.BICUBIC), (0, -60), 255)
    canvas.polygon([(0, 1560), (WIDTH, 1560), (WIDTH, HEIGHT), (0, HEIGHT)], palette.floor)
    _deck(room)
    _loggia_frame(room)
    rug(room, (-1.25, 1.35), (0.0, 1.6), style=rng.choice(("stripes", "horns", "border")))
    armchair(room, -1.05, 0.7, palette.textile, width=0.86)
    armchair(room, 1.1, 0.75, palette.textile, width=0.86)
    coffee_table(room, 0.02, 0.7, style="round")
    plant(room, -2.15, 1.5, tall=1.3, kind="palm")
    plant(room, 2.15, 1.5, tall=1.1, kind="monstera")
    _string_lights(room)
    return finish_room(room)


def _deck(room: Room) -> None:
    canvas = room.canvas
    for index in range(16):
        z0 = -1.4 + index * 0.23
        tone = mix(room.palette.floor, darker(room.palette.floor, 0.22), room.rng.random())
        canvas.polygon(canvas.floor_quad(-3.2, 3.2, z0 + 0.008, z0 + 0.225), tone)


def _loggia_frame(room: Room) -> None:
    canvas = room.canvas
    rail_z = room.depth
    glass = canvas.front_points(-3.2, 3.2, 0.06, 0.98, rail_z)
    canvas.soft(glass, rgb("dcecf2") if room.hour != "night" else rgb("5d6f9e"), 0.2)
    canvas.block((-3.2, 3.2), (0.0, 0.07), (rail_z - 0.06, rail_z), darker(room.palette.metal, 0.5))
    left, top, right, bottom = canvas.front(-3.2, 3.2, 0.98, 1.04, rail_z)
    canvas.rounded((left, top, right, bottom), 6, rgb("4a4440"))
    canvas.rounded((left, top, right, top + 9), 4, rgb("6b625b"))
    for post in (-2.4, -0.8, 0.8, 2.4):
        box = canvas.front(post - 0.025, post + 0.025, 0.0, 0.98, rail_z)
        canvas.rounded(box, 0, rgb("5a534e"))
    ceiling = canvas.quad(
        [(-3, room.height, rail_z), (3, room.height, rail_z), (3, room.height, -1), (-3, room.height, -1)]
    )
    canvas.polygon(ceiling, room.palette.ceiling)
    for side in (-1, 1):
        wall = canvas.quad(
            [
                (side * room.half, room.height, rail_z),
                (side * room.half, room.height, -1.2),
                (side * room.half, 0, -1.2),
                (side * room.half, 0, rail_z),
            ]
        )
        canvas.polygon(wall, darker(room.palette.wall, 0.06))


def _string_lights(room: Room) -> None:
    canvas = room.canvas
    lit = room.hour != "day"
    for start, end in ((-2.6, 0.0), (0.0, 2.6)):
        points = [
            canvas.at(start + (end - start) * t / 14, 2.5 - 0.36 * (1 - (t / 7 - 1) ** 2), room.depth - 0.1)
            for t in range(15)
        ]
        canvas.line(points, 5, INK)
        for point in points[1:-1:2]:
            canvas.ellipse((point[0], point[1] + 22), 17, 22, rgb("ffe9b4") if lit else CREAM, 255)
            if lit:
                canvas.lamp((point[0], point[1] + 22), 360, rgb("ffc879"), 0.62)


def window_seat(palette: Palette, hour: Hour, rng: random.Random, view: ViewKind) -> Image.Image:
    """Through a wide window, from a seat with cushions and a bowl of tea: the picture that sells the view."""
    canvas = Canvas(Camera(zoom=640, back=2.4, near=2.8, horizon=0.5), palette.wall)
    room = Room(canvas, palette, hour, rng, 5.4, 2.8, 2.4)
    canvas.polygon([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], palette.feature)
    left, top, right, bottom = canvas.front(-1.95, 1.95, 0.62, 2.62, room.depth)
    canvas.rounded((left - 46, top - 46, right + 46, bottom + 46), 8, TRIM)
    picture = draw_view(view, hour, (round((right - left) / 2), round((bottom - top) / 2)), rng)
    canvas.picture(
        picture.resize((round(right - left), round(bottom - top)), Image.Resampling.BICUBIC), (left, top), 255
    )
    for share in (0.3, 0.7):
        at = left + (right - left) * share
        canvas.rounded((at - 18, top, at + 18, bottom), 0, TRIM, 90)
        canvas.rounded((at + 8, top, at + 18, bottom), 0, darker(TRIM, 0.12), 90)
    if hour == "day":
        canvas.soft([(left + 200, bottom), (left + 620, top), (left + 860, top), (left + 440, bottom)], WHITE, 0.12)
    hang_curtains(room, (-1.85, 1.85), 2.5, mix(palette.second, palette.linen, 0.35))
    _seat(room)
    centre = canvas.at(0, 1.6, room.depth)
    tone = {"day": rgb("fff8ea"), "evening": rgb("ffcf9a"), "night": rgb("7f93cf")}[hour]
    canvas.lamp(centre, 2400, tone, 0.55 if hour != "night" else 0.3)
    if hour != "day":
        floor_lamp(room, -1.55, 1.2)
    return finish_room(room)


def _seat(room: Room) -> None:
    canvas, palette = room.canvas, room.palette
    canvas.polygon([(0, HEIGHT * 0.86), (WIDTH, HEIGHT * 0.86), (WIDTH, HEIGHT), (0, HEIGHT)], palette.floor)
    canvas.block((-3.2, 3.2), (0.0, 0.42), (1.55, room.depth), mix(palette.wood, palette.wall, 0.15))
    for index in range(8):
        box = canvas.front(-3.1 + index * 0.78, -3.1 + index * 0.78 + 0.74, 0.04, 0.38, 1.55)
        canvas.rounded(box, 8, mix(palette.wood, palette.wall, 0.28))
    box = canvas.block((-3.1, 3.1), (0.42, 0.54), (1.5, room.depth - 0.06), palette.textile, radius=0.05)
    canvas.shade([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])], SHADE, 0.0, 0.2)
    size = canvas.px(0.25, 2.1)
    for x, colour, turn in (
        (-1.75, palette.accent, -7),
        (-1.38, palette.second, 8),
        (1.8, palette.accent, 9),
        (1.5, palette.linen, -6),
    ):
        pillow(room, canvas.at(x, 0.76, 2.1), size, size * 0.94, colour, turn=turn)
    tray = canvas.floor_quad(0.2, 0.85, 1.72, 2.05, 0.56)
    canvas.polygon(tray, lighter(palette.wood, 0.15))
    vase(room, 0.72, 0.56, 1.95, tall=0.22)
    for x in (0.36, 0.54):
        cx, base = canvas.at(x, 0.57, 1.8)
        canvas.polygon([(cx - 44, base - 44), (cx + 44, base - 44), (cx + 24, base), (cx - 24, base)], CREAM)
        canvas.ellipse((cx, base - 44), 44, 13, rgb("a8693d"))
