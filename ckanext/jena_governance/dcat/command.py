"""The command ``ckan jena-governance dcat-check``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import ckantoolkit as tk

from ckanext.jena_governance.dcat import checking
from ckanext.jena_governance.dcat.checking import CheckError, Result

_PAGE = 100
_FILE = click.Path(exists=True, path_type=Path)


@click.command("dcat-check", short_help="Is the export valid DCAT-AP.de?")
@click.option("--shapes", type=_FILE, multiple=True, required=True, help="SHACL file or folder.")
@click.option(
    "--hvd-shapes", type=_FILE, multiple=True, help="Shapes for high-value datasets only."
)
@click.option("--vocabularies", type=_FILE, multiple=True, help="Lists that the shapes look up.")
@click.argument("datasets", nargs=-1, required=True)
def dcat_check(
    shapes: tuple[Path, ...],
    hvd_shapes: tuple[Path, ...],
    vocabularies: tuple[Path, ...],
    datasets: tuple[str, ...],
) -> None:
    """Hold the export of DATASETS (ids or names, or "all") to the official SHACL shapes.

    Nothing is fetched: imports of the shapes are left out, and the lists they look up are those of
    --vocabularies. Ends with 1 if something is invalid. docs/harvesting.md says where shapes are.
    """
    try:
        found = _check(shapes, hvd_shapes, vocabularies, datasets)
    except CheckError as error:
        raise click.ClickException(str(error)) from error
    violations = [one for one in found if one.severity == "Violation"]
    for one in violations:
        click.echo(f"Violation: {one.focus}\n  {one.path} {one.value}\n  {one.message}")
    rest = Counter((one.severity, one.message) for one in found if one.severity != "Violation")
    for (severity, message), number in sorted(rest.items()):
        click.echo(f"{severity} ({number} times): {message}")
    click.echo(f"{len(violations)} violations, {sum(rest.values())} warnings and notes")
    if violations:
        raise SystemExit(1)


def _check(
    shapes: tuple[Path, ...],
    hvd_shapes: tuple[Path, ...],
    vocabularies: tuple[Path, ...],
    datasets: tuple[str, ...],
) -> list[Result]:
    rules, of_hvd = checking.read(shapes), checking.read(hvd_shapes)
    for defect in dict.fromkeys([*checking.correct(rules), *checking.correct(of_hvd)]):
        click.echo(f"Known defect of these shapes: {defect}")
    lists, found, number = checking.read(vocabularies), list[Result](), 0
    for page in _pages(datasets):
        number += len(page)
        found += checking.validate(checking.described(page), rules, lists)
        high = [one for one in page if one.get("hvd_category")]
        if high and len(of_hvd):
            found += checking.validate(checking.described(high), of_hvd, lists)
    click.echo(f"{number} datasets checked")
    return found


def _pages(datasets: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
    if datasets == ("all",):
        yield from _all()
        return
    try:
        show = tk.get_action("package_show")
        yield [show({"ignore_auth": True}, {"id": one}) for one in datasets]
    except tk.ObjectNotFound as error:
        raise CheckError(f"There is no dataset {datasets}: {error}") from error


def _all() -> Iterator[list[dict[str, Any]]]:
    """What everybody may find, page by page."""
    search, start = tk.get_action("package_search"), 0
    while True:
        context: Any = {"user": "", "ignore_auth": False}
        query = {"rows": _PAGE, "start": start, "sort": "id asc"}
        page = search(context, query)["results"]
        if not page:
            return
        yield page
        start += _PAGE
