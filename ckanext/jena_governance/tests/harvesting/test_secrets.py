"""What a source signs in with and what it delivered is not for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ckantoolkit as tk
from ckan import model
from ckan.lib import search
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.conftest import Api
from ckanext.jena_governance.tests.harvesting.conftest import PLUGINS, Harvesting, Server, record

pytestmark = pytest.mark.ckan_config("ckan.plugins", PLUGINS)

KEY, PASSWORD, SECRET = "api-key-4711", "password-4711", "geheim-4711"


def told(app: Any, who: Api, source: str, name: str) -> str:
    """All that somebody is told of sources and records."""
    object_ids = [row.id for row in _objects()]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("harvest_source_list", {}),
        ("harvest_source_list", {"return_last_job_status": True}),
        ("harvest_source_show", {"id": source}),
        ("harvest_source_show_status", {"id": source}),
        ("package_show", {"id": source}),
        ("package_show", {"id": source, "use_default_schema": True}),
        ("package_search", {"fq": "dataset_type:harvest"}),
        ("package_search", {"fq": "dataset_type:harvest", "fl": ["*"]}),
        ("package_activity_list", {"id": source}),
        ("recently_changed_packages_activity_list", {}),
        ("organization_show", {"id": name, "include_datasets": True}),
        ("harvest_object_list", {}),
        ("harvest_object_list", {"source_id": source}),
        ("harvest_job_list", {"source_id": source}),
        *(("harvest_object_show", {"id": one}) for one in object_ids),
        *(("harvest_job_report", {"id": row.harvest_job_id}) for row in _objects()),
    ]
    answers = [who(action, **data) for action, data in asked]
    for answer in answers:
        assert answer.status in (200, 403, 404), answer.body
    activities = [
        one["id"] for answer in answers if answer.status == 200 for one in _activities(answer.body)
    ]
    answers += [who("activity_show", id=one, include_data=True) for one in activities]
    pages = ["/harvest", f"/harvest/{source}", f"/harvest/about/{source}"]
    pages += [f"/harvest/object/{one}" for one in object_ids]
    pages += [f"/harvest/{source}/job/last", f"/harvest/{source}/job", "/dataset"]
    texts = [json.dumps(answer.body) for answer in answers]
    for page in pages:
        response = app.get(page, headers=who.headers, expect_errors=True, follow_redirects=False)
        assert response.status_code < 500, (page, response.body)
        texts.append(response.body)
    return "\n".join(texts)


def _objects() -> list[Any]:
    from ckanext.harvest.model import HarvestObject

    return model.Session.query(HarvestObject).all()


def _activities(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = body.get("result")
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict) and "activity_type" in one]


def test_secrets_of_sources_and_contents_of_records(
    app: Any, harvesting: Harvesting, server: Server
) -> None:
    bad = record("bad", title="", name="", notes=SECRET)
    server.datasets = [record("offen"), record("zu", access_rights="NON_PUBLIC"), bad]
    server.datasets[0]["resources"][0]["url"] = "https://data.example/offen.csv"
    address = server.url.replace("http://", f"http://user:{PASSWORD}@")
    source = harvesting.source(address, api_key=KEY)
    for where in (address, f"{address}/changed"):
        if where != address:
            harvesting.point(source, where)
        run = harvesting.run(source)
    assert server.headers[0]["Authorization"].startswith("Basic ")
    # Gathered, and not yet taken over: nobody may see where the data are.
    harvesting.point(source, address)
    harvesting.gather(source)
    harvesting.sysadmin("harvest_source_update", **_form(harvesting, source, "Renamed"))
    name = harvesting.department["name"]
    for who in (harvesting.nobody, harvesting.stranger):
        seen = told(app, who, source, name)
        for secret in (KEY, PASSWORD, SECRET):
            assert secret not in seen, seen[max(0, seen.index(secret) - 300) :][:400]
    shown = harvesting.editor("harvest_source_show", id=source).result
    assert KEY in json.dumps(shown)
    assert PASSWORD in shown["url"]
    index = search.query_for(model.Package).run({"q": f"id:{source}", "fl": ["*"], "rows": 1})
    held = json.dumps(index["results"])
    assert source in held
    for secret in (KEY, PASSWORD):
        assert secret not in held
    assert run.job
    form = harvesting.editor("harvest_source_show", id=source).result
    assert KEY in form["config"]


def _form(harvesting: Harvesting, source: str, title: str) -> dict[str, Any]:
    shown = harvesting.sysadmin("harvest_source_show", id=source).result
    fields = ("id", "name", "url", "source_type", "owner_org", "config", "frequency")
    return {**{one: shown[one] for one in fields if one in shown}, "title": title}


def test_configurations_are_read_before_they_are_stored(harvesting: Harvesting) -> None:
    said = {
        "[1]": "JSON object",
        "{": "JSON",
        '{"remote_orgs": "create"}': "remote_orgs",
        '{"max_missing": 0}': "1 to 100",
        '{"rdf_format": "html"}': "rdf_format",
        '{"publishers": {"A": "no-such-organization"}}': "no-such-organization",
        '{"publishers": ["A"]}': "publishers",
        '{"groups_filter_include": "a"}': "groups_filter_include",
        '{"api_key": "a\\r\\nX: y"}': "api_key",
        '{"delete_missing": "yes"}': "delete_missing",
    }
    for config, words in said.items():
        with pytest.raises(tk.ValidationError) as raised:
            call_action(
                "harvest_source_create",
                context={"user": harvesting.admin["name"]},
                name="x",
                url="https://x.example",
                source_type="jena_governance_ckan",
                owner_org=harvesting.department["id"],
                config=config,
            )
        assert words in json.dumps(raised.value.error_dict), (config, raised.value.error_dict)


def test_closing_in_the_source_cleans_what_was_kept(harvesting: Harvesting, server: Server) -> None:
    from ckanext.harvest.model import HarvestObject

    server.datasets = [record("a")]
    source = harvesting.source(server.url)
    harvesting.run(source)
    dataset = harvesting.dataset(source, "a")
    assert SECRET in json.dumps(dataset)
    server.datasets = [record("a", access_rights="NON_PUBLIC", license_id="other-closed")]
    harvesting.run(source)
    contents = model.Session.query(HarvestObject.content).all()
    assert len(contents) == 2
    assert SECRET not in json.dumps([row.content for row in contents])
    index = search.query_for(model.Package).run({"q": f"id:{dataset['id']}", "fl": ["*"]})
    assert SECRET not in json.dumps(index["results"])
    history = harvesting.sysadmin("package_activity_list", id=dataset["id"]).result
    told_of = [
        harvesting.sysadmin("activity_show", id=one["id"], include_data=True).body
        for one in history
    ]
    assert SECRET not in json.dumps(told_of)
