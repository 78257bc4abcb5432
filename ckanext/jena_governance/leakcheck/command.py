"""``ckan jena-governance leak-check``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ckanext.jena_governance.leakcheck.live import Check
    from ckanext.jena_governance.leakcheck.sweep import Result

_SHOWN = 200


@click.command("leak-check", short_help="Ask a portal everything, and see whether anything leaks.")
@click.option("--url", required=True, help="Address of the portal, e.g. https://daten.example.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Accounts to ask as: {"name": {"token": …}}, as the demo writes it. What one of them is '
    "entitled to know is then looked for in the answers to all others.",
)
@click.option(
    "--datasets", default=20, show_default=True, help="How many restricted datasets to take."
)
@click.option("--dataset", "named", multiple=True, help="Take only these (id or name).")
@click.option(
    "--plant",
    metavar="ACCOUNT",
    help="As this account of the token file, a sysadmin, make a closed dataset full of canaries, "
    "and purge it afterwards. Without it nothing is written.",
)
@click.option("--organization", help="Who owns what is planted; any organization by default.")
def leak_check(  # noqa: PLR0913, PLR0917 - one for each option
    url: str,
    token_file: Path | None,
    datasets: int,
    named: tuple[str, ...],
    plant: str | None,
    organization: str | None,
) -> None:
    """Ask a portal everything that its API and pages answer.

    Everything is asked as anonymous and as each account of the token file; every answer is
    searched for what that person may not have. The exit code is 1 if anything is found.
    """
    # Imported here: `ckan --help` should not load what only this command needs.
    from ckanext.jena_governance.leakcheck.client import ActionError

    tokens = _tokens(token_file)
    if plant and plant not in tokens:
        raise click.UsageError(f"--plant {plant}: the token file has no such account")
    try:
        check, version = _survey(url.rstrip("/"), tokens, named, datasets)
        leaks = _ask(check, version, plant, organization)
    except (OSError, ActionError) as error:
        raise click.ClickException(str(error)) from error
    if leaks:
        raise click.exceptions.Exit(1)


def _survey(
    url: str, tokens: dict[str, str], named: tuple[str, ...], limit: int
) -> tuple[Check, str]:
    from ckanext.jena_governance.leakcheck import live
    from ckanext.jena_governance.leakcheck.client import Client

    client = Client(url)
    try:
        version = live.version_of(client)
    except live.NotAPortalError as error:
        raise click.ClickException(str(error)) from error
    check = live.Check(client, live.personas_of(client, tokens))
    live.survey(check, named, limit)
    click.echo(f"{url}: CKAN {version}, {len(check.subjects)} resources of restricted datasets.")
    return check, version


def _ask(check: Check, version: str, plant: str | None, organization: str | None) -> int:
    from ckanext.jena_governance.leakcheck import live
    from ckanext.jena_governance.leakcheck.client import Api

    if not plant:
        return _report(check.run(version, live.common_of(check)))
    admin = next(one for one in check.personas if one.name == plant)
    owner = organization or Api(check.client, admin.headers)("organization_list")[0]
    with live.planted(check, admin, owner):
        return _report(check.run(version, live.common_of(check)))


def _report(result: Result) -> int:
    from ckanext.jena_governance.leakcheck.live import LEAKS

    leaks = sorted((one for one in result.findings if one.problem in LEAKS), key=str)
    errors = Counter(one.surface for one in result.findings if one.problem not in LEAKS)
    for finding in leaks[:_SHOWN]:
        click.echo(str(finding))
    if len(leaks) > _SHOWN:
        click.echo(f"… and {len(leaks) - _SHOWN} more.")
    for surface, count in sorted(errors.items()):
        click.echo(f"Error 500 ({count} ×, no leak): {surface}")
    verdict = f"{len(leaks)} leaks." if leaks else "Nothing leaked."
    click.echo(f"{result.asked} requests. {verdict}")
    return len(leaks)


def _tokens(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        accounts = json.loads(path.read_text(encoding="utf-8"))
        return {name: entry["token"] for name, entry in accounts.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise click.UsageError(
            f'{path}: not a file of accounts ({{"name": {{"token": …}}}}): {error}'
        ) from error
