"""Nothing that a dataset holds may break the page it is on: addresses, texts and dates made safe.

What cannot be an address or a date is left out; everything else of the dataset stays.
"""

from __future__ import annotations

import re
from datetime import date, datetime
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
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\x9f<>\"{}|\\^`\[\]]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:.")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_WEB = ("http", "https", "ftp", "ftps")
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
    if not said or len(said) > MAX_IRI:
        return None
    return _iri(said)


# A dataset says most of its addresses many times, and others say some of them again.
@lru_cache(maxsize=500)
def _iri(said: str) -> URIRef | None:
    if not _SCHEME.match(said):
        return None
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
    return _is_date(said)


@lru_cache(maxsize=1_000)
def _is_date(said: str) -> bool:
    # Most are written as CKAN writes them, and then they are what they look like.
    try:
        datetime.fromisoformat(said)
    except ValueError:
        pass
    else:
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


def clean(graph: Graph) -> None:
    """Make a graph safe, in place."""
    for subject, predicate, object_ in list(graph):
        safe_subject, safe_object = _node(subject), _node(object_)
        if safe_subject is subject and safe_object is object_:
            continue
        graph.remove((subject, predicate, object_))
        if safe_subject is not None and safe_object is not None:
            graph.add((safe_subject, predicate, safe_object))


def _node(node: Any) -> BNode | URIRef | Literal | None:
    if isinstance(node, Literal):
        said = str(node)
        plain = text(said)
        if plain == said:
            return node
        return Literal(plain, lang=node.language, datatype=node.datatype)
    if not isinstance(node, URIRef):
        return node
    found = iri(node)
    return node if found == node else found
