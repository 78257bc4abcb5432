"""A dataset's dictionary as ckanext-dcat's profile can take it: terms of closed lists, real dates.

Everything here works on copies. What DCAT-AP.de has no term for is left out, because one unknown
term makes the whole record invalid for those who harvest it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from geomet import wkt

from ckanext.jena_governance.dcat import distributions, fields, safe, terms
from ckanext.jena_governance.dcat.shown import Shown
from ckanext.jena_governance.policy import values

# ckanext-dcat would make relations of them that DCAT-AP 3 only allows between described datasets;
# or rights and licences that we state ourselves.
_OURS = (
    "source", "sample", "has_version", "is_version_of", "access_rights", "license_id",
    "license_url", "related_resource", "is_referenced_by", "in_series", "qualified_relation",
    "publisher_uri", "publisher_name", "organization",
)  # fmt: skip
_DATES = ("issued", "modified", "metadata_created", "metadata_modified")
_LEGACY_CONTACT = (
    "contact_uri", "contact_name", "contact_email", "contact_identifier",
    "maintainer", "maintainer_email", "author", "author_email",
)  # fmt: skip
_GEOMETRIES = ("geom", "bbox", "centroid")


def prepared(shown: Shown) -> dict[str, Any]:
    """A dataset for ckanext-dcat.

    Args:
        shown: the dataset.

    Returns:
        A new dictionary; title and description are never missing, because DCAT-AP asks for them.
    """
    said = shown.dataset
    result = {key: fields.tamed(value) for key, value in said.items() if key not in _OURS}
    result = {key: value for key, value in result.items() if not values.is_blank(value)}
    result["title"] = values.text(said.get("title")) or values.text(said.get("name")) or "–"
    result["notes"] = values.text(said.get("notes")) or result["title"]
    result["extras"] = _extras(said.get("extras"))
    result["tags"] = _tags(said.get("tags"))
    result.update(dict.fromkeys(_OURS))
    for field in _DATES:
        if not safe.is_date(said.get(field)):
            result[field] = None
    _use_terms(result, shown)
    result["contact"] = _contacts(said.get("contact"))
    if result["contact"] or values.text(said.get("data_steward_email")):
        result.update(dict.fromkeys(_LEGACY_CONTACT))
    result["publisher"] = None
    result["creator"] = fields.agents_in(said.get("creator"), shown.words)
    result["temporal_coverage"] = _periods(said.get("temporal_coverage"))
    result["spatial_coverage"] = _places(said.get("spatial_coverage"))
    result["resources"] = [
        distributions.prepared(one, shown) for one in values.resources_of(said) if one.get("id")
    ]
    return result


def _use_terms(result: dict[str, Any], shown: Shown) -> None:
    said, words = shown.dataset, shown.words
    categories = fields.hvd_categories(said)
    result["theme"] = terms.terms("theme", said.get("theme"), words)
    result["language"] = terms.terms("language", said.get("language"), words)
    result["frequency"] = terms.term("frequency", said.get("frequency"), words)
    result["hvd_category"] = categories
    legislation = said.get("applicable_legislation")
    result["applicable_legislation"] = fields.legislation_in(legislation, is_hvd=bool(categories))
    result["url"] = str(safe.web(said.get("url")) or "")
    result["conforms_to"] = fields.addresses_in(said.get("conforms_to"))
    result["documentation"] = fields.addresses_in(said.get("documentation"))


def _extras(value: object) -> list[dict[str, Any]]:
    """Free fields that can be read, and that say nothing we say ourselves."""
    known = {*_OURS, *_DATES, "uri", "guid"}
    return [
        {"key": one["key"], "value": fields.tamed(one["value"])}
        for one in fields.mappings(value)
        if isinstance(one.get("key"), str) and "value" in one and one["key"] not in known
    ]


def _tags(value: object) -> list[dict[str, str]]:
    return [
        {"name": name} for one in fields.mappings(value) if (name := values.text(one.get("name")))
    ]


def _contacts(value: object) -> list[dict[str, str]]:
    return [
        {
            "uri": str(safe.web(one.get("uri")) or ""),
            "name": values.text(one.get("name")) or "",
            "email": fields.mailbox_in(one.get("email")),
            "url": str(safe.web(one.get("url")) or ""),
        }
        for one in fields.mappings(value)
        if values.text(one.get("name")) or fields.mailbox_in(one.get("email"))
    ]


def _periods(value: object) -> list[dict[str, Any]]:
    kept = (
        {name: one.get(name) for name in ("start", "end") if safe.is_date(one.get(name))}
        for one in fields.mappings(value)
    )
    return [one for one in kept if one]


def _places(value: object) -> list[dict[str, Any]]:
    kept = (
        {
            "uri": str(safe.web(one.get("uri")) or ""),
            "text": values.text(one.get("text")) or "",
            **{name: one.get(name) for name in _GEOMETRIES if _is_geometry(one.get(name))},
        }
        for one in fields.mappings(value)
    )
    return [one for one in kept if any(one.values())]


def _is_geometry(value: object) -> bool:
    """Whether it can be written as well-known text."""
    said = _geojson(value)
    try:
        return bool(said) and bool(wkt.dumps(said, decimals=4))
    except Exception:  # noqa: BLE001 - geomet has no error of its own for what it stumbles over
        return False


def _geojson(value: object) -> Mapping[str, Any]:
    if not isinstance(value, str):
        return values.mapping(value)
    try:
        return values.mapping(json.loads(value))
    except (ValueError, RecursionError):
        return {}
