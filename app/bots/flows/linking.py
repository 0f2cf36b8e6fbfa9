"""Whose chat it is: a shared number or a typed one, and the code that proves it (3-domain, People and roles).

A number without an account makes one at once when the messenger itself vouches for it; an existing account is opened
only by a one-time code, however the number came. A link from the portal carries a proof of its own;
the person confirms whose account it is.
"""

from __future__ import annotations

import re
from datetime import timedelta

from app.bots import understanding
from app.bots.flow import Act, Flow, Hearing
from app.bots.flows import menu
from app.bots.states import State
from app.bots.turn import MENU, Screen, Turn, button, link
from app.channels.inbound import InboundKind
from app.channels.message import Button, Message
from app.domain.accounts import codes, people
from app.domain.accounts.codes import CodeProblem
from app.domain.chats import identities
from app.i18n import current_language, gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.phone import PhoneError, mask_phone, parse_phone
from app.models import Messenger, User

_TO_BOTH = (State.PHONE, State.CODE, State.MENU)

_CODE = re.compile(r"[0-9]{3}[ \u00a0-]?[0-9]{3}")
CODE_DIGITS = 6
MOST_CODES = 5
CODES_WINDOW = timedelta(hours=1)
"""So many codes one chat asks for, whatever phones they go to: each costs an SMS, and the day has a cap for all."""
_CODES = "codes"
"""Note: when the last ones were asked for (seconds of UTC)."""


