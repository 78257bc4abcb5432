"""Resources as distributions: the licence of each, and of restricted ones only what is public."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rdflib import DCAT, RDF, Graph, Literal

from ckanext.dcat.utils import resource_uri
from ckanext.jena_governance.access.gateways import gateway_url, portal_url
from ckanext.jena_governance.access.public_fields import PUBLIC_COLUMNS, PUBLIC_EXTRAS
from ckanext.jena_governance.dcat import fields, names, restriction, safe, terms
from ckanext.jena_governance.dcat.shown import Shown
from ckanext.jena_governance.policy import OPEN, Licence, licence_of, licences, values

_DATES = ("issued", "modified", "created", "metadata_modified", "last_modified")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-fA-F]+")
# By the length of what is stored; CKAN's and file-keeper's checksums name none.
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_SPDX = "http://spdx.org/rdf/terms#checksumAlgorithm_"
_NO_LICENCE_SAID = "other-open"


def prepared(resource: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    """A resource for ckanext-dcat.

    Args:
        resource: one of the dataset's.
        shown: the dataset.

    Returns:
        A new dictionary. Of a restricted resource only what the catalogue may say, with the gateway
        as its address and ``other-closed`` as its licence.
    """
    is_open = shown.parts.get(str(resource.get("id"))) == OPEN
    said = resource if is_open else _public_part(resource)
    result = {key: fields.tamed(value) for key, value in said.items()}
    result["package_id"] = shown.dataset.get("id") or resource.get("package_id")
    for field in _DATES:
        if not safe.is_date(result.get(field)):
            result[field] = None
    _use_terms(result, shown)
    _use_addresses(result, is_open=is_open)
    _use_checksum(result)
    result["license"] = licence_for(resource, shown).uri
    return result


def licence_for(resource: Mapping[str, Any], shown: Shown) -> Licence:
    """The licence of a distribution, out of the closed list of DCAT-AP.de.

    Args:
        resource: one of the dataset's.
        shown: the dataset.

    Returns:
        ``other-closed`` for what is not open, and for a licence that nobody knows. Where nothing
        is said, the law permits every use: ``other-open``, as the portal counts it.

    Source:
        DCAT-AP.de 3.0, ``dct:license`` of a distribution is mandatory; convention K32.
    """
    listed = shown.words.licences
    closed = listed[licences.OTHER_CLOSED]
    if shown.parts.get(str(resource.get("id"))) != OPEN:
        return closed
    said = licences.stated_licence(shown.dataset, resource)
    if licences.is_unsaid(said):
        return listed.get(_NO_LICENCE_SAID, closed)
    return licence_of(values.text(said), shown.words) or closed


def complete(graph: Graph, resource: Mapping[str, Any], shown: Shown) -> None:
    """Add what ckanext-dcat does not know.

    Args:
        graph: the graph of this dataset alone.
        resource: the resource as it is stored.
        shown: the dataset.
    """
    node = safe.iri(_address(resource, shown))
    if node is None or (node, RDF.type, DCAT.Distribution) not in graph:
        return
    licence = licence_for(resource, shown)
    if licence.attribution_required and (name := attribution(shown)):
        graph.add((node, names.DCATDE.licenseAttributionByText, Literal(name)))
    level = shown.parts.get(str(resource.get("id")), shown.level)
    said = values.text(licences.stated_licence(shown.dataset, resource))
    if (
        level == OPEN
        and said
        and not licences.is_unsaid(said)
        and not licence_of(said, shown.words)
    ):
        graph.add((node, names.terms().licenceAsGiven, Literal(said)))
    restriction.add_to_distribution(graph, node, resource, level, shown)


def _address(resource: Mapping[str, Any], shown: Shown) -> str:
    """The same as of the prepared resource."""
    is_open = shown.parts.get(str(resource.get("id"))) == OPEN
    package = shown.dataset.get("id") or resource.get("package_id")
    uri = resource.get("uri") if is_open else None
    return resource_uri({**resource, "package_id": package, "uri": uri})


def attribution(shown: Shown) -> str:
    """Who is named as the source: the creator, else the publisher."""
    for field in ("creator", "publisher"):
        for agent in fields.agents_in(shown.dataset.get(field), shown.words):
            return agent["name"]
    entity = shown.owner or shown.publisher
    return entity.title if entity else ""


def _public_part(resource: Mapping[str, Any]) -> dict[str, Any]:
    kept = PUBLIC_COLUMNS | PUBLIC_EXTRAS
    return {key: value for key, value in resource.items() if key in kept}


def _use_terms(result: dict[str, Any], shown: Shown) -> None:
    words = shown.words
    media_type = values.text(result.get("mimetype")) or ""
    said = values.text(result.get("format"))
    result["format"] = terms.term("file-type", said, words) or terms.term(
        "file-type", media_type, words
    )
    is_known = _MEDIA_TYPE.fullmatch(media_type.removeprefix(names.MEDIA_TYPES))
    result["mimetype"] = names.MEDIA_TYPES + is_known[0] if is_known else None
    result["language"] = terms.terms("language", result.get("language"), words)
    result["status"] = terms.term("distribution-status", result.get("status"), words)
    result["availability"] = terms.term("planned-availability", result.get("availability"), words)
    for field in ("conforms_to", "documentation"):
        result[field] = fields.addresses_in(result.get(field))
    result["applicable_legislation"] = fields.legislation_in(
        result.get("applicable_legislation"), is_hvd=bool(fields.hvd_categories(shown.dataset))
    )
    result["compress_format"] = result["package_format"] = None
    size = str(result.get("size"))
    result["size"] = size if size.isascii() and size.isdigit() else None
    # Services need a description of their own, with publisher and title, to be valid.
    result["access_services"] = []


def _use_addresses(result: dict[str, Any], *, is_open: bool) -> None:
    package, id_ = str(result["package_id"]), str(result["id"])
    if not is_open:
        result["url"] = gateway_url(package, id_)
        result["access_url"] = result["download_url"] = result["uri"] = None
        return
    page = portal_url(f"/dataset/{package}/resource/{id_}")
    result["download_url"] = str(safe.web(result.get("download_url")) or "")
    result["access_url"] = str(
        safe.web(result.get("access_url")) or safe.web(result.get("url")) or page
    )
    result["url"] = result["access_url"]


def _use_checksum(result: dict[str, Any]) -> None:
    said = values.text(result.get("hash")) or ""
    name, _colon, digest = said.rpartition(":")
    algorithm = _ALGORITHMS.get(len(digest)) if _HEX.fullmatch(digest) else None
    stated = str(safe.web(result.get("hash_algorithm")) or "")
    if algorithm is None or (name and name.lower() != algorithm):
        result["hash"] = None
        return
    result["hash"] = digest.lower()
    result["hash_algorithm"] = stated or _SPDX + algorithm
