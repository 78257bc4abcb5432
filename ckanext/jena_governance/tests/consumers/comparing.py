"""Dataset against copy, field by field; what may differ stands here, each with its reason."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import yaml

import ckantoolkit as tk

from ckanext.jena_governance import policy
from ckanext.jena_governance.tests.consumers.second import ROOT

Dataset = dict[str, Any]
# Field, here, there. Fields of resources are "resources.url", and so on.
Difference = tuple[str, Any, Any]

_MISSING: tuple[Any, ...] = (None, "", [], {})

_OF_THE_COPY = {
    "creator_user_id": "an account of that portal",
    "metadata_created": "when the copy was made",
    "organization.created": "when that portal made the organization",
    "resources.metadata_modified": "set by CKAN whenever it writes a resource",
    "tags.id": "each portal numbers its tags",
    "extras": "ckanext-harvest notes where the copy comes from",
    "resources.url_type": "the harvester makes a link of an upload",
}
_OF_A_CKAN_WITHOUT_US = {
    "license_title": "from that portal's own list of licences",
    "license_url": "from that portal's own list of licences",
    "isopen": "from that portal's own list of licences",
}
_OF_A_CITY = {
    "entity_class": "computed: what the owner is in that city group",
    "resources.url": "a restricted file has that portal's own gateway",
}
IS_211 = not tk.check_ckan_version(min_version="2.12")
_OF_211 = {"metadata_modified": "CKAN 2.11 sets it itself"} if IS_211 else {}
EXCEPTIONS = {
    "plain": {**_OF_THE_COPY, **_OF_A_CKAN_WITHOUT_US, **_OF_211},
    "city": {**_OF_THE_COPY, **_OF_A_CITY, **_OF_211},
}


# RDF names things by their address, and says what DCAT knows.
_OF_RDF = {
    **_OF_THE_COPY,
    "id": "a new dataset for that portal",
    "metadata_modified": "when the copy was made",
    "owner_org": "the organization of the harvest source",
    **dict.fromkeys(
        (f"organization.{name}" for name in ("id", "name", "title", "description", "image_url")),
        "the organization of the harvest source",
    ),
    "resources.id": "a new file for that portal",
    "resources.package_id": "a new dataset for that portal",
    "resources.created": "when the copy was made",
    "resources.last_modified": "of an upload: a link for that portal",
    "resources.position": "RDF has no order",
    "resources.datastore_active": "the rows stay here",
    "resources.datastore_contains_all_records_of_source_file": "the rows stay here",
    "resources.distribution_ref": "ckanext-dcat's address of the distribution",
    "resources.uri": "the address in the feed, where it has none",
    "resources.access_url": "the address, where there is no other",
    "resources.issued": "when the file was made, where nothing is said",
    "resources.modified": "when the file was changed, where nothing is said",
    "resources.status": "in the words of the EU",
    "resources.hash": "a checksum without its method says nothing",
    "resources.url": "the gateway, also for restricted uploads; or that portal's own",
}
_OF_RDF_IN_A_CITY = {
    "access_rights": "what follows from the level",
    "entity_class": "computed: what the owner is in that city group",
    "owning_entity_name": "computed: the title of the owner, if that portal knows it",
    "uri": "the address in the feed, where it has none",
    "identifier": "the id, where it has none",
    "issued": "when the dataset was made, where nothing is said",
    "modified": "when the dataset was changed, where nothing is said",
    "publisher": "the organization, where nobody is named",
    "open_derivative": "its address instead of its name",
    "permission": "DCAT-AP.de has no word for it",
    "metadata_visibility": "what is in a feed is public",
}
_OF_RDF_ELSEWHERE = {
    **_OF_A_CKAN_WITHOUT_US,
    "name": "the CKAN harvester's copy has it already",
    "license_id": "per file, as DCAT-AP.de wants it",
    "resources.license": "per file, as DCAT-AP.de wants it",
    "resources.format": "in the words of the EU",
    "resources.mimetype": "in the words of the IANA",
    "resources.rights": "the level in words, as CKAN has no field for it",
    **dict.fromkeys(
        (f"resources.{name}" for name in ("openness", "legal_basis", "restriction_reason")),
        "no fields of DCAT",
    ),
    **dict.fromkeys(
        (f"resources.{name}" for name in ("language", "conforms_to", "applicable_legislation")),
        "a list, written as a text",
    ),
}
EXCEPTIONS_OF_RDF = {
    "plain": {**_OF_RDF, **_OF_RDF_ELSEWHERE},
    "city-dcat": {**_OF_RDF, **_OF_RDF_IN_A_CITY},
}


@functools.cache
def unknown_to_ckan() -> frozenset[str]:
    """Fields of a dataset that CKAN without this extension has no place for."""
    path = ROOT / "ckanext" / "jena_governance" / "schemas" / "dataset.yaml"
    fields = yaml.safe_load(path.read_text(encoding="utf-8"))["dataset_fields"]
    of_ckan = {"title", "name", "notes", "owner_org", "license_id", "url", "version", "tag_string"}
    of_schema = {field["field_name"] for field in fields} - of_ckan
    return frozenset(of_schema | policy.DATASET_FIELDS | policy.COMPUTED_FIELDS)


def differences(here: Dataset, there: Dataset) -> list[Difference]:
    """What two datasets say differently; missing and empty are the same."""
    return list(_differences("", here, there))


def _differences(field: str, here: Any, there: Any) -> Iterator[Difference]:
    if isinstance(here, dict) and isinstance(there, dict):
        for name in sorted(here.keys() | there.keys()):
            inner = f"{field}.{name}" if field else name
            yield from _differences(inner, here.get(name), there.get(name))
    elif _are_dicts(here) and _are_dicts(there) and len(here) == len(there):
        for one, other in zip(here, there, strict=True):
            yield from _differences(field, one, other)
    elif here != there and not (here in _MISSING and there in _MISSING):
        yield field, here, there


def _are_dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
