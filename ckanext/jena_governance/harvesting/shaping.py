"""A foreign record in the shape that CKAN takes: fields of our schema, texts, dates, links, tags.

What does not fit is left out and noted; the record itself is not lost for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from ckanext.jena_governance.policy import DATASET_FIELDS, RESOURCE_FIELDS, WARNING, Finding
from ckanext.jena_governance.policy.case import Place
from ckanext.jena_governance.policy.harvested import ACCESS_RIGHTS, RULE
from ckanext.jena_governance.policy.validation import shown
from ckanext.jena_governance.takeover import cleaning

MAX_TEXT = 20_000
CORE = frozenset(
    {"title", "name", "notes", "author", "author_email", "maintainer", "maintainer_email"}
    | {"version", "url", "license_id", "license_title", "license_url", "private"}
)
CORE_OF_RESOURCE = frozenset(
    {"id", "url", "name", "description", "format", "mimetype", "size", "hash", "last_modified"}
)
# What other portals say about themselves, not about the data.
_TECHNICAL = frozenset(
    {"id", "type", "state", "organization", "owner_org", "groups", "tags", "resources", "extras"}
    | {"isopen", "creator_user_id", "revision_id", "revision_timestamp", "metadata_created"}
    | {"metadata_modified", "num_resources", "num_tags", "relationships_as_subject", "status"}
    | {"relationships_as_object", "tracking_summary", "notes_rendered", "title_translated"}
    | {"harvest_object_id", "harvest_source_id", "harvest_source_title", "guid", "config"}
    | {
        "harvest_unread",
        "save",
        "pkg_name",
        "tag_string",
        "log_message",
        "ckan_url",
        "ratings_count",
    }
)
_TECHNICAL_OF_RESOURCE = frozenset(
    {"package_id", "state", "revision_id", "url_type", "datastore_active", "position", "created"}
    | {"metadata_modified", "resource_group_id", "tracking_summary", "cache_last_updated"}
    | {"cache_url", "webstore_url", "webstore_last_updated", "mimetype_inner", "upload"}
    | {"distribution_ref", "resource_type", "has_views", "on_same_domain", "clear_upload"}
)
_LINKS = frozenset({"url", "access_url", "download_url"})
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ].{1,30})?)?)?")
_CONTRACT = DATASET_FIELDS | RESOURCE_FIELDS | {ACCESS_RIGHTS}


@dataclass(frozen=True)
class Target:
    """Where values go: a dictionary, and its place in the record."""

    data: dict[str, Any]
    place: Place


@dataclass(frozen=True)
class Schema:
    """The fields of our schema, as ckanext-scheming describes them."""

    dataset: Mapping[str, Mapping[str, Any]]
    resource: Mapping[str, Mapping[str, Any]]


@dataclass
class Shaped:
    """A record in shape, with what a person should look at."""

    data: dict[str, Any]
    findings: list[Finding] = field(default_factory=list[Finding])

    def cut(self, name: str, place: Place) -> None:
        """Note that a text was too long."""
        self.findings.append(place.finding(RULE, "harvest_cut", WARNING, name, limit=MAX_TEXT))

    def dropped(self, name: str, value: object, place: Place | None = None) -> None:
        """Note that a value was not taken over."""
        place = place or Place()
        self.findings.append(
            place.finding(RULE, "harvest_dropped", WARNING, name, value=shown(value))
        )


def shape(record: Mapping[str, Any], schema: Schema, base: str) -> Shaped:
    """Bring a record into shape.

    Args:
        record: as ``package_show`` of another portal or a parser of ckanext-dcat gives it.
        schema: our fields.
        base: what links that say no host are relative to.

    Returns:
        The dataset, without owner and id; its resources keep their foreign ids for now.
    """
    shaped = Shaped({})
    for name, value in record.get("harvest_unread") or []:
        shaped.dropped(str(name), value)
    target = Target(shaped.data, Place())
    extras = _extras(record.get("extras"))
    for key, value in record.items():
        if key in _TECHNICAL:
            continue
        if key in schema.dataset or key in CORE or key in _CONTRACT:
            _put(shaped, target, key, value, schema.dataset.get(key, {}))
        else:
            extras.setdefault(key, value)
    for key in [one for one in extras if one in schema.dataset and one not in _CONTRACT]:
        _put(shaped, target, key, extras.pop(key), schema.dataset[key])
    shaped.data["extras"] = _kept_extras(shaped, extras)
    shaped.data["tags"] = cleaning.tags(_list(record.get("tags")))
    title, _rest = cleaning.title_and_rest(_text(record.get("title")))
    shaped.data["title"] = title
    resources = [one for one in _list(record.get("resources")) if isinstance(one, dict)]
    shaped.data["resources"] = [
        _resource(shaped, cast("dict[str, Any]", one), schema, Place(position), base)
        for position, one in enumerate(resources)
    ]
    if url := shaped.data.get("url"):
        shaped.data["url"] = cleaning.web_address(url, base)
    return shaped


def _resource(
    shaped: Shaped, entry: dict[str, Any], schema: Schema, place: Place, base: str
) -> dict[str, Any]:
    resource: dict[str, Any] = {"url": ""}
    for key, value in entry.items():
        if key not in _TECHNICAL_OF_RESOURCE:
            _put(shaped, Target(resource, place), key, value, schema.resource.get(key, {}))
    for key in _LINKS & resource.keys():
        said, resource[key] = resource[key], cleaning.web_address(resource[key], base)
        if said and not resource[key]:
            shaped.dropped(key, said, place)
    address = resource.get("url") or ""
    resource["format"] = cleaning.file_format(
        resource.get("format"), entry.get("mimetype"), address
    )
    if not _text(resource.get("size")).isdigit():
        resource.pop("size", None)
    return resource


def _put(shaped: Shaped, target: Target, key: str, value: Any, spec: Mapping[str, Any]) -> None:
    """Put a value into a field, if it can be brought into its form."""
    if value in (None, "", [], {}):
        return
    data = target.data
    if key in _CONTRACT or key == "private":
        data[key] = value  # the policy reads these, and closes where it cannot
    elif "repeating_subfields" in spec:
        _put_parts(shaped, target, key, value, spec)
    elif spec.get("preset") in ("multiple_text", "governance_list"):
        data[key] = [text for one in _list(value) if (text := _text(one))]
    elif spec.get("preset") == "dcat_date" or key == "last_modified":
        _put_date(shaped, target, key, value)
    elif text := _text(value):
        data[key] = text[:MAX_TEXT]
        if len(text) > MAX_TEXT:
            shaped.cut(key, target.place)
    else:
        shaped.dropped(key, value, target.place)


def _put_parts(
    shaped: Shaped, target: Target, key: str, value: Any, spec: Mapping[str, Any]
) -> None:
    parts = {one["field_name"]: one for one in spec["repeating_subfields"]}
    kept: list[dict[str, Any]] = []
    for one in _list(value):
        entry = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        row = Target({}, target.place)
        for name in [one for one in parts if one in entry]:
            _put(shaped, row, name, entry[name], parts[name])
        kept += [row.data] if row.data else []
        if not isinstance(one, dict):
            shaped.dropped(key, one, target.place)
    if kept:
        target.data[key] = kept


def _put_date(shaped: Shaped, target: Target, key: str, value: Any) -> None:
    said = _text(value)
    if is_date(said):
        target.data[key] = said
    else:
        shaped.dropped(key, value, target.place)


def is_date(said: str) -> bool:
    """Whether a text is a year, month, day or moment in ISO 8601."""
    if not _DATE.fullmatch(said):
        return False
    padded = said if len(said) > 7 else f"{said}-01-01"[:10]
    try:
        datetime.fromisoformat(padded.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def _extras(value: Any) -> dict[str, Any]:
    """Extras come as a list of key and value (CKAN 2) or as a mapping (CKAN 1)."""
    if isinstance(value, dict):
        return dict(cast("dict[str, Any]", value))
    entries = [cast("dict[str, Any]", one) for one in _list(value) if isinstance(one, dict)]
    return {_text(one.get("key")): one.get("value") for one in entries if _text(one.get("key"))}


def _kept_extras(shaped: Shaped, extras: Mapping[str, Any]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for key, value in extras.items():
        if key in _CONTRACT:
            kept.append({"key": key, "value": value})
            continue
        text = _text(value)
        if key in _TECHNICAL or not text:
            continue
        if len(key) > 100 or len(text) > MAX_TEXT:
            shaped.dropped(f"extras: {key[:100]}", text)
        else:
            kept.append({"key": key, "value": text})
    return kept


def _list(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(cast("Iterable[Any]", value))
    return [] if value in (None, "") else [value]


def _text(value: Any) -> str:
    """A text; of several the parts, of several languages German or the first."""
    if isinstance(value, dict):
        spoken = cast("dict[str, Any]", value)
        return _text(next((spoken[one] for one in ("de", "en", *spoken) if one in spoken), ""))
    if isinstance(value, list):
        return ", ".join(one for one in map(cleaning.text, cast("list[Any]", value)) if one)
    return cleaning.text(value)
