"""``ckan jena-governance import``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ckanext.jena_governance.takeover import sources
from ckanext.jena_governance.takeover.client import Client
from ckanext.jena_governance.takeover.errors import TakeoverError
from ckanext.jena_governance.takeover.findings import KINDS
from ckanext.jena_governance.takeover.mapping import load_mapping
from ckanext.jena_governance.takeover.report import Report, ReportFiles

SOURCE_UNUSABLE = 1
SOME_REJECTED = 3
INTERRUPTED = 130


@click.command("import", short_help="Take over a catalogue or an inventory.")
@click.argument("source", metavar="FILE|URL")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="YAML file: which unit is which organization, which licence is which (docs/import.md).",
)
@click.option(
    "--organization", default="", help="Organization (name) for datasets that name no known unit."
)
@click.option("--organization-title", default="", help="Its title, should it have to be created.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file with answers to “may the city license this?”; new answers are added.",
)
@click.option(
    "--ask/--no-ask", default=None, help="Ask about rights now. Default: only at a terminal."
)
@click.option(
    "--report",
    "report_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the report goes (.json and .txt). Default: import-report-<time> in this folder.",
)
@click.option("--dry-run", is_flag=True, help="Decide and report everything, write nothing.")
def import_catalogue(  # noqa: PLR0913, PLR0917 - one parameter for each option
    source: str,
    mapping: Path | None,
    organization: str,
    organization_title: str,
    answers: Path | None,
    ask: bool | None,
    report_path: Path | None,
    dry_run: bool,
) -> None:
    """Take over a catalogue or an inventory.

    FILE is a CKAN answer (JSON, JSONL) or an inventory (CSV, XLSX); URL is a portal's address.
    Run it as often as you like: what has not changed at the source is left alone, what somebody
    edited here is never overwritten. The report lists what needs a person.
    """
    from ckanext.jena_governance.takeover import run

    report = Report(source)
    try:
        files = ReportFiles.at(report_path)
    except TakeoverError as error:
        raise click.ClickException(str(error)) from error
    try:
        rules = load_mapping(mapping)
        found = sources.read(source, Client(say=lambda words: click.echo(words, err=True)))
        asking = sys.stdin.isatty() if ask is None else ask
        options = run.Options(
            organization, organization_title, answers, dry_run, _prompt if asking else None
        )
        run.take_over(found, rules, options, report)
        report.finish()
    except TakeoverError as error:
        report.finish(str(error))
    except (KeyboardInterrupt, click.Abort):
        report.finish("interrupted by hand; run the import again, it goes on where it stopped")
        _conclude(report, files)
        sys.exit(INTERRUPTED)
    if report.stopped_by and not report.entries:
        click.secho(report.stopped_by, err=True, fg="red")
        sys.exit(SOURCE_UNUSABLE)
    sys.exit(_conclude(report, files))


def _prompt(words: str) -> str:
    return click.prompt(words, default="later", show_default=True, err=True)


def _conclude(report: Report, files: ReportFiles) -> int:
    """Writes the report and says what it holds; returns the exit code."""
    files.write(report)
    click.echo(report.summary())
    for kind, number in report.findings().items():
        click.echo(f"  {number:>5}  {KINDS[kind][0]}")
    for reason, number in report.commonest_rejections():
        click.secho(f"Not taken over ({number}): {reason}", err=True, fg="red")
    if report.stopped_by:
        click.secho(f"Stopped early: {report.stopped_by}", err=True, fg="red")
    click.echo(f"Report: {files.text} (to read), {files.json} (complete)")
    if report.stopped_by:
        return SOURCE_UNUSABLE
    return SOME_REJECTED if report.counts()["rejected"] else 0
