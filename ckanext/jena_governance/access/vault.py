"""The vault: restricted locations leave the catalogue on the model, in CKAN's own transaction.

CKAN calls us after authorisation, validation and flush, and before index and commit. There we
see every resource of a dataset, also those that the caller did not send, and no dictionary of a
caller is ever changed.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import (
    datastore,
    entitlement,
    scrub,
    stored,
    tables,
    uploads,
    views,
)
from ckanext.jena_governance.access.gateways import gateway_in, gateway_url, is_gateway_of
from ckanext.jena_governance.access.public_fields import (
    HIDDEN_COLUMNS,
    PUBLIC_COLUMNS,
    PUBLIC_EXTRAS,
)
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import OPEN

__all__ = [
    "clearing",
    "gateway_in",
    "gateway_url",
    "hand_over",
    "location_of",
    "purge",
    "release",
    "rows_of",
    "settle",
]

UPLOAD = "upload"

# Hidden fields that an entitled editor empties: resource id -> names. The model cannot tell
# "emptied" from "not sent".
_cleared: ContextVar[Mapping[str, frozenset[str]] | None] = ContextVar("cleared", default=None)


class VaultError(RuntimeError):
    """A restricted resource would have kept more than its gateway. Names it by id only."""


@contextmanager
def clearing(fields: Mapping[str, frozenset[str]]) -> Generator[None]:
    """Within, saving a dataset empties these hidden fields (resource id -> names)."""
    token = _cleared.set(fields)
    try:
        yield
    finally:
        _cleared.reset(token)


def location_of(package_id: str | None, resource_id: str) -> GovernanceResourceLocation | None:
    """The vault's row of a resource."""
    return model.Session.get(GovernanceResourceLocation, (package_id, resource_id))


def settle(package: model.Package, *, stores: bool = True) -> None:
    """Put every resource of a dataset where its level wants it, in the current transaction.

    Args:
        package: the dataset, flushed, in CKAN's session.
        stores: also files and rows, which lie in other stores than the links.

    Raises:
        VaultError: the catalogue would have kept a location; everything is rolled back.

    Source:
        Design §6.
    """
    if not stored.is_governed(package):
        return
    rows = rows_of(package.id)
    levels = entitlement.levels_of(package, vaulted=frozenset(rows))
    # Deleted ones, too: they may come back, and their rows are still in the catalogue.
    restricted = [one for one in package.resources_all if levels[one.id] != OPEN]
    _arrange(package, restricted, stores=stores)
    if entitlement.is_dataset_restricted(package):
        # CKAN 2.11 removes the rows of deleted resources; their addresses are in its history.
        scrub.gone(package)


def release(package: model.Package) -> None:
    """Give everything back to the catalogue, whatever the level: the way to uninstall.

    Args:
        package: the dataset, in CKAN's session.
    """
    _arrange(package, [])


def _arrange(
    package: model.Package, restricted: list[model.Resource], *, stores: bool = True
) -> None:
    rows = rows_of(package.id)
    held_back = {one.id for one in restricted}
    opened = [one for one in package.resources_all if one.id not in held_back]
    withdrawn = [_withdraw(one, rows.get(one.id)) for one in restricted]
    # CKAN's session does not flush by itself; the views look for the rows made above.
    model.Session.flush()
    withdrawn.append(views.hide(held_back))
    for resource in opened:
        if resource.id in rows:
            _give_back(resource, rows[resource.id])
    model.Session.flush()
    _require_gateways(restricted)
    if stores:
        _settle_stores(restricted, opened)
    scrub.view_activities(package.id, held_back)
    if any(withdrawn):
        held = rows_of(package.id)
        scrub.copies(package, {id_: row for id_, row in held.items() if id_ in held_back})


def hand_over(dataset: dict[str, Any]) -> None:
    """Replace locations in what CKAN hands to later plugins, in place.

    Args:
        dataset: as CKAN passes it to ``after_dataset_create`` and ``after_dataset_update``.
    """
    package = model.Session.get(model.Package, dataset.get("id") or "")
    if package is None or not stored.is_governed(package):
        return
    held = {row.resource_id for row in rows_of(package.id).values()}
    settled = {one.id: one for one in package.resources_all if one.id in held}
    for resource in dataset.get("resources") or []:
        if resource.get("id") in settled:
            resource["url"] = settled[resource["id"]].url
            for name in set(resource) - PUBLIC_COLUMNS - PUBLIC_EXTRAS:
                del resource[name]


def purge(package_id: str, resource_ids: list[str]) -> None:
    """Remove what a purged dataset has left: vault rows, files, tables.

    Args:
        package_id: id of the dataset that is gone.
        resource_ids: ids of all resources it had.
    """
    table = GovernanceResourceLocation
    model.Session.execute(sa.delete(table).where(table.package_id == package_id))
    model.repo.commit()
    for resource_id in resource_ids:
        uploads.remove(resource_id)
    tables.drop(resource_ids)


def rows_of(package_id: str) -> dict[str, GovernanceResourceLocation]:
    """What the vault holds of a dataset, by resource id."""
    table = GovernanceResourceLocation
    query = sa.select(table).where(table.package_id == package_id)
    return {row.resource_id: row for row in model.Session.scalars(query)}


