"""Nothing is lost, whoever writes in whatever way: read back in a session of its own."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

import ckantoolkit as tk
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access import inspection
from ckanext.jena_governance.logic.enforcement import report_mode
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.tests.conftest import City, stored

LINK = "https://fachverfahren.example/canary-1/daten.csv"
OTHER = "https://fachverfahren.example/canary-2/daten.csv"
ACCESS = "https://fachverfahren.example/canary-3/dienst"
FILE_NAME = "kuendigungen_canary-4.csv"
OPEN = {
    "openness": "open",
    "legal_basis": [],
    "personal_data": "none",
    "license_id": "dl-by-de-2.0",
    "opening_reason": "Daten bereinigt",
}

Writer = Callable[[City, dict[str, Any], dict[str, Any]], None]


def places() -> dict[str, tuple[str, str | None]]:
    """Where the data of each resource are, by its name: location and service address."""
    model.Session.remove()
    rows = {
        row.resource_id: row for row in model.Session.scalars(sa.select(GovernanceResourceLocation))
    }
    found = {}
    for resource in model.Session.scalars(
        sa.select(model.Resource).where(model.Resource.state == "active")
    ):
        row = rows.get(resource.id)
        if row is None:
            found[resource.name] = (resource.url, resource.extras.get("access_url"))
        else:
            found[resource.name] = (row.file_name or row.url or "", row.fields.get("access_url"))
    return found


def troubles(name: str) -> list[inspection.Trouble]:
    """What `vault status` says of a dataset; other tests leave files and tables behind."""
    shown = stored(name)
    ids = {shown["id"], *(resource["id"] for resource in shown["resources"])}
    return [trouble for trouble in inspection.look() if trouble.object_id in ids]


EVERYTHING = {"Link": (LINK, ACCESS), "Datei": (FILE_NAME, None)}


@pytest.fixture
def dataset(city: City) -> dict[str, Any]:
    """An open dataset with a link and an upload."""
    made = call_action(
        "package_create",
        context={"user": city.clerk},
        name="daten",
        title="Daten",
        notes="Beschreibung",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
        tags=[{"name": "Umwelt"}],
        resources=[{"url": LINK, "name": "Link", "format": "CSV", "access_url": ACCESS}],
    )
    upload = FileStorage(io.BytesIO(b"a,b\n1,canary-5\n"), FILE_NAME)
    call_action(
        "resource_create",
        context={"user": city.clerk},
        package_id=made["id"],
        name="Datei",
        format="CSV",
        url="",
        upload=upload,
    )
    return stored("daten")


def patch(city: City, dataset: dict[str, Any], changes: dict[str, Any]) -> None:
    city.editor("package_patch", id=dataset["id"], **changes).result


def update_whole(city: City, dataset: dict[str, Any], changes: dict[str, Any]) -> None:
    city.editor("package_update", **{**dataset, **changes}).result


def update_without_resources(city: City, dataset: dict[str, Any], changes: dict[str, Any]) -> None:
    whole = {**dataset, **changes}
    if tk.check_ckan_version(min_version="2.12"):
        del whole["resources"]
    city.editor("package_update", **whole).result


def revise(city: City, dataset: dict[str, Any], changes: dict[str, Any]) -> None:
    city.editor("package_revise", match={"id": dataset["id"]}, update=changes).result


def old_client(city: City, dataset: dict[str, Any], changes: dict[str, Any]) -> None:
    """Knows CKAN's own fields and whatever it wants to change."""
    known = ("id", "name", "title", "notes", "owner_org", "tags", "resources", "license_id")
    of_resource = ("id", "name", "url", "url_type", "format", "access_url")
    whole = {key: dataset[key] for key in known if key in dataset}
    whole["resources"] = [
        {key: one[key] for key in of_resource if one.get(key)} for one in dataset["resources"]
    ]
    city.editor("package_update", **{**whole, **changes}).result


WRITERS: list[Writer] = [patch, update_whole, update_without_resources, revise, old_client]


@pytest.mark.parametrize("write", WRITERS)
def test_closing_and_every_write_after_it(
    city: City, dataset: dict[str, Any], restriction: dict[str, Any], write: Writer
) -> None:
    assert places() == EVERYTHING
    write(city, stored("daten"), restriction)
    assert places() == EVERYTHING
    assert stored("daten")["notes"] == "Beschreibung"
    for change in ({}, {"notes": "Neue Beschreibung"}, {"title": "Neuer Titel"}):
        write(city, stored("daten"), change)
        after = stored("daten")
        assert after["openness"] == "request", change
        assert places() == EVERYTHING, change
        assert [tag["name"] for tag in after["tags"]] == ["Umwelt"]
    assert "canary" not in str(stored("daten"))
    assert troubles("daten") == []


