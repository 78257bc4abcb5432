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

from ckanext.jena_governance.tests.harvesting.conftest import PLUGINS, Harvesting, Run, Server

SHARED = os.environ.get("JENA_GOVERNANCE_SHARED")
DATA = Path(SHARED or ".") / "realdata"
pytestmark = [
    pytest.mark.skipif(not SHARED, reason="JENA_GOVERNANCE_SHARED names no folder"),
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
]
# Of the largest file only so many: the rest is more of the same.
SLICE = 60


def harvested() -> list[dict[str, Any]]:
    """All datasets, as the index has them."""
    from ckan.tests.helpers import call_action

    model.Session.remove()
    return call_action("package_search", rows=1000)["results"]


def levels() -> Counter[str]:
    return Counter(one["openness_effective"] for one in harvested())


def run_twice(harvesting: Harvesting, source: str) -> Run:
    """The first run; the second one changes nothing."""
    first = harvesting.run(source)
    print(first.statuses, levels(), first.gather_errors)
    before = {one["id"]: one["metadata_modified"] for one in harvested()}
    again = harvesting.run(source)
    assert again.statuses.keys() <= {"not modified", "errored"}
    assert {one["id"]: one["metadata_modified"] for one in harvested()} == before
    return first


@pytest.mark.parametrize(
    "name",
    [
        "schleswig-holstein/catalog.xml",
        "govdata/rostock.rdf",
        "govdata/catalog-endpoint.rdf",
        "schleswig-holstein/two-organizations.xml",
        "schleswig-holstein/with_downloadURL.xml",
        "schleswig-holstein/invalid_iri.xml",
    ],
)
def test_dcat(harvesting: Harvesting, server: Server, name: str) -> None:
    run_twice(harvesting, harvesting.source(server.rdf("/c.rdf", (DATA / name).read_bytes()), "dcat"))


@pytest.mark.parametrize("name", ["jena/ckan.json", "berlin/catalog.json", "berlin/bonn-catalog.json"])
def test_ckan(harvesting: Harvesting, server: Server, name: str) -> None:
    said = json.loads((DATA / name).read_text("utf-8"))
    listed = said["result"] if isinstance(said, dict) else said
    listed = listed["results"] if isinstance(listed, dict) else listed
    print(len(listed), listed[0].keys() if isinstance(listed[0], dict) else type(listed[0]))
    server.datasets = listed
    run_twice(harvesting, harvesting.source(server.url))
