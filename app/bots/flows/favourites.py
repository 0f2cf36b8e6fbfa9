"""Saved flats: one at a time with its photo, and the heart on any flat."""

from __future__ import annotations

from app.bots import values
from app.bots.flow import Act, Flow, Who
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.channels.message import Button, Message, plain
from app.domain.favourites.reading import saved_among, saved_flats
from app.domain.favourites.saving import forget, save
from app.i18n import current_language, format_rating, gettext
from app.kit.money import format_tenge


def show_saved(turn: Turn, given: tuple[str, ...]) -> Screen:
    """One saved flat, and the way to the others."""
    place = values.number_or(given, 0, 0)
    found = saved_flats(turn.connection, turn.user_id, language=current_language(), offset=place, limit=1)
    if not found.flats:
        text = gettext("В избранном пока пусто. Нажмите ♡ у квартиры, чтобы сохранить её.")
        rows: tuple[tuple[Button, ...], ...] = ((button(gettext("🔎 Найти квартиру"), "city"),),)
        return Screen(State.FAVOURITES, (Message(text=text, rows=rows, in_place=True),), again="favs")
    saved = found.flats[0]
    card = saved.card
    lines = [f"**{plain(card.title)}**", plain(f"{card.city_name}, {card.district_name}")]
    if card.rating is not None:
        lines.append(f"★ {format_rating(card.rating)} ({card.reviews_count})")
    lines.append(gettext("от %(price)s за ночь") % {"price": format_tenge(card.per_night)})
    if not saved.is_published:
        lines.append(gettext("Сейчас не сдаётся."))
    lines.append(gettext("%(place)s из %(count)s") % {"place": place + 1, "count": found.count})
    offers: list[tuple[Button, ...]] = []
    if saved.is_published:
        offers.append((button(gettext("Подробнее"), "flat", card.id),))
    offers.append((button(gettext("Убрать из избранного"), "favx", card.id, place),))
    turning = [button("‹", "favs", place - 1)] if place else []
    turning += [button("›", "favs", place + 1)] if place + 1 < found.count else []
    if turning:
        offers.append(tuple(turning))
    photos = (card.photo.key,) if card.photo is not None else ()
    message = Message(text="\n".join(lines), photos=photos, rows=tuple(offers), in_place=True)
    return Screen(State.FAVOURITES, (message,), again=payload("favs", place) if place else "favs")


def toggle(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The heart: saved becomes not saved and the other way round; the conversation stays where it is."""
    property_id = values.number_or(given, 0, 0)
    if saved_among(turn.connection, turn.user_id, [property_id]):
        forget(turn.session, turn.user_id, property_id)
        said = gettext("Убрали из избранного.")
    else:
        save(turn.session, turn.user_id, property_id, now=turn.now)
        said = gettext("♥ Сохранили в избранное.")
    rows = ((button(gettext("♡ Избранное"), "favs"),),)
    return Screen(State.FAVOURITES, (Message(text=said, rows=rows),), toast=said)


def remove(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Off the list, and on to the next one."""
    forget(turn.session, turn.user_id, values.number_or(given, 0, 0))
    place = max(0, values.number_or(given, 1, 0) - 1)
    return show_saved(turn, (str(place),))


FLOW = Flow(
    "favourites",
    acts=(
        Act("favs", show_saved, (State.FAVOURITES,), Who.LINKED),
        Act("favt", toggle, (State.FAVOURITES,), Who.LINKED),
        Act("favx", remove, (State.FAVOURITES,), Who.LINKED),
    ),
)
