"""Everybody asks every feed for what is hidden, restricted, gone, or still in the index."""

from __future__ import annotations

import io
import itertools
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rdflib import DCTERMS
from werkzeug.datastructures import FileStorage

from ckan import model
from ckan.lib.search.common import make_connection
from ckan.lib.search.index import PackageSearchIndex
from ckan.tests.helpers import call_action

from ckanext.jena_governance.dcat import feeds
from ckanext.jena_governance.tests.access import hiding
from ckanext.jena_governance.tests.conftest import Api, City
from ckanext.jena_governance.tests.dcat.reading import CATALOGUE, got, ids, paging, path

LINK = "https://fachverfahren.example/kanarie-ort/akten.csv"
TRUE_NAME = "kanarie-datei-77.csv"
FORMATS = ("rdf", "ttl", "jsonld")
# What ckanext-dcat takes, and what CKAN's search would.
QUERIES = (
    {"q": "*:*"},
    {"fq": "capacity:private"},
    {"fq": "%2Bstate:(draft OR deleted) %2Bcapacity:*"},
    {"include_private": "true", "include_drafts": "true", "include_deleted": "true"},
    {"modified_since": "2000-01-01"},
    {"profiles": "schemaorg"},
    {"page": "1&feed=full&format=n3&page=2"},
)


@pytest.fixture
def town(city: City, app: Any) -> hiding.Portal:
    return hiding.open_portal(city, app)


@contextmanager
def index_behind(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Solr keeps what it has."""
    with monkeypatch.context() as patch:
        patch.setattr(PackageSearchIndex, "index_package", lambda *_, **__: None)
        patch.setattr(PackageSearchIndex, "delete_package", lambda *_, **__: None)
        yield


def everything(app: Any, people: dict[str, Api]) -> Generator[tuple[str, str]]:
    """Every page of every feed, for everybody; and the tricks."""
    for name, api in people.items():
        for feed in ("govdata", "full"):
            yield f"{name} {feed}", app.get(path(feed), headers=api.headers).body
    for name in ("anonymous", "own editor"):
        headers = people[name].headers
        for feed, form in itertools.product(("govdata", "full"), FORMATS):
            where = "/de" + path(feed, form)
            yield f"{name} {where}", app.get(where, headers=headers).body
        for query in QUERIES:
            where = path("full", **query)
            yield f"{name} {where}", app.get(where, headers=headers, status=200).body


def own_endpoints(app: Any, dataset_ids: list[str]) -> Generator[tuple[str, str]]:
    """ckanext-dcat's, for anonymous."""
    places = [
        f"/catalog.{form}{more}" for form in ("ttl", "xml", "jsonld") for more in ("", "?q=*")
    ]
    places += ["/catalog.ttl?fq=capacity:private", "/catalog.ttl?profiles=schemaorg"]
    places += [f"/dataset/{id_}.{form}" for id_ in dataset_ids for form in ("ttl", "xml", "jsonld")]
    for place in places:
        yield place, app.get(place, expect_errors=True).body


@pytest.fixture
def _own_storage(tmp_path: Path, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))


