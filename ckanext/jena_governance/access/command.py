"""``ckan jena-governance vault``."""

from __future__ import annotations

import click


@click.group("vault", short_help="Where restricted data are: compare, repair, leave.")
def vault() -> None:
    """The stores of restricted data: compare them, repair them, leave them in order."""


@vault.command("status")
@click.option("--clean", is_flag=True, help="Repair at once what needs no person.")
def status(clean: bool) -> None:
    """Compare catalogue, vault, storage, privileges and index; exit code 1 if they disagree."""
    from ckanext.jena_governance.access import inspection

    if clean:
        _clean()
    found = list(inspection.look())
    for trouble in found:
        mark = "LEAK" if trouble.leaks else "note"
        click.echo(f"{mark}  {trouble.store}: {trouble.object_id} {trouble.problem}")
        click.echo(f"      repair: {trouble.repair}")
    if not found:
        click.echo("Catalogue, vault, storage, DataStore and index agree.")
        return
    leaks = sum(trouble.leaks for trouble in found)
    click.echo(f"{len(found)} in disagreement, {leaks} of them let data out.")
    raise SystemExit(1)


@vault.command("clean")
def clean() -> None:
    """Repair what needs no person: put data where their level wants them, remove leftovers."""
    _clean()


@vault.command("lock")
def lock() -> None:
    """Before uninstalling: make datasets with restricted data private; their data stay hidden.

    `vault clean` takes it back.
    """
    from ckanext.jena_governance.access import inspection

    done = inspection.lock()
    click.echo(f"{len(done)} datasets are private now. Their data stay out of CKAN's reach.")
    click.echo(
        "You can take jena_governance out of ckan.plugins. 'vault clean' makes them public again."
    )


@vault.command("release")
@click.option("--yes", is_flag=True, help="Do not ask.")
def release(yes: bool) -> None:
    """Before uninstalling: give all locations, files and rows back to CKAN.

    Without us CKAN shows them to everyone who sees the dataset.
    """
    from ckanext.jena_governance.access import inspection

    if not yes:
        click.confirm(
            "Restricted data will be readable for everyone who sees their datasets. Go on?",
            abort=True,
        )
    done = inspection.release()
    click.echo(f"{len(done)} datasets have their locations, files and rows back.")
    click.echo("Take jena_governance out of ckan.plugins now: the next save would move them again.")


def _clean() -> None:
    from ckanext.jena_governance.access import inspection

    done = inspection.clean()
    click.echo(f"Put right: {len(done)}.")
    for object_id in done:
        click.echo(f"  {object_id}")
