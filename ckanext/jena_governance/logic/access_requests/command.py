"""``ckan jena-governance requests``."""

from __future__ import annotations

import click


@click.group("requests", short_help="Requests for access: mails that are due, old ones erased.")
def requests() -> None:
    """What requests for access need day by day; a running portal does it by itself, too."""


@requests.command("remind")
def remind() -> None:
    """Write the mails that the calendar calls for, and send all that wait."""
    from ckanext.jena_governance.logic.access_requests import mail

    done = mail.remind()
    sent = mail.deliver()
    click.echo(f"Ending soon: {done['soon']}, overdue: {done['overdue']}. Mails sent: {sent}.")


@requests.command("prune")
def prune() -> None:
    """Erase drafts and ended requests that are older than the settings say."""
    from ckanext.jena_governance.logic.access_requests import retention

    done = retention.prune()
    click.echo(f"Erased: {done['drafts']} drafts, {done['requests']} requests.")
