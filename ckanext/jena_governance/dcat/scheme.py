"""Our legal bases as a SKOS concept scheme, and the few terms of our own; both dereference here."""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from ckanext.jena_governance.dcat import names, safe
from ckanext.jena_governance.dcat.agents import VCARD
from ckanext.jena_governance.policy import Basis, Choice, Vocabulary
from ckanext.jena_governance.policy.vocabulary import LANGUAGES

_TITLE = {
    "de": "Rechtsgründe, die der Öffnung von Daten entgegenstehen",
    "en": "Legal bases that stand against opening data",
}
_TERMS = {"de": "Begriffe der Daten-Governance", "en": "Terms of data governance"}
_LEVELS = {"de": "Stufen der Offenheit", "en": "Levels of openness"}


def legal_bases(words: Vocabulary, only: Iterable[str] | None = None) -> Graph:
    """The concepts of legal bases, the administrator's own included.

    Args:
        words: the vocabulary.
        only: ids of some of them; all, with the scheme's head, where ``None``.

    Returns:
        Each with its name, explanation and citation.

    Source:
        SKOS Reference, W3C Recommendation of 18 August 2009.
    """
    graph, scheme = _graph(), names.scheme_iri()
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    _add_texts(graph, scheme, DCTERMS.title, _TITLE)
    for basis in words.bases.values():
        if only is None or basis.id in only:
            _add_basis(graph, scheme, basis, words)
    if only is None:
        for basis in words.bases.values():
            graph.add((scheme, SKOS.hasTopConcept, names.basis_iri(basis.id)))
    return graph


def terms(words: Vocabulary) -> Graph:
    """Our own properties, classes and levels.

    Args:
        words: the vocabulary.
    """
    graph, ours = _graph(), names.terms()
    head = URIRef(str(ours).rstrip("#"))
    graph.add((head, RDF.type, OWL.Ontology))
    _add_texts(graph, head, DCTERMS.title, _TERMS)
    for entry in words.own_terms.values():
        node = ours[entry.id]
        graph.add((node, RDF.type, RDF.Property if entry.kind == "property" else RDFS.Class))
        _add_choice(graph, node, entry, RDFS.label, RDFS.comment)
        graph.add((node, RDFS.isDefinedBy, head))
    graph.add((ours.Restriction, RDFS.subClassOf, DCTERMS.RightsStatement))
    graph.add((ours.Steward, RDFS.subClassOf, VCARD.Kind))
    graph.add((ours.openVersion, RDFS.subPropertyOf, DCTERMS.relation))
    scheme = ours.levels
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    _add_texts(graph, scheme, DCTERMS.title, _LEVELS)
    for level in words.levels.values():
        node = names.level_iri(level.id)
        graph.add((node, RDF.type, SKOS.Concept))
        graph.add((node, SKOS.inScheme, scheme))
        graph.add((node, SKOS.notation, Literal(level.id)))
        graph.add((node, SKOS.broadMatch, names.ACCESS_RIGHT[level.access_right]))
        _add_choice(graph, node, level, SKOS.prefLabel, SKOS.definition)
    return graph


def _add_basis(graph: Graph, scheme: URIRef, basis: Basis, words: Vocabulary) -> None:
    node, explained = names.basis_iri(basis.id), words.explanations.get(basis.id)
    graph.add((node, RDF.type, SKOS.Concept))
    graph.add((node, SKOS.inScheme, scheme))
    graph.add((node, SKOS.topConceptOf, scheme))
    graph.add((node, SKOS.notation, Literal(basis.id)))
    graph.add((node, DCTERMS.bibliographicCitation, Literal(basis.citation)))
    if (law := safe.web(basis.url)) is not None:
        graph.add((node, RDFS.seeAlso, law))
    for lang in LANGUAGES:
        text = explained.label(lang) if explained else basis.text(lang) or basis.citation
        graph.add((node, SKOS.prefLabel, Literal(basis.label(lang), lang=lang)))
        graph.add((node, SKOS.definition, Literal(text, lang=lang)))


def _add_choice(
    graph: Graph, node: URIRef, entry: Choice, label: URIRef, definition: URIRef
) -> None:
    for lang in LANGUAGES:
        graph.add((node, label, Literal(entry.label(lang), lang=lang)))
        if text := entry.text(lang):
            graph.add((node, definition, Literal(text, lang=lang)))


def _add_texts(graph: Graph, node: URIRef, predicate: URIRef, texts: dict[str, str]) -> None:
    for lang, text in texts.items():
        graph.add((node, predicate, Literal(text, lang=lang)))


def _graph() -> Graph:
    graph = Graph()
    for prefix, namespace in (("dct", DCTERMS), ("skos", SKOS), ("gov", names.terms())):
        graph.bind(prefix, namespace)
    return graph
