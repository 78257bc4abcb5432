"""Every term of ours leads somewhere: a page for people, RDF for machines."""

from __future__ import annotations

import pytest
from rdflib import DCTERMS, RDF, RDFS, SKOS, Graph, Literal, URIRef

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.dcat import names, scheme
from ckanext.jena_governance.tests.dcat.catalogue import around, demo_catalogue, graph_of
from ckanext.jena_governance.tests.views.reading import checked

pytestmark = pytest.mark.usefixtures("with_plugins")

TYPES = {
    "text/turtle": "turtle",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}


def test_all_bases_are_concepts():
    words = vocabulary.current()
    graph = scheme.legal_bases(words)
    for id_, basis in words.bases.items():
        node = names.basis_iri(id_)
        assert (node, SKOS.inScheme, names.scheme_iri()) in graph
        assert (node, DCTERMS.bibliographicCitation, Literal(basis.citation)) in graph
        for predicate in (SKOS.prefLabel, SKOS.definition):
            assert {one.language for one in graph.objects(node, predicate)} == {"de", "en"}
    assert len(set(graph.subjects(RDF.type, SKOS.Concept))) == len(words.bases)


def test_every_term_that_is_used_is_described():
    listed = demo_catalogue(config.today())
    with around(listed):
        used = graph_of(*listed)
    described = scheme.terms(vocabulary.current())
    ours = {
        node
        for triple in used
        for node in triple
        if isinstance(node, URIRef) and names.term_in(node)
    }
    assert len(ours) > 10
    for node in ours:
        label = RDFS.label if (node, RDFS.label, None) in described else SKOS.prefLabel
        assert {one.language for one in described.objects(node, label)} == {"de", "en"}, node


@pytest.mark.parametrize(("accept", "format_"), TYPES.items())
@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("legal-bases/dsgvo-personenbezug", SKOS.prefLabel),
        ("legal-bases", SKOS.hasTopConcept),
        ("terms", RDFS.comment),
    ],
)
def test_machines_get_rdf(app, path, there, accept, format_):
    answer = app.get(f"/governance/{path}", headers={"Accept": accept})
    assert answer.content_type.startswith(accept)
    assert "Accept" in answer.headers["Vary"]
    graph = Graph().parse(data=answer.text, format=format_)
    assert list(graph.triples((None, there, None)))


@pytest.mark.parametrize("extension", ["ttl", "rdf", "xml", "jsonld"])
@pytest.mark.parametrize("name", ["legal-bases", "terms"])
def test_files(app, name, extension):
    answer = app.get(f"/governance/{name}.{extension}")
    format_ = {"ttl": "turtle", "jsonld": "json-ld"}.get(extension, "xml")
    assert len(Graph().parse(data=answer.text, format=format_)) > 50


@pytest.mark.parametrize("accept", ["text/html", "*/*", "", "text/html,text/turtle;q=0.5", "x/y"])
def test_people_get_the_entry_on_the_page(app, accept):
    answer = app.get(
        "/governance/legal-bases/dsgvo-personenbezug",
        headers={"Accept": accept},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/governance/legal-bases#dsgvo-personenbezug")
    assert "Accept" in answer.headers["Vary"]


def test_unknown_basis(app):
    assert app.get("/governance/legal-bases/nix", status=404)
    assert app.get("/governance/legal-bases.exe", status=404)


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize("language", ["de", "en"])
def test_page_of_terms(app, language):
    page = checked(app.get(f"/{language}/governance/terms").text)
    for id_, term in vocabulary.current().own_terms.items():
        assert page.select_one(f'dt[id="{id_}"]')
        assert term.label(language) in page.get_text()
    for level in vocabulary.current().levels:
        assert page.select_one(f'dt[id="level-{level}"]')
