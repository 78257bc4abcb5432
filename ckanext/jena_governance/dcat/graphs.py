"""Graphs of one dataset each: many of them, so they have to be cheap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rdflib import Graph
from rdflib.namespace import NamespaceManager
from rdflib.plugins.stores.memory import SimpleMemory


class _Store(SimpleMemory):
    """rdflib's plainest store, to be changed while one looks through it: ckanext-dcat does."""

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        """What was there at the moment of asking."""
        return iter(list(super().triples(triple_pattern, context)))


class Prefixes(NamespaceManager):
    """Prefixes of many graphs: each dataset binds the same ones again."""

    def __init__(self) -> None:
        super().__init__(small(), bind_namespaces="none")
        self._bound: set[tuple[str | None, str]] = set()

    def bind(self, prefix: str | None, namespace: Any, *more: Any, **further: Any) -> None:
        """As rdflib, once."""
        if (prefix, str(namespace)) not in self._bound:
            super().bind(prefix, namespace, *more, **further)
            self._bound.add((prefix, str(namespace)))


def small(prefixes: NamespaceManager | None = None) -> Graph:
    """A graph for one dataset; its prefixes may be those of others, too."""
    return Graph(store=_Store(), namespace_manager=prefixes)


def is_empty(graph: Graph) -> bool:
    """Whether nothing is said yet; rdflib would count."""
    return next(iter(graph), None) is None
