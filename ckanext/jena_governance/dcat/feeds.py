"""A feed as graphs: the catalogue, then one dataset after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rdflib import DCAT, RDF, Graph, URIRef

import ckantoolkit as tk

from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.utils import catalog_uri
from ckanext.jena_governance import startup
from ckanext.jena_governance.dcat import contents, fragments, graphs, members, surroundings

log = logging.getLogger(__name__)

FORMATS = ("rdf", "ttl", "jsonld")
PER_PAGE = 100


class NoSuchPageError(LookupError):
    """A feed has fewer pages."""


@dataclass(frozen=True)
class Page:
    """A part of a feed.

    Attributes:
        feed, format: which feed, and how it is written.
        number, last: this page and the last one, from 1.
        total: datasets on all pages.
        modified: the newest change of any of them.
        ids: of the datasets on this one.
    """

    feed: str
    format: str
    number: int
    last: int
    total: int
    modified: datetime | None
    ids: Sequence[str]

    @property
    def paging(self) -> dict[str, Any]:
        """As ckanext-dcat wants it for hydra's terms."""
        pages = {"first": 1, "last": self.last, "current": self.number}
        if self.number > 1:
            pages["previous"] = self.number - 1
        if self.number < self.last:
            pages["next"] = self.number + 1
        urls = {name: address(self.feed, self.format, page) for name, page in pages.items()}
        return {**urls, "count": self.total, "items_per_page": PER_PAGE}


def address(feed: str, format_: str, page: int | None = None) -> str:
    """Where a feed, or a page of it, is found; without any language."""
    more: dict[str, Any] = {"page": page} if page else {}
    return tk.h.url_for(
        "governance_feeds.feed", feed=feed, format=format_, qualified=True, locale="default", **more
    )


def page(feed: str, format_: str, number: int) -> Page:
    """One page of a feed; an empty feed has one.

    Raises:
        NoSuchPageError: the feed has fewer; says how many.
    """
    found = members.of(feed)
    total = len(found.ids)
    last = max(-(-total // PER_PAGE), 1)
    if not 1 <= number <= last:
        raise NoSuchPageError(last)
    ids = found.ids[(number - 1) * PER_PAGE : number * PER_PAGE]
    return Page(feed, format_, number, last, total, found.newest, ids)


def document(of: Page) -> str:
    """A page, written."""
    return "".join(fragments.DOCUMENTS[of.format]().pieces(_graphs(of)))


def _graphs(of: Page) -> Iterator[Graph]:
    writer = Writer()
    yield writer.catalogue(of.modified, of.paging)
    yield from writer.datasets(of.feed, of.ids)


class Writer(RDFSerializer):
    """ckanext-dcat's serializer, with a graph for each dataset.

    So a dataset that breaks is left out as a whole, and a profile that looks through the whole
    graph for what it has to mend looks through one dataset.
    """

    def __init__(self) -> None:
        super().__init__(profiles=[startup.PROFILE])
        self._prefixes = graphs.Prefixes()

    def catalogue(self, modified: datetime | None, paging: dict[str, Any] | None = None) -> Graph:
        """What is said of the catalogue.

        Args:
            modified: the newest change of what is in the feed; nothing else moves its date.
            paging: of the page, as ckanext-dcat wants it.
        """
        graph = self._begin()
        self.graph_from_catalog({"modified": modified and modified.isoformat()})
        if paging:
            self._add_pagination_triples(paging)
        return graph

    def datasets(self, feed: str, ids: Sequence[str]) -> Iterator[Graph]:
        """Members of a feed, each in a graph that can be written in any format.

        Raises:
            SearchError: the index does not answer.
        """
        told = list(contents.of(feed, ids))
        with surroundings.prefetched(told):
            yield from self.graphs(told)

    def graphs(self, datasets: Iterable[dict[str, Any]]) -> Iterator[Graph]:
        """Datasets, each in a graph; one that cannot be written is logged and left out."""
        for dataset in datasets:
            graph = self._graph_if_possible(dataset)
            if graph is not None:
                yield graph

    def _graph_if_possible(self, dataset: dict[str, Any]) -> Graph | None:
        try:
            return self._graph(dataset)
        except Exception:
            log.exception("dataset %s is in no feed", dataset.get("id"))
            return None

    def _graph(self, dataset: dict[str, Any]) -> Graph:
        graph = self._begin()
        reference = self.graph_from_dataset(dataset)
        if (reference, RDF.type, None) not in graph:
            raise fragments.UnwritableError("the profile does not describe it")
        graph.add((URIRef(catalog_uri()), DCAT.dataset, reference))
        fragments.require_writable(graph)
        return graph

    def _begin(self) -> Graph:
        graph = graphs.small(self._prefixes)
        self.g = graph
        return graph
