"""``ckan jena-governance seed``."""

from __future__ import annotations

from pathlib import Path

import click

from ckanext.jena_governance.demo.errors import SeedError

_DEFAULT = Path(".local/demo-accounts.json")


@click.command("seed", short_help="Fill the portal with the demo.")
@click.option(
    "--accounts",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_DEFAULT,
    show_default=True,
    help="File that keeps passwords and tokens of the demo accounts (mode 0600).",
)
@click.pass_context
def seed(ctx: click.Context, accounts: Path) -> None:
    """Fill the portal with organizations, accounts and invented datasets.

    All contents are invented and marked as such. What is there already is left
    as it is: the command can be repeated, also after it was aborted.
    """
    # Imported here: `ckan --help` should not load what only this command needs.
    from ckanext.jena_governance.demo.seed import seed as fill

    with ctx.meta["flask_app"].test_request_context():
        try:
            done = fill(accounts, click.echo)
        except SeedError as error:
            raise click.ClickException(str(error)) from error
    if done.is_nothing:
        click.echo("Everything was there already.")
    click.echo(f"Passwords and tokens: {accounts}")
