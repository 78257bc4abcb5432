"""A CKAN source, through ckanext-harvest's own stages: levels, owners, what a source may not do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import stored
from ckanext.jena_governance.tests.harvesting.conftest import PLUGINS, Harvesting, Server, record

pytestmark = pytest.mark.ckan_config("ckan.plugins", PLUGINS)

SECRET = "geheim-4711"
GROUNDS = {
    "openness": "request",
    "legal_basis": ["dsgvo-personenbezug"],
    "restriction_reason": "Angaben zu einzelnen Personen.",
    "personal_data": "personal",
    "data_steward": "Team Daten",
    "data_steward_email": "daten@umwelt.example",
    "review_date": "2027-06-01",
    "license_id": "other-closed",
}


def activities(dataset_id: str) -> int:
    from ckanext.activity.model import Activity

    return model.Session.query(Activity).filter(Activity.object_id == dataset_id).count()


def test_levels_owner_reports_and_a_second_run(harvesting: Harvesting, server: Server) -> None:
    server.datasets = [
        record("offen", access_rights="PUBLIC"),
        record("zu", access_rights="NON_PUBLIC"),
        record("anfrage", **GROUNDS),
        record("stumm", license_id=""),
    ]
    source = harvesting.source(server.url)
    run = harvesting.run(source)
    assert run.gather_errors == []
    assert run.statuses == {"added": 4}
    assert harvesting.dataset(source, "offen")["openness_effective"] == "open"
    closed = harvesting.dataset(source, "zu")
    assert (closed["openness"], closed["license_id"]) == ("closed", "other-closed")
    assert closed["licence_when_open"] == "dl-by-de-2.0"
    assert closed["owner_org"] == closed["owning_entity"] == harvesting.department["id"]
    asked = harvesting.dataset(source, "anfrage")
    assert {name: asked[name] for name in GROUNDS} == GROUNDS
    # Nothing that lacks a ground is refused, nothing that is all right is reported.
    assert "offen" not in run.reports
    assert "anfrage" not in run.reports
    (report,) = run.reports["zu"]
    assert "name-zu" in report
    assert "legal_basis" in report
    assert "license_id" in report
    assert "license_id" in run.reports["stumm"][0]
    for one in (closed, asked):
        assert SECRET not in json.dumps(one)
    before = {one: stored(one) for one in (closed["name"], asked["name"], "name-offen")}
    counted = {one["id"]: activities(one["id"]) for one in before.values()}
    again = harvesting.run(source)
    assert again.statuses == {"not modified": 4}
    harvesting.configure(source, force_all=True)
    forced = harvesting.run(source)
    assert forced.statuses == {"not modified": 4}
    for name, dataset in before.items():
        assert stored(name) == dataset
    assert {id_: activities(id_) for id_ in counted} == counted


def test_nothing_opens_what_was_closed(harvesting: Harvesting, server: Server) -> None:
    server.datasets = [record("a", **GROUNDS), record("b", access_rights="NON_PUBLIC")]
    source = harvesting.source(server.url, max_missing=100)
    harvesting.run(source)
    url = harvesting.dataset(source, "a")["resources"][0]["url"]
    # First the ground and the owner, then the level, in runs of their own.
    steps: list[dict[str, Any]] = [
        {**GROUNDS, "legal_basis": []},
        {**GROUNDS, "legal_basis": [], "personal_data": "none", "license_id": "cc-zero"},
        {**GROUNDS, "opens_on": "2026-01-01", "legal_basis": ""},
        {"openness": "open", "access_rights": "PUBLIC", "license_id": "cc-zero"},
        {},
    ]
    for step in steps:
        server.datasets = [record("a", **step), record("b", access_rights="PUBLIC")]
        run = harvesting.run(source)
        assert set(run.states.values()) == {"COMPLETE"}, run.reports
        for guid, level in (("a", "request"), ("b", "closed")):
            dataset = harvesting.dataset(source, guid)
            assert dataset["openness"] == dataset["openness_effective"] == level
            assert dataset["license_id"] == "other-closed"
            assert SECRET not in json.dumps(dataset)
        assert harvesting.dataset(source, "a")["resources"][0]["url"] == url
        assert "dsgvo-personenbezug" in harvesting.dataset(source, "a")["legal_basis"]
    assert "openness" in run.reports["a"][0]
    # Another organization as the source's: the owner of restricted data stays.
    call_action(
        "package_owner_org_update",
        context={"user": harvesting.admin["name"], "ignore_auth": True},
        id=source,
        organization_id=harvesting.company["id"],
    )
    run = harvesting.run(source)
    assert harvesting.dataset(source, "a")["owning_entity"] == harvesting.department["id"]
    # Gone and back again, then under another name.
    server.datasets = [record("c")]
    assert harvesting.run(source).statuses == {"added": 1, "deleted": 2}
    server.datasets = [record("a"), record("b"), record("c")]
    run = harvesting.run(source)
    for guid, level in (("a", "request"), ("b", "closed")):
        back = harvesting.dataset(source, guid)
        assert (back["state"], back["openness_effective"]) == ("active", level)
    renamed = record("b2", resources=record("b")["resources"])
    server.datasets = [record("a"), renamed, record("c")]
    run = harvesting.run(source)
    dataset = harvesting.dataset(source, "b2")
    assert SECRET not in json.dumps(dataset)
    assert dataset["resources"][0]["openness"] == "closed"
    assert "openness" in run.reports["b2"][0]


def test_a_person_opens_and_the_source_may_close(harvesting: Harvesting, server: Server) -> None:
    server.datasets = [record("a", **GROUNDS), record("b")]
    source = harvesting.source(server.url)
    harvesting.run(source)
    server.datasets = [record("a", **GROUNDS), record("b", access_rights="NON_PUBLIC")]
    harvesting.run(source)
    assert harvesting.dataset(source, "b")["openness"] == "closed"
    assert SECRET not in json.dumps(harvesting.dataset(source, "b"))
    opened = harvesting.sysadmin(
        "package_patch",
        id=harvesting.dataset(source, "b")["id"],
        openness="open",
        license_id="cc-zero",
        opening_reason="The source says so.",
    )
    assert opened.result["openness"] == "open"
    assert harvesting.run(source).statuses == {"not modified": 2}
    assert harvesting.dataset(source, "b")["openness"] == "open"


def test_ids_of_others_address_nothing(harvesting: Harvesting, server: Server) -> None:
    other = call_action(
        "package_create",
        context={"user": harvesting.admin["name"]},
        name="foreign",
        owner_org=harvesting.company["id"],
        license_id="cc-zero",
        resources=[{"url": "https://data.example/own.csv", "name": "own"}],
    )
    before = stored("foreign")
    theft = record("x", name="foreign", identifier=other["id"], uri=f"https://test/{other['id']}")
    theft["id"] = other["id"]
    theft["resources"][0]["id"] = other["resources"][0]["id"]
    by_name = record("foreign", owner_org=harvesting.company["id"], state="deleted", type="harvest")
    by_name["owning_entity"] = harvesting.company["id"]
    server.datasets = [theft, by_name]
    first = harvesting.source(server.url)
    run = harvesting.run(first)
    assert run.statuses == {"added": 2}, run.reports
    assert stored("foreign") == before
    for guid in (other["id"], "foreign"):
        made = harvesting.dataset(first, guid)
        assert made["id"] != other["id"]
        assert made["name"] != "foreign"
        assert made["owner_org"] == made["owning_entity"] == harvesting.department["id"]
        assert made["resources"][0]["id"] != other["resources"][0]["id"]
    # A second source with the first one's ids: neither takes over, nor deletes.
    mine = harvesting.dataset(first, "foreign")
    server.datasets = [record("foreign", title="Stolen"), record("y")]
    second = harvesting.source(f"{server.url}/two", organization=harvesting.company["id"])
    server.pages["/two/api/3/action/package_search"] = server.search("?start=0&rows=9")
    harvesting.run(second)
    assert harvesting.dataset(first, "foreign") == mine
    assert harvesting.dataset(second, "foreign")["id"] != mine["id"]
    server.datasets = [record("y")]
    server.pages["/two/api/3/action/package_search"] = server.search("?start=0&rows=9")
    harvesting.configure(second, max_missing=100)
    assert harvesting.run(second).statuses == {"not modified": 1, "deleted": 1}
    assert harvesting.dataset(first, "foreign") == mine


def test_publishers_are_mapped_where_that_is_agreed(harvesting: Harvesting, server: Server) -> None:
    server.datasets = [record("a", author="Stadtwerke GmbH"), record("b", author="Verein")]
    source = harvesting.source(
        server.url, publishers={"stadtwerke gmbh": harvesting.company["name"]}
    )
    run = harvesting.run(source)
    assert harvesting.dataset(source, "a")["owning_entity"] == harvesting.department["id"]
    assert "owning_entity" in run.reports["a"][0]
    harvesting.entity(
        harvesting.department["id"],
        entity_class="core",
        in_group=True,
        publishes_for=[harvesting.company["id"]],
    )
    harvesting.configure(
        source, publishers={"stadtwerke gmbh": harvesting.company["name"]}, force_all=True
    )
    run = harvesting.run(source)
    assert harvesting.dataset(source, "a")["owning_entity"] == harvesting.company["id"]
    assert harvesting.dataset(source, "a")["owner_org"] == harvesting.department["id"]
    assert harvesting.dataset(source, "b")["owning_entity"] == harvesting.department["id"]
    assert "a" not in run.reports


def test_missing_datasets_and_broken_runs(harvesting: Harvesting, server: Server) -> None:
    full = [record(f"n-{number:03}") for number in range(6)]
    server.datasets = full
    source = harvesting.source(server.url)
    harvesting.run(source)

    def there() -> list[str]:
        found = (harvesting.dataset(source, one["id"]) for one in full)
        return [one["name"] for one in found if one["state"] == "active"]

    # All gone, too many gone: nothing is deleted, and that is said.
    for left in ([], full[:2]):
        server.datasets = left
        run = harvesting.run(source)
        assert "Nothing was deleted" in " ".join(run.gather_errors)
        assert len(there()) == 6
    # One of six gone: followed.
    server.datasets = full[:5]
    assert harvesting.run(source).statuses == {"not modified": 5, "deleted": 1}
    assert len(there()) == 5
    # The source dies half-way: what came is taken over, nothing is deleted.
    new = record("a-new")
    page = json.dumps({"success": True, "result": {"count": 150, "results": [new]}}).encode()
    first = "/api/3/action/package_search?rows=100&start=0&sort=id+asc"
    server.pages[first] = (200, {}, page)
    server.pages[first.replace("start=0", "start=100")] = (500, {}, b"")
    run = harvesting.run(source)
    assert run.statuses == {"added": 1}
    assert "500" in run.gather_errors[0]
    assert len(there()) == 5
    # It announces more than it delivers, and then less than nothing.
    server.pages[first.replace("start=0", "start=100")] = (
        200,
        {},
        json.dumps({"success": True, "result": {"count": 150, "results": []}}).encode(),
    )
    run = harvesting.run(source)
    assert "150" in run.gather_errors[0]
    assert len(there()) == 5
    for body in (b"<html>", b'{"success": false}', b'{"result": {"results": 5}}', b"[]", b"\xff"):
        server.pages[first] = (200, {}, body)
        run = harvesting.run(source)
        assert len(run.gather_errors) == 1
        assert server.url in run.gather_errors[0]
        assert len(there()) == 5


def test_bad_records_are_reported_one_by_one(harvesting: Harvesting, server: Server) -> None:
    long = "x" * 50_000
    bad: dict[str, dict[str, Any]] = {
        "long": {"title": long, "notes": long, "restriction_reason": long, "publisher": long},
        "lists": {"title": ["A", "B"], "notes": {"de": "Deutsch"}, "resources": "none", "tags": 5},
        "dates": {"issued": "gestern", "modified": "2020-13-45", "review_date": "soon"},
        "nul": {"title": "A\0B", "notes": "\ud800", "resources": [{"url": "javascript:alert(1)"}]},
        "levels": {"openness": "sehr offen", "legal_basis": {"a": 1}, "resources": [[], 7]},
        "unknown": {"access_rights": ["PUBLIC", "TOP SECRET"], "permission": "x", "extras": 3},
        "twice": {"extras": [{"key": "a", "value": 1}, {"key": "openness", "value": "closed"}]},
        "deep": {"temporal_coverage": ["x", {"start": "never"}], "size": {}, "language": [None]},
    }
    server.datasets = [record(name, **fields) for name, fields in bad.items()]
    server.datasets += [
        record("none", title="", name=""),
        "text",
        {"title": "no id"},
        record("good"),
    ]
    source = harvesting.source(server.url)
    run = harvesting.run(source)
    assert run.states["good"] == "COMPLETE"
    assert run.states["none"] == "ERROR"
    assert "title" in run.reports["none"][0]
    assert len(run.gather_errors) == 2
    assert [name for name in bad if run.states[name] != "COMPLETE"] == [], run.reports
    assert set(bad) - {"lists", "twice"} <= set(run.reports)
    for name, level in (("levels", "closed"), ("unknown", "closed"), ("twice", "closed")):
        assert harvesting.dataset(source, name)["openness"] == level
    for field in ("issued", "modified", "review_date"):
        assert field in run.reports["dates"][0]
        assert not harvesting.dataset(source, "dates").get(field)
    assert harvesting.dataset(source, "lists")["title"] == "A, B"
    assert not harvesting.dataset(source, "nul")["resources"][0]["url"]
    assert "gestern" in run.reports["dates"][0]
