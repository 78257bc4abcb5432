"""Catalogues of real cities and states, harvested; counted against an independent reading."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, RDF

from ckan import model
from ckan.tests.helpers import call_action

from ckanext.activity.model import Activity
from ckanext.jena_governance.tests.harvesting.conftest import PLUGINS, Harvesting, Run, Server

SHARED = os.environ.get("JENA_GOVERNANCE_SHARED")
DATA = Path(SHARED or ".") / "realdata"
pytestmark = [
    pytest.mark.skipif(not SHARED, reason="JENA_GOVERNANCE_SHARED names no folder"),
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
]
RIGHTS = {"public": "open"}
NEXT = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")


def harvested() -> dict[str, dict[str, Any]]:
    """All datasets, as the index has them."""
    model.Session.remove()
    return {one["id"]: one for one in call_action("package_search", rows=1000)["results"]}


def run_twice(harvesting: Harvesting, source: str, most: int | None) -> Run:
    """The first run; the second one changes nothing."""
    first = harvesting.run(source, most)
    before, counted = harvested(), model.Session.query(Activity).count()
    again = harvesting.run(source, most)
    assert again.statuses.get("not modified") == first.statuses.get("added")
    assert harvested() == before
    assert model.Session.query(Activity).count() == counted
    return first


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("schleswig-holstein/catalog.xml", 20),
        ("govdata/rostock.rdf", 20),
        ("govdata/catalog-endpoint.rdf", None),
        ("schleswig-holstein/two-organizations.xml", None),
        ("schleswig-holstein/with_downloadURL.xml", None),
    ],
)
def test_dcat(harvesting: Harvesting, server: Server, name: str, most: int | None) -> None:
    body = (DATA / name).read_bytes()
    graph = rdflib.Graph().parse(data=body, format="xml")
    refs = {str(one): one for one in graph.subjects(RDF.type, DCAT.Dataset)}
    following = [str(one) for p in (NEXT.next, NEXT.nextPage) for one in graph.objects(None, p)]
    if following:
        here = server.url + "/c.rdf?page=2"
        body = body.replace(following[0].encode(), here.encode())
        server.pages["/c.rdf?page=2"] = (404, {}, b"")
    run = run_twice(harvesting, harvesting.source(server.rdf("/c.rdf", body), "dcat"), most)
    # The page after it is not on this server: what came counts, and that is said.
    assert [("404" in one) for one in run.gather_errors] == [True] * bool(following)
    assert run.gathered == len(refs) == len(run.states)
    done = [guid for guid, state in run.states.items() if state == "COMPLETE"]
    assert len(done) == (most or len(refs))
    for guid in done:
        dataset, node = harvesting.dataset(run.source, guid), refs[guid]
        said = {RIGHTS[str(one)] for one in graph.objects(node, DCTERMS.accessRights)} or {"open"}
        assert {dataset["openness"]} == said
        titles = {" ".join(one.split()) for one in graph.objects(node, DCTERMS.title)}
        assert dataset["title"] in titles
        parts = set(graph.objects(node, DCAT.distribution))
        assert len(dataset["resources"]) == len(parts)
        licences = {str(one) for part in parts for one in graph.objects(part, DCTERMS.license)}
        assert bool(dataset["license_id"]) == bool(licences)


def test_a_broken_catalogue(harvesting: Harvesting, server: Server) -> None:
    body = (DATA / "schleswig-holstein" / "invalid_iri.xml").read_bytes()
    run = harvesting.run(harvesting.source(server.rdf("/c.rdf", body), "dcat"))
    assert (run.gathered, run.statuses) == (0, {})
    assert "51:1096" in run.gather_errors[0]


@pytest.mark.parametrize(
    ("name", "most", "total"),
    [
        ("jena/ckan.json", None, 70),
        ("berlin/catalog.json", 60, 686),
        ("berlin/bonn-catalog.json", 40, 101),
    ],
)
def test_ckan(
    harvesting: Harvesting, server: Server, name: str, most: int | None, total: int
) -> None:
    said = json.loads((DATA / name).read_text("utf-8"))
    listed = said["result"] if isinstance(said, dict) else said
    server.datasets = listed["results"] if isinstance(listed, dict) else listed
    # The odd ones first, so that the part that is taken over has them.
    server.datasets.sort(key=is_ordinary)
    run = run_twice(harvesting, harvesting.source(server.url), most)
    assert run.gather_errors == []
    assert run.gathered == total
    done = [guid for guid, state in run.states.items() if state == "COMPLETE"]
    assert len(done) == (most or total)
    of_source = {one["id"]: one for one in server.datasets}
    expected, found = Counter[str](), Counter[str]()
    for guid in done:
        dataset, record = harvesting.dataset(run.source, guid), of_source[guid]
        expected[level_in_words(record)] += 1
        found[dataset["openness_effective"]] += 1
        assert dataset["openness"] == "open"
        assert dataset["private"] is False
        assert len(dataset["resources"]) == len(record["resources"])
    assert found == expected


def is_ordinary(record: dict[str, Any]) -> bool:
    """With links, and with the licence that all the others have."""
    said = record.get("license_id") or record.get("license_title")
    return said in ("cc-by", "dl-de-by") and all(one.get("url") for one in record["resources"])


def level_in_words(record: dict[str, Any]) -> str:
    """What a person reads: everything is public, some without a licence to use it."""
    if not any(one.get("url") for one in record["resources"]):
        return "announced"
    said = record.get("license_id") or record.get("license_title")
    closed = said in ("other-closed", "cc-nc", "dl-de-by-nc")
    return "viewable" if closed else "open"