@pytest.mark.usefixtures("_own_storage")
def test_no_canary_leaves(app: Any, town: hiding.Portal, restriction: dict[str, Any]) -> None:
    city, canary = town.city, hiding.CANARY
    hiding.publish(town)
    visible = {model.Package.get("offen").id}
    akten = city.editor(
        "package_create",
        **{
            **restriction,
            "name": "akten",
            "owner_org": city.department["id"],
            "resources": [{"url": LINK, "name": "Akten", "format": "CSV"}],
        },
    ).result
    call_action(
        "resource_create",
        context={"user": city.clerk},
        package_id="akten",
        name="Liste",
        url="",
        upload=FileStorage(io.BytesIO(b"a\n1\n"), TRUE_NAME),
    )
    visible.add(akten["id"])
    newest = model.Package.get("akten").metadata_modified.isoformat()
    secret = hiding.hide(town, restriction, "geheim", hiding.SECRET)
    for name, change in {
        "privat": {"private": True},
        "entwurf": {"state": "draft"},
        "geloescht": {"state": "deleted"},
        "quelle": {"type": "harvest"},
        "schau": {"type": "showcase"},
    }.items():
        package = model.Package(
            name=f"{name}-{canary}", title=canary, owner_org=city.department["id"], **change
        )
        model.Session.add(package)
    model.Session.commit()
    people = {**town.everybody, "sysadmin": city.sysadmin}

    for where, body in everything(app, people):
        for secret_text in (canary, LINK, "kanarie-ort", TRUE_NAME, "kanarie-datei", secret["id"]):
            assert secret_text not in body, where
    full = got(app, "full")
    assert ids(full) == visible
    assert paging(full)["totalItems"] == "2"
    (modified,) = full.objects(CATALOGUE, DCTERMS.modified)
    assert str(modified)[:19] == newest[:19], "what is hidden moves no date"
    for where, body in own_endpoints(app, [akten["id"], secret["id"]]):
        for secret_text in (canary, LINK, "kanarie-ort", TRUE_NAME, "kanarie-datei"):
            assert secret_text not in body, where


def test_the_index_may_be_behind(
    app: Any,
    town: hiding.Portal,
    restriction: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Closed, hidden, deleted, renamed: a feed tells what is so, not what Solr still says."""
    city = town.city
    made = {
        name: city.editor(
            "package_create",
            name=name,
            title=f"Titel {name}",
            owner_org=city.department["id"],
            resources=[{"url": f"https://{name}.example/kanarie-{name}.csv", "name": "A"}],
        ).result["id"]
        for name in ("schliesst", "versteckt", "weg", "privat", "umbenannt", "bleibt")
    }
    with index_behind(monkeypatch):
        city.editor("package_patch", id=made["schliesst"], **restriction).result
        city.editor("package_delete", id=made["weg"]).result
        city.editor("package_patch", id=made["umbenannt"], title="Neuer Titel").result
        for name in ("versteckt", "privat"):
            model.Package.get(made[name]).private = True
        model.Session.commit()
        fresh = city.editor(
            "package_create",
            name="neu",
            owner_org=city.department["id"],
            resources=[{"url": "https://neu.example/a.csv", "name": "A"}],
        ).result["id"]
    indexed = make_connection().search("*:*", rows=20, fl="id,validated_data_dict")
    assert {one["id"] for one in indexed.docs} >= set(made.values()) - {fresh}
    assert any("kanarie-schliesst" in one["validated_data_dict"] for one in indexed.docs)

    for form in FORMATS:
        for feed in ("govdata", "full"):
            body = app.get(path(feed, form), headers=city.editor.headers).body
            for name in ("schliesst", "versteckt", "weg", "privat"):
                assert f"kanarie-{name}" not in body, (name, feed, form)
            assert "Titel umbenannt" not in body
            assert "Neuer Titel" in body
        stays = {made["bleibt"], made["umbenannt"], fresh}
        assert ids(got(app, "govdata", form)) == stays
        assert ids(got(app, "full", form)) == stays | {made["schliesst"]}
    assert paging(got(app, "govdata"))["totalItems"] == "3"


def test_closed_while_a_page_is_written(app: Any, city: City, restriction: dict[str, Any]) -> None:
    """Between the list of members and the page: what the page says is read last."""
    dataset = city.editor(
        "package_create",
        name="akten",
        owner_org=city.department["id"],
        resources=[{"url": LINK, "name": "A"}],
    ).result
    with app.flask_app.test_request_context():
        page = feeds.page("govdata", "ttl", 1)
        assert LINK in feeds.document(page)
    city.editor("package_patch", id=dataset["id"], **restriction).result
    with app.flask_app.test_request_context():
        body = feeds.document(page)
    assert dataset["id"] not in body
    assert LINK not in body
