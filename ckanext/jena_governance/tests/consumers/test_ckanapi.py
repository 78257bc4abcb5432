"""ckanapi, as nobody and as people of the city."""

from __future__ import annotations

import ckanapi
import pytest

from ckanext.jena_governance.tests.consumers import planting
from ckanext.jena_governance.tests.consumers.portal import Portal


def remote(portal: Portal, role: str = "") -> ckanapi.RemoteCKAN:
    """The portal for one of the people, or for nobody."""
    key = portal.people.get(role, {}).get("Authorization")
    return ckanapi.RemoteCKAN(portal.client.url, apikey=key)


@pytest.mark.parametrize("role", ["", "stranger"])
def test_everybody_gets_what_is_public_page_by_page(portal_of_consumers: Portal, role: str):
    """Three at a time, sorted by id: each once, the hidden one never."""
    pages = remote(portal_of_consumers, role).action
    found = [
        one["name"]
        for start in range(0, 15, 3)
        for one in pages.package_search(sort="id asc", rows=3, start=start)["results"]
    ]
    assert sorted(found) == sorted(portal_of_consumers.shown())
    assert set(found) <= planting.PUBLIC


def test_those_in_charge_find_what_is_hidden(portal_of_consumers: Portal):
    hidden = portal_of_consumers.ids[planting.HIDDEN]
    shown = remote(portal_of_consumers, "editor").action.package_show(id=hidden)
    assert (shown["metadata_visibility"], shown["private"]) == ("group", True)
    with pytest.raises(ckanapi.NotFound):
        remote(portal_of_consumers, "stranger").action.package_show(id=hidden)


def test_the_level_can_be_searched_for(portal_of_consumers: Portal):
    search = remote(portal_of_consumers).action.package_search
    wanted = {
        "openness_effective:viewable": "ansehbar",
        "openness_mix:partly-open": "teils",
        "openness_mix:announced": "angekuendigt",
    }
    for asked, label in wanted.items():
        found = search(fq=asked)["results"]
        assert [one["name"] for one in found] == [planting.name_of(label)], asked
    restricted = search(fq="openness_mix:restricted")
    assert restricted["count"] == sum(
        one["openness_mix"] == "restricted" for one in portal_of_consumers.shown().values()
    )


def test_rows_of_a_restricted_table_are_refused_in_the_language_of_the_address(
    portal_of_consumers: Portal,
):
    resources = portal_of_consumers.answers[planting.name_of("geschlossen")]["resources"]
    (table,) = [one["id"] for one in resources if one["datastore_active"]]
    german = ckanapi.RemoteCKAN(f"{portal_of_consumers.client.url}/de")
    with pytest.raises(ckanapi.NotAuthorized, match="Zugriff"):
        german.action.datastore_search(resource_id=table)
    editor = remote(portal_of_consumers, "editor").action
    assert editor.datastore_search(resource_id=table)["total"] == 1


def test_the_location_is_told_to_those_entitled(portal_of_consumers: Portal):
    (resource,) = portal_of_consumers.answers[planting.name_of("gruppe")]["resources"]
    asked = {"id": resource["id"]}
    with pytest.raises(ckanapi.NotAuthorized):
        remote(portal_of_consumers, "stranger").action.governance_location_show(**asked)
    told = remote(portal_of_consumers, "editor").action.governance_location_show(**asked)
    assert portal_of_consumers.canaries.find(told["url"].encode())
