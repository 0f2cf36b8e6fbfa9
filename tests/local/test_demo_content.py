"""What demo data are made of: names, texts, pictures, calendars. No database here (see test_demo_data)."""

from __future__ import annotations

import base64
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from app.domain.listings.reference_cities import CITIES, ReferenceCity, ReferenceDistrict
from app.kit import clock
from app.kit.period import Stay
from app.kit.pictures import WIDTHS
from app.kit.reference import ALPHABET
from app.local.demo.booking_rows import reference_of
from app.local.demo.cities import DEMO_CITIES
from app.local.demo.copying import _line
from app.local.demo.flat import DemoFlat
from app.local.demo.flats import make_flats
from app.local.demo.people import People, make_people
from app.local.demo.plan import demo_guest_stays, plan_calendars
from app.local.demo.reviews import ALL_REVIEWS, ReviewPicker, reply_to
from app.local.demo.rooms.catalogue import PICTURES, RoomKind, draw
from app.local.demo.rooms.render import draw_rooms
from app.local.demo.slugs import slug_of
from app.local.scale.calendars import make_calendar
from app.local.scale.sizes import BOOKINGS_A_FLAT, REVIEWS_A_FLAT, Sizes
from app.models import PropertyClass

NOW = datetime(2027, 3, 5, 6, 30, tzinfo=UTC)


def dice(seed: int = 7) -> random.Random:
    return random.Random(seed)


@pytest.fixture(scope="module")
def people() -> People:
    return make_people(dice(), now=NOW)


@pytest.fixture(scope="module")
def flats(people: People) -> list[DemoFlat]:
    return make_flats(people, dice(), now=NOW)


# --- cities -----------------------------------------------------------------------------------------


def test_there_are_17_cities_with_districts_of_their_own() -> None:
    assert len(CITIES) == 17
    assert {city.slug: len(city.districts) for city in CITIES[:3]} == {"almaty": 8, "astana": 6, "shymkent": 5}
    for city in CITIES:
        slugs = [district.slug for district in city.districts]
        assert 3 <= len(slugs) == len(set(slugs)) <= 8, city.slug
        places: list[ReferenceCity | ReferenceDistrict] = [city, *city.districts]
        for place in places:
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", place.slug)
            assert all((place.name_ru, place.name_kk, place.name_en))
            assert place.name_en.isascii()
            assert abs(place.latitude - city.latitude) < 0.15
            assert abs(place.longitude - city.longitude) < 0.15


def test_the_kazakh_locative_obeys_vowel_harmony_and_voice() -> None:
    back, front, voiceless = set("аоұыу"), set("әеөүі"), set("пфкқтсшщчцхһ")
    for city in CITIES:
        name, phrase = city.name_kk.lower(), city.in_kk.lower()
        assert phrase.startswith(name)
        vowel = next(letter for letter in reversed(name.replace("ау", "а")) if letter in back | front)
        consonant = "т" if name[-1] in voiceless else "д"
        assert phrase.removeprefix(name) == consonant + ("а" if vowel in back else "е"), city.slug


def test_every_demo_city_and_quarter_is_a_reference_one() -> None:
    reference = {city.slug: {district.slug for district in city.districts} for city in CITIES}
    assert {city.slug for city in DEMO_CITIES} == set(reference)
    for city in DEMO_CITIES:
        assert {quarter.slug for quarter in city.quarters} <= reference[city.slug]
        assert all(quarter.share > 0 and quarter.streets for quarter in city.quarters)


# --- flats ------------------------------------------------------------------------------------------


def test_flats_are_spread_like_the_market(flats: list[DemoFlat]) -> None:
    cities = Counter(flat.facts.city.slug for flat in flats)
    assert len(flats) >= 150
    assert [slug for slug, _ in cities.most_common(3)] == ["almaty", "astana", "shymkent"]
    assert min(cities.values()) >= 2
    assert len(cities) == 17


def test_prices_follow_the_class(flats: list[DemoFlat]) -> None:
    almaty = [flat for flat in flats if flat.facts.city.slug == "almaty"]
    for property_class, low, high in (
        (PropertyClass.ECONOMY, 9_000, 14_000),
        (PropertyClass.COMFORT, 14_000, 24_000),
        (PropertyClass.BUSINESS, 24_000, 40_000),
        (PropertyClass.PREMIUM, 45_000, 120_000),
    ):
        prices = [flat.tariff.base_price for flat in almaty if flat.facts.property_class is property_class]
        assert prices
        assert all(low <= price <= high for price in prices), property_class
    assert all(
        flat.tariff.weekend_price is None or flat.tariff.weekend_price > flat.tariff.base_price for flat in flats
    )


