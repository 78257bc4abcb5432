"""Who is behind the data: publisher, owner, steward. A function and its mailbox, never a person."""

from __future__ import annotations

from rdflib import DCAT, DCTERMS, FOAF, RDF, BNode, Graph, Literal, Namespace, URIRef

from ckanext.dcat.utils import catalog_uri
from ckanext.jena_governance import config
from ckanext.jena_governance.access.gateways import portal_url
from ckanext.jena_governance.dcat import fields, names, safe
from ckanext.jena_governance.dcat.shown import Shown
from ckanext.jena_governance.policy import Entity, values

VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
# Names of GeoDCAT-AP and of DCAT-AP.de before 3.0, for those who read nothing else yet.
_FORMER = {names.GEODCATAP.originator: "originator", names.GEODCATAP.custodian: "maintainer"}


def add_to_dataset(graph: Graph, node: URIRef, shown: Shown) -> None:
    """State publisher, owner and contact of a dataset.

    Args:
        graph: the graph of this dataset alone.
        node: the dataset.
        shown: what it is.

    Source:
        DCAT-AP.de 3.0: ``dct:publisher`` is mandatory; ``geodcatap:originator`` and
        ``geodcatap:custodian`` take the place of ``dcatde:originator`` and ``dcatde:maintainer``.
    """
    graph.add((node, DCTERMS.publisher, _publisher(graph, shown)))
    if shown.owner is not None:
        owner = _entity(graph, shown.owner)
        for predicate, former in _FORMER.items():
            graph.add((node, predicate, owner))
            if config.dcat_deprecated():
                graph.add((node, names.DCATDE[former], owner))
    _add_steward(graph, node, shown)
    _complete_contacts(graph, node, shown)


def add_publisher_of_catalogue(graph: Graph, node: URIRef) -> None:
    """State who publishes the catalogue."""
    graph.add((node, DCTERMS.publisher, _catalogue(graph)))


def _publisher(graph: Graph, shown: Shown) -> URIRef | BNode:
    for stated in fields.agents_in(shown.dataset.get("publisher"), shown.words):
        agent = safe.web(stated["uri"]) or BNode()
        _describe(graph, agent, stated["name"])
        if stated["type"]:
            graph.add((agent, DCTERMS.type, URIRef(stated["type"])))
        if stated["email"]:
            _add_mailbox(graph, agent, FOAF.mbox, stated["email"])
        if (page := safe.web(stated["url"])) is not None:
            graph.add((agent, FOAF.homepage, page))
            graph.add((page, RDF.type, FOAF.Document))
        return agent
    return _entity(graph, shown.publisher) if shown.publisher is not None else _catalogue(graph)


def _catalogue(graph: Graph) -> URIRef:
    agent = URIRef(f"{catalog_uri().rstrip('/')}/#publisher")
    _describe(graph, agent, config.dcat_publisher())
    return agent


def _entity(graph: Graph, entity: Entity) -> URIRef:
    agent = URIRef(f"{catalog_uri().rstrip('/')}/organization/{entity.id}")
    _describe(graph, agent, entity.title)
    return agent


def _describe(graph: Graph, agent: URIRef | BNode, name: str) -> None:
    """Typed twice, so that checks pass that know no ontologies."""
    for type_ in (FOAF.Agent, FOAF.Organization):
        graph.add((agent, RDF.type, type_))
    graph.add((agent, FOAF.name, Literal(name)))


def _add_steward(graph: Graph, node: URIRef, shown: Shown) -> None:
    mailbox = fields.mailbox_in(shown.dataset.get("data_steward_email"))
    name = values.text(shown.dataset.get("data_steward"))
    if not mailbox and not name:
        return
    contact = BNode()
    graph.add((node, DCAT.contactPoint, contact))
    # A type and no second property: rdflib's RDF/XML loses blank nodes that are named twice.
    graph.add((contact, RDF.type, names.terms().Steward))
    graph.add((contact, RDF.type, VCARD.Kind))
    if mailbox:
        _add_mailbox(graph, contact, VCARD.hasEmail, mailbox)
    owner = shown.owner or shown.publisher
    if name or owner:
        graph.add((contact, VCARD.fn, Literal(name or (owner.title if owner else ""))))


def _complete_contacts(graph: Graph, node: URIRef, shown: Shown) -> None:
    """Each contact is an organization that can be reached; at least by the dataset's page."""
    page = URIRef(portal_url(f"/dataset/{shown.dataset.get('id')}"))
    ways = (VCARD.hasEmail, VCARD.hasURL, VCARD.hasTelephone)
    for contact in list(graph.objects(node, DCAT.contactPoint)):
        graph.add((contact, RDF.type, VCARD.Kind))
        graph.add((contact, RDF.type, VCARD.Organization))
        if not any((contact, way, None) in graph for way in ways):
            graph.add((contact, VCARD.hasURL, page))


def _add_mailbox(graph: Graph, agent: URIRef | BNode, predicate: URIRef, mailbox: str) -> None:
    address = safe.iri(f"mailto:{mailbox}")
    if address is not None:
        graph.add((agent, predicate, address))
