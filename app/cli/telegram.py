"""`flask telegram …`: the bot's webhook and menu, and asking for updates where no webhook can reach us."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import orjson
from flask.cli import with_appcontext

from app.bots.words import DESCRIPTIONS
from app.db import transaction
from app.domain.chats import telegram_updates
from app.i18n import LANGUAGES, catalog
from app.integrations.errors import ProviderError, ProviderUnavailable
from app.integrations.telegram.updates import PATH
from app.jobs.providers import settings
from app.kit import clock

if TYPE_CHECKING:
    from app.integrations.telegram.bot import TelegramBot

LONGEST_WAIT = 25
"""Seconds that one question for updates may stay open."""
_PAUSE = 3.0
"""Seconds before it is asked again after a failure."""


@click.group()
def telegram() -> None:
    """Telegram: the bot's webhook, menu and updates."""


@contextmanager
def _bot() -> Iterator[TelegramBot]:
    """The bot of the settings. Raises ClickException for what goes wrong, in one sentence without the token."""
    config = settings()
    if not config.telegram_bot_token:
        raise click.ClickException("This installation has no Telegram: set TELEGRAM_BOT_TOKEN.")
    from app.integrations.telegram.bot import TelegramBot  # web processes import this module, and never the library

    bot = TelegramBot(base_url=config.telegram_base_url, token=config.telegram_bot_token)
    try:
        yield bot
    except ProviderError as error:
        raise click.ClickException(str(error)) from error
    finally:
        bot.close()


@telegram.command("set-webhook")
@with_appcontext
def set_webhook() -> None:
    """Have Telegram tell its updates to PUBLIC_URL."""
    config = settings()
    url = f"{config.public_url}{PATH}"
    with _bot() as bot:
        bot.set_webhook(url, config.telegram_webhook_secret)
    click.echo(f"updates go to {url}")


@telegram.command("delete-webhook")
@with_appcontext
def delete_webhook() -> None:
    """Have Telegram keep its updates until they are asked for (`flask telegram poll`)."""
    with _bot() as bot:
        bot.delete_webhook()
    click.echo("updates wait at Telegram")


@telegram.command("set-commands")
@with_appcontext
def set_commands() -> None:
    """Give the bot its menu of commands in every language."""
    with _bot() as bot:
        for language in (None, *LANGUAGES):
            texts = catalog(language or "ru")
            bot.set_commands({name[1:]: texts.gettext(does) for name, does in DESCRIPTIONS.items()}, language)
        bot.show_commands_button()
    click.echo(f"{len(DESCRIPTIONS)} commands in {', '.join(LANGUAGES)}")


@telegram.command()
@with_appcontext
def info() -> None:
    """Print who the bot is, where its updates go, how many wait, and what went wrong last."""
    with _bot() as bot:
        me, hook = bot.me(), bot.webhook_info()
    click.echo(f"@{me.get('username', '?')} ({me.get('id', '?')})")
    click.echo(f"webhook: {hook.get('url') or 'none'}, {hook.get('pending_update_count', 0)} updates wait")
    if hook.get("last_error_message"):
        click.echo(f"last error: {hook['last_error_message']}")


@telegram.command()
@click.option("--once", is_flag=True, help="Take what waits now, and end.")
@with_appcontext
def poll(*, once: bool) -> None:
    """Ask Telegram for updates and keep them as the webhook would, until interrupted. A webhook must not be set."""
    offset = 0
    with _bot() as bot:
        while True:
            try:
                found = bot.updates(offset, seconds=0 if once else LONGEST_WAIT)
            except ProviderUnavailable as error:
                if once:
                    raise
                click.echo(f"{error}; asking again", err=True)
                time.sleep(_PAUSE)
                continue
            for update in found:
                with transaction() as session:
                    telegram_updates.keep(session, orjson.dumps(update), now=clock.now())
                offset = int(update["update_id"]) + 1  # Telegram forgets what comes before it, and we have that
            if found:
                click.echo(f"{len(found)} updates")
            elif once:
                return