def ask_phone(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Whose chat is it? Somebody who is known is told so."""
    if turn.is_linked:
        return _linked(turn)
    own = turn.inbound.phone if turn.messenger is Messenger.WHATSAPP else None
    if own is not None:
        text = gettext("Продолжим с вашим номером %(phone)s? На него придёт всё о бронях.") % {"phone": mask_phone(own)}
        rows = ((button(gettext("Да, это мой номер"), "own"),),)
        return Screen(State.PHONE, (Message(text=text, rows=rows),))
    text = gettext(
        "Чтобы забронировать и получить ключи, нужен ваш номер телефона. Нажмите кнопку внизу или напишите его."
    )
    return Screen(State.PHONE, (Message(text=text, contact_label=gettext("📱 Отправить мой номер")),))


def take_own(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """The number that the person writes from (WhatsApp vouches for it)."""
    if turn.messenger is not Messenger.WHATSAPP or turn.inbound.phone is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    return _proceed(turn, turn.inbound.phone, is_vouched_for=True)


def hear_phone(turn: Turn, text: str) -> Screen | None:
    """A shared contact, or a typed number; None for a search, though it has numbers too."""
    if turn.inbound.kind is InboundKind.FOREIGN_CONTACT:
        return Screen(State.PHONE, (Message(text=gettext("Это чужой номер. Отправьте свой — кнопкой внизу.")),))
    if turn.inbound.kind is InboundKind.CONTACT and turn.inbound.phone is not None:
        return _proceed(turn, turn.inbound.phone, is_vouched_for=True)
    if _is_awaited_code(turn, text):
        return hear_code(turn, text)
    if not any(letter.isdigit() for letter in text):
        return None
    try:
        phone = parse_phone(text)
    except PhoneError:
        said = understanding.understand(text, today=turn.today)
        if said.cities or said.dates.check_in is not None:
            return None
        raise DomainError("phone_wrong") from None
    return _proceed(turn, phone, is_vouched_for=False)


def hear_code(turn: Turn, text: str) -> Screen | None:
    """The one-time code. Words with numbers in them («Алматы 12–15 марта») are none, and use up no try."""
    digits = "".join(letter for letter in text if letter.isdigit())
    is_alone = len(digits) == CODE_DIGITS and _CODE.search(text) is not None
    is_about_else = not is_alone and any(letter.isalpha() for letter in text)
    if turn.memory.challenge is None or not digits or is_about_else:
        return None
    tried = codes.verify(turn.session, turn.memory.challenge, digits, now=turn.now)
    if tried.user_id is not None:
        identities.link(turn.session, turn.chat, tried.user_id, now=turn.now)
        turn.memory.challenge = None
        return _tied(turn)
    if tried.problem is CodeProblem.WRONG:
        text = gettext("Код не подошёл. Осталось попыток: %(left)s.") % {"left": tried.tries_left}
        return Screen(State.CODE, (Message(text=text, rows=_code_rows()),))
    turn.memory.challenge = None
    text = gettext("Этот код больше не действует. Запросите новый.")
    if tried.problem is CodeProblem.BLOCKED:
        text = gettext("Этот аккаунт заблокирован. Напишите в поддержку.")
    return _start_again(text)


def hear_lost(turn: Turn, text: str) -> Screen | None:
    """A code or a number that was asked for in what the conversation has forgotten; None for other text.

    Only while it is not known whose chat it is: nobody else was asked.
    """
    if turn.is_linked:
        return None
    if _is_awaited_code(turn, text):
        return hear_code(turn, text)
    is_code = _CODE.fullmatch(text.strip()) is not None
    if not is_code and not _is_phone(text):
        return None
    if turn.memory.is_forgetful:
        return _not_now(turn)
    return _start_again(gettext("Этот код больше не действует. Запросите новый.")) if is_code else ask_phone(turn, ())


def send_again(turn: Turn, _values: tuple[str, ...]) -> Screen:
    """Another code to the same phone."""
    if turn.memory.is_forgetful:
        return _not_now(turn)
    if turn.memory.challenge is None:
        return ask_phone(turn, ())
    _count_code(turn)
    cap = turn.around.sms_daily_cap
    turn.memory.challenge = codes.resend_code(turn.session, turn.memory.challenge, daily_cap=cap, now=turn.now)
    return Screen(
        State.CODE, (Message(text=gettext("Отправили новый код по SMS. Напишите его сюда."), rows=_code_rows()),)
    )


def ask_token(turn: Turn, given: tuple[str, ...]) -> Screen:
    """A link of the portal, made for the person who is signed in there: is this them?

    Anyone can send anyone a link of their own: who follows it would book, pay and write on the sender's account.
    """
    user = identities.owner_by_token(turn.session, turn.chat, given[0] if given else "", now=turn.now)
    if turn.chat.user_id == user.id:
        return _linked(turn)
    text = gettext(
        "Связать этот чат с аккаунтом %(phone)s? Если это не ваш номер, не соглашайтесь: "
        "владелец аккаунта увидит ваши брони и сообщения."
    ) % {"phone": mask_phone(user.phone)}
    rows = (
        (button(gettext("Да, это мой аккаунт"), "toky", given[0]),),
        (button(gettext("Нет, не связывать"), MENU),),
    )
    return Screen(State.MENU, (Message(text=text, rows=rows),), is_bare=True)


def take_token(turn: Turn, given: tuple[str, ...]) -> Screen:
    """They say so: from here on the chat is theirs, and the link is used up."""
    identities.link_by_token(turn.session, turn.chat, given[0] if given else "", now=turn.now)
    return _tied(turn)


def _proceed(turn: Turn, phone: str, *, is_vouched_for: bool) -> Screen:
    if is_vouched_for and people.find_by_phone(turn.session, phone) is None:
        user = people.find_or_create(turn.session, phone, language=current_language(), now=turn.now)
        turn.session.flush()
        identities.link(turn.session, turn.chat, user.id, now=turn.now)
        return _linked(turn)
    if turn.memory.is_forgetful:
        return _not_now(turn)
    _count_code(turn)
    cap = turn.around.sms_daily_cap
    turn.memory.challenge = codes.request_code(
        turn.session, phone, language=current_language(), daily_cap=cap, now=turn.now
    )
    text = gettext("Отправили код по SMS на %(phone)s. Напишите его сюда.") % {"phone": mask_phone(phone)}
    return Screen(State.CODE, (Message(text=text, rows=_code_rows()),))


def _count_code(turn: Turn) -> None:
    """One more code of this chat, which is forgotten again if it is not sent. Raises DomainError `codes_used_up`."""
    since = (turn.now - CODES_WINDOW).timestamp()
    lately = [moment for moment in turn.memory.notes.get(_CODES, "").split() if int(moment) > since]
    if len(lately) >= MOST_CODES:
        raise DomainError("codes_used_up", ErrorKind.LIMIT)
    turn.memory.notes = turn.memory.notes | {_CODES: " ".join((*lately, str(int(turn.now.timestamp()))))}


def _is_awaited_code(turn: Turn, text: str) -> bool:
    """Does it look like a code, and was one sent? Whoever waits for an SMS looks at other things meanwhile."""
    return turn.memory.challenge is not None and _CODE.fullmatch(text.strip()) is not None


def _is_phone(text: str) -> bool:
    try:
        parse_phone(text)
    except PhoneError:
        return False
    return True


def _not_now(turn: Turn) -> Screen:
    """A code that is sent now could not be taken: what it belongs to would be forgotten."""
    text = gettext(
        "Сейчас не получается подтвердить номер в чате: у нас неполадка, она скоро пройдёт. Попробуйте через минуту. "
        "Или войдите на сайте: там можно забронировать и связать этот чат с аккаунтом."
    )
    rows = ((link(gettext("Открыть на сайте"), f"{turn.around.public_url}/profile#chats"),),)
    return Screen(State.PHONE, (Message(text=text, rows=rows),))


def _start_again(text: str) -> Screen:
    return Screen(State.PHONE, (Message(text=text, rows=((button(gettext("Начать заново"), "link"),),)),))


def _code_rows() -> tuple[tuple[Button, ...], ...]:
    return ((button(gettext("Отправить код снова"), "again"),), (button(gettext("Другой номер"), "link"),))


def _tied(turn: Turn) -> Screen:
    """An account that there was before speaks the chat's language from here on, as after a choice in a chat that was
    tied already: its notifications come between the conversation's own words."""
    people.choose_language(turn.session, turn.user_id, current_language(), now=turn.now)
    return _linked(turn)


def _linked(turn: Turn) -> Screen:
    turn.roles = frozenset(turn.session.get_one(User, turn.chat.user_id).roles)  # a landlord's menu has more
    resume, turn.memory.resume = turn.memory.resume, None
    if resume is not None:
        return menu.resumed(turn, resume)
    done = menu.show_menu(turn, ())
    return Screen(
        State.MENU, (Message(text=gettext("Готово: чат связан с вашим аккаунтом.")), *done.messages), is_bare=True
    )


FLOW = Flow(
    "linking",
    acts=(
        Act("link", ask_phone, (State.PHONE, State.MENU)),
        Act("own", take_own, _TO_BOTH),
        Act("again", send_again, _TO_BOTH),
        Act("tok", ask_token, (State.MENU,)),
        Act("toky", take_token, (State.MENU,)),
    ),
    hearings=(
        Hearing(State.PHONE, hear_phone, _TO_BOTH, takes_numbers=True),
        Hearing(State.CODE, hear_code, _TO_BOTH, takes_numbers=True),
    ),
)
