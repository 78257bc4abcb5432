"""RDF documents written piece by piece, in any format: in flat memory, and none spoils the rest.

A document is an opening, the graphs one after the other, and an ending. Whatever cannot be
written raises before anything of its graph is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

# XML knows no way to write these, and no encoding has halves of characters.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_IRI = re.compile('[\x00-\x20<>"{}|\\\\^`\ud800-\udfff\ufffe\uffff]')
_HEAD = re.compile(r"<rdf:RDF\s*(?P<prefixes>[^>]*?)\s*>\n")
_NODE = re.compile(r"^  <rdf:Description", re.MULTILINE)


class UnwritableError(ValueError):
    """A term that no RDF document can hold."""


def require_writable(graph: Graph) -> None:
    """Refuse what would break a document for every reader.

    Args:
        graph: of one dataset.

    Raises:
        UnwritableError: names the first term.
    """
    seen: set[Node] = set()
    for triple in graph:
        for term in triple:
            if term not in seen:
                seen.add(term)
                _require_writable(term)


def _require_writable(term: Node) -> None:
    if isinstance(term, URIRef):
        _require(term, _NO_IRI)
    elif isinstance(term, Literal):
        _require(term, _UNWRITABLE)
        if term.datatype is not None:
            _require(term.datatype, _NO_IRI)


def _require(text: str, unwritable: re.Pattern[str]) -> None:
    found = unwritable.search(text)
    if found:
        raise UnwritableError(f"{found[0]!r} in {str(text)[:200]!r}")


class Document:
    """How graphs become one document; the lines of N-Triples need nothing around them.

    Attributes:
        opening: before the first graph.
        ending: after the last one.
    """

    opening = ""
    ending = ""

    def pieces(self, graphs: Iterable[Graph]) -> Iterator[str]:
        """The document.

        Args:
            graphs: with prefixes bound; one dataset each, or whatever belongs together.
        """
        yield self.opening
        for graph in graphs:
            yield self.piece(graph)
        yield self.ending

    def piece(self, graph: Graph) -> str:
        """One graph."""
        return graph.serialize(format="nt")


class Turtle(Document):
    """Prefixes are said once: Turtle lets them stand anywhere."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def piece(self, graph: Graph) -> str:
        """One graph, with the prefixes that are new."""
        head, _, body = graph.serialize(format="turtle").partition("\n\n")
        new: list[str] = []
        for line in head.splitlines():
            name = line.partition(":")[0]
            if self._said.get(name) != line:
                self._said[name] = line
                new.append(line)
        return "\n".join([*new, "", body])


class RdfXml(Document):
    """Each node says its prefixes itself: later ones may need others than the first."""

    opening = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    )
    ending = "</rdf:RDF>\n"

    def piece(self, graph: Graph) -> str:
        """The nodes of one graph."""
        text = graph.serialize(format="application/rdf+xml")
        head = _HEAD.search(text)
        if head is None:
            raise UnwritableError(text[:200])
        body = text[head.end() : text.rindex("</rdf:RDF>")]
        prefixes = " ".join(
            one for one in head["prefixes"].split() if not one.startswith("xmlns:rdf=")
        )
        # Within texts and addresses "<" is escaped: only nodes start like that.
        return _NODE.sub(lambda _: f"  <rdf:Description {prefixes}", body)


class JsonLd(Document):
    """An array of nodes; the same node may come more than once."""

    opening = "[\n"
    ending = "\n]\n"

    def __init__(self) -> None:
        self._is_first = True

    def piece(self, graph: Graph) -> str:
        """The nodes of one graph."""
        nodes = json.loads(graph.serialize(format="json-ld", indent=None))
        lines = [json.dumps(node, ensure_ascii=False) for node in nodes]
        text = ",\n".join(lines)
        if not text:
            return ""
        before, self._is_first = ("" if self._is_first else ",\n"), False
        return before + text


DOCUMENTS: dict[str, type[Document]] = {
    "rdf": RdfXml,
    "ttl": Turtle,
    "jsonld": JsonLd,
    "nt": Document,
}
CONTENT_TYPES = {
    "rdf": "application/rdf+xml",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
}
