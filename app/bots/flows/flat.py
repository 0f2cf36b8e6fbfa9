"""A flat: what there is, how one stays there, who lets it and what guests say."""

from __future__ import annotations

from app.bots import phrases, values
from app.bots.flow import Act, Flow
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, link
from app.channels.message import Button, Message, plain
from app.domain.availability import calendar
from app.domain.bookings.cancellation import free_until
from app.domain.listings.amenities import amenities_in
from app.domain.listings.reading import PropertyInfo, property_page
from app.domain.listings.review_info import ReviewInfo
from app.domain.pricing.quote import quote
from app.i18n import current_language, format_moment, format_month_year, gettext
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.kit.period import Stay
from app.models import CancellationPolicy
from app.refusals.texts import text_of
from app.wording.terms import POLICY_LABELS, POLICY_LINES

LONGEST_DESCRIPTION, LONGEST_REVIEW = 240, 600
LONGEST_CARD = 1024
"""Characters under a picture: Telegram's limit, and that of WhatsApp's lists."""
MOST_AMENITIES = 8
MOST_PHOTOS = 10
REVIEWS_SHOWN = 3


def read(turn: Turn, property_id: int) -> PropertyInfo:
    """The flat, noted as the one that is talked about. One query. Raises DomainError `property_unknown` (404)."""
    prop = property_page(turn.connection, property_id, language=current_language(), now=turn.now)
    if prop is None:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    turn.memory.notes["flat"] = str(property_id)
    return prop


def show(turn: Turn, given: tuple[str, ...]) -> Screen:
    """A flat; with days in the button the stay is that one from here on."""
    prop = read(turn, values.number(given, 0))
    wish = turn.memory.wish
    if len(given) > 2:
        stay = values.stay(given, 1)
        wish.check_in, wish.check_out = stay.check_in, stay.check_out
    if wish.check_in is not None and wish.check_in < turn.today:
        wish.check_in = wish.check_out = None
    text = _text(turn, prop, wish.stay)
    photos = () if prop.card.photo is None else (prop.card.photo.key,)
    message = Message(text=text, photos=photos, rows=_rows(turn, prop, wish.stay), in_place=True)
    return Screen(State.FLAT, (message,), again=f"flat:{prop.card.id}")


def show_photos(turn: Turn, given: tuple[str, ...]) -> Screen:
    """An album, and the way on below it."""
    prop = read(turn, values.number(given, 0))
    keys = tuple(photo.key for photo in prop.face.photos[:MOST_PHOTOS])
    rows = ((button(gettext("К квартире"), "flat", prop.card.id), _book_button(prop, turn.memory.wish.stay, turn)),)
    title = f"**{plain(prop.card.title)}**"
    if not keys:
        return Screen(State.FLAT, (Message(text=gettext("Фотографий пока нет."), rows=rows),))
    return Screen(State.FLAT, (Message(text=title, photos=keys), Message(text=gettext("Нравится?"), rows=rows)))


