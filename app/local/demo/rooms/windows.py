"""Windows of the back wall: the view, curtains, the radiator below, and the light that falls in."""

from __future__ import annotations

from app.local.demo.rooms.air import Hour
from app.local.demo.rooms.colour import RGB, WHITE, darker, lighter, rgb
from app.local.demo.rooms.finishes import TRIM, Room
from app.local.demo.rooms.light import Light
from app.local.demo.rooms.views import ViewKind, draw_view

_DAYLIGHT: dict[Hour, tuple[RGB, float]] = {
    "day": (rgb("fffaf0"), 0.85),
    "evening": (rgb("ffcf9a"), 0.75),
    "night": (rgb("6f86c8"), 0.22),
}


def add_window(
    room: Room,
    x: tuple[float, float],
    y: tuple[float, float],
    view: ViewKind,
    *,
    panes: int = 2,
    curtains: RGB | None = None,
    sill: bool = True,
) -> None:
    """A window in the back wall with what is seen through it, curtains to the floor, and its light."""
    canvas, deep = room.canvas, room.depth
    left, top, right, bottom = canvas.front(x[0], x[1], y[0], y[1], deep)
    canvas.rounded((left - 26, top - 26, right + 26, bottom + 26), 6, darker(TRIM, 0.1))
    canvas.rounded((left - 20, top - 20, right + 20, bottom + 20), 4, TRIM, 90)
    picture = draw_view(view, room.hour, (max(8, round(right - left)), max(8, round(bottom - top))), room.rng)
    canvas.picture(picture, (left, top), 255)
    for index in range(1, panes):
        at = left + (right - left) * index / panes
        canvas.rounded((at - 13, top, at + 13, bottom), 0, TRIM, 90)
        canvas.rounded((at + 6, top, at + 13, bottom), 0, darker(TRIM, 0.12), 90)
    if room.hour == "day":
        for share in (0.12, 0.56):
            at, wide = left + (right - left) * share, (right - left) * 0.1
            canvas.soft(
                [(at, bottom), (at + wide * 1.6, top), (at + wide * 2.6, top), (at + wide, bottom)], WHITE, 0.13
            )
    if sill:
        canvas.block((x[0] - 0.1, x[1] + 0.1), (y[0] - 0.09, y[0] - 0.05), (deep - 0.18, deep), TRIM)
        _radiator(room, x, y[0])
    if curtains is not None:
        hang_curtains(room, x, y[1], curtains)
    _daylight(room, x, y)


def _radiator(room: Room, x: tuple[float, float], sill: float) -> None:
    if sill < 0.6:
        return
    canvas, deep = room.canvas, room.depth
    middle, half = (x[0] + x[1]) / 2, min(0.6, (x[1] - x[0]) * 0.4)
    count = round(half * 2 / 0.085)
    for index in range(count):
        at = middle - half + index * 0.085
        box = canvas.block((at, at + 0.07), (0.16, sill - 0.2), (deep - 0.1, deep - 0.02), rgb("f3f2ee"), radius=0.02)
        canvas.rounded((box[2] - 9, box[1] + 8, box[2], box[3] - 8), 3, rgb("dcdad4"))


def hang_curtains(room: Room, x: tuple[float, float], top: float, colour: RGB) -> None:
    """Curtains on both sides of a window, from a rail to the floor."""
    canvas, deep = room.canvas, room.depth
    z = deep - 0.14
    rail = top + 0.16
    span = min(0.52, (x[1] - x[0]) * 0.28)
    for start in (x[0] - 0.3, x[1] + 0.3 - span):
        _cloth(room, (start, start + span), rail, z, colour)
    left, level = canvas.at(x[0] - 0.42, rail, z)
    right, _ = canvas.at(x[1] + 0.42, rail, z)
    canvas.line([(left, level), (right, level)], 16, room.palette.metal)
    for end in (left, right):
        canvas.ellipse((end, level), 17, 17, room.palette.metal)


def _cloth(room: Room, x: tuple[float, float], top: float, z: float, colour: RGB) -> None:
    canvas = room.canvas
    folds = 5
    left, upper, right, lower = canvas.front(x[0], x[1], 0.03, top, z)
    canvas.soft(
        [(left - 20, upper), (right + 26, upper), (right + 26, lower), (left - 20, lower)], (30, 20, 24), 0.2, 18
    )
    wide = (right - left) / folds
    for index in range(folds):
        at = left + wide * index
        sway = room.rng.uniform(-6, 6)
        canvas.polygon([(at, upper), (at + wide + 2, upper), (at + wide + 3 + sway, lower), (at + sway, lower)], colour)
        canvas.polygon(
            [
                (at + wide * 0.62, upper),
                (at + wide + 2, upper),
                (at + wide + 3 + sway, lower),
                (at + wide * 0.5 + sway, lower),
            ],
            darker(colour, 0.13),
        )
        canvas.polygon(
            [
                (at + wide * 0.12, upper),
                (at + wide * 0.3, upper),
                (at + wide * 0.26 + sway, lower),
                (at + wide * 0.14 + sway, lower),
            ],
            lighter(colour, 0.14),
        )


def _daylight(room: Room, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Light from the window: on everything near it, and as a patch on the floor."""
    canvas, deep = room.canvas, room.depth
    colour, strength = _DAYLIGHT[room.hour]
    centre = canvas.at((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, deep)
    wide = canvas.px(x[1] - x[0], deep)
    canvas.lights.append(_wide_light(centre, wide, colour, strength))
    if room.hour == "night":
        return
    slant = -0.55 if (x[0] + x[1]) / 2 > 0 else 0.55
    tint = rgb("fff4d8") if room.hour == "day" else rgb("ffc98a")
    for start, end in ((0.04, 0.46), (0.54, 0.96)):
        a, b = x[0] + (x[1] - x[0]) * start, x[0] + (x[1] - x[0]) * end
        patch = canvas.quad(
            [
                (a + slant * 0.3, 0, deep - 0.5),
                (b + slant * 0.3, 0, deep - 0.5),
                (b + slant * 1.6, 0, deep - 2.3),
                (a + slant * 1.6, 0, deep - 2.3),
            ]
        )
        canvas.soft(patch, tint, 0.34 if room.hour == "day" else 0.26, 12)


def _wide_light(centre: tuple[float, float], wide: float, colour: RGB, strength: float) -> Light:
    return Light(centre, wide * 1.1 + 1300, wide * 0.7 + 1150, colour, strength * 0.55)
