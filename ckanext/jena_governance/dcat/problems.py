"""What of a record could not be read, for whoever reports on a harvest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rdflib import DCAT, DCTERMS, Graph

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.dcat import licensing, names, reading, restriction, safe
from ckanext.jena_governance.policy import LEVELS, licence_of, values

UNKNOWN = "unknown"
UNREADABLE = "unreadable"
MISSING = "missing"
SEVERAL = "several"
TOO_LONG = "too-long"

_SHOWN = 200


@dataclass(frozen=True)
class Problem:
    """One thing that a record does not say as it should.

    Attributes:
        field: the field of CKAN that it is about; empty for the record as a whole.
        code: ``unknown`` (in no list), ``unreadable`` (left out), ``missing``, ``several`` (where
            one is expected: the strictest or the first was taken), ``too-long`` (cut off).
        value: what is written, cut off after 200 characters.
    """

    field: str
    code: str
    value: str = ""


def problems_of(graph: Graph, node: Any) -> list[Problem]:
    """What could not be read of a record.

    Args:
        graph: the graph that ``parse_dataset`` has read.
        node: the dataset in it.

    Returns:
        Each problem once, in the order of fields.
    """
    found = [
        *_of_record(graph, node),
        *_of_access(graph, node),
        *_of_licences(graph, node),
        *_of_dates(graph, node),
        *_of_governance(graph, node),
        *_of_addresses(graph, node),
    ]
    return list(dict.fromkeys(found))


def _of_record(graph: Graph, node: Any) -> Iterator[Problem]:
    if any(True for _one in reading.ours(graph, node, "readInShort")):
        yield Problem("", UNREADABLE, str(node)[:_SHOWN])
    title = reading.first_text(graph, node, DCTERMS.title)
    if not title:
        yield Problem("title", MISSING)
    if len(title) > values.MAX_TEXT:
        yield _problem("title", TOO_LONG, title)


def _of_access(graph: Graph, node: Any) -> Iterator[Problem]:
    said = list(graph.objects(node, DCTERMS.accessRights))
    if len(said) > 1:
        yield _problem("access_rights", SEVERAL, ", ".join(sorted(map(str, said))))
    right = reading.access_right_of(graph, node)
    known = [str(names.ACCESS_RIGHT[code]) for code in reading.ACCESS_RIGHTS]
    if right and right not in known:
        yield _problem("access_rights", UNKNOWN, right)


def _of_licences(graph: Graph, node: Any) -> Iterator[Problem]:
    words = vocabulary.current()
    for part in graph.objects(node, DCAT.distribution):
        said = licensing.licence_said(graph, part)
        if not said:
            yield Problem("license_id", MISSING)
        elif licence_of(said, words) is None:
            yield _problem("license_id", UNKNOWN, said)
        if len(set(graph.objects(part, DCTERMS.license))) > 1:
            yield _problem("license_id", SEVERAL, said)


def _of_dates(graph: Graph, node: Any) -> Iterator[Problem]:
    for part in (node, *graph.objects(node, DCAT.distribution)):
        for field, predicate in (("issued", DCTERMS.issued), ("modified", DCTERMS.modified)):
            for value in graph.objects(part, predicate):
                if not safe.is_date(str(value)):
                    yield _problem(field, UNREADABLE, str(value))
    statements = reading.statements_of(graph, node)
    for field, name in restriction.DAYS.items():
        for value in (one for part in statements for one in reading.ours(graph, part, name)):
            if safe.day(str(value)) is None:
                yield _problem(field, UNREADABLE, str(value))


def _of_governance(graph: Graph, node: Any) -> Iterator[Problem]:
    for part in (node, *graph.objects(node, DCAT.distribution)):
        levels = list(reading.ours(graph, part, "openness"))
        if len(set(levels)) > 1:
            yield _problem("openness", SEVERAL, ", ".join(sorted(map(str, levels))))
        for value in levels:
            if names.level_in(value) not in LEVELS:
                yield _problem("openness", UNKNOWN, str(value))
        for statement in reading.statements_of(graph, part):
            yield from _of_statement(graph, statement)


def _of_statement(graph: Graph, statement: Any) -> Iterator[Problem]:
    known = vocabulary.current().bases
    for value in reading.ours(graph, statement, "legalBasis"):
        if names.basis_in(value) not in known:
            yield _problem("legal_basis", UNKNOWN, str(value))
    for field, name in restriction.TEXTS.items():
        for value in reading.ours(graph, statement, name):
            if len(str(value)) > values.MAX_TEXT:
                yield _problem(field, TOO_LONG, str(value))


def _of_addresses(graph: Graph, node: Any) -> Iterator[Problem]:
    for part in graph.objects(node, DCAT.distribution):
        addresses = [
            one
            for predicate in (DCAT.accessURL, DCAT.downloadURL)
            for one in graph.objects(part, predicate)
        ]
        if not addresses:
            yield Problem("url", MISSING)
        for value in addresses:
            if safe.web(str(value)) is None:
                yield _problem("url", UNREADABLE, str(value))


def _problem(field: str, code: str, value: str) -> Problem:
    return Problem(field, code, value[:_SHOWN])
