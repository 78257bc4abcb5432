"""Feeds as their readers see them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from rdflib import DCAT, RDF, Graph, Namespace, URIRef

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
PARSERS = {"rdf": "xml", "ttl": "turtle", "jsonld": "json-ld", "nt": "nt"}
CATALOGUE = URIRef("http://test.ckan.net")


def path(feed: str, form: str = "ttl", **query: Any) -> str:
    said = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/governance/dcat/{feed}.{form}" + (f"?{said}" if said else "")


def parsed(text: str, form: str = "ttl") -> Graph:
    return Graph().parse(data=text, format=PARSERS[form])


def got(app: Any, feed: str, form: str = "ttl", **query: Any) -> Graph:
    answer = app.get(path(feed, form, **query))
    assert answer.status_code == 200, answer.body
    return parsed(answer.body, form)


def ids(graph: Graph) -> set[str]:
    """The datasets that a graph tells of."""
    found = set(graph.subjects(RDF.type, DCAT.Dataset))
    assert found == set(graph.objects(None, DCAT.dataset))
    return {str(one).rpartition("/")[2] for one in found}


def paging(graph: Graph) -> dict[str, str]:
    """What hydra's terms say of a page, by their names."""
    (view,) = graph.subjects(RDF.type, HYDRA.PagedCollection)
    said = {str(key).rpartition("#")[2]: str(value) for key, value in graph.predicate_objects(view)}
    return {"current": str(view), **said}


def walked(app: Any, feed: str, form: str = "ttl") -> list[Graph]:
    """All pages, as a harvester follows them."""
    pages, url = [], path(feed, form)
    while url:
        answer = app.get(url)
        assert answer.status_code == 200, answer.body
        pages.append(parsed(answer.body, form))
        url = paging(pages[-1]).get("next", "")
        url = url and "?".join(urlsplit(url)[2:4])
    return pages
