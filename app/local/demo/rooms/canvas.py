"""The sheet a room is drawn on: one-point perspective, flat shapes, soft shadows, and light at the end.

A room is a box in metres: x to the right (0 in the middle), y up from the floor, z away from the viewer
towards the back wall. Everything is drawn far to near at twice the largest size and scaled down, which
smooths the edges. Light is a second, small picture by which the finished drawing is multiplied; shapes
drawn with `lit` (windows, lamp shades) keep their own brightness.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from app.local.demo.rooms.colour import RGB, WHITE, darker, lighter

WIDTH, HEIGHT = 3200, 2134
FULL = (WIDTH // 2, HEIGHT // 2)
_LIGHT_SCALE = 16
_SOFT = 8
RADIAL_EDGE = 180
"""The value of Pillow's radial gradient in the middle of an edge: 255 is reached only in the corners."""

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


@dataclass(frozen=True, slots=True)
class Light:
    """A soft pool of light: centre and radii in sheet pixels, its colour and how strong it is (0…1)."""

    centre: Point
    radius_x: float
    radius_y: float
    colour: RGB
    strength: float


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
            size, Image.Transform.PERSPECTIVE, _perspective(local, corners), Image.Resampling.BILINEAR
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
        mask = _RADIAL.point([round(value * alpha) for value in range(256)])
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
        mask = ImageChops.multiply(mask, _RAMP.point(ramp).resize(size, Image.Resampling.BILINEAR))
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
            for (xa, ya), (xb, yb), tone in zip(corner, corner[1:], (0.06, -0.07), strict=False):
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
        """Scale down, multiply by the light, add the lamps' bloom and a little colour."""
        small = self.image.reduce(2).crop((0, 0, *FULL))
        lit = self.lit.reduce(2).crop((0, 0, *FULL))
        light = self._light_map(ambient)
        shaded = ImageChops.multiply(small, light)
        result = Image.composite(small, shaded, lit)
        bloom = self._bloom()
        if bloom is not None:
            result = ImageChops.screen(result, bloom)
        return result.convert("RGB", _VIVID)

    def _light_map(self, ambient: RGB) -> Image.Image:
        size = (FULL[0] // _LIGHT_SCALE, FULL[1] // _LIGHT_SCALE)
        light = Image.new("RGB", size, ambient)
        for source in self.lights:
            layer = Image.new("RGB", size, 0)
            colour = tuple(round(channel * source.strength) for channel in source.colour)
            _spot(layer, source, colour, 2 * _LIGHT_SCALE)
            light = ImageChops.screen(light, layer)
        return light.resize(FULL, Image.Resampling.BILINEAR)

    def _bloom(self) -> Image.Image | None:
        warm = [source for source in self.lights if source.strength >= 0.6 and source.radius_x < WIDTH / 2]
        if not warm:
            return None
        size = (FULL[0] // _LIGHT_SCALE, FULL[1] // _LIGHT_SCALE)
        bloom = Image.new("RGB", size, 0)
        for source in warm:
            layer = Image.new("RGB", size, 0)
            colour = tuple(round(channel * 0.22 * source.strength) for channel in source.colour)
            near = Light(source.centre, source.radius_x * 0.62, source.radius_y * 0.62, source.colour, 1)
            _spot(layer, near, colour, 2 * _LIGHT_SCALE)
            bloom = ImageChops.screen(bloom, layer)
        return bloom.resize(FULL, Image.Resampling.BILINEAR)


def _smooth(value: int) -> int:
    share = max(0.0, 1 - value / RADIAL_EDGE)
    return round(255 * share * share * (3 - 2 * share))


_RADIAL = Image.radial_gradient("L").point([_smooth(value) for value in range(256)])
_RAMP = Image.linear_gradient("L")


def _saturation(amount: float) -> tuple[float, ...]:
    weights = (0.299 * (1 - amount), 0.587 * (1 - amount), 0.114 * (1 - amount))
    rows = [[*weights, 0.0] for _ in range(3)]
    for channel in range(3):
        rows[channel][channel] += amount
    return tuple(value for row in rows for value in row)


_VIVID = _saturation(1.16)


def _spot(layer: Image.Image, source: Light, colour: tuple[int, ...], scale: float) -> None:
    left, top = (source.centre[0] - source.radius_x) / scale, (source.centre[1] - source.radius_y) / scale
    size = (max(2, round(2 * source.radius_x / scale)), max(2, round(2 * source.radius_y / scale)))
    mask = _RADIAL.resize(size, Image.Resampling.BILINEAR)
    layer.paste(colour, (round(left), round(top)), mask)


def _perspective(target: Sequence[Point], source: Sequence[Point]) -> list[float]:
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
