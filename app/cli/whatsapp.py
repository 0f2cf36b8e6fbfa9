"""`flask whatsapp …`: the templates that WhatsApp has to approve before they may be sent."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.integrations.errors import ProviderError
from app.integrations.twilio_content import ContentApi
from app.jobs.providers import whatsapp_contents
from app.notify.whatsapp_templates import UNSUBMITTED, category_of, submit_all, templates


@click.group()
def whatsapp() -> None:
    """WhatsApp: templates for what is told outside the 24 hours."""


@whatsapp.command("templates")
@with_appcontext
def list_templates() -> None:
    """Print every template: its name, Meta's category, and what Meta says of it."""
    try:
        _print_all(whatsapp_contents())
    except ProviderError as error:
        raise click.ClickException(str(error)) from error


@whatsapp.command("create-templates")
@with_appcontext
def create_templates() -> None:
    """Write down at Twilio what is not there yet, and submit what Meta has not seen. Running it again does no harm."""
    api = whatsapp_contents()
    try:
        for line in submit_all(api):
            click.echo(line)
        _print_all(api)
    except ProviderError as error:
        raise click.ClickException(str(error)) from error


def _print_all(api: ContentApi) -> None:
    known = dict(api.names())
    for kind, template in templates():
        name = template.friendly_name
        sid = known.get(name)
        approval = UNSUBMITTED if sid is None else api.approval(sid)
        reason = f": {approval.rejection_reason}" if approval.rejection_reason else ""
        there = approval.status if sid is not None else "missing"
        click.echo(f"{name}  {category_of(kind)}  {there}{reason}")
