"""The demo as package_show would give it, without a database; and serialising as ckanext-dcat does."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from rdflib import DCAT, RDF, Graph

from ckanext.dcat.processors import RDFParser, RDFSerializer
from ckanext.jena_governance import policy, vocabulary
from ckanext.jena_governance.access.gateways import gateway_url, portal_url
from ckanext.jena_governance.dcat import surroundings
from ckanext.jena_governance.dcat.surroundings import Surroundings
from ckanext.jena_governance.demo import datasets as demo

FORMATS = ("xml", "ttl", "jsonld")
PROFILE = ["dcat_ap_de_3"]


def id_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def uri_of(name: str) -> str:
    return portal_url(f"/dataset/{id_of(name)}")


def demo_catalogue(today: date) -> list[dict[str, Any]]:
    return [as_shown(one.as_dict(), today) for one in demo.datasets(today)]


def as_shown(dataset: dict[str, Any], today: date) -> dict[str, Any]:
    """A dataset with ids, addresses and computed fields; restricted resources behind the gateway."""
    words, id_ = vocabulary.current(), id_of(dataset["name"])
    shown = {**dataset, "id": id_, "state": "active", "type": "dataset", "extras": []}
    shown.setdefault("owning_entity", dataset.get("owner_org"))
    shown["metadata_created"] = shown["metadata_modified"] = f"{today}T08:00:00"
    for number, resource in enumerate(shown["resources"]):
        resource["id"] = id_of(f"{dataset['name']}/{number}")
        resource["package_id"] = id_
        resource.pop("upload", None)
        if "://" not in (resource.get("url") or ""):
            resource["url"] = portal_url(f"/files/{resource['id']}.csv")
        if policy.effective_level(shown, resource, words, today) != policy.OPEN:
            resource["url"] = gateway_url(id_, resource["id"])
    nobody = policy.Facts(owner=None, publisher=None)
    return {**shown, **policy.computed(shown, nobody, words, today)}


def around(datasets: Iterable[dict[str, Any]]) -> AbstractContextManager[Surroundings]:
    """What the database would say of the datasets, from the demo itself."""
    listed = list(datasets)
    public = {one["name"] for one in listed if not policy.is_hidden(one)}
    versions, sources = dict[str, str](), dict[str, list[str]]()
    for one in listed:
        other = one.get("open_derivative")
        if (
            isinstance(other, str)
            and one["name"] in public
            and (other in public or other.startswith("http"))
        ):
            versions[one["id"]] = uri_of(other) if other in public else other
            sources.setdefault(id_of(other), []).append(uri_of(one["name"]))
    return surroundings.using(
        Surroundings(
            datasets=frozenset(one["id"] for one in listed),
            entities={one.name: _entity(one) for one in demo.entities()},
            open_versions=versions,
            derived_from=sources,
        )
    )


def _entity(one: demo.Entity) -> policy.Entity:
    return policy.Entity(
        id=one.name,
        title=one.title,
        entity_class=one.entity_class,
        in_group=one.in_group,
        walled=one.walled,
        publishes_for=frozenset(),
    )


def serialised(datasets: Iterable[dict[str, Any]], format_: str) -> str:
    """A page as ckanext-dcat serialises it."""
    listed = list(datasets)
    serializer = RDFSerializer(profiles=PROFILE)
    with around(listed):
        return serializer.serialize_catalog({"modified": None}, listed, _format=format_)


def parsed(text: str, format_: str) -> dict[str, dict[str, Any]]:
    """The datasets of a page by their addresses, as ckanext-dcat reads them."""
    parser = RDFParser(profiles=PROFILE)
    parser.parse(text, _format=format_)
    return {one["uri"]: one for one in parser.datasets()}


def graph_of(*datasets: dict[str, Any]) -> Graph:
    """Some datasets, described together, without any catalogue."""
    serializer = RDFSerializer(profiles=PROFILE)
    with around(datasets):
        for one in datasets:
            serializer.graph_from_dataset(one)
    return serializer.g


def only(graph: Graph, type_: Any = DCAT.Dataset) -> Any:
    [node] = graph.subjects(RDF.type, type_)
    return node