def show_reviews(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The newest reviews."""
    prop = read(turn, values.number(given, 0))
    reviews = prop.face.reviews[:REVIEWS_SHOWN]
    parts = [f"**{plain(prop.card.title)}**"]
    parts += [_review_text(review) for review in reviews] or [gettext("Отзывов пока нет.")]
    rows: list[tuple[Button, ...]] = [(button(gettext("К квартире"), "flat", prop.card.id),)]
    if sum(prop.face.stars) > len(reviews):
        rows.append((link(gettext("Все отзывы на сайте"), f"{_address(turn, prop)}/reviews"),))
    return Screen(State.FLAT, (Message(text="\n\n".join(parts), rows=tuple(rows)),))


def policy_text(turn: Turn, prop: PropertyInfo, stay: Stay | None) -> str:
    """What cancelling costs: with a stay until when it is free, otherwise the rules themselves."""
    policy = CancellationPolicy(prop.cancellation_policy)
    if stay is None:
        return f"{gettext(POLICY_LABELS[policy])}. {gettext(POLICY_LINES[policy][0])}"
    moment = free_until(policy, clock.at_local(stay.check_in, prop.check_in_time), now=turn.now)
    if moment is None:
        return gettext("Бесплатно отменить эту бронь уже нельзя: до заезда осталось мало времени.")
    return gettext("Бесплатная отмена до %(moment)s") % {"moment": format_moment(moment, today=turn.today)} + "."


def times_text(prop: PropertyInfo) -> str:
    """From when and until when."""
    times = {"check_in": f"{prop.check_in_time:%H:%M}", "check_out": f"{prop.check_out_time:%H:%M}"}
    return gettext("Заезд с %(check_in)s, выезд до %(check_out)s") % times + "."


def _text(turn: Turn, prop: PropertyInfo, stay: Stay | None) -> str:
    amenities = [gettext(label) for _, label in amenities_in(prop.face.amenities)]
    more = len(amenities) - MOST_AMENITIES
    listed = ", ".join(amenities[:MOST_AMENITIES]) + (gettext(" и ещё %(num)s") % {"num": more} if more > 0 else "")
    host = prop.face.landlord.name
    lines = [
        "\n".join(phrases.flat_lines(prop.card)),
        plain(phrases.shortened(" ".join(prop.face.description.split()), LONGEST_DESCRIPTION)),
        listed,
        times_text(prop) + "\n" + policy_text(turn, prop, stay),
        (gettext("Хозяин: %(name)s") % {"name": plain(phrases.shortened(host, 40))}) if host else "",
        _price_text(turn, prop, stay),
    ]
    return phrases.shortened("\n\n".join(line for line in lines if line), LONGEST_CARD)


def _price_text(turn: Turn, prop: PropertyInfo, stay: Stay | None) -> str:
    least = prop.rules.min_nights
    nights = gettext("не меньше чем на столько ночей: %(nights)s") % {"nights": least} if least > 1 else ""
    guests = min(turn.memory.wish.guests or 1, prop.rules.max_guests)
    if stay is None:
        price = gettext("**%(price)s** за ночь") % {"price": format_tenge(prop.card.per_night)}
        return f"{price}, {nights}" if nights else price
    problem = calendar.problem_with(stay, guests, prop.ring, prop.rules, now=turn.now)
    if problem is not None:
        return f"{phrases.stay_text(stay, guests, today=turn.today)}\n{text_of(problem)}"
    total = quote(prop.tariff, stay, guests=guests).total
    price = gettext("**%(total)s** за всё: %(nights)s, все сборы включены") % {
        "total": format_tenge(total),
        "nights": phrases.nights_text(stay.nights),
    }
    return f"{price}\n{phrases.stay_text(stay, guests, today=turn.today)}"


def _rows(turn: Turn, prop: PropertyInfo, stay: Stay | None) -> tuple[tuple[Button, ...], ...]:
    number = prop.card.id
    first = [button(gettext("📷 Фото"), "pics", number)]
    if prop.card.reviews_count:
        first.append(button(gettext("Отзывы"), "opin", number))
    first.append(button("♡" if turn.has_grid else gettext("♡ В избранное"), "favt", number))
    second = (
        button(gettext("Другие даты"), "cin", None, number),
        button(gettext("💬 Написать хозяину"), "wrtp", number),
    )
    where = (
        link(gettext("На карте"), f"https://2gis.kz/geo/{prop.face.longitude:.5f},{prop.face.latitude:.5f}"),
        link(gettext("На сайте"), _address(turn, prop)),
    )
    return ((_book_button(prop, stay, turn),), tuple(first), second, where)


def _book_button(prop: PropertyInfo, stay: Stay | None, turn: Turn) -> Button:
    """Straight to the price when it is known when and for how many, else what is missing is asked for."""
    label = gettext("Забронировать")
    if stay is None:
        return button(label, "cin", None, prop.card.id)
    days = (values.written_day(stay.check_in), values.written_day(stay.check_out))
    if turn.memory.wish.guests is None:
        return button(label, "gst", None, prop.card.id, *days)
    return button(label, "quote", prop.card.id, *days, turn.memory.wish.guests)


def _review_text(review: ReviewInfo) -> str:
    stars = "★" * review.rating
    head = ", ".join(part for part in (plain(review.author), format_month_year(review.stayed)) if part)
    text = f"{stars} {head}\n{plain(phrases.shortened(review.text, LONGEST_REVIEW))}"
    if review.reply:
        answer = plain(phrases.shortened(review.reply, LONGEST_REVIEW // 2))
        text += "\n" + gettext("Ответ хозяина: %(text)s") % {"text": answer}
    return text


def _address(turn: Turn, prop: PropertyInfo) -> str:
    return f"{turn.around.public_url}/p/{prop.card.id}-{prop.card.slug}"


FLOW = Flow(
    "flat",
    acts=(
        Act("flat", show, (State.FLAT,)),
        Act("pics", show_photos, (State.FLAT,)),
        Act("opin", show_reviews, (State.FLAT,)),
    ),
)