@pytest.mark.parametrize("write", [patch, update_whole])
def test_opening_gives_everything_back(
    city: City, dataset: dict[str, Any], restriction: dict[str, Any], write: Writer
) -> None:
    restriction = {**restriction, "legal_basis": ["thuertg-beratungen"], "personal_data": "none"}
    restriction["ends_when"] = "mit der Entscheidung"
    patch(city, dataset, restriction)
    write(city, stored("daten"), OPEN)
    after = stored("daten")
    assert after["openness"] == "open"
    assert places() == EVERYTHING
    assert after["resources"][0]["url"] == LINK
    assert after["resources"][0]["access_url"] == ACCESS
    assert after["resources"][1]["url"].endswith(FILE_NAME)
    assert troubles("daten") == []


def test_resource_actions(city: City, dataset: dict[str, Any], restriction: dict[str, Any]) -> None:
    patch(city, dataset, restriction)
    link, file = stored("daten")["resources"]
    city.editor("resource_patch", id=link["id"], description="Text").result
    city.editor("resource_update", **{**file, "description": "Text"}).result
    city.editor("package_resource_reorder", id="daten", order=[file["id"], link["id"]]).result
    assert places() == EVERYTHING
    city.editor("resource_patch", id=link["id"], url=OTHER).result
    assert places() == {**EVERYTHING, "Link": (OTHER, ACCESS)}
    city.editor("resource_create", package_id="daten", name="Neu", url=LINK).result
    assert places() == {**EVERYTHING, "Link": (OTHER, ACCESS), "Neu": (LINK, None)}
    city.editor("resource_delete", id=link["id"]).result
    assert places() == {"Datei": (FILE_NAME, None), "Neu": (LINK, None)}


def test_machines_and_bulk_edits(
    city: City, dataset: dict[str, Any], restriction: dict[str, Any]
) -> None:
    patch(city, dataset, restriction)
    with report_mode():
        call_action(
            "package_update",
            context={"user": city.clerk},
            **{key: dataset[key] for key in ("id", "name", "title", "owner_org", "resources")},
        )
    assert stored("daten")["openness"] == "request"
    assert places() == EVERYTHING
    city.editor("bulk_update_private", org_id=city.department["id"], datasets=[dataset["id"]])
    city.editor("bulk_update_public", org_id=city.department["id"], datasets=[dataset["id"]])
    assert places() == EVERYTHING
    assert "canary" not in str(stored("daten"))


def test_refused_writes_change_nothing_even_if_somebody_commits_later(
    city: City, dataset: dict[str, Any], restriction: dict[str, Any]
) -> None:
    patch(city, dataset, restriction)
    evil = [{**one, "url": "https://boese.example/x"} for one in stored("daten")["resources"]]
    whole = {**stored("daten"), "resources": evil}
    for user in ("", city.clerk):
        broken = {**whole, "review_date": "kein Datum"} if user else whole
        with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
            tk.get_action("package_update")({"user": user, "ignore_auth": False}, broken)
    model.Session.commit()
    assert places() == EVERYTHING


def test_delete_and_undelete(
    city: City, dataset: dict[str, Any], restriction: dict[str, Any]
) -> None:
    patch(city, dataset, restriction)
    city.editor("package_delete", id="daten").result
    city.editor("package_patch", id=dataset["id"], state="active").result
    assert places() == EVERYTHING
    assert "canary" not in str(stored("daten"))


def test_ids_are_never_used_again(
    city: City, dataset: dict[str, Any], restriction: dict[str, Any]
) -> None:
    patch(city, dataset, restriction)
    link, file = stored("daten")["resources"]
    city.sysadmin("dataset_purge", id=dataset["id"]).result
    assert places() == {}
    patch_kept = call_action(
        "package_create",
        context={"user": city.clerk},
        name="zweiter",
        owner_org=city.department["id"],
        resources=[{"url": LINK, "name": "Link"}],
        **restriction,
    )
    kept = patch_kept["resources"][0]["id"]
    city.editor("resource_delete", id=kept).result
    errors = city.manager(
        "package_create",
        name="fremd",
        title="Fremd",
        owner_org=city.company["id"],
        license_id="dl-by-de-2.0",
        resources=[{"id": kept, "url": "x", "url_type": "upload", "name": "x"}],
    ).errors
    assert "id" in errors["resources"][0]
    assert link["id"] != file["id"]
