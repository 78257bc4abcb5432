"""Reading other people's catalogues: three spellings of DCAT-AP.de, licences, what is unknown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rdflib import DCAT, DCTERMS, FOAF, RDF, BNode, Graph, Literal, Namespace, URIRef

from ckanext.dcat.processors import RDFParser
from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.dcat import names, reading
from ckanext.jena_governance.dcat.problems import Problem, problems_of
from ckanext.jena_governance.policy import licence_of
from ckanext.jena_governance.tests.dcat.catalogue import PROFILE
from ckanext.jena_governance.tests.dcat.test_hostile import NODE, PART, read, record

SHARED = os.environ.get("JENA_GOVERNANCE_SHARED")

pytestmark = pytest.mark.usefixtures("with_plugins")

LICENCES = "dcat-ap.de/def/licenses/"


def with_licence(*values):
    graph = record()
    graph.remove((PART, DCTERMS.license, None))
    for value in values:
        graph.add((PART, DCTERMS.license, value))
    return graph


@pytest.mark.parametrize(
    "value",
    [
        URIRef(f"http://{LICENCES}dl-by-de/2.0"),
        URIRef(f"https://www.{LICENCES}dl-by-de/2.0/"),
        URIRef(f"http://{LICENCES}dl-by-de/2_0"),
        Literal("https://www.govdata.de/dl-de/by-2-0"),
        Literal("Datenlizenz Deutschland Namensnennung 2.0"),
    ],
)
def test_licences_in_any_spelling(value):
    assert read(with_licence(value))["license_id"] == "dl-by-de-2.0"


def test_licence_by_its_title():
    graph = with_licence()
    node = BNode()
    graph.add((PART, DCTERMS.license, node))
    graph.add((node, DCTERMS.title, Literal("Creative Commons CC Zero License (cc-zero)")))
    assert read(graph)["license_id"] == "cc-zero"


def test_an_unknown_licence_stays_as_it_is_written():
    said = URIRef("https://elsewhere.example/terms")
    graph = with_licence(said)
    assert read(graph)["license_id"] == str(said)
    assert Problem("license_id", "unknown", str(said)) in problems_of(graph, NODE)
    assert Problem("license_id", "missing") in problems_of(with_licence(), NODE)


def test_of_several_licences_the_one_that_permits_least():
    graph = with_licence(URIRef(f"http://{LICENCES}cc-zero"), URIRef(f"http://{LICENCES}cc-by-nc"))
    assert read(graph)["license_id"] == "cc-by-nc"
    assert [one.code for one in problems_of(graph, NODE)] == ["several"]


def test_access_rights():
    right = DCTERMS.accessRights
    assert "access_rights" not in read(record())
    several = record(
        (NODE, right, names.ACCESS_RIGHT.PUBLIC), (NODE, right, names.ACCESS_RIGHT.NON_PUBLIC)
    )
    assert read(several)["access_rights"] == str(names.ACCESS_RIGHT.NON_PUBLIC)
    assert [one.code for one in problems_of(several, NODE)] == ["several"]
    for said in (Literal("public"), names.ACCESS_RIGHT.SENSITIVE):
        graph = record((NODE, right, said))
        assert read(graph)["access_rights"] == str(said)
        assert problems_of(graph, NODE) == [Problem("access_rights", "unknown", str(said))]


@pytest.mark.parametrize("namespace", names.DCATDE_SPELLINGS)
def test_former_properties(namespace):
    agent = URIRef("https://elsewhere.example/organization/amt")
    planned = URIRef("https://www.dcat-ap.de/def/plannedAvailability/stable")
    graph = record(
        (NODE, namespace.maintainer, agent),
        (agent, FOAF.name, Literal("Amt")),
        (PART, namespace.plannedAvailability, planned),
    )
    assert reading.owner_of(graph, NODE) == reading.Owner(str(agent), "amt", "Amt")
    [resource] = read(graph)["resources"]
    assert resource["availability"].endswith("/planned-availability/STABLE")
    # The id of an organization elsewhere is nobody's here.
    assert "owning_entity" not in read(graph)


def test_bad_dates_are_left_out_and_told():
    graph = record(
        (NODE, DCTERMS.issued, Literal("gestern")), (PART, DCTERMS.modified, Literal("13.13.2020"))
    )
    dataset = read(graph)
    assert "issued" not in dataset
    assert "modified" not in dataset["resources"][0]
    found = {one for one in problems_of(graph, NODE) if one.code == "unreadable"}
    assert found == {
        Problem("issued", "unreadable", "gestern"),
        Problem("modified", "unreadable", "13.13.2020"),
    }


OTHER = Namespace("https://andere-stadt.example/governance/terms#")


def test_another_portal_of_ours_is_understood():
    statement = BNode()
    graph = record(
        (NODE, OTHER.openness, OTHER["level-request"]),
        (NODE, OTHER.openness, OTHER["level-closed"]),
        (NODE, DCTERMS.rights, statement),
        (
            statement,
            OTHER.legalBasis,
            URIRef("https://andere-stadt.example/governance/legal-bases/eigene"),
        ),
        (statement, OTHER.reason, Literal("x" * 50_000)),
        (statement, OTHER.reviewDate, Literal("bald")),
    )
    dataset = read(graph)
    assert dataset["openness"] == "closed"
    assert dataset["legal_basis"] == ["eigene"]
    assert len(dataset["restriction_reason"]) == 5_000
    assert "review_date" not in dataset
    codes = {(one.field, one.code) for one in problems_of(graph, NODE)}
    assert codes == {
        ("openness", "several"),
        ("legal_basis", "unknown"),
        ("restriction_reason", "too-long"),
        ("review_date", "unreadable"),
    }


def test_an_unknown_level_is_none_and_told():
    graph = record((NODE, OTHER.openness, OTHER["level-offenherzig"]))
    assert "openness" not in read(graph)
    assert [(one.field, one.code) for one in problems_of(graph, NODE)] == [("openness", "unknown")]


@pytest.mark.skipif(not SHARED, reason="JENA_GOVERNANCE_SHARED names no folder")
@pytest.mark.parametrize(
    ("file", "number"),
    [
        ("govdata/rostock.rdf", 100),
        ("govdata/catalog-endpoint.rdf", 6),
        ("schleswig-holstein/catalog.xml", 100),
        ("schleswig-holstein/two-organizations.xml", None),
        ("schleswig-holstein/with_downloadURL.xml", None),
    ],
)
def test_real_deliveries(file, number):
    parser = RDFParser(profiles=PROFILE)
    parser.parse((Path(SHARED) / "realdata" / file).read_bytes())
    found = list(parser.datasets())
    assert len(found) == (number or len(set(parser.g.subjects(RDF.type, DCAT.Dataset)))) > 0
    for one in found:
        assert one["title"]
        assert licence_of(one["license_id"], vocabulary.current()) is not None
    nodes = list(Graph.subjects(parser.g, RDF.type, DCAT.Dataset))
    told = [problem for node in nodes for problem in problems_of(parser.g, node)]
    assert not [one for one in told if one.field == ""]
