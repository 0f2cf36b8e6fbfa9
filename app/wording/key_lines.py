"""What opens a flat, line by line, as guests and landlords read it."""

from __future__ import annotations

from app.domain.access.details import AccessDetails
from app.i18n import current_language, gettext


def key_lines(details: AccessDetails) -> list[tuple[str, str, bool]]:
    """(label, value, is it a code to copy) of everything the flat has."""
    lines = [
        (gettext("Подъезд"), details.entrance, False),
        (gettext("Этаж"), details.floor, False),
        (gettext("Квартира"), details.apartment, False),
        (gettext("Домофон"), details.intercom, True),
        (gettext("Сейф для ключей"), details.key_safe, True),
        (gettext("Электронный замок"), details.smart_lock, True),
        (gettext("Сеть Wi-Fi"), details.wifi_name, False),
        (gettext("Пароль Wi-Fi"), details.wifi_password, True),
        (gettext("Как войти"), details.directions_in(current_language()), False),
    ]
    return [line for line in lines if line[1]]
