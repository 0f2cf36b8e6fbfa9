"""The demo's cities, in the order of the reference list."""

from __future__ import annotations

from app.local.demo.cities_large import ALMATY, ASTANA, SHYMKENT
from app.local.demo.cities_small import SMALLER_CITIES
from app.local.demo.places import DemoCity

DEMO_CITIES: tuple[DemoCity, ...] = (ALMATY, ASTANA, SHYMKENT, *SMALLER_CITIES)