def _withdraw(resource: model.Resource, row: GovernanceResourceLocation | None) -> bool:
    """Move what could be the location into the vault; whether anything was moved."""
    hidden = _take_hidden(resource)
    if not resource.url and not hidden:
        return _empty(row)
    is_new_location = bool(resource.url) and not _is_settled(resource, row)
    if row is None:
        if not is_new_location and not hidden:
            return False
        row = GovernanceResourceLocation(
            package_id=resource.package_id, resource_id=resource.id, fields={}
        )
        model.Session.add(row)
    emptied = (_cleared.get() or {}).get(resource.id, frozenset())
    kept = {name: value for name, value in row.fields.items() if name not in emptied}
    fields = {**kept, **hidden}
    if fields != row.fields:
        row.fields = fields
    if is_new_location:
        _store_location(resource, row)
    is_changed = is_new_location or bool(hidden)
    if is_changed:
        row.modified = now()
    return is_changed


def _is_settled(resource: model.Resource, row: GovernanceResourceLocation | None) -> bool:
    """Whether the catalogue holds the stand-in already."""
    if resource.url_type == UPLOAD:
        return row is not None and row.file_name is not None and resource.url == row.url
    return is_gateway_of(resource.url, resource.id)


def _store_location(resource: model.Resource, row: GovernanceResourceLocation) -> None:
    """An upload keeps a public file name, which the vault remembers beside the true one."""
    if resource.url_type == UPLOAD:
        true_name = resource.url
        if true_name != row.file_name:
            row.file_name = true_name
            row.url = uploads.public_name(resource)
        resource.url = row.url or uploads.public_name(resource)
    else:
        row.url, row.file_name = resource.url, None
        resource.url = gateway_url(row.package_id, resource.id)


def _take_hidden(resource: model.Resource) -> dict[str, Any]:
    """Remove from the catalogue, and return, whatever is not plain metadata."""
    hidden: dict[str, Any] = {}
    for name in HIDDEN_COLUMNS:
        value = getattr(resource, name)
        if value:
            hidden[name] = value if isinstance(value, str) else value.isoformat()
            setattr(resource, name, "" if name == "hash" else None)
    extras = dict(resource.extras or {})
    for name in set(extras) - PUBLIC_EXTRAS:
        value = extras.pop(name)
        if value not in (None, "", [], {}):
            hidden[name] = value
    if extras != (resource.extras or {}):
        resource.extras = extras
    return hidden


def _give_back(resource: model.Resource, row: GovernanceResourceLocation) -> None:
    """Undo the withdrawal; what was sent anew wins."""
    if _is_settled(resource, row):
        resource.url = (row.file_name if resource.url_type == UPLOAD else row.url) or ""
    extras = dict(resource.extras or {})
    for name, value in row.fields.items():
        if name in HIDDEN_COLUMNS:
            if name != "cache_last_updated" and not getattr(resource, name):
                setattr(resource, name, value)
        elif name not in extras and name != views.KEY:
            extras[name] = value
    if extras != (resource.extras or {}):
        resource.extras = extras
    views.restore(resource.id, row)
    model.Session.delete(row)


def _empty(row: GovernanceResourceLocation | None) -> bool:
    """An emptied location leaves nothing behind but what belongs to the resource's views."""
    if row is not None and row.fields.get(views.KEY):
        row.url, row.file_name = None, None
        row.fields = {views.KEY: row.fields[views.KEY]}
    elif row is not None:
        model.Session.delete(row)
    return False


def holds_location(resource: model.Resource) -> bool:
    """Whether the catalogue says more of a restricted resource than its stand-in."""
    values = {name: getattr(resource, name) for name in ("id", "url", "url_type", *HIDDEN_COLUMNS)}
    return not _is_stand_in({**values, "extras": resource.extras})


def _require_gateways(restricted: list[model.Resource]) -> None:
    """The database itself, not the model, is asked what the catalogue holds now."""
    table = model.resource_table
    columns = [table.c[name] for name in ("id", "url", "url_type", "extras", *HIDDEN_COLUMNS)]
    ids = [resource.id for resource in restricted]
    query = sa.select(*columns).where(table.c["id"].in_(ids))
    for row in model.Session.execute(query).mappings() if ids else ():
        if not _is_stand_in({str(name): value for name, value in row.items()}):
            model.Session.rollback()
            raise VaultError(f"resource {row['id']} would have kept more than its gateway")


def _is_stand_in(row: Mapping[str, Any]) -> bool:
    url, is_upload = row["url"], row["url_type"] == UPLOAD
    is_neutral = not url or is_upload or is_gateway_of(url, row["id"])
    has_more = any(row[name] for name in HIDDEN_COLUMNS) or set(row["extras"] or {}) - PUBLIC_EXTRAS
    return bool(is_neutral and not has_more)


def _settle_stores(restricted: list[model.Resource], opened: list[model.Resource]) -> None:
    """Files and rows; what was deleted while open stays where it is, nobody can ask for it."""
    opened = [one for one in opened if one.state == model.State.ACTIVE]
    # Of links, too: one that was an upload may have left its file.
    for resource in restricted:
        uploads.place(resource, restricted=True)
    for resource in (one for one in opened if one.url_type == UPLOAD):
        uploads.place(resource, restricted=False)
    datastore.settle_privileges(
        open_ids=[one.id for one in opened], restricted_ids=[one.id for one in restricted]
    )
