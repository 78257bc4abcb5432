"""Catalogues of real cities. They are read where they are; nothing of them is in this project."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
import yaml

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests.takeover.test_import import Importer

SHARED = os.environ.get("JENA_GOVERNANCE_SHARED")

pytestmark = [
    pytest.mark.skipif(not SHARED, reason="JENA_GOVERNANCE_SHARED names no folder"),
    pytest.mark.usefixtures("portal"),
]

DATA = Path(SHARED or ".") / "realdata"


@pytest.fixture
def take(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


@pytest.fixture
def entities(portal: None) -> None:
    """The city group as organizations, named by their ids."""
    source = Path(SHARED or ".") / "reference" / "entities.yaml"
    for entity in yaml.safe_load(source.read_text("utf-8"))["entities"]:
        factories.Organization(name=entity["id"], title=entity["name_de"])


@pytest.mark.usefixtures("entities")
def test_jena(take: Importer) -> None:
    result = take.file(DATA / "jena" / "ckan.json")
    assert result.exit_code == 0, result.output
    assert take.counts() == {"created": 70}
    assert take.report["organizations_created"] == []
    datasets = call_action("package_search", rows=100)["results"]
    assert len(datasets) == 70
    assert sum(len(dataset["resources"]) for dataset in datasets) == 117
    assert {dataset["license_id"] for dataset in datasets} == {"dl-by-de-2.0"}
    owners = Counter(dataset["organization"]["name"] for dataset in datasets)
    assert owners == {
        "stadt-jena": 60,
        "jugend-und-bildung": 7,
        "gesundheit": 1,
        "ksj": 1,
        "stadtwerke-jena": 1,
    }
    asked = {
        entry["dataset"]
        for entry in take.report["records"]
        if any(finding["kind"] == "rights" for finding in entry["findings"])
    }
    # the seven studies of institutes and professors
    assert {
        "jenaer-kinder-und-jugendstudie-2014",
        "familien-in-jena",
        "sozialbericht-der-stadt-jena-2002-2007",
        "neue-netze-der-verantwortung-fur-bildung-und-lebensbewaltigung-2008",
        "evaluation-der-sprachforderung-an-jenaer-kitas",
        "bildungsforderung-und-armutspravention-in-jena-2009",
        "lokale-bildungslandschaft-2010",
    } <= asked
    take.file(DATA / "jena" / "ckan.json")
    assert take.counts() == {"unchanged": 70}


@pytest.mark.once
def test_berlin(take: Importer) -> None:
    source = DATA / "berlin" / "catalog.json"
    result = take.file(source, "--organization", "berlin")
    assert result.exit_code == 0, result.output
    assert take.counts() == {"created": 686}
    texts = "\n".join(_public_texts())
    for person in ("Herr Imme", "Franciska", "Kavcic", "Pemp"):
        assert person not in texts
    take.file(source, "--organization", "berlin")
    assert take.counts() == {"unchanged": 686}


def test_bonn(take: Importer) -> None:
    source = DATA / "berlin" / "bonn-catalog.json"
    assert take.file(source).exit_code == 0
    assert take.counts() == {"created": 101}
    assert "stadt-bonn" in take.report["organizations_created"]
    # the one exception: two resources of a dataset are empty
    assert take.report["findings"]["resource-dropped"] == 1
    take.file(source)
    assert take.counts() == {"unchanged": 101}


def _public_texts() -> list[str]:
    """All extras and contacts as they are stored."""
    model.Session.remove()
    packages = model.Session.query(model.Package).all()
    return [str({**dict(p.extras), "m": p.maintainer, "a": p.author}) for p in packages]
