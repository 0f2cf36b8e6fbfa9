"""Tables and chairs, and what is set on them."""

from __future__ import annotations

from app.local.demo.rooms.case_furniture import SHADE
from app.local.demo.rooms.colour import CREAM, RGB, WHITE, darker, lighter, rgb
from app.local.demo.rooms.decor import books
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.plants import vase


def coffee_table(room: Room, x: float, z: float, *, style: str | None = None) -> None:
    """A low table with a few things on it: round, or long with a shelf."""
    canvas, palette = room.canvas, room.palette
    style = style or room.rng.choice(("round", "long"))
    top = lighter(palette.wood, 0.06)
    if style == "round":
        canvas.shadow(x - 0.42, x + 0.42, z - 0.38, z + 0.32, alpha=0.36, blur=24)
        for leg in (-0.24, 0.24):
            canvas.line(
                [canvas.at(x + leg, 0.4, z), canvas.at(x + leg * 1.25, 0, z - 0.1)], 20, darker(palette.wood, 0.3)
            )
        canvas.line([canvas.at(x, 0.4, z + 0.2), canvas.at(x, 0, z + 0.26)], 18, darker(palette.wood, 0.35))
        centre = canvas.at(x, 0.4, z)
        rx, ry = canvas.px(0.45, z), canvas.px(0.45, z) * 0.33
        canvas.ellipse((centre[0], centre[1] + 20), rx, ry, darker(palette.wood, 0.22))
        canvas.ellipse(centre, rx, ry, top)
        canvas.glow((centre[0] - rx * 0.3, centre[1] - ry * 0.2), rx * 0.6, ry * 0.6, WHITE, 0.2)
        height = 0.4
    else:
        canvas.shadow(x - 0.6, x + 0.6, z - 0.4, z + 0.3, alpha=0.4, blur=24)
        for leg in (x - 0.54, x + 0.48):
            canvas.block((leg, leg + 0.06), (0, 0.36), (z - 0.26, z - 0.2), darker(palette.wood, 0.3))
        canvas.block((x - 0.52, x + 0.52), (0.12, 0.15), (z - 0.26, z + 0.24), palette.wood)
        canvas.block((x - 0.6, x + 0.6), (0.36, 0.41), (z - 0.3, z + 0.28), top, radius=0.012)
        height = 0.41
    books(room, x - 0.2, height, z - 0.08, count=2, lying=True)
    vase(room, x + 0.16, height, z + 0.04, tall=0.2)


def cup(room: Room, x: float, y: float, z: float, colour: RGB = CREAM) -> None:
    """A tea bowl, as tea is drunk here, on a saucer."""
    canvas = room.canvas
    cx, base = canvas.at(x, y, z)
    unit = canvas.px(0.05, z)
    canvas.ellipse((cx, base), unit * 1.4, unit * 0.4, darker(colour, 0.1))
    canvas.polygon(
        [
            (cx - unit, base - unit * 0.9),
            (cx + unit, base - unit * 0.9),
            (cx + unit * 0.55, base),
            (cx - unit * 0.55, base),
        ],
        colour,
    )
    canvas.ellipse((cx, base - unit * 0.9), unit, unit * 0.3, rgb("a8693d"))


def desk(room: Room, x: tuple[float, float], *, laptop: bool = True) -> None:
    """A writing desk at the back wall with a laptop."""
    canvas, palette = room.canvas, room.palette
    z = room.depth - 0.62
    canvas.shadow(x[0], x[1], z - 0.06, room.depth, alpha=0.32, blur=24)
    for leg in (x[0] + 0.03, x[1] - 0.08):
        canvas.block((leg, leg + 0.05), (0, 0.72), (z + 0.03, z + 0.08), darker(palette.wood, 0.25))
    canvas.block((x[0], x[1]), (0.71, 0.76), (z, room.depth - 0.03), lighter(palette.wood, 0.08))
    if laptop:
        middle = (x[0] + x[1]) / 2
        box = canvas.front(middle - 0.18, middle + 0.18, 0.77, 1.01, z + 0.34)
        canvas.rounded(box, 8, rgb("c9cdd2"))
        canvas.rounded((box[0] + 8, box[1] + 8, box[2] - 8, box[3] - 8), 4, rgb("2d3a52"), 120)
        canvas.polygon(canvas.floor_quad(middle - 0.18, middle + 0.18, z + 0.1, z + 0.34, 0.77), rgb("b9bec5"))
    chair(room, (x[0] + x[1]) / 2 + 0.05, z - 0.5, palette.accent, away=True)