def test_texts_are_in_three_languages_and_agree(flats: list[DemoFlat]) -> None:
    for flat in flats:
        assert set(flat.title) == set(flat.description) == {"ru", "kk", "en"}
        assert len(flat.title["ru"]) <= 90
        assert flat.title["en"].isascii()
        assert not re.search("[ІіҢңҒғҮүҰұҚқӨөҺһӘә]", flat.title["ru"])
        assert ("с видом на горы" in flat.title["ru"]) == ("таулар көрінетін" in flat.title["kk"].lower())
        assert str(flat.facts.area_m2) in flat.description["ru"]
        assert flat.slug == slug_of(flat.title["ru"])


def test_only_almaty_has_a_metro(flats: list[DemoFlat]) -> None:
    with_metro = [flat for flat in flats if "метро" in flat.title["ru"]]
    assert with_metro
    assert {flat.facts.city.slug for flat in with_metro} == {"almaty"}


def test_pictures_suit_the_flat_and_keep_the_title_s_promise(flats: list[DemoFlat]) -> None:
    views = {city.slug: set(city.views) for city in DEMO_CITIES}
    for flat in flats:
        keys = [picture.key for picture in flat.pictures]
        kinds = {picture.kind for picture in flat.pictures}
        assert 5 <= len(keys) == len(set(keys)) <= 9
        assert kinds >= {RoomKind.BEDROOM, RoomKind.KITCHEN, RoomKind.BATHROOM}
        seen = {picture.view for picture in flat.pictures} - {None}
        assert seen <= views[flat.facts.city.slug]
        if "с видом на горы" in flat.title["ru"]:
            assert "mountains" in seen
        if "с видом на море" in flat.title["ru"]:
            assert "sea" in seen


def test_neighbouring_covers_differ(flats: list[DemoFlat]) -> None:
    almaty = Counter(flat.pictures[0].key for flat in flats if flat.facts.city.slug == "almaty")
    assert len(almaty) >= 20
    assert max(almaty.values()) <= 8


def test_the_same_moment_gives_the_same_flats(people: People, flats: list[DemoFlat]) -> None:
    assert make_flats(people, dice(), now=NOW) == flats


def test_slugs_are_latin_words() -> None:
    assert slug_of("Светлая 2-комнатная квартира у парка «Family»") == "svetlaya-2-komnatnaya-kvartira-u-parka-family"
    assert len(slug_of("очень длинное название " * 9)) <= 60


# --- people and reviews -----------------------------------------------------------------------------


def test_people_have_distinct_phones_and_names(people: People) -> None:
    everyone = people.everyone()
    assert len({person.phone for person in everyone}) == len({person.id for person in everyone}) == len(everyone)
    assert len({person.name for person in everyone}) == len(everyone)
    assert all(re.fullmatch(r"\+7701\d{7}", person.phone) for person in everyone)


def test_there_are_many_reviews_in_three_languages() -> None:
    assert len({review.text for review in ALL_REVIEWS}) == len(ALL_REVIEWS) >= 80
    assert {review.rating for review in ALL_REVIEWS} == {2, 3, 4, 5}
    assert sum(review.text.isascii() for review in ALL_REVIEWS) >= 8
    assert sum(bool(re.search("[әғқңөұүһі]", review.text)) for review in ALL_REVIEWS) >= 12


def test_a_flat_gets_no_text_twice_and_none_that_does_not_fit() -> None:
    picker = ReviewPicker(["hosted", "small"], 0.7, dice())
    picked = [review for review in (picker.next() for _ in range(40)) if review is not None]
    assert len({review.text for review in picked}) == len(picked) > 20
    assert {review.tag for review in picked} <= {"", "hosted", "small"}


def test_replies_are_in_the_language_of_the_review() -> None:
    rng = dice()
    for review in ALL_REVIEWS:
        for _ in range(8):
            reply = reply_to(review, rng)
            if reply is not None:
                assert reply.isascii() == review.text.isascii()


# --- calendars --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [0, 8, 9, 16, 17, 19, 23])
def test_calendars_look_lived_in_and_never_overlap(people: People, flats: list[DemoFlat], hour: int) -> None:
    now = NOW.replace(hour=hour, minute=1)
    today = clock.local_date(now)
    calendars = plan_calendars(flats, people, dice(), now=now)
    free_now = 0
    shares = []
    for flat, calendar in zip(flats, calendars, strict=True):
        stays = [entry.stay for entry, _ in calendar.entries]
        assert all(before.check_out <= after.check_in for before, after in pairwise(stays))
        busy = {night for stay in stays for night in stay.dates()}
        coming = [today + timedelta(days=n) for n in range(42)]
        assert any(night not in busy for night in coming)
        shares.append(sum(night in busy for night in coming) / 42)
        if flat.facts.city.slug == "almaty":
            free_now += not busy & {today, today + timedelta(days=1)}
    assert free_now >= sum(flat.facts.city.slug == "almaty" for flat in flats) / 3
    assert 0.35 <= sum(shares) / len(shares) <= 0.65
    assert sum(0.2 <= share <= 0.78 for share in shares) >= 0.93 * len(shares)


