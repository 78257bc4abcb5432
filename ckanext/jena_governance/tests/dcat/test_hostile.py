"""No dataset breaks the page it is on, whatever it holds; no record stops a harvester."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import DCAT, DCTERMS, RDF, XSD, BNode, Graph, Literal, URIRef

from ckanext.dcat.processors import RDFSerializer
from ckanext.jena_governance import config
from ckanext.jena_governance.dcat import preparing
from ckanext.jena_governance.dcat.problems import Problem, problems_of
from ckanext.jena_governance.dcat.profile import DcatApDe3Profile
from ckanext.jena_governance.tests.dcat.catalogue import (
    FORMATS,
    PROFILE,
    around,
    as_shown,
    graph_of,
    only,
    parsed,
    serialised,
    uri_of,
)

pytestmark = pytest.mark.usefixtures("with_plugins")

BAD_ADDRESS = 'http://exa mple/<>"{}|\\^`'
BAD_TEXT = "a\x00b\x0bc\x1f\ud800\ufffed\r\ne"
GOOD = {
    "name": "gut",
    "title": "Gut",
    "owner_org": "stadt-jena",
    "resources": [{"name": "Datei", "url": "https://a.example/x.csv", "format": "CSV"}],
}
TEXTS = (
    "title", "notes", "restriction_reason", "stricter_reason", "ends_when", "data_steward",
    "provenance", "version", "identifier", "derivative_note",
)  # fmt: skip
ADDRESSES = ("url", "uri", "open_derivative", "frequency", "license_id", "access_rights")
LISTS = ("theme", "language", "conforms_to", "applicable_legislation", "hvd_category", "tags")
AGENTS = ("publisher", "creator", "contact", "spatial_coverage", "temporal_coverage")


def everywhere(value):
    """A dataset that holds a value in every field there is."""
    agent = dict.fromkeys(("uri", "name", "email", "url", "type", "text", "start", "geom"), value)
    fields = (*TEXTS, *ADDRESSES, "issued", "modified", "data_steward_email", "publish_by")
    resource = dict.fromkeys(("name", "description", "url", "uri", "access_url", "download_url", "format", "mimetype", "license", "rights", "status", "availability", "hash", "size", "issued", "hash_algorithm", "temporal_resolution", "documentation"), value)  # fmt: skip
    return as_shown(
        {
            **dict.fromkeys(fields, value),
            "name": "boese",
            "owner_org": "stadt-jena",
            **{name: [value] for name in LISTS},
            **{name: [agent] for name in AGENTS},
            "title_translated": {"bad tag!": "x", "de": value},
            "resources": [resource],
        },
        config.today(),
    )


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "value",
    [BAD_ADDRESS, BAD_TEXT, "http://[", "http:///x", "javascript:x", "x" * 50_000, "", "{}", "[["],
    ids=lambda one: ascii(one)[:12],
)
def test_a_page_stays_whole(value, format_):
    bad, good = everywhere(value), as_shown(GOOD, config.today())
    found = parsed(serialised([bad, good], format_), format_)
    assert found[uri_of("gut")]["title"] == "Gut"
    assert found[uri_of("gut")]["resources"][0]["url"] == "https://a.example/x.csv"
    [other] = [one for uri, one in found.items() if uri != uri_of("gut")]
    assert other["title"]
    assert len(other["resources"]) == 1


def test_what_cannot_be_an_address_is_encoded():
    graph = graph_of(everywhere(BAD_ADDRESS))
    encoded = "http://exa%20mple/%3C%3E%22%7B%7D%7C%5C%5E%60"
    assert set(graph.objects(only(graph), DCAT.landingPage)) == {URIRef(encoded)}


def test_texts_lose_what_xml_forbids_and_nothing_else():
    graph = graph_of(everywhere(BAD_TEXT))
    assert str(graph.value(only(graph), DCTERMS.description)) == "abcd\ne"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.sampled_from([BAD_ADDRESS, "https://a.example/x", "2020-01-01", "[]", '["a"]']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    dataset=st.dictionaries(st.sampled_from([*TEXTS, *ADDRESSES, *LISTS, *AGENTS]), ANYTHING),
    # CKAN always gives these two keys; ckanext-dcat relies on it before it asks any profile.
    extras=st.lists(
        st.fixed_dictionaries({"key": st.sampled_from([*TEXTS, "uri", "guid"]), "value": ANYTHING})
    ),
    resource=st.dictionaries(
        st.sampled_from(["name", "format", "mimetype", "license", "hash", "size", "openness"]), ANYTHING
    ),
)  # fmt: skip
def test_any_type_of_value(dataset, extras, resource):
    one = {"id": "x", "name": "x", "owner_org": "stadt-jena", **dataset}
    one["extras"] = extras
    one["resources"] = [{"id": "y", "url": "https://a.example/", **resource}, resource, "nothing"]
    graph = graph_of(one)
    node = only(graph)
    assert graph.value(node, DCTERMS.title)
    assert len(list(graph.objects(node, DCTERMS.publisher))) == 1
    assert len(list(graph.objects(node, DCAT.distribution))) == 1
    for format_ in ("turtle", "pretty-xml", "json-ld"):
        assert graph.serialize(format=format_)


def test_what_nobody_foresaw_is_left_out_alone(monkeypatch):
    prepared = preparing.prepared

    def failing(shown):
        if shown.dataset["name"] == "boese":
            raise RuntimeError("unforeseen")
        return prepared(shown)

    monkeypatch.setattr(preparing, "prepared", failing)
    listed = [as_shown({**GOOD, "name": name}, config.today()) for name in ("boese", "gut")]
    serializer = RDFSerializer(profiles=PROFILE)
    with around(listed):
        text = serializer.serialize_catalog({"modified": None}, listed, _format="xml")
    assert set(parsed(text, "xml")) == {uri_of("gut")}


# Reading

NODE = URIRef("https://elsewhere.example/d")
PART = URIRef("https://elsewhere.example/d/1")


def record(*triples):
    graph = Graph()
    graph.add((NODE, RDF.type, DCAT.Dataset))
    graph.add((NODE, DCTERMS.title, Literal("Titel")))
    graph.add((NODE, DCAT.distribution, PART))
    graph.add((PART, DCAT.accessURL, URIRef("https://elsewhere.example/x")))
    graph.add((PART, DCTERMS.license, URIRef("http://dcat-ap.de/def/licenses/cc-zero")))
    for triple in triples:
        graph.add(triple)
    return graph


def read(graph):
    dataset = {}
    DcatApDe3Profile(graph).parse_dataset(dataset, NODE)
    return dataset


GEOMETRY = URIRef("http://www.w3.org/ns/locn#geometry")
PLACE = URIRef("https://elsewhere.example/place")


@pytest.mark.parametrize(
    "triples",
    [
        [(PART, DCAT.byteSize, Literal("1e999"))],
        [(PART, DCAT.byteSize, Literal("NaN"))],
        [
            (NODE, DCTERMS.spatial, PLACE),
            (PLACE, RDF.type, DCTERMS.Location),
            (PLACE, GEOMETRY, URIRef("https://elsewhere.example/no-literal")),
        ],
        [(NODE, DCTERMS.publisher, Literal("nur ein Text")), (NODE, DCAT.contactPoint, Literal("x"))],
        [(NODE, DCTERMS.spatial, Literal("Jena")), (NODE, DCTERMS.temporal, Literal("immer"))],
        [(NODE, DCAT.distribution, Literal("keine Distribution")), (NODE, DCTERMS.rights, Literal("x"))],
        [(NODE, DCTERMS.publisher, NODE), (NODE, DCAT.contactPoint, BNode()), (NODE, DCTERMS.rights, NODE)],
        [(NODE, URIRef("http://www.w3.org/ns/prov#actedOnBehalfOf"), NODE), (NODE, DCTERMS.publisher, NODE)],
        [(NODE, DCTERMS.title, Literal("x" * 50_000)), (NODE, DCTERMS.description, Literal("x" * 50_000))],
        [(NODE, DCTERMS.issued, Literal("0000-99-99", datatype=XSD.date))],
    ],
)  # fmt: skip
def test_nothing_stops_the_reader(triples):
    dataset = read(record(*triples))
    assert dataset["title"]
    assert dataset["license_id"] == "cc-zero"
    assert any(one["url"] == "https://elsewhere.example/x" for one in dataset["resources"])


def test_a_record_that_cannot_be_read_is_told():
    acted = URIRef("http://www.w3.org/ns/prov#actedOnBehalfOf")
    graph = record((NODE, DCTERMS.publisher, PLACE), (PLACE, acted, PLACE))
    assert read(graph)["title"] == "Titel"
    assert Problem("", "unreadable", str(NODE)) in problems_of(graph, NODE)
