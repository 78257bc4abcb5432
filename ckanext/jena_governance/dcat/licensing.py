"""Licences of a record, recognised in whatever spelling; unknown ones stay as they are written."""

from __future__ import annotations

from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDFS, BNode, Graph, Literal

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.dcat import names
from ckanext.jena_governance.policy import Licence, Vocabulary, licence_of, licences

_NAMED_BY = (DCTERMS.title, RDFS.label, DCTERMS.identifier, FOAF.homepage)
_FREE = "other-open"


def read(graph: Graph, node: Any, dataset: dict[str, Any], *, is_ours: bool) -> None:
    """Put the licences of a record where CKAN has them.

    Args:
        graph: the whole graph.
        node: the dataset in it.
        dataset: ``license_id`` is set to an id of our list, or to what is written; resources get
            a ``license`` only where theirs is another one.
        is_ours: whether one of our portals says so: then licences that only stand for "nothing
            said" or "not open" are none.
    """
    own = licence_said(graph, node)
    parts = {str(one): licence_said(graph, one) for one in graph.objects(node, DCAT.distribution)}
    if is_ours:
        parts = {
            key: said for key, said in parts.items() if said not in (licences.OTHER_CLOSED, _FREE)
        }
    common = own or ("" if is_ours else next((said for said in parts.values() if said), ""))
    dataset["license_id"] = common
    for resource in dataset.get("resources") or []:
        said = parts.get(resource.get("distribution_ref", ""), "")
        resource.pop("license", None)
        if said and said != common:
            resource["license"] = said


def licence_said(graph: Graph, node: Any) -> str:
    """The id of the licence of a dataset or distribution, else what is written; or ``""``."""
    words = vocabulary.current()
    for predicate, value in graph.predicate_objects(node):
        if names.term_in(predicate) == "licenceAsGiven":
            return str(value)
    said = list(graph.objects(node, DCTERMS.license))
    known = [found for one in said if (found := licence_in(graph, one, words)) is not None]
    if known:
        # Of several the one that permits least.
        return min(known, key=lambda one: one.open).id
    return next((text for one in said for text in _names(graph, one)), "")


def licence_in(graph: Graph, value: Any, words: Vocabulary) -> Licence | None:
    """The licence that a node means: by its address, or by what is said of it."""
    found = (licence_of(text, words) for text in _names(graph, value))
    return next((one for one in found if one is not None), None)


def _names(graph: Graph, value: Any) -> list[str]:
    if isinstance(value, Literal):
        return [str(value).strip()] if str(value).strip() else []
    said = [] if isinstance(value, BNode) else [str(value)]
    return said + [str(one).strip() for name in _NAMED_BY for one in graph.objects(value, name)]
