"""`flask audit head` and `flask audit verify`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.db import transaction
from app.domain import audit_chain


@click.group()
def audit() -> None:
    """The chain over the audit trail: its head to keep elsewhere, and whether it holds."""


@audit.command()
@with_appcontext
def head() -> None:
    """Print the chain's head as `position:hash`: keep it where this database's administrators cannot write."""
    with transaction() as session:
        click.echo(str(audit_chain.head(session)))


@audit.command()
@click.option("--head", "exported", default=str(audit_chain.EMPTY), help="A head that was exported before.")
@with_appcontext
def verify(exported: str) -> None:
    """Walk the whole chain; print the first broken place, if any, and exit 1."""
    try:
        kept = audit_chain.Head.parse(exported)
    except ValueError:
        raise click.BadParameter("is written as position:hash", param_hint="--head") from None
    with transaction() as session:
        found = audit_chain.verify(session, exported=kept)
    if found.broken is not None:
        click.echo(f"{found.links} links hold; broken at {found.broken}")
        raise SystemExit(1)
    click.echo(f"{found.links} links hold")
