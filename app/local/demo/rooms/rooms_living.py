"""Compositions: bedrooms and living rooms."""

from __future__ import annotations

from app.local.demo.rooms.case_furniture import media_console, nightstand, shelf_rack, wardrobe
from app.local.demo.rooms.colour import lighter, mix
from app.local.demo.rooms.decor import mirror, wall_art
from app.local.demo.rooms.finishes import Room
from app.local.demo.rooms.lamps import ceiling_spots, floor_lamp, pendant, table_lamp
from app.local.demo.rooms.plants import plant
from app.local.demo.rooms.soft_furniture import armchair, bed, pouf, rug, sofa
from app.local.demo.rooms.tables import coffee_table, desk
from app.local.demo.rooms.views import ViewKind
from app.local.demo.rooms.windows import add_window


def bedroom(room: Room, plan: int, view: ViewKind) -> None:
    """A bedroom. Plans: 0 window at the side, 1 two narrow windows, 2 wardrobe, 3 panorama, 4 small with a desk."""
    plans = (_bedroom_side_window, _bedroom_symmetric, _bedroom_wardrobe, _bedroom_panorama, _bedroom_desk)
    plans[plan % len(plans)](room, view)


def _curtain(room: Room) -> tuple[int, int, int]:
    return mix(room.palette.second, room.palette.linen, 0.35)


def _bedroom_side_window(room: Room, view: ViewKind) -> None:
    side = room.rng.choice((-1, 1))
    at = side * (room.half - 0.98)
    add_window(room, (at - 0.58, at + 0.58), (0.85, 2.25), view, curtains=_curtain(room))
    x = -side * 0.72
    wall_art(room, (x - 0.62, x - 0.06), (1.45, 2.15))
    wall_art(room, (x + 0.06, x + 0.62), (1.45, 2.15))
    rug(room, (x - 1.25, x + 1.25), (0.75, 2.35))
    for edge in (-1, 1):
        stand = x + edge * 1.22
        if abs(stand) < room.half - 0.2:
            table_lamp(room, stand, nightstand(room, stand), room.depth - 0.24)
    bed(room, x, width=1.75)
    plant(room, side * (room.half - 0.3), room.depth - 0.7, tall=1.15)


def _bedroom_symmetric(room: Room, view: ViewKind) -> None:
    for side in (-1, 1):
        add_window(
            room,
            (side * 1.62 - 0.38, side * 1.62 + 0.38),
            (0.7, 2.3),
            view,
            panes=1,
            curtains=_curtain(room),
        )
    wall_art(room, (-0.6, 0.6), (1.45, 2.2))
    rug(room, (-1.5, 1.5), (0.7, 2.3))
    for side in (-1, 1):
        table_lamp(room, side * 1.14, nightstand(room, side * 1.14, width=0.42), room.depth - 0.24)
    bed(room, 0, width=1.75)
    pendant(room, 0, 2.2, room.depth - 1.6, style="drum")
    pouf(room, 0.95 * room.rng.choice((-1, 1)), 0.95, room.palette.accent)


def _bedroom_wardrobe(room: Room, view: ViewKind) -> None:
    side = room.rng.choice((-1, 1))
    far = side * room.half
    wardrobe(room, (min(far, far - side * 1.25), max(far, far - side * 1.25)), doors=3, with_mirror=True)
    at = -side * (room.half - 0.82)
    add_window(room, (at - 0.5, at + 0.5), (0.85, 2.25), view, curtains=_curtain(room))
    x = -side * 0.28
    wall_art(room, (x - 0.3, x + 0.42), (1.45, 2.2))
    rug(room, (x - 1.1, x + 1.2), (0.8, 2.2))
    stand = x - side * 1.05
    table_lamp(room, stand, nightstand(room, stand, width=0.4), room.depth - 0.24)
    bed(room, x, width=1.6)


def _bedroom_panorama(room: Room, view: ViewKind) -> None:
    add_window(
        room, (-room.half + 0.55, room.half - 0.55), (0.32, 2.45), view, panes=4, curtains=_curtain(room), sill=False
    )
    ceiling_spots(room)
    rug(room, (-1.5, 1.5), (0.7, 2.4), style="plain")
    for side in (-1, 1):
        table_lamp(room, side * 1.25, nightstand(room, side * 1.25), room.depth - 0.24)
    bed(room, 0, width=1.85, tall=1.0)
    armchair(room, -room.half + 0.72, 1.75, room.palette.accent)
    plant(room, room.half - 0.35, room.depth - 1.1, tall=1.3, kind="palm")


def _bedroom_desk(room: Room, view: ViewKind) -> None:
    side = room.rng.choice((-1, 1))
    at = side * 1.45
    add_window(room, (at - 0.6, at + 0.6), (0.95, 2.25), view, curtains=_curtain(room))
    desk(room, (at - 0.62, at + 0.62))
    x = -side * 0.85
    wall_art(room, (x - 0.35, x + 0.35), (1.4, 2.2))
    rug(room, (x - 0.95, x + 1.05), (0.8, 2.2))
    stand = x + side * 1.0
    table_lamp(room, stand, nightstand(room, stand, width=0.38), room.depth - 0.24)
    bed(room, x, width=1.45, tall=1.05)


def living_room(room: Room, plan: int, view: ViewKind) -> None:
    """A living room. Plans: 0 sofa under pictures, 1 window wall, 2 television, 3 shelves, 4 panorama."""
    plans = (_living_pictures, _living_window, _living_media, _living_shelves, _living_panorama)
    plans[plan % len(plans)](room, view)


