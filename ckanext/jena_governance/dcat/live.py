"""Datasets as the tables have them now, many at once: what the index says may be old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.lib import munge

from ckanext.jena_governance import config
from ckanext.jena_governance.access.gateways import is_gateway_of
from ckanext.jena_governance.policy import RESOURCE_FIELDS

# What a dataset says of itself; the rest of the row is bookkeeping.
_OF_DATASET = (
    *("id", "name", "type", "state", "private", "owner_org", "license_id", "title", "notes"),
    *("url", "version", "author", "author_email", "maintainer", "maintainer_email"),
    *("metadata_created", "metadata_modified"),
)
_OF_RESOURCE = (
    *("id", "package_id", "state", "url", "url_type", "name", "description", "format"),
    *("mimetype", "size", "hash", "created", "last_modified", "position", "resource_type"),
)

_EXTRAS = "extras"


def is_public() -> sa.ColumnElement[bool]:
    """What everybody may know of, as far as a column says it: a condition on ``package``."""
    package = model.Package
    return sa.and_(
        package.state == model.State.ACTIVE,
        package.private.is_(False),
        package.type.in_(sorted(config.dataset_types())),
    )


def datasets(ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the tables say of datasets that everybody may know of.

    Two queries (on CKAN 2.11 three), whatever their number.

    Args:
        ids: of datasets; unknown ones and those that are not public are left out.

    Returns:
        By id, the dataset with its fields and its active ``resources``; lists are JSON text.
    """
    if not ids:
        return {}
    package = model.package_table
    rows = model.Session.execute(
        sa.select(*_columns(package, _OF_DATASET)).where(package.c.id.in_(ids), is_public())
    ).mappings()
    found = {row["id"]: _flat(dict(row)) for row in rows}
    for id_, key, value in _separate_extras(found):
        found[id_].setdefault(key, value)
        found[id_][_EXTRAS][key] = value
    resources = _resources(found)
    for id_, dataset in found.items():
        dataset["resources"] = resources[id_]
    return found


def vaulted(dataset: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the resources of which the catalogue holds the gateway only."""
    return frozenset(
        one["id"] for one in dataset["resources"] if is_gateway_of(one.get("url"), one["id"])
    )


def agrees(document: Mapping[str, Any], dataset: Mapping[str, Any]) -> bool:
    """Whether what was indexed is what the tables say.

    Args:
        document: a dataset as CKAN puts it into the index, without the schema's changes.
        dataset: the same of :func:`datasets`.
    """
    extras = {one["key"]: one["value"] for one in document.get(_EXTRAS) or ()}
    if extras != dataset[_EXTRAS] or not _same(document, dataset, _OF_DATASET):
        return False
    indexed, live = document.get("resources") or [], dataset["resources"]
    return len(indexed) == len(live) and all(
        _is_same_resource(*both) for both in zip(indexed, live, strict=True)
    )


def _resources(ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    resource = model.resource_table
    rows = model.Session.execute(
        sa.select(*_columns(resource, _OF_RESOURCE))
        .where(resource.c.package_id.in_(list(ids)), resource.c.state == model.State.ACTIVE)
        .order_by(resource.c.package_id, resource.c.position, resource.c.id)
    ).mappings()
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["package_id"]].append(_flat(dict(row)))
    return found


def _separate_extras(ids: Iterable[str]) -> Iterable[Any]:
    """CKAN 2.11 has a table for them."""
    extra: Any = getattr(model, "PackageExtra", None)
    if extra is None:
        return ()
    return model.Session.execute(
        sa.select(extra.package_id, extra.key, extra.value).where(
            extra.package_id.in_(list(ids)), extra.state == model.State.ACTIVE
        )
    )


def _columns(table: Any, names: Iterable[str]) -> list[Any]:
    return [table.c[name] for name in (*names, _EXTRAS) if name in table.c]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its extras beside its columns, dates as CKAN's dictionaries have them."""
    extras = dict(row.get(_EXTRAS) or {})
    columns = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    return {**extras, **columns, _EXTRAS: extras}


def _same(one: Mapping[str, Any], other: Mapping[str, Any], names: Iterable[str]) -> bool:
    # What nobody said is NULL in one place and an empty text in another.
    return all((one.get(name) or None) == (other.get(name) or None) for name in names)


def _is_same_resource(indexed: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    names = {*_OF_RESOURCE, *RESOURCE_FIELDS, *live[_EXTRAS]} - {"url"}
    return _same(indexed, live, names) and _is_same_url(indexed.get("url") or "", live)


def _is_same_url(shown: str, live: Mapping[str, Any]) -> bool:
    """CKAN shows addresses other than it stores them."""
    url = live["url"] or ""
    if live["url_type"] == "upload":
        return shown.rsplit("/", maxsplit=1)[-1] == munge.munge_filename(url.rsplit("/")[-1])
    if is_gateway_of(url, live["id"]):
        return is_gateway_of(shown, live["id"])
    return shown in (url, "http://" + url.lstrip("/"))
