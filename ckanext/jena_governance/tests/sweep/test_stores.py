"""At the end everything that the portal keeps is searched: restricted data are in the vault, in
the governed folder and in their own tables, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import ckantoolkit as tk

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.canaries import Canary
from ckanext.jena_governance.leakcheck.sweep import Result
from ckanext.jena_governance.tests.sweep import stores
from ckanext.jena_governance.tests.sweep.conftest import Portal
from ckanext.jena_governance.tests.sweep.stores import Place
from ckanext.jena_governance.tests.sweep.world import WAS_OPEN

VAULT = "TABLE DATA governance_resource_location"
# How an entitled editor set up a view; out of reach while the resource is restricted.
VIEWS = "TABLE DATA resource_view"
VAULTED = frozenset(
    {
        kinds.LOCATION,
        kinds.ACCESS_URL,
        kinds.DOWNLOAD_URL,
        kinds.URI,
        kinds.HASH,
        kinds.FILE_NAME,
        kinds.VIEW_URL,
    }
)


def misplaced(
    portal: Portal, places: list[Place], fits: Callable[[str, Canary], bool]
) -> list[str]:
    """What lies where it may not; open data and descriptions may lie anywhere."""
    return [
        f"{canary} in {place}"
        for place, found in places
        for canary in sorted(found, key=str)
        if canary.subject not in portal.world.open
        and canary.kind in (kinds.DATA | {kinds.UNKNOWN.kind})
        and not fits(place, canary)
    ]


def nowhere(_place: str, _canary: Canary) -> bool:
    return False


def show(wrong: list[str]) -> str:
    return "\n" + "\n".join(wrong)


def test_the_database_has_restricted_locations_in_the_vault_only(
    portal_of_sweep: Portal, result: Result
) -> None:
    places = stores.in_database(portal_of_sweep.world.canaries, tk.config["sqlalchemy.url"])

    def fits(place: str, canary: Canary) -> bool:
        in_view = place == VIEWS and canary.kind in (kinds.VIEW, kinds.COLUMN)
        return in_view or (place == VAULT and canary.kind in VAULTED)

    wrong = misplaced(portal_of_sweep, places, fits)
    in_vault = {canary.kind for place, found in places if place == VAULT for canary in found}
    assert not wrong, show(wrong)
    assert in_vault >= VAULTED


def test_the_datastore_has_rows_in_their_own_tables_only(
    portal_of_sweep: Portal, result: Result
) -> None:
    world = portal_of_sweep.world
    places = stores.in_database(world.canaries, tk.config["ckan.datastore.write_url"])
    values = {one.label: one.values for one in world.everything if "table" in one.values}

    def fits(place: str, canary: Canary) -> bool:
        own = values.get(canary.subject, {})
        if place.startswith("INDEX "):  # CKAN 2.11 indexes every column, under a hash as its name
            return canary.kind == kinds.COLUMN
        return any(name in place for name in (own.get("table", "-"), own.get("alias", "-")))

    wrong = misplaced(portal_of_sweep, places, fits)
    assert not wrong, show(wrong)
    assert {kinds.CELL, kinds.COLUMN} <= {one.kind for _place, found in places for one in found}


def test_the_loader_keeps_nothing(portal_of_sweep: Portal, result: Result) -> None:
    url = tk.config["ckanext.xloader.jobs_db.uri"]
    wrong = misplaced(
        portal_of_sweep, stores.in_database(portal_of_sweep.world.canaries, url), nowhere
    )
    assert not wrong, show(wrong)


def test_the_index_has_nothing(portal_of_sweep: Portal, result: Result) -> None:
    places = stores.in_solr(
        portal_of_sweep.world.canaries, tk.config["solr_url"], tk.config["ckan.site_id"]
    )
    wrong = misplaced(portal_of_sweep, places, nowhere)
    assert not wrong, show(wrong)
    assert any(place.startswith("terms of") for place, _found in places)


def test_redis_has_nothing(portal_of_sweep: Portal, result: Result) -> None:
    wrong = misplaced(portal_of_sweep, stores.in_redis(portal_of_sweep.world.canaries), nowhere)
    assert not wrong, show(wrong)


def test_files_lie_in_the_governed_folder(portal_of_sweep: Portal, result: Result) -> None:
    world = portal_of_sweep.world
    storage = Path(tk.config["ckan.storage_path"])
    places = stores.in_files(world.canaries, storage)
    paths = {one.label: one.values["upload_path"] for one in world.everything
             if "upload_path" in one.values}  # fmt: skip

    def fits(place: str, canary: Canary) -> bool:
        inside = Path(place).relative_to(storage)
        return inside.parts[0] == "governed" and place.endswith(paths.get(canary.subject, "-"))

    wrong = misplaced(portal_of_sweep, places, fits)
    assert not wrong, show(wrong)
    assert any("/governed/" in place for place, _found in places)


def test_logs_tell_nothing(portal_of_sweep: Portal, result: Result) -> None:
    folders = [portal_of_sweep.folder, Path(os.environ["CKAN_INI"]).parent / "log"]
    places = [one for folder in folders if folder.exists()
              for one in stores.in_files(portal_of_sweep.world.canaries, folder)]  # fmt: skip

    def was_open(_place: str, canary: Canary) -> bool:
        """What a log said while it was open, nobody takes back."""
        return canary.subject.startswith(f"{WAS_OPEN}/")

    wrong = misplaced(portal_of_sweep, places, was_open)
    assert not wrong, show(wrong)
    assert sum(path.stat().st_size for path in portal_of_sweep.folder.glob("*.log")) > 10_000