def _living_pictures(room: Room, view: ViewKind) -> None:
    side = room.rng.choice((-1, 1))
    at = side * (room.half - 0.95)
    add_window(room, (at - 0.55, at + 0.55), (0.8, 2.3), view, curtains=_curtain(room))
    x = -side * 0.75
    for index, (low, high) in enumerate(((1.2, 1.95), (1.3, 2.1), (1.2, 1.95))):
        left = x - 0.95 + index * 0.65
        wall_art(room, (left, left + 0.56), (low, high))
    rug(room, (x - 1.35, x + 1.5), (0.55, 2.5))
    sofa(room, x, room.depth - 1.25, width=2.2)
    floor_lamp(room, x - side * 1.42 if abs(x - side * 1.42) < room.half - 0.2 else x + side * 1.35, room.depth - 0.7)
    coffee_table(room, x + 0.1, 1.35)
    plant(room, side * (room.half - 0.32), room.depth - 0.85, tall=1.35)
    pouf(room, x + side * 1.3, 1.0, room.palette.accent)


def _living_window(room: Room, view: ViewKind) -> None:
    add_window(room, (-1.3, 1.3), (0.85, 2.3), view, panes=3, curtains=_curtain(room))
    rug(room, (-1.6, 1.6), (0.5, 2.5))
    sofa(room, -0.2, room.depth - 1.3, width=2.3, cushions=4)
    floor_lamp(room, 1.35, room.depth - 0.9)
    coffee_table(room, -0.1, 1.3)
    armchair(room, 1.5, 1.75, room.palette.accent)
    plant(room, -room.half + 0.4, room.depth - 0.7, tall=1.45)


def _living_media(room: Room, view: ViewKind) -> None:
    side = room.rng.choice((-1, 1))
    at = side * (room.half - 0.85)
    add_window(room, (at - 0.5, at + 0.5), (0.3, 2.35), view, curtains=_curtain(room), sill=False)
    x = -side * 0.7
    media_console(room, (x - 1.0, x + 1.0))
    ceiling_spots(room, 3)
    rug(room, (x - 1.2, x + 1.6), (0.4, 2.6))
    plant(room, x + side * 1.25, room.depth - 0.45, tall=1.25)
    armchair(room, side * (room.half - 0.75), 1.7, room.palette.textile, width=0.88)
    coffee_table(room, x + side * 0.4, 1.15, style="round")
    pouf(room, x - side * 0.6, 1.2, room.palette.accent)


def _living_shelves(room: Room, view: ViewKind) -> None:
    side = room.rng.choice((-1, 1))
    far = side * (room.half - 0.12)
    shelf_rack(room, (min(far, far - side * 1.1), max(far, far - side * 1.1)), 2.15)
    at = -side * (room.half - 1.0)
    add_window(room, (at - 0.6, at + 0.6), (0.85, 2.25), view, curtains=_curtain(room))
    x = -side * 0.35
    rug(room, (x - 1.35, x + 1.35), (0.55, 2.4))
    sofa(room, x, room.depth - 1.35, width=1.9, cushions=2)
    coffee_table(room, x, 1.25)
    floor_lamp(
        room,
        x - side * 1.5 if abs(x - side * 1.5) < room.half else -side * (room.half - 0.2),
        room.depth - 1.3,
        arc=side,
    )
    pendant(room, x, 2.05, room.depth - 1.4, style="dome")


def _living_panorama(room: Room, view: ViewKind) -> None:
    add_window(
        room, (-room.half + 0.5, room.half - 0.5), (0.14, 2.5), view, panes=4, curtains=_curtain(room), sill=False
    )
    ceiling_spots(room)
    rug(room, (-1.7, 1.7), (0.4, 2.6), style="round")
    sofa(room, -0.75, room.depth - 1.35, width=2.0, cushions=4)
    armchair(room, 1.2, room.depth - 1.75, room.palette.accent)
    coffee_table(room, 0.15, 1.25, style="round")
    plant(room, room.half - 0.4, room.depth - 0.7, tall=1.5, kind="palm")
    floor_lamp(room, -room.half + 0.35, room.depth - 0.9, arc=1)


def reading_corner(room: Room, plan: int, view: ViewKind) -> None:
    """A corner of the living room: an armchair by the window, a lamp, books."""
    side = 1 if plan % 2 else -1
    add_window(room, (-side * 0.55 - 0.75, -side * 0.55 + 0.75), (0.3, 2.4), view, curtains=_curtain(room), sill=False)
    far = side * (room.half - 0.15)
    shelf_rack(room, (min(far, far - side * 0.95), max(far, far - side * 0.95)), 1.9, levels=4)
    rug(room, (-1.2, 1.2), (0.7, 2.4), style="round")
    armchair(room, side * 0.25, 1.75, room.palette.textile, width=0.95)
    floor_lamp(room, side * 1.0, 2.3)
    pouf(room, -side * 0.55, 1.15, room.palette.accent)
    plant(room, -side * (room.half - 0.4), room.depth - 0.8, tall=1.4)
    if plan > 1:
        mirror(room, side * 0.62, 1.75, 0.22)
    room.canvas.glow(room.canvas.at(0, 0, 1.2), 500, 120, lighter(room.palette.floor, 0.3), 0.1)
