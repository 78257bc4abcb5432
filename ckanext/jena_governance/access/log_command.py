"""``ckan jena-governance log`` and ``ckan jena-governance person``."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

# Nothing can be checked: no key, no file. Findings are 1.
CANNOT = 2


@click.group("log", short_help="The log that shows tampering: seal, verify, export, prune.")
def log() -> None:
    """The record of changes: seal its days, check the seals, export it, remove what is old."""


@log.command("seal")
@click.option(
    "--late",
    is_flag=True,
    help="Seal days that should have had a seal before, too, and write a file outside that is "
    "missing anew: you have looked, and nobody has deleted seals.",
)
def seal(late: bool) -> None:
    """Seal every day that is over; once a night, by cron. Exit code 2 if it cannot be done."""
    from ckanext.jena_governance.access import outside

    made = _try("seal", late=late)
    if not made:
        click.echo("Every day that is over is sealed.")
        return
    for one in made:
        click.echo(f"{one.day.isoformat()}  {one.count} events  {one.hmac}")
    if outside.mail(made[-1]):
        click.echo("The newest seal was mailed.")


@log.command("verify")
def verify() -> None:
    """Check all seals; exit code 1 if something is not as it was sealed, 2 if it cannot be told.

    What nobody can tell: whether today's events were changed (they are not sealed yet), and,
    without ckanext.jena_governance.event_digest_file, whether the newest seals were cut off.
    """
    report = _try("verify")
    for finding in report.findings:
        click.echo(f"NOT AS SEALED  {finding}")
    for late in report.late:
        click.echo(f"SEALED LATE  {late}")
    pruned = f", {report.pruned} of them pruned since" if report.pruned else ""
    since = f", from {report.first.isoformat()} on" if report.first else ""
    click.echo(f"{report.seals} days with {report.events} events are sealed{since}{pruned}.")
    if report.unsealed:
        click.echo(f"{report.unsealed} events are newer than the last seal: not protected yet.")
    if not report.has_file:
        click.echo(
            "ckanext.jena_governance.event_digest_file is not set: what is cut off does not show."
        )
    if report.findings:
        click.echo(f"{len(report.findings)} findings.")
        raise SystemExit(1)
    click.echo("The log is as it was sealed.")


def _try(what: str, **options: Any) -> Any:
    from ckanext.jena_governance.access import seals

    try:
        return getattr(seals, what)(**options)
    except seals.SealError as error:
        click.echo(str(error), err=True)
    except OSError as error:
        click.echo(f"The file of the seals cannot be used: {error}", err=True)
    raise SystemExit(CANNOT)


@log.command("show")
@click.option("--object-type", help="Only of this kind of thing, e.g. dataset.")
@click.option("--object-id", help="Only of this thing.")
@click.option("--kind", multiple=True, help="Only of this kind; may be repeated.")
@click.option("--since", help="Only from this day or moment on (ISO 8601).")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True)
def show(limit: int, **filters: Any) -> None:
    """The newest events, one a line."""
    for one in _events(filters, limit):
        who = one["actor_name"] or one["actor"] or "-"
        data = json.dumps(one["data"], ensure_ascii=False, sort_keys=True)
        click.echo(
            f"{one['id']}  {one['created']}  {one['kind']}  "
            f"{one['object_type']}:{one['object_id']}  {who}  {data}"
        )


@log.command("export")
@click.option("--format", "format_", type=click.Choice(["json", "csv"]), default="json")
@click.option("--object-type", help="Only of this kind of thing, e.g. dataset.")
@click.option("--object-id", help="Only of this thing.")
@click.option("--kind", multiple=True, help="Only of this kind; may be repeated.")
@click.option("--since", help="Only from this day or moment on (ISO 8601).")
def export(format_: str, **filters: Any) -> None:
    """All events, the newest first, to the standard output. The export becomes an event itself."""
    from ckanext.jena_governance.logic import timeline

    found = _events(filters, None)
    timeline.note_export(format_, filters, len(found))
    if format_ == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    timeline.write_table(sys.stdout, found)


def _events(filters: dict[str, Any], limit: int | None) -> list[dict[str, Any]]:
    from ckanext.jena_governance import config
    from ckanext.jena_governance.logic import timeline

    since = filters.get("since")
    try:
        moment = config.moment(since) if since else None
    except ValueError:
        raise click.BadParameter(f"{since} is no date (2026-05-31)", param_hint="--since") from None
    wanted = timeline.Wanted(
        object_type=filters.get("object_type") or "",
        object_id=filters.get("object_id") or "",
        kinds=tuple(filters.get("kind") or ()),
        since=moment,
        limit=limit,
    )
    return timeline.told(timeline.find(wanted), names=True)


@log.command("prune")
@click.option("--class", "class_", type=click.Choice(["decision", "other"]), help="Which events.")
@click.option(
    "--months", type=click.IntRange(1), help="Older than this; as configured if left out."
)
@click.option("--event", "number", type=int, help="A single event, because of what stands in it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(class_: str | None, months: int | None, number: int | None, yes: bool) -> None:
    """Remove sealed events that are old enough; the seals stay verifiable.

    Without --class both classes, each after its configured time.
    """
    from ckanext.jena_governance.access import pruning, seals

    if number is not None and (class_ or months):
        raise click.UsageError("--event goes without --class and --months")
    if not yes:
        click.confirm("What is removed cannot be brought back. Go on?", abort=True)
    try:
        if number is not None:
            done = [pruning.prune_one(number)]
        else:
            classes = [class_] if class_ else ["decision", "other"]
            done = [pruning.prune(one, months) for one in classes]
    except seals.SealError as error:
        click.echo(str(error), err=True)
        raise SystemExit(CANNOT) from error
    for one in done:
        what = f"{one.class_}, before {one.before}" if one.class_ else f"event {number}"
        click.echo(f"{what}: {len(one.ids)} removed")


@click.group("person", short_help="What is stored on a person: tell it, erase it.")
def person() -> None:
    """The rights of those whose data these are (Art. 15, 17, 20 GDPR)."""


@person.command("export")
@click.argument("user")
def person_export(user: str) -> None:
    """All that is stored on an account (id or name), as JSON."""
    from ckanext.jena_governance.access import persons

    found = persons.export(_account(user))
    click.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str))


@person.command("erase")
@click.argument("user")
@click.option("--everything", is_flag=True, help="Also what may stay by Art. 17(3) GDPR.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def person_erase(user: str, everything: bool, yes: bool) -> None:
    """Erase an account (id or name) from log, requests and itself; says what stays and why."""
    from ckanext.jena_governance.access import persons

    account = _account(user)
    if not yes:
        click.confirm("What is erased cannot be brought back. Go on?", abort=True)
    done = persons.erase(account, everything=everything)
    click.echo(json.dumps(done.__dict__, ensure_ascii=False, indent=1))


def _account(reference: str) -> Any:
    from ckanext.jena_governance.access import persons

    found = persons.find(reference)
    if found is None:
        click.echo(f"There is no account {reference}.", err=True)
        raise SystemExit(CANNOT)
    return found
