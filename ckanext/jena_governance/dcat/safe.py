"""Nothing that a dataset holds may break the page it is on: addresses, texts and dates made safe.

What cannot be an address or a date is left out; everything else of the dataset stays.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from dateutil.parser import parse as parse_date
from rdflib import BNode, Graph, Literal, URIRef

from ckanext.jena_governance.policy import values

# Longer ones are no addresses.
MAX_IRI = 4_000

# What XML 1.0 forbids, in documents of every kind: then all of them say the same.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")
_CHANGED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\x9f<>\"{}|\\^`\[\]]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:.")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_WEB = ("http", "https", "ftp", "ftps")
# What CKAN writes itself; all else is left to the parser that ckanext-dcat uses.
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?)?"
)
_NO_DATE = ("", "None")


def text(value: object) -> str:
    """A text without what XML forbids, with one kind of line end."""
    return _LINE_END.sub("\n", _FORBIDDEN.sub("", str(value)))


def iri(value: object) -> URIRef | None:
    """An address with what must not stand in one encoded.

    Args:
        value: anything.

    Returns:
        ``None`` for what is no absolute address.
    """
    said = values.text(value)
    if not said or len(said) > MAX_IRI or not _SCHEME.match(said):
        return None
    return _encoded(said)


@lru_cache(maxsize=4_096)
def _encoded(said: str) -> URIRef | None:
    encoded = _UNSAFE.sub(lambda found: quote(found[0]), _FORBIDDEN.sub("", said))
    try:
        parts = urlsplit(encoded)
    except ValueError:
        return None
    if parts.scheme.lower() in _WEB and not parts.netloc:
        return None
    return URIRef(encoded)


def decoded(address: object) -> str:
    """A text that was made an address."""
    return unquote(str(address))


def web(value: object) -> URIRef | None:
    """The same, but of pages and files only."""
    found = iri(value)
    return found if found is not None and str(found).lower().startswith(("http", "ftp")) else None


def is_language(tag: object) -> bool:
    """Whether RDF takes a tag for a language."""
    return isinstance(tag, str) and _LANGUAGE.fullmatch(tag) is not None


def is_date(value: object) -> bool:
    """Whether ckanext-dcat will read a value as a date, and nothing will stumble over it."""
    said = values.text(value)
    if not said or said in _NO_DATE or len(said) > 40:
        return False
    if _ISO.fullmatch(said) and values.day(said[:10]) is not None:
        return True
    try:
        parse_date(said)
    except (ValueError, OverflowError, TypeError):
        return False
    return True


def day(value: object) -> date | None:
    """A day, also one that is written as a moment."""
    said = values.text(value) if not isinstance(value, date) else None
    return values.day(said[:10] if said else value)


class Sketch(Graph):
    """A graph for one dataset: without prefixes, which take longer than what is said of it."""

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")

    def bind(self, *_args: Any, **_kwargs: Any) -> None:
        """The page has its own."""


def copy(source: Graph, target: Graph, about: str) -> None:
    """Copy a graph, made safe, into another one.

    Nodes without an address are named after what the graph is about and in their order: the same
    page is the same text each time, so that readers who have it already need not take it again.

    Args:
        source: what is said of one thing.
        target: where to.
        about: the address of this thing.
    """
    beginning = hashlib.sha256(about.encode()).hexdigest()[:16]
    names: dict[BNode, BNode] = defaultdict(lambda: BNode(f"b{beginning}n{len(names)}"))
    target.addN((*triple, target) for triple in _safe(source, names))


def _safe(source: Graph, names: Mapping[BNode, BNode]) -> Iterable[tuple[Any, Any, Any]]:
    for subject, predicate, object_ in _ordered(source):
        safe_subject, safe_object = _node(subject, names), _node(object_, names)
        if safe_subject is not None and safe_object is not None:
            yield safe_subject, predicate, safe_object


def _ordered(source: Graph) -> list[tuple[Any, Any, Any]]:
    """Nodes without an address take the place that what is said of them gives them."""
    said: dict[BNode, list[str]] = defaultdict(list)
    for subject, predicate, object_ in source:
        if isinstance(subject, BNode):
            what = "" if isinstance(object_, BNode) else str(object_)
            said[subject].append(f"{predicate} {what}")
    keys = {node: "\n".join(sorted(about)) for node, about in said.items()}
    return sorted(
        source,
        key=lambda triple: [
            keys.get(term, "") if isinstance(term, BNode) else str(term) for term in triple
        ],
    )


def _node(node: Any, names: Mapping[BNode, BNode]) -> BNode | URIRef | Literal | None:
    if isinstance(node, BNode):
        return names[node]
    if isinstance(node, Literal):
        if not _CHANGED.search(node):
            return node
        return Literal(text(node), lang=node.language, datatype=node.datatype)
    return iri(node) if isinstance(node, URIRef) else node