def chair(room: Room, x: float, z: float, colour: RGB, *, away: bool = False) -> None:
    """A dining chair; `away` shows its back, as when it is pushed to a table behind it."""
    canvas, wood = room.canvas, darker(room.palette.wood, 0.12)
    canvas.shadow(x - 0.24, x + 0.24, z - 0.06, z + 0.4, alpha=0.3, blur=18)
    half = 0.22
    if not away:
        _chair_back(room, x, z + 0.4, colour)
    for leg, deep in ((-half, 0.36), (half - 0.04, 0.36), (-half, 0.0), (half - 0.04, 0.0)):
        canvas.block((x + leg, x + leg + 0.035), (0, 0.44), (z + deep, z + deep + 0.03), wood)
    canvas.block((x - half, x + half), (0.42, 0.48), (z, z + 0.4), colour, radius=0.03)
    if away:
        _chair_back(room, x, z, colour)


def _chair_back(room: Room, x: float, z: float, colour: RGB) -> None:
    """Two posts, two spindles and a padded rail: what is behind it stays in sight."""
    canvas = room.canvas
    wood = darker(room.palette.wood, 0.12)
    for post, thick in ((-0.2, 0.032), (-0.075, 0.02), (0.055, 0.02), (0.168, 0.032)):
        canvas.rounded(canvas.front(x + post, x + post + thick, 0.44, 0.86, z), 8, wood)
    box = canvas.front(x - 0.22, x + 0.22, 0.74, 0.9, z)
    canvas.rounded(box, 34, lighter(colour, 0.05))
    rail = [(box[0] + 10, box[1] + 8), (box[2] - 10, box[1] + 8), (box[2] - 10, box[3] - 8), (box[0] + 10, box[3] - 8)]
    canvas.shade(rail, SHADE, 0.0, 0.2)


def dining_table(room: Room, x: float, z: float, *, width: float = 1.3, deep: float = 0.75, chairs: int = 4) -> None:
    """A table set for tea, with chairs around it; `z` is its near edge."""
    canvas, palette = room.canvas, room.palette
    canvas.shadow(x - width / 2 - 0.1, x + width / 2 + 0.1, z - 0.1, z + deep + 0.2, alpha=0.34, blur=34)
    for index in range(chairs // 2):
        chair(room, x - width * 0.24 + width * 0.48 * index, z + deep - 0.02, palette.textile)
    for leg in (x - width / 2 + 0.06, x + width / 2 - 0.12):
        for depth in (deep - 0.1, 0.06):
            canvas.block((leg, leg + 0.06), (0, 0.72), (z + depth, z + depth + 0.05), darker(palette.wood, 0.22))
    canvas.block(
        (x - width / 2, x + width / 2), (0.72, 0.765), (z, z + deep), lighter(palette.wood, 0.05), radius=0.012
    )
    vase(room, x, 0.765, z + deep * 0.55, tall=0.22)
    _bowl(room, x + width * 0.22, 0.765, z + deep * 0.4)
    for side in (-0.3, 0.36):
        cup(room, x + width * side, 0.765, z + deep * 0.25)
    if chairs > 2:
        for index in range(2):
            chair(room, x - width * 0.36 + width * 0.72 * index, z - 0.3, palette.textile, away=True)


def _bowl(room: Room, x: float, y: float, z: float) -> None:
    canvas = room.canvas
    cx, base = canvas.at(x, y, z)
    unit = canvas.px(0.1, z)
    for dx, tone in ((-0.55, rgb("d9534a")), (0.1, rgb("e5a13c")), (0.62, rgb("c7433f")), (-0.15, rgb("8fae4f"))):
        canvas.ellipse((cx + dx * unit, base - unit * 0.8), unit * 0.42, unit * 0.42, tone)
        canvas.glow((cx + dx * unit - unit * 0.12, base - unit * 0.95), unit * 0.2, unit * 0.2, WHITE, 0.5)
    canvas.polygon(
        [
            (cx - unit * 1.2, base - unit * 0.7),
            (cx + unit * 1.2, base - unit * 0.7),
            (cx + unit * 0.5, base),
            (cx - unit * 0.5, base),
        ],
        CREAM,
    )
