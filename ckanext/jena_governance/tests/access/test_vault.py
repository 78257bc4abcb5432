"""The catalogue holds the gateway, the vault the location; whatever way a dataset is written."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.access.gateways import (
    could_be_location,
    gateway_in,
    gateway_url,
    is_gateway_of,
)
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.tests.conftest import City, stored

LINK = "https://fachverfahren.example/canary-7f3a/kataster-canary-7f3a.csv"
OTHER = "https://fachverfahren.example/canary-9b21/neu.csv"


def rows() -> dict[str, GovernanceResourceLocation]:
    model.Session.remove()
    found = model.Session.scalars(sa.select(GovernanceResourceLocation))
    return {row.resource_id: row for row in found}


def catalogue() -> str:
    """Every text that CKAN's own tables hold, as plain SQL sees it."""
    with model.meta.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return "\n".join(
            str(tuple(row))
            for name in names
            if name != "governance_resource_location"
            for row in connection.execute(sa.text(f'select * from "{name}"'))
        )


def create(city: City, restriction: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A restricted dataset with a link of an editor."""
    resource = {"url": LINK, "name": "Kataster", "format": "CSV"}
    return city.editor(
        "package_create",
        **{
            "name": "kataster",
            "title": "Kataster",
            "owner_org": city.department["id"],
            "resources": [resource],
            **restriction,
            **more,
        },
    ).result


class TestGateway:
    @pytest.mark.parametrize(
        "url",
        [
            "https://daten.example/dataset/abc/resource/r-1/data",
            "http://127.0.0.1:5000/de/dataset/abc/resource/r-1/data",
            "/portal/dataset/abc/resource/r-1/data?x=1#y",
            "dataset/abc/resource/r-1/data/",
            "https://daten.example/dataset/abc/resource/r%2D1/data",
        ],
    )
    def test_is_recognised_on_any_host(self, url: str) -> None:
        assert gateway_in(url) == ("abc", "r-1")
        assert is_gateway_of(url, "r-1")
        assert not is_gateway_of(url, "r-2")

    @pytest.mark.parametrize(
        "url", ["", None, 7, "https://x.example/data", "http://[bad", "/dataset/a/resource/b/view"]
    )
    def test_other_addresses_are_none(self, url: object) -> None:
        assert gateway_in(url) is None


def test_the_portal_s_own_address_is_no_location() -> None:
    root = tk.config["ckan.site_url"]
    assert not could_be_location(root)
    assert not could_be_location(f"{root}/")
    assert could_be_location(f"{root}/dataset/a/resource/b/download/x.csv")
    assert could_be_location(LINK)
    assert not could_be_location("kataster.csv")
    assert not could_be_location(None)


class TestWriting:
    def test_a_restricted_link_is_born_in_the_vault(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        made = create(
            city,
            restriction,
            resources=[
                {"url": LINK, "name": "Kataster", "format": "", "access_url": OTHER, "hash": "abc"}
            ],
        )
        resource = made["resources"][0]
        assert resource["url"] == gateway_url(made["id"], resource["id"])
        assert "access_url" not in resource
        row = rows()[resource["id"]]
        assert (row.package_id, row.url) == (made["id"], LINK)
        assert row.fields == {"access_url": OTHER, "hash": "abc"}
        assert resource["format"] == "CSV", "guessed from the true location"
        assert "canary" not in catalogue()

    def test_closing_by_patch(self, city: City, restriction: dict[str, Any]) -> None:
        made = create(city, {"license_id": "dl-by-de-2.0"})
        assert made["resources"][0]["url"] == LINK
        city.editor("package_patch", id=made["id"], notes="Text").result
        city.editor("package_patch", id=made["id"], **restriction).result
        assert "canary" not in catalogue()
        assert len(rows()) == 1

    def test_closing_without_sending_resources(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        made = create(city, {"license_id": "dl-by-de-2.0"})
        shown = stored("kataster")
        shown.pop("resources")
        resources = {} if _keeps_resources() else {"resources": made["resources"]}
        city.editor("package_update", **{**shown, **restriction, **resources}).result
        assert "canary" not in catalogue()
        assert len(rows()) == 1

    def test_metadata_edits_keep_the_location(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        made = create(city, restriction)
        resource = made["resources"][0]
        for action, change in (
            ("package_patch", {"id": made["id"], "notes": "neu"}),
            ("resource_patch", {"id": resource["id"], "description": "neu"}),
            ("package_update", {**stored("kataster"), "notes": "noch neuer"}),
            ("resource_update", {**resource, "description": "noch neuer"}),
            ("package_resource_reorder", {"id": made["id"], "order": [resource["id"]]}),
            ("package_revise", {"match": {"id": made["id"]}, "update": {"notes": "x"}}),
        ):
            city.editor(action, **change).result
            assert rows()[resource["id"]].url == LINK, action
            assert "canary" not in catalogue(), action

    def test_a_new_location_counts_as_a_change(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        made = create(city, restriction)
        resource = made["resources"][0]
        city.editor("resource_patch", id=resource["id"], url=OTHER).result
        after = stored("kataster")
        assert rows()[resource["id"]].url == OTHER
        assert after["metadata_modified"] > made["metadata_modified"]
        assert "canary" not in catalogue()

    def test_the_same_location_is_no_change(self, city: City, restriction: dict[str, Any]) -> None:
        made = create(city, restriction)
        resource = made["resources"][0]
        # CKAN stores what it shows by default with the first update of a resource.
        city.editor("resource_patch", id=resource["id"], url=LINK).result
        before = stored("kataster")["resources"][0]["metadata_modified"]
        city.editor("resource_patch", id=resource["id"], url=LINK).result
        assert rows()[resource["id"]].url == LINK
        assert stored("kataster")["resources"][0]["metadata_modified"] == before

    def test_emptying_the_location_empties_the_vault(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        made = create(city, restriction)
        city.editor("resource_patch", id=made["resources"][0]["id"], url="").result
        assert rows() == {}

    def test_old_activities_and_deleted_resources_are_scrubbed(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        made = create(
            city,
            {"license_id": "dl-by-de-2.0"},
            resources=[{"url": LINK, "name": "a"}, {"url": OTHER, "name": "b"}],
        )
        call_action("task_status_update", **_task(made["resources"][0]["id"]))
        city.editor("package_patch", id=made["id"], resources=made["resources"][:1]).result
        assert "canary-9b21" in catalogue()
        city.editor("package_patch", id=made["id"], **restriction).result
        assert "canary" not in catalogue()


def _task(resource_id: str) -> dict[str, str]:
    return {
        "entity_id": resource_id,
        "entity_type": "resource",
        "task_type": "xloader",
        "key": "xloader",
        "value": "{}",
        "error": f"could not fetch {LINK}",
        "last_updated": "2026-01-01T00:00:00",
        "state": "error",
    }


def _keeps_resources() -> bool:
    """CKAN 2.12 keeps what is not sent; 2.11 takes it for deleted."""
    import ckantoolkit as tk

    return tk.check_ckan_version(min_version="2.12")


def test_closing_reaches_the_history_of_resources_that_are_no_more(
    city: City, restriction: dict[str, Any]
) -> None:
    """CKAN 2.11 removes their rows with the next save."""
    city.editor(
        "package_create",
        name="kataster",
        title="Kataster",
        owner_org=city.department["id"],
        license_id="dl-by-de-2.0",
        resources=[{"url": LINK, "name": "A", "hash": "canary-7f3a"}, {"url": OTHER, "name": "B"}],
    )
    for resource in city.editor("package_show", id="kataster").result["resources"]:
        assert city.editor("resource_delete", id=resource["id"]).status == 200
    city.editor("package_patch", id="kataster", notes="Noch offen.")
    assert "canary-7f3a" in catalogue()
    assert city.editor("package_patch", id="kataster", **restriction).status == 200
    assert "canary" not in catalogue()
