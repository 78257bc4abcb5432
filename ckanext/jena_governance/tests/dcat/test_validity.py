"""The official shapes find no violation: on the demo, an imported city catalogue and generated ones.

They are read where JENA_GOVERNANCE_SHARED says; nothing of them is in this project.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import DCAT, DCTERMS, RDF, SKOS, Graph, Literal, URIRef

from ckan.tests import factories

from ckanext.dcat.processors import RDFSerializer
from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.dcat import checking, names
from ckanext.jena_governance.dcat.command import dcat_check
from ckanext.jena_governance.tests.dcat.catalogue import (
    PROFILE,
    around,
    as_shown,
    demo_catalogue,
    graph_of,
    only,
)
from ckanext.jena_governance.tests.takeover.test_import import Importer

SHARED = os.environ.get("JENA_GOVERNANCE_SHARED")

pytestmark = [
    pytest.mark.skipif(not SHARED, reason="JENA_GOVERNANCE_SHARED names no folder"),
    pytest.mark.usefixtures("with_plugins"),
    pytest.mark.ckan_config("ckanext.jena_governance.dcat_political_geocoding", "16053000"),
]

SHACL = Path(SHARED or ".") / "shacl"
GERMAN = ("SHACL-DE", "de-controlledvocabularies", "de-deprecated", "spec-german-additions")
SHAPES = [
    SHACL / "dcat-ap-semic" / "3.0.0-dcat-ap-SHACL.ttl",
    *(SHACL / "dcat-ap-de" / f"dcat-ap-{name}.ttl" for name in GERMAN),
]
HVD = [SHACL / "dcat-ap-hvd" / "3.0.0-hvd-SHACL.ttl"]

AUTHORITY = "http://publications.europa.eu/resource/authority/"
# Real terms of the EU's lists that the small file of lists beside the shapes does not have.
FURTHER = ("frequency/BIWEEKLY", "file-type/JPEG", "file-type/GML", "file-type/TSV")


@functools.cache
def rules() -> Graph:
    shapes = checking.read(SHAPES)
    checking.correct(shapes)
    return shapes


@functools.cache
def hvd_rules() -> Graph:
    return checking.read(HVD)


@functools.cache
def lists() -> Graph:
    graph = checking.read([SHACL / "vocab"])
    for term in FURTHER:
        node, scheme = URIRef(AUTHORITY + term), URIRef(AUTHORITY + term.split("/")[0])
        graph.add((node, RDF.type, SKOS.Concept))
        graph.add((node, SKOS.inScheme, scheme))
    return graph


def violations(graph, shapes=None):
    found = checking.validate(graph, shapes or rules(), lists())
    return [one for one in found if one.severity == "Violation"]


def page_of(datasets):
    serializer = RDFSerializer(profiles=PROFILE)
    with around(datasets):
        serializer.serialize_catalog({"modified": None}, datasets)
    return serializer.g


def test_every_demo_dataset():
    listed = demo_catalogue(config.today())
    graph = page_of(listed)
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == len(listed) == 108
    assert violations(graph) == []
    high = [one for one in listed if one.get("hvd_category")]
    assert high
    assert violations(page_of(high), hvd_rules()) == []


def test_warnings_are_known():
    found = checking.validate(page_of(demo_catalogue(config.today())), rules(), lists())
    assert Counter(one.message for one in found) == {}


@pytest.mark.usefixtures("portal")
def test_the_imported_catalogue_of_a_city(tmp_path):
    factories.Organization(name="stadt-jena", title="Stadt Jena")
    source = SHACL.parent / "realdata" / "jena" / "ckan.json"
    result = Importer(tmp_path).file(source, "--organization", "stadt-jena")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "lists"
    folder.mkdir()
    lists().serialize(str(folder / "lists.ttl"))
    options = [part for path in SHAPES for part in ("--shapes", str(path))]
    options += ["--hvd-shapes", str(HVD[0]), "--vocabularies", str(folder)]
    checked = CliRunner().invoke(dcat_check, [*options, "all"])
    assert "70 datasets checked" in checked.output
    assert "0 violations" in checked.output, checked.output
    assert checked.exit_code == 0
    assert checked.output.count("Known defect of these shapes") == 3


def generated():
    """Each licence on each level, with and without files; and much that is odd."""
    words = vocabulary.current()
    basis = {"legal_basis": ["dsgvo-personenbezug"], "restriction_reason": "Personen."}
    file = {"name": "Datei", "url": "https://a.example/x.csv", "format": "CSV"}
    levels = itertools.product(policy.LEVELS, [*words.licences, "", "frei erfunden"], (0, 2))
    for number, (level, licence, files) in enumerate(levels):
        fields = basis if level != policy.OPEN else {}
        yield {
            "name": f"g{number}",
            "title": "T",
            "owner_org": "stadt-jena",
            "openness": level,
            "license_id": licence,
            "resources": [dict(file) for _one in range(files)],
            **fields,
        }
    for number, odd in enumerate(ODD):
        yield {
            "name": f"odd{number}",
            "title": "T",
            "owner_org": "stadt-jena",
            "resources": [{**file, **odd.pop("file", {})}],
            **odd,
        }


ODD = (
    {"theme": ["frei", f"{AUTHORITY}data-theme/ENVI"], "language": ["de", "klingonisch"]},
    {"frequency": "ab und zu", "issued": "gestern", "modified": "99999999999999999999"},
    {"publisher": [{"name": "", "type": "x"}], "contact": [{"name": "Nur ein Name"}]},
    {"publisher": [{"name": "A"}, {"name": "B"}], "creator": [{"name": "C", "type": "x"}]},
    {"temporal_coverage": [{"start": "irgendwann"}, {"end": "2020"}]},
    {"spatial_coverage": [{"geom": "{}", "text": "Hier"}, {"bbox": "nichts"}]},
    {"url": "keine Adresse", "conforms_to": ["Norm"], "identifier": "https://a.example/id"},
    {"notes": None, "file": {"format": "Zettelkasten", "mimetype": "quatsch"}},
    {"file": {"format": "", "mimetype": "TEXT/CSV", "status": "fertig", "size": "groß"}},
    {"file": {"hash": "kein Hash", "availability": "immer", "language": "deutsch"}},
    {"file": {"hash": "d41d8cd98f00b204e9800998ecf8427e", "hash_algorithm": "md5"}},
    {"file": {"url": "", "license": "https://unbekannt.example/lizenz", "issued": "nie"}},
    {"publish_by": "2027-05-01", "file": {"url": "", "rights": "Freier Text"}},
    {"hvd_category": ["http://data.europa.eu/bna/c_ac64a52d"], "applicable_legislation": ["DNG"]},
    {"access_rights": "öffentlich", "owner_org": None, "maintainer": "Jemand"},
)


def test_generated_ones():
    listed = [as_shown(dict(one), config.today()) for one in generated()]
    graph = page_of(listed)
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == len(listed) > 300
    assert violations(graph) == []


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda g, d: g.remove((d, DCTERMS.publisher, None)), DCTERMS.publisher),
        (lambda g, d: g.remove((None, DCTERMS.license, None)), DCTERMS.license),
        (lambda g, d: g.remove((d, DCTERMS.description, None)), DCTERMS.description),
        (lambda g, d: g.set((d, DCTERMS.accessRights, names.ACCESS_RIGHT.OPEN)), SKOS.inScheme),
        (
            lambda g, d: [
                g.add((d, names.DCATAP.availability, URIRef(f"{AUTHORITY}planned-availability/{x}")))
                for x in ("STABLE", "TEMPORARY")
            ],
            names.DCATAP.availability,
        ),
        (lambda g, d: g.add((d, names.DCATDE.contributorID, Literal("jena"))), names.DCATDE.contributorID),
    ],
    ids=["publisher", "licence", "description", "access right", "availability", "contributor"],
)  # fmt: skip
def test_the_check_finds_what_is_wrong(spoil, path):
    graph = graph_of(demo_catalogue(config.today())[0])
    spoil(graph, only(graph))
    assert str(path) in {one.path for one in violations(graph)}


def test_defects_are_named_only_where_they_are():
    shapes = checking.read(SHAPES)
    assert len(checking.correct(shapes)) == 3
    assert len(checking.correct(shapes)) == 1  # the wording of a message stays
    assert checking.correct(Graph()) == []
