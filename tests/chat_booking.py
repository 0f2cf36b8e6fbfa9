"""The customer's own scenario, step by step: from the first word to the payment link, in any messenger."""

from __future__ import annotations

from datetime import date

from app.kit.period import Stay
from tests.chat_people import ChatPerson, Shown, answers, reads

_MONTHS = "января,февраля,марта,апреля,мая,июня,июля,августа,сентября,октября,ноября,декабря"

MENU = "Что сделаем?"
QUOTE = "Итого"
LINK = "Счёт готов"
PAID = "оплачена"


def day(of: date) -> str:
    """A day as people write it."""
    return f"{of.day} {_MONTHS.split(',')[of.month - 1]}"


def meets(person: ChatPerson) -> None:
    """The chat is opened and a language chosen."""
    answers(person, person.begins, "Choose a language")
    answers(person, lambda: person.presses("Русский"), MENU)


def finds(person: ChatPerson, city: str, title: str, stay: Stay) -> Shown:
    """A typed wish leads to the card of the only flat in the city."""
    wish = f"{city} {day(stay.check_in)} – {day(stay.check_out)} двое"
    return answers(person, lambda: person.says(wish), title)


def holds(person: ChatPerson) -> Shown:
    """From the flat's card to the link to pay, which comes by itself; on the way the person proves who they are."""
    answers(person, lambda: person.presses("Подробнее"), "Заезд")
    answers(person, lambda: person.presses("Забронировать"), QUOTE)
    answers(person, lambda: person.presses("Забронировать и оплатить"), "номер")
    answers(person, person.proves_their_number, "")
    answers(person, lambda: person.presses("Продолжить"), "как вас зовут")
    answers(person, lambda: person.says("Айгерим"), "держатся за вами")
    return reads(person, LINK)