@pytest.mark.parametrize("minutes", range(0, 24 * 60, 53))
def test_the_demo_guest_s_keys_are_open_and_the_stay_has_not_begun(flats: list[DemoFlat], minutes: int) -> None:
    now = NOW.replace(hour=0, minute=0) + timedelta(minutes=minutes)
    past, upcoming = demo_guest_stays(flats[0], now=now)
    begins = clock.at_local(upcoming.check_in, flats[0].house.check_in_time)
    assert past.check_out < clock.local_date(now)
    assert begins - timedelta(hours=24) <= now < begins


def test_scale_calendars_have_exactly_so_many_bookings(people: People, flats: list[DemoFlat]) -> None:
    guests = [guest.id for guest in people.guests]
    for flat in flats[:30]:
        calendar = make_calendar(flat, guests, dice(), today=NOW.date())
        stays = [entry.stay for entry, _ in calendar.entries]
        assert len(stays) == BOOKINGS_A_FLAT
        assert all(before.check_out <= after.check_in for before, after in pairwise(stays))
        assert stays[-1].check_out < NOW.date() + timedelta(days=500)


def test_the_customer_s_sizes() -> None:
    sizes = Sizes.times(1)
    assert (sizes.users, sizes.properties, sizes.bookings, sizes.reviews) == (50_000, 5_000, 100_000, 20_000)
    assert Sizes.times(0.1).bookings == 10_000
    assert REVIEWS_A_FLAT * 5_000 == 20_000


def test_references_are_well_formed_and_never_meet() -> None:
    references = {reference_of(number) for number in range(1, 50_001)}
    assert len(references) == 50_000
    assert all(len(reference) == 8 and set(reference) <= set(ALPHABET) for reference in references)


def test_copied_text_is_escaped_and_unknown_values_are_refused() -> None:
    assert (
        _line(("a\tb\nc\\d", None, 5, True, b"\x01\xff", ["guest"]))
        == "a\\tb\\nc\\\\d\t\\N\t5\tt\t\\\\x01ff\t{guest}\n"
    )
    with pytest.raises(TypeError):
        _line((Stay(NOW.date(), NOW.date() + timedelta(days=1)),))


# --- pictures ---------------------------------------------------------------------------------------


def test_there_are_at_most_60_pictures_of_every_kind_of_room() -> None:
    assert 50 <= len(PICTURES) <= 60
    assert {picture.kind for picture in PICTURES} == set(RoomKind)
    assert len({picture.key for picture in PICTURES}) == len(PICTURES)


def test_a_picture_is_the_same_every_time_and_is_not_flat() -> None:
    picture = PICTURES[3]
    first, second = draw(picture), draw(picture)
    assert first.size == (1600, 1067)
    assert first.tobytes() == second.tobytes()
    colours = first.resize((80, 53)).getcolors(maxcolors=80 * 53)
    assert colours is not None
    assert len(colours) > 300


def test_drawing_writes_three_widths_and_a_tiny_stand_in_once(tmp_path: Path) -> None:
    pictures = PICTURES[:2]
    rooms = draw_rooms(tmp_path, pictures=pictures, processes=2)
    for picture in pictures:
        heights = {}
        for width in WIDTHS:
            with Image.open(tmp_path / f"{picture.key}-{width}.webp") as image:
                assert (image.format, image.width) == ("WEBP", width)
                heights[width] = image.height
        assert heights == {400: 267, 800: 534, 1600: 1067}
        room = rooms[picture.key]
        assert (room.width, room.height) == (1600, 1067)
        kind, _, encoded = room.blur.partition(",")
        assert kind == "data:image/webp;base64"
        assert len(base64.b64decode(encoded)) <= 200
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    again = draw_rooms(tmp_path, pictures=pictures)

    assert again == rooms
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == written


def test_a_missing_file_is_drawn_again(tmp_path: Path) -> None:
    draw_rooms(tmp_path, pictures=PICTURES[:1], processes=1)
    (tmp_path / f"{PICTURES[0].key}-800.webp").unlink()

    draw_rooms(tmp_path, pictures=PICTURES[:1], processes=1)

    assert (tmp_path / f"{PICTURES[0].key}-800.webp").exists()
