"""The sheet a room is drawn on: one-point perspective, flat shapes, soft shadows, and light at the end.

A room is a box in metres: x to the right (0 in the middle), y up from the floor, z away from the viewer
towards the back wall. Everything is drawn far to near at twice the largest size and scaled down, which
smooths the edges. Shapes drawn with `lit` (windows, lamp shades) keep their own brightness at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from app.local.demo.rooms.colour import RGB, WHITE, darker, lighter
from app.local.demo.rooms.geometry import HEIGHT, WIDTH, Box, Camera, Point, perspective
from app.local.demo.rooms.light import RADIAL, RAMP, Light, lit_picture

_SOFT = 8


class Canvas:
    """A sheet being drawn. `finish` returns the picture at its largest size."""

    def __init__(self, camera: Camera, background: RGB = WHITE) -> None:
        self.camera = camera
        self.image = Image.new("RGB", (WIDTH, HEIGHT), background)
        self.lit = Image.new("L", (WIDTH, HEIGHT), 0)
        self._pen = ImageDraw.Draw(self.image)
        self._lit_pen = ImageDraw.Draw(self.lit)
        self.lights: list[Light] = []

    # --- flat shapes in sheet pixels -------------------------------------------------------------
    def polygon(self, points: Sequence[Point], fill: RGB, lit: int = 0) -> None:
        """A filled polygon."""
        flat = [(round(x), round(y)) for x, y in points]
        self._pen.polygon(flat, fill=fill)
        self._lit_pen.polygon(flat, fill=lit)

    def rounded(self, box: Box, radius: float, fill: RGB, lit: int = 0) -> None:
        """A rectangle with round corners; a box without area draws nothing."""
        x0, y0, x1, y1 = (round(edge) for edge in box)
        if x1 <= x0 or y1 <= y0:
            return
        radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
        self._pen.rounded_rectangle((x0, y0, x1, y1), radius, fill=fill)
        self._lit_pen.rounded_rectangle((x0, y0, x1, y1), radius, fill=lit)

    def ellipse(self, centre: Point, rx: float, ry: float, fill: RGB, lit: int = 0) -> None:
        """A filled ellipse."""
        box = (round(centre[0] - rx), round(centre[1] - ry), round(centre[0] + rx), round(centre[1] + ry))
        self._pen.ellipse(box, fill=fill)
        self._lit_pen.ellipse(box, fill=lit)

    def line(self, points: Sequence[Point], width: float, fill: RGB, lit: int = 0) -> None:
        """A line with round joints."""
        flat = [(round(x), round(y)) for x, y in points]
        thick = max(1, round(width))
        self._pen.line(flat, fill=fill, width=thick, joint="curve")
        self._lit_pen.line(flat, fill=lit, width=thick, joint="curve")

    def arc(self, box: Box, start: float, end: float, width: float, fill: RGB) -> None:
        """A part of an ellipse's outline, degrees clockwise from three o'clock."""
        self._pen.arc(tuple(round(edge) for edge in box), start, end, fill=fill, width=max(1, round(width)))

    def picture(self, image: Image.Image, corner: Point, lit: int = 0) -> None:
        """Another picture laid flat on the sheet."""
        at = (round(corner[0]), round(corner[1]))
        self.image.paste(image, at)
        self._lit_pen.rectangle((*at, at[0] + image.width, at[1] + image.height), fill=lit)

    def picture_in_quad(self, image: Image.Image, quad: Sequence[Point], lit: int = 0) -> None:
        """Another picture bent into a quadrangle (top left, top right, bottom right, bottom left)."""
        left, top = math.floor(min(x for x, _ in quad)), math.floor(min(y for _, y in quad))
        right, bottom = math.ceil(max(x for x, _ in quad)), math.ceil(max(y for _, y in quad))
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, WIDTH), min(bottom, HEIGHT)
        size = (right - left, bottom - top)
        if size[0] <= 0 or size[1] <= 0:
            return
        local = [(x - left, y - top) for x, y in quad]
        corners = [(0.0, 0.0), (image.width, 0.0), (image.width, image.height), (0.0, image.height)]
        bent = image.transform(
            size, Image.Transform.PERSPECTIVE, perspective(local, corners), Image.Resampling.BILINEAR
        )
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).polygon([(round(x), round(y)) for x, y in local], fill=255)
        self.image.paste(bent, (left, top), mask)
        self._lit_pen.polygon([(round(x), round(y)) for x, y in quad], fill=lit)

    # --- soft shapes -----------------------------------------------------------------------------
    def soft(self, points: Sequence[Point], colour: RGB, alpha: float, blur: float = 0.0) -> None:
        """A see-through polygon, blurred by so many sheet pixels: shadows, glass, patches of sun."""
        pad = blur * 2.2 + _SOFT
        left, top = max(0, int(min(x for x, _ in points) - pad)), max(0, int(min(y for _, y in points) - pad))
        right = min(WIDTH, int(max(x for x, _ in points) + pad))
        bottom = min(HEIGHT, int(max(y for _, y in points) + pad))
        if right <= left or bottom <= top:
            return
        step = _SOFT if blur >= _SOFT else 2 if blur else 1
        size = (max(1, (right - left) // step), max(1, (bottom - top) // step))
        mask = Image.new("L", size, 0)
        shifted = [((x - left) / step, (y - top) / step) for x, y in points]
        ImageDraw.Draw(mask).polygon(shifted, fill=round(255 * alpha))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur / step))
        if step > 1:
            mask = mask.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
        self.image.paste(colour, (left, top, right, bottom), mask)

    def glow(self, centre: Point, rx: float, ry: float, colour: RGB, alpha: float) -> None:
        """A round, soft spot of colour."""
        left, top, right, bottom = (
            round(centre[0] - rx),
            round(centre[1] - ry),
            round(centre[0] + rx),
            round(centre[1] + ry),
        )
        if right <= left or bottom <= top:
            return
        mask = RADIAL.point([round(value * alpha) for value in range(256)])
        mask = mask.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
        self.image.paste(colour, (left, top), mask)

    def shade(self, points: Sequence[Point], colour: RGB, top: float, bottom: float) -> None:
        """Colour laid over a polygon, its strength running from `top` to `bottom` (0…1 each)."""
        left, upper = max(0, int(min(x for x, _ in points))), max(0, int(min(y for _, y in points)))
        right = min(WIDTH, math.ceil(max(x for x, _ in points)))
        lower = min(HEIGHT, math.ceil(max(y for _, y in points)))
        if right - left < 4 or lower - upper < 4:
            return
        size = ((right - left) // 4 or 1, (lower - upper) // 4 or 1)
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).polygon([((x - left) / 4, (y - upper) / 4) for x, y in points], fill=255)
        ramp = [round(255 * (top + (bottom - top) * step / 255)) for step in range(256)]
        mask = ImageChops.multiply(mask, RAMP.point(ramp).resize(size, Image.Resampling.BILINEAR))
        mask = mask.resize((right - left, lower - upper), Image.Resampling.BILINEAR)
        self.image.paste(colour, (left, upper, right, lower), mask)

    # --- shapes in the room ----------------------------------------------------------------------
    def at(self, x: float, y: float, z: float) -> Point:
        """A point of the room on the sheet."""
        return self.camera.project(x, y, z)

    def px(self, metres: float, z: float) -> float:
        """A length at depth z, in sheet pixels."""
        return metres * self.camera.scale(z)

    def front(self, x0: float, x1: float, y0: float, y1: float, z: float) -> Box:
        """A rectangle that faces the viewer, as a box on the sheet."""
        left, top = self.at(x0, y1, z)
        right, bottom = self.at(x1, y0, z)
        return left, top, right, bottom

    def front_points(self, x0: float, x1: float, y0: float, y1: float, z: float) -> list[Point]:
        """The same rectangle as four points."""
        return self.quad([(x0, y1, z), (x1, y1, z), (x1, y0, z), (x0, y0, z)])

    def quad(self, corners: Sequence[tuple[float, float, float]]) -> list[Point]:
        """Points of the room on the sheet."""
        return [self.at(*corner) for corner in corners]

    def floor_quad(self, x0: float, x1: float, z0: float, z1: float, y: float = 0.0) -> list[Point]:
        """A rectangle that lies flat at height y."""
        return self.quad([(x0, y, z1), (x1, y, z1), (x1, y, z0), (x0, y, z0)])

    def block(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        z: tuple[float, float],
        fill: RGB,
        *,
        radius: float = 0.0,
        top: RGB | None = None,
        lit: int = 0,
    ) -> Box:
        """A box of furniture: its visible side and top, then its front (`radius` in metres). Returns the front."""
        eye_x, eye_y = self.camera.eye_x, self.camera.eye_y
        inset = min(radius, (y[1] - y[0]) / 2)
        side = darker(fill, 0.13)
        for edge, visible in ((x[0], x[0] > eye_x), (x[1], x[1] < eye_x)):
            if visible:
                low, high = y[0] + inset, y[1] - inset
                self.polygon(
                    self.quad([(edge, high, z[1]), (edge, high, z[0]), (edge, low, z[0]), (edge, low, z[1])]), side, lit
                )
        if y[1] < eye_y:
            x0, x1 = x[0] + inset, x[1] - inset
            self.polygon(self.floor_quad(x0, x1, z[0], z[1], y[1]), top or lighter(fill, 0.14), lit)
            if inset:
                self._round_shoulders(x, y[1], z, inset, fill)
        if y[0] > eye_y:
            self.polygon(self.floor_quad(x[0], x[1], z[0], z[1], y[0]), darker(fill, 0.22), lit)
        box = self.front(x[0], x[1], y[0], y[1], z[0])
        self.rounded(box, self.px(radius, z[0]), fill, lit)
        return box

    def _round_shoulders(
        self, x: tuple[float, float], y: float, z: tuple[float, float], inset: float, fill: RGB
    ) -> None:
        """The rounded edges that run back from the front's upper corners."""
        for edge, sign in ((x[0], 1), (x[1], -1)):
            seen = (edge > self.camera.eye_x) == (sign > 0)
            corner = [(edge, y - inset), (edge + sign * inset * 0.3, y - inset * 0.3), (edge + sign * inset, y)]
            for (xa, ya), (xb, yb), tone in zip(corner[:-1], corner[1:], (0.06, -0.07), strict=True):
                colour = darker(fill, tone) if tone > 0 else lighter(fill, -tone)
                if seen or tone < 0:
                    self.polygon(self.quad([(xa, ya, z[0]), (xb, yb, z[0]), (xb, yb, z[1]), (xa, ya, z[1])]), colour)

    def shadow(self, x0: float, x1: float, z0: float, z1: float, *, alpha: float = 0.3, blur: float = 26) -> None:
        """What a thing that stands on the floor leaves there."""
        self.soft(self.floor_quad(x0, x1, z0, z1), (38, 26, 22), alpha, blur)

    def lamp(self, centre: Point, radius: float, colour: RGB = (255, 214, 150), strength: float = 1.0) -> None:
        """A light to be reckoned with at the end."""
        self.lights.append(Light(centre, radius, radius, colour, strength))

    # --- the end ---------------------------------------------------------------------------------
    def finish(self, ambient: RGB) -> Image.Image:
        """The picture at its largest size, lit by its lamps and `ambient`."""
        return lit_picture(self.image, self.lit, self.lights, ambient)
