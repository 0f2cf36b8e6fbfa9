"""3-domain, "Access codes": what a landlord keeps of the way in, where it lies, and who sees it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import errors as pg
from sqlalchemy import select

from app.db import transaction
from app.domain.access import grants, photos
from app.domain.access.details import LONGEST, AccessDetails, details_from
from app.domain.actor import Actor
from app.domain.checkout import cancel as cancelling
from app.domain.hosting import entry
from app.kit.crypto import SealError
from app.kit.errors import DomainError
from app.kit.pictures import Sized, largest_within, redrawn
from app.models import ENTRY_PHOTO_BYTES, AccessGrant, AccessInstructions, AccessPhoto, AuditEntry, CodeMode
from tests import factories
from tests.domain.entries import MORNING, change, entries_about
from tests.domain.stays import Paid, paid_stay, refused
from tests.pictures import picture, with_gps

HOUR = timedelta(hours=1)
DOOR = Sized(redrawn(picture((320, 240))).files[400], 320, 240)


def add(paid: Paid, count: int = 1) -> list[photos.EntryPhoto]:
    """The landlord adds pictures; all that the flat has then."""
    with transaction() as session:
        entry.add_photos(session, paid.flat, [DOOR] * count, landlord_id=paid.landlord, now=MORNING)
        return list(photos.photos_of(session, paid.flat))


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_codes_floor_wifi_and_instructions_are_sealed_at_rest(app: Flask, database_url: str) -> None:
    """Every field, in every language, and the captions: nowhere readable in any table."""
    paid = paid_stay(now=MORNING)
    texts = {name: f"ключ{index}Ъ{paid.id}" for index, name in enumerate(LONGEST)}
    change(paid, {name: text[: LONGEST[name]] for name, text in texts.items()})
    [shown] = add(paid)
    with transaction() as session:
        landlord = paid.landlord
        entry.describe_photo(session, paid.flat, shown.id, f"подпись{paid.id}Ъ", landlord_id=landlord, now=MORNING)
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [row for (table,) in tables for row in connection.execute(f'SELECT * FROM "{table}"')]
    values = [value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row]
    for secret in (*(text.encode() for text in texts.values()), f"подпись{paid.id}Ъ".encode(), DOOR.data, b"WEBPVP8"):
        assert not [value for value in values if secret in value]
    with transaction() as session:
        details = AccessDetails.model_validate_json(session.get_one(AccessInstructions, paid.flat).details)
        assert details.model_dump() == texts
        assert photos.image_of(session, paid.flat, shown.id) == DOOR.data


def test_pictures_swapped_between_rows_do_not_open(app: Flask) -> None:
    """Promise 31: a picture is sealed for its own row."""
    paid = paid_stay(now=MORNING)
    first, second = add(paid, 2)
    with transaction() as session:
        rows = [session.get_one(AccessPhoto, each.id) for each in (first, second)]
        rows[0].image_sealed = rows[1].image_sealed
    with pytest.raises(SealError), transaction() as session:
        photos.image_of(session, paid.flat, first.id)


def test_where_a_picture_was_taken_is_not_kept() -> None:
    """Promise 27, for the way in: what is kept was drawn anew."""
    assert b"SecretPhone" in with_gps()
    kept = largest_within(redrawn(with_gps()), ENTRY_PHOTO_BYTES)
    assert b"SecretPhone" not in kept.data
    assert b"EXIF" not in kept.data


@pytest.mark.parametrize(
    ("size", "kept_size"),
    [
        ((640, 480), (640, 480)),
        ((2000, 1500), (800, 600)),  # 1,6 MB when it is 1600 wide
        ((750, 3000), (200, 800)),  # 420 KB when it is 400 wide
        ((6000, 300), (1600, 80)),
    ],
)
def test_a_kept_picture_is_at_most_400_kilobytes(size: tuple[int, int], kept_size: tuple[int, int]) -> None:
    """Noise is what hardly shrinks: the widest file that fits is kept, with its own size."""
    drawn = redrawn(picture(size, noise=True))
    kept = largest_within(drawn, ENTRY_PHOTO_BYTES)
    assert ENTRY_PHOTO_BYTES == 400 * 1024
    assert len(kept.data) <= ENTRY_PHOTO_BYTES
    assert kept.data in drawn.files.values()
    assert (kept.width, kept.height) == kept_size
    assert largest_within(drawn, 1).data == drawn.files[400], "nothing fits: the smallest"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "keys_empty", None),
        ({"floor": "7", "wifi_password": "salem2026"}, "keys_empty", None),
        ({"intercom": "4" * 41}, "text_too_long", "intercom"),
        ({"intercom": "45", "floor": "7" * 21}, "text_too_long", "floor"),
        ({"directions": "я" * 2001}, "text_too_long", "directions"),
        ({"directions_kk": "я" * 2001}, "text_too_long", "directions_kk"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(given: dict[str, str], code: str, field: str | None) -> None:
    with pytest.raises(DomainError) as caught:
        details_from(given)
    assert (caught.value.code, caught.value.params.get("field")) == (code, field)


def test_lines_are_kept_in_directions_only() -> None:
    details = details_from(
        {"key_safe": " 48\n12 ", "directions": "Слева  дверь.\r\n\r\nКод внизу.\t", "wifi_name": "A"}
    )
    assert details.key_safe == "48 12"
    assert details.directions == "Слева дверь.\n\nКод внизу."


@pytest.mark.parametrize(
    ("kept", "language", "shown"),
    [
        ({"directions": "ru", "directions_kk": "kk", "directions_en": "en"}, "kk", "kk"),
        ({"directions": "ru", "directions_kk": "kk", "directions_en": "en"}, "en", "en"),
        ({"directions": "ru", "directions_en": "en"}, "kk", "ru"),
        ({"directions_en": "en"}, "ru", "en"),
        ({}, "kk", ""),
    ],
)
def test_directions_are_told_in_the_guests_language_or_one_there_is(
    kept: dict[str, str], language: str, shown: str
) -> None:
    assert AccessDetails(**kept).directions_in(language) == shown


def test_code_of_the_release_before_reads_what_uses_no_new_field(app: Flask) -> None:
    """During a roll-out the old processes go on: its documents knew nine fields and refused others."""
    paid = paid_stay(now=MORNING)
    change(paid, {"intercom": "9"})
    old = set(LONGEST) - {"directions_kk", "directions_en"}
    with transaction() as session:
        assert set(json.loads(session.get_one(AccessInstructions, paid.flat).details)) <= old


# --- whose, and audited ----------------------------------------------------------------------------------------------


def test_every_look_and_every_change_is_audited_without_values(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        found = entry.reveal(session, paid.flat, landlord_id=paid.landlord, now=MORNING)
    assert (found.details, found.mode, found.photos) == (factories.CODES, CodeMode.SHARED, ())
    change(paid, {"intercom": "НОВЫЙ1", "wifi_password": "НОВЫЙ2"}, mode=CodeMode.PER_BOOKING, days_before=5)
    [photo] = add(paid)
    with transaction() as session:
        entry.remove_photo(session, paid.flat, photo.id, landlord_id=paid.landlord, now=MORNING)
    found_entries = entries_about(paid)
    actions = ["entry.revealed", "entry.changed", "entry.photos_added", "entry.photo_removed"]
    assert [each.action for each in found_entries] == actions
    assert {each.actor_id for each in found_entries} == {paid.landlord}
    assert found_entries[1].details == {"fields": "intercom,wifi_password", "mode": "per_booking", "told": 0}
    assert "НОВЫЙ" not in json.dumps([each.details for each in found_entries], ensure_ascii=False)


def test_saving_what_is_there_already_changes_and_tells_nothing(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    assert change(paid) == 0
    assert entries_about(paid) == []
    with transaction() as session:
        assert session.get_one(AccessGrant, paid.id).issue == 1


def test_another_landlord_neither_sees_nor_changes_anything(app: Flask) -> None:
    paid, other = paid_stay(now=MORNING), paid_stay(now=MORNING)
    [photo] = add(paid)
    acts: list[tuple[Any, tuple[Any, ...]]] = [
        (entry.reveal, ()),
        (entry.change, (factories.CODES.model_dump(), None)),
        (entry.add_photos, ([DOOR],)),
        (entry.describe_photo, (photo.id, "моё")),
        (entry.move_photo, (photo.id,)),
        (entry.remove_photo, (photo.id,)),
    ]
    for act, more in acts:
        with refused("property_unknown") as session:
            act(session, paid.flat, *more, landlord_id=other.landlord, now=MORNING)
    with refused("property_unknown") as session:
        entry.photo(session, paid.flat, photo.id, landlord_id=other.landlord)
    with refused("photo_unknown") as session:  # their own flat does not show another's picture
        entry.photo(session, other.flat, photo.id, landlord_id=other.landlord)
    with refused("photo_unknown") as session:
        entry.remove_photo(session, other.flat, photo.id, landlord_id=other.landlord, now=MORNING)


# --- pictures --------------------------------------------------------------------------------------------------------


def test_a_flat_has_at_most_six_pictures(app: Flask, database_url: str) -> None:
    paid = paid_stay(now=MORNING)
    add(paid, 4)
    with refused("too_many_photos", most=6) as session:
        entry.add_photos(session, paid.flat, [DOOR] * 3, landlord_id=paid.landlord, now=MORNING)
    assert len(add(paid, 2)) == 6
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection, pytest.raises(pg.CheckViolation):
        connection.execute("UPDATE access_photos SET position = 6 WHERE property_id = %s", (paid.flat,))


def test_pictures_have_captions_and_an_order(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    first, second, third = add(paid, 3)
    owner: dict[str, Any] = {"landlord_id": paid.landlord, "now": MORNING}

    def order() -> list[Any]:
        with transaction() as session:
            rows = session.scalars(select(AccessPhoto.position).where(AccessPhoto.property_id == paid.flat))
            found = photos.photos_of(session, paid.flat)
            assert sorted(rows) == list(range(len(found)))
            return [each.id for each in found]

    with transaction() as session:
        entry.describe_photo(session, paid.flat, third.id, "  Сейф   слева ", **owner)
        entry.move_photo(session, paid.flat, third.id, **owner)
    assert order() == [first.id, third.id, second.id]
    with transaction() as session:
        entry.move_photo(session, paid.flat, first.id, **owner)
    assert order() == [first.id, third.id, second.id], "the first one stays"
    with transaction() as session:
        entry.remove_photo(session, paid.flat, first.id, **owner)
        assert photos.photos_of(session, paid.flat)[0].caption == "Сейф слева"
    assert order() == [third.id, second.id]
    with refused("caption_too_long") as session:
        entry.describe_photo(session, paid.flat, third.id, "я" * 201, **owner)


def test_pictures_are_only_ever_shown_within_the_grants_window(app: Flask) -> None:
    """From 24 h before check-in until check-out, to the booking's guest, while it stands."""
    paid = paid_stay(now=MORNING)
    [photo] = add(paid)
    other = paid_stay(now=MORNING)
    opens, inside = paid.check_in_at - timedelta(hours=24), paid.check_in_at + HOUR

    def show(moment: Any, *, guest: Any = paid.guest, reference: str = paid.reference) -> bytes:
        with transaction() as session:
            return grants.entry_photo(session, reference, photo.id, guest_id=guest, now=moment)

    assert show(opens) == show(paid.check_out_at - timedelta(seconds=1)) == DOOR.data
    for moment, guest, reference, code in (
        (opens - timedelta(seconds=1), paid.guest, paid.reference, "keys_too_early"),
        (paid.check_out_at, paid.guest, paid.reference, "keys_closed"),
        (inside, other.guest, paid.reference, "booking_unknown"),
        (inside, other.guest, other.reference, "photo_unknown"),
    ):
        with pytest.raises(DomainError, match=code):
            show(moment, guest=guest, reference=reference)
    with transaction() as session:
        cancelling.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=opens)
    with pytest.raises(DomainError, match="keys_not_paid"):
        show(inside)


def test_a_reveal_says_how_many_pictures_it_showed(app: Flask) -> None:
    """Every reveal is audited, the pictures with it."""
    paid = paid_stay(now=MORNING)
    add(paid, 2)
    with transaction() as session:
        grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at)
        found = select(AuditEntry.details).where(
            AuditEntry.action == "access.revealed", AuditEntry.subject_id == str(paid.id)
        )
        assert session.scalars(found.where(AuditEntry.subject_kind == "booking")).all() == [{"photos": 2}]
