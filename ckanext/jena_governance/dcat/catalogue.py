"""The catalogue itself, as the first thing a harvester reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD, Graph, Literal, URIRef

import ckantoolkit as tk

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access.gateways import portal_url
from ckanext.jena_governance.dcat import agents, names, safe, terms
from ckanext.jena_governance.policy import licence_of, values


def add(graph: Graph, node: URIRef, said: Mapping[str, Any]) -> None:
    """Describe the catalogue.

    Args:
        graph: where.
        node: the catalogue.
        said: what the feed knows better than the settings: ``title``, ``description``,
            ``homepage``, ``language``, ``modified`` (the newest date of what is in the feed).

    Source:
        DCAT-AP.de 3.0, class Catalog.
    """
    words = vocabulary.current()
    graph.add((node, RDF.type, DCAT.Catalog))
    title = values.text(said.get("title")) or config.dcat_publisher()
    about = values.text(said.get("description")) or tk.config.get("ckan.site_description")
    graph.add((node, DCTERMS.title, Literal(title)))
    graph.add((node, DCTERMS.description, Literal(about or title)))
    agents.add_publisher_of_catalogue(graph, node)
    page = safe.web(said.get("homepage")) or URIRef(portal_url("/"))
    graph.add((node, FOAF.homepage, page))
    graph.add((page, RDF.type, FOAF.Document))
    spoken = said.get("language") or tk.config.get("ckan.locale_default")
    if (language := terms.term("language", spoken, words)) is not None:
        graph.add((node, DCTERMS.language, URIRef(language)))
        graph.add((URIRef(language), RDF.type, DCTERMS.LinguisticSystem))
    if (licence := licence_of(config.dcat_catalogue_licence(), words)) is not None:
        graph.add((node, DCTERMS.license, URIRef(licence.uri)))
        graph.add((URIRef(licence.uri), RDF.type, DCTERMS.LicenseDocument))
    graph.add((node, DCAT.themeTaxonomy, names.DATA_THEMES))
    graph.add((names.DATA_THEMES, RDF.type, SKOS.ConceptScheme))
    modified = values.text(said.get("modified"))
    if modified and safe.is_date(modified):
        kind = XSD.date if len(modified) == 10 else XSD.dateTime
        graph.add((node, DCTERMS.modified, Literal(modified, datatype=kind)))
