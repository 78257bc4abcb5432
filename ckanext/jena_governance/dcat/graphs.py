"""Graphs of one dataset each: many of them, so they have to be cheap."""

from __future__ import annotations

from typing import Any

from rdflib import Graph
from rdflib.namespace import NamespaceManager


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
    """A graph for one dataset: rdflib's plainest store, and prefixes that others use, too."""
    return Graph(store="SimpleMemory", namespace_manager=prefixes)


def is_empty(graph: Graph) -> bool:
    """Whether nothing is said yet; rdflib would count."""
    return next(iter(graph), None) is None
