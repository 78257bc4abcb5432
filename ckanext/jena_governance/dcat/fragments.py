"""RDF documents written piece by piece, in any format: in flat memory, and fast.

A document is an opening, the graphs one after the other, and an ending. rdflib's own writers look
through a graph several times and for a prefix of every address, and most of the time of a page went
there. What is written here is plain: names have prefixes, addresses are written out, and the same
data give the same document, letter by letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.term import Node

# XML knows no way to write these, and no encoding has halves of characters.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_IRI = re.compile('[\x00-\x20<>"{}|\\\\^`\ud800-\udfff\ufffe\uffff]')
# The last part of an address that can be a name in XML and in Turtle.
_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*$")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class UnwritableError(ValueError):
    """A term that no RDF document can hold."""


def require_writable(graph: Graph) -> None:
    """Refuse what would break a document for every reader.

    Args:
        graph: of one dataset.

    Raises:
        UnwritableError: names the first term.
    """
    for subject, predicate, object_ in graph:
        if not _LOCAL.search(str(predicate)):
            raise UnwritableError(f"{str(predicate)[:200]!r} is no property in RDF/XML")
        for term in (subject, predicate, object_):
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
    """How graphs become one document: here the lines of N-Triples, with nothing around them."""

    ending = ""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._prefixes: Mapping[str, str] = {}
        self._names: dict[str, tuple[str, str, str]] = {}

    def pieces(self, graphs: Iterable[Graph]) -> Iterator[str]:
        """The document.

        Args:
            graphs: one dataset each, or whatever belongs together; they share no blank nodes.
                Prefixes are those of the first one.
        """
        for number, graph in enumerate(graphs):
            if number == 0:
                yield self._opening(graph)
            yield self.piece(graph)
        yield self.ending

    def piece(self, graph: Graph) -> str:
        """One graph."""
        return graph.serialize(format="nt")

    def opening(self) -> str:
        """What stands before the first graph."""
        return ""

    def _opening(self, graph: Graph) -> str:
        bound = {
            str(uri): prefix for prefix, uri in graph.namespaces() if _PREFIX.fullmatch(prefix)
        }
        self._prefixes = {**bound, str(RDF): "rdf"}
        return self.opening()

    def _nodes(self, graph: Graph) -> Iterator[tuple[Any, dict[Any, list[Any]]]]:
        """Subjects, each with its properties; blank nodes numbered through the document."""
        numbers: dict[Node, BNode] = {}

        def named(node: Any) -> Any:
            if not isinstance(node, BNode):
                return node
            if node not in numbers:
                numbers[node] = BNode(f"b{next(self._numbers)}")
            return numbers[node]

        found: dict[Any, dict[Any, list[Any]]] = {}
        for subject, predicate, object_ in graph:
            properties = found.setdefault(named(subject), {})
            properties.setdefault(predicate, []).append(named(object_))
        yield from found.items()

    def _name(self, iri: str) -> tuple[str, str, str]:
        """Prefix (empty if there is none), namespace and local name."""
        if iri not in self._names:
            found = _LOCAL.search(iri)
            start = found.start() if found else len(iri)
            self._names[iri] = (self._prefixes.get(iri[:start], ""), iri[:start], iri[start:])
        return self._names[iri]


class Turtle(Document):
    """Prefixes first, then each node with its properties."""

    def opening(self) -> str:
        """The prefixes."""
        lines = (f"@prefix {prefix}: <{uri}> .\n" for uri, prefix in self._prefixes.items())
        return "".join(lines) + "\n"

    def piece(self, graph: Graph) -> str:
        """The nodes of one graph."""
        return "".join(
            f"{self._term(subject)} {self._properties(properties)} .\n\n"
            for subject, properties in self._nodes(graph)
        )

    def _properties(self, properties: Mapping[Any, list[Any]]) -> str:
        return " ;\n    ".join(
            f"{self._short(predicate)} {', '.join(self._value(predicate, one) for one in values)}"
            for predicate, values in properties.items()
        )

    def _value(self, predicate: Any, value: Any) -> str:
        is_class = predicate == RDF.type and isinstance(value, URIRef)
        return self._short(value) if is_class else self._term(value)

    def _short(self, iri: URIRef) -> str:
        prefix, _namespace, local = self._name(iri)
        return f"{prefix}:{local}" if prefix and local else f"<{iri}>"

    def _term(self, term: Any) -> str:
        return f"<{term}>" if isinstance(term, URIRef) else term.n3()


class RdfXml(Document):
    """One element for each node."""

    ending = "</rdf:RDF>\n"

    def opening(self) -> str:
        """The root with the prefixes."""
        names = (f'\n  xmlns:{name}="{_attribute(uri)}"' for uri, name in self._prefixes.items())
        return f'<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF{"".join(names)}>\n'

    def piece(self, graph: Graph) -> str:
        """The nodes of one graph."""
        return "".join(
            f"<rdf:Description{self._reference('about', subject)}>\n"
            f"{self._properties(properties)}</rdf:Description>\n"
            for subject, properties in self._nodes(graph)
        )

    def _properties(self, properties: Mapping[Any, list[Any]]) -> str:
        return "".join(
            self._property(predicate, value)
            for predicate, values in properties.items()
            for value in values
        )

    def _property(self, predicate: str, value: Any) -> str:
        name, said = self._element(predicate)
        if not isinstance(value, Literal):
            return f"  <{name}{said}{self._reference('resource', value)}/>\n"
        if value.language:
            said += f' xml:lang="{value.language}"'
        elif value.datatype is not None:
            said += f' rdf:datatype="{_attribute(value.datatype)}"'
        # Readers of XML make another line end of this one.
        text = escape(value).replace("\r", "&#13;")
        return f"  <{name}{said}>{text}</{name}>\n"

    def _element(self, predicate: str) -> tuple[str, str]:
        """The name of a property, and where its prefix is explained, if nowhere else."""
        prefix, namespace, local = self._name(predicate)
        if prefix:
            return f"{prefix}:{local}", ""
        return f"own:{local}", f' xmlns:own="{_attribute(namespace)}"'

    def _reference(self, kind: str, node: Any) -> str:
        if isinstance(node, BNode):
            return f' rdf:nodeID="{node}"'
        return f' rdf:{kind}="{_attribute(node)}"'


def _attribute(iri: str) -> str:
    """An address in quotes; what else would have to be escaped is in none."""
    return iri.replace("&", "&amp;")


class JsonLd(Document):
    """An array of nodes; the same node may come more than once."""

    ending = "\n]\n"

    def __init__(self) -> None:
        super().__init__()
        self._before = ""

    def pieces(self, graphs: Iterable[Graph]) -> Iterator[str]:
        """The document, which is an array also without any node."""
        yield "[\n"
        yield from super().pieces(graphs)

    def piece(self, graph: Graph) -> str:
        """The nodes of one graph."""
        texts: list[str] = []
        for subject, properties in self._nodes(graph):
            node: dict[str, Any] = {"@id": self._id(subject)}
            node.update((self._key(one), self._values(one, properties[one])) for one in properties)
            texts.append(self._before + json.dumps(node, ensure_ascii=False))
            self._before = ",\n"
        return "".join(texts)

    def _values(self, predicate: Any, values: list[Any]) -> list[Any]:
        if predicate == RDF.type:
            return [self._id(one) for one in values]
        return [self._value(one) for one in values]

    def _value(self, value: Any) -> dict[str, str]:
        if not isinstance(value, Literal):
            return {"@id": self._id(value)}
        if value.language:
            return {"@value": str(value), "@language": value.language}
        if value.datatype is not None:
            return {"@value": str(value), "@type": str(value.datatype)}
        return {"@value": str(value)}

    def _key(self, predicate: Any) -> str:
        return "@type" if predicate == RDF.type else str(predicate)

    def _id(self, node: Any) -> str:
        return f"_:{node}" if isinstance(node, BNode) else str(node)


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
