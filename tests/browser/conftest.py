"""Headless Chromium on a running installation with a few flats. Without Chromium these tests skip themselves."""

from __future__ import annotations

import base64
import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from app.domain.search import index
from app.kit import clock
from app.models import City, Photo, Property, PropertyStatus
from tests import factories
from tests.browser.screen import Screen
from tests.live import Live, shared_installation
from tests.services import Services

PHOTO_KEY = "test-room"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Leave a picture of every open page of a failed test beside its temporary files."""
    report = yield
    if report.when == "call" and report.failed:  # type: ignore[attr-defined]
        screens = getattr(item, "funcargs", {}).get("screens")
        if isinstance(screens, Screens):
            report.sections.append(("screenshots", "\n".join(screens.photograph())))  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of CHROMIUM, or the one on PATH."""
    found = next((path for name in (os.environ.get("CHROMIUM"), *NAMES) if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on PATH (install Debian's chromium, or name one with CHROMIUM=…)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"], timeout=120_000
        )
        yield browser
        browser.close()


def draw_photo(folder: Path) -> None:
    """One plain picture in the three widths."""
    for width in (400, 800, 1600):
        Image.new("RGB", (width, width * 2 // 3), (150, 170, 190)).save(folder / f"{PHOTO_KEY}-{width}.webp")


def make_flat(live: Live, city: str = "almaty") -> Property:
    """A flat with three pictures that nobody has booked."""
    tiny = io.BytesIO()
    Image.new("RGB", (6, 4), (150, 170, 190)).save(tiny, "webp")
    blur = f"data:image/webp;base64,{base64.b64encode(tiny.getvalue()).decode()}"
    with live.transaction() as session:
        prop = factories.make_property(session, city=city)
        session.add_all(
            Photo(property_id=prop.id, position=n, key=PHOTO_KEY, width=1600, height=1066, blur=blur) for n in range(3)
        )
    return prop


@pytest.fixture(scope="package")
def live_with_photos(
    chromium: Browser, services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """The installation with a picture. Asks for the browser first, so that nothing starts where there is none."""
    assert chromium.is_connected()
    with shared_installation(services, template_url, tmp_path_factory) as running:
        draw_photo(running.settings.photo_dir)
        yield running


@pytest.fixture
def live(live_with_photos: Live) -> Live:
    """The installation."""
    return live_with_photos


@pytest.fixture
def flat(live: Live) -> Property:
    """A flat of Almaty that nobody has booked, and the only one that is offered there: it is on the first page."""
    with live.transaction() as session:
        almaty = select(City.id).where(City.slug == "almaty").scalar_subquery()
        shown = Property.status == PropertyStatus.PUBLISHED
        for earlier in session.scalars(select(Property).where(Property.city_id == almaty, shown)):
            earlier.status = PropertyStatus.PAUSED
            index.rebuild(session, earlier.id, now=clock.now())
    return make_flat(live)


@pytest.fixture
def flat_alone(live: Live) -> Property:
    """A flat in a city where no other test has any: it is on the first page of a search."""
    return make_flat(live, "uralsk")


@dataclass
class Screens:
    """Opens windows of the browser and closes them after the test."""

    browser: Browser
    live: Live
    folder: Path
    opened: list[Screen]

    def open(self, width: int = 1440, height: int = 900, *, has_script: bool = True, is_dark: bool = False) -> Screen:
        """A new window of a new visitor."""
        context = self.browser.new_context(
            base_url=self.live.base_url,
            viewport={"width": width, "height": height},
            java_script_enabled=has_script,
            color_scheme="dark" if is_dark else "light",
            locale="ru-RU",
            timezone_id="Asia/Almaty",
            has_touch=width < 600,
            reduced_motion="reduce",
        )
        screen = Screen(context, self.live)
        self.opened.append(screen)
        return screen

    def photograph(self) -> list[str]:
        """Pictures of what is open; where they are."""
        paths = []
        for number, screen in enumerate(self.opened):
            path = self.folder / f"screen-{number}.png"
            screen.page.screenshot(path=path, full_page=True)
            paths.append(f"{path} ({screen.page.url})")
        return paths


@pytest.fixture
def screens(chromium: Browser, live: Live, tmp_path: Path) -> Iterator[Screens]:
    """Windows of the browser."""
    found = Screens(chromium, live, tmp_path, [])
    yield found
    for screen in found.opened:
        screen.context.close()
