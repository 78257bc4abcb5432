"""Addresses in configurations of resource views: in the vault while the resource is restricted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import entitlement
from ckanext.jena_governance.model import GovernanceResourceLocation

# Where a vault row keeps them, beside the resource's own hidden fields: view id -> settings.
KEY = "_views"


def hide(resource_ids: Iterable[str]) -> bool:
    """Move addresses out of all view configurations of restricted resources; whether there were.

    Args:
        resource_ids: their ids.
    """
    hidden = [_hide(view) for view in _views_of(resource_ids)]
    return any(hidden)


def finds_addresses(resource_ids: Iterable[str]) -> set[str]:
    """Ids of those resources that have a view whose configuration holds an address."""
    return {view.resource_id for view in _views_of(resource_ids) if _addresses(view)}


def settle(view_id: str) -> bool:
    """Put the configuration of a view that was just saved where the resource's level wants it.

    What the vault held of this view before is replaced.

    Returns:
        Whether anything is left to be committed.
    """
    view = model.Session.get(model.ResourceView, view_id)
    resource = entitlement.resource_in(view.resource_id) if view else None
    if view is None or resource is None or not entitlement.is_restricted(resource):
        return False
    forget(view_id, resource)
    _hide(view)
    return bool(model.Session.dirty or model.Session.new)


def restore(resource_id: str, row: GovernanceResourceLocation) -> None:
    """Give all views of a resource their addresses back."""
    for view_id, held in row.fields.get(KEY, {}).items():
        view = model.Session.get(model.ResourceView, view_id)
        if view is not None and view.resource_id == resource_id:
            view.config = {**held, **(view.config or {})}


def held_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """What the vault holds of a view, as CKAN shows it; for those entitled only."""
    resource = model.Session.get(model.Resource, str(view.get("resource_id") or ""))
    row = _row_of(resource) if resource else None
    return dict(row.fields.get(KEY, {}).get(view.get("id"), {})) if row else {}


def forget(view_id: str, resource: model.Resource) -> None:
    """Drop what the vault holds of a view."""
    row = _row_of(resource)
    if row is not None and view_id in row.fields.get(KEY, {}):
        views = {id_: held for id_, held in row.fields[KEY].items() if id_ != view_id}
        row.fields = {**row.fields, KEY: views}


def _views_of(resource_ids: Iterable[str]) -> list[model.ResourceView]:
    ids = list(resource_ids)
    query = sa.select(model.ResourceView).where(model.ResourceView.resource_id.in_(ids))
    return list(model.Session.scalars(query)) if ids else []


def _addresses(view: model.ResourceView) -> dict[str, Any]:
    config: dict[str, Any] = dict(view.config or {})
    return {key: value for key, value in config.items() if "://" in json.dumps(value)}


def _hide(view: model.ResourceView) -> bool:
    held = _addresses(view)
    resource = model.Session.get(model.Resource, view.resource_id)
    if not held or resource is None:
        return False
    row = _row_of(resource) or _new_row(resource)
    views = dict(row.fields.get(KEY, {}))
    views[view.id] = {**views.get(view.id, {}), **held}
    row.fields = {**row.fields, KEY: views}
    view.config = {key: value for key, value in (view.config or {}).items() if key not in held}
    return True


def _row_of(resource: model.Resource) -> GovernanceResourceLocation | None:
    return model.Session.get(GovernanceResourceLocation, (resource.package_id, resource.id))


def _new_row(resource: model.Resource) -> GovernanceResourceLocation:
    row = GovernanceResourceLocation(
        package_id=resource.package_id, resource_id=resource.id, fields={}
    )
    model.Session.add(row)
    # The next view of the resource has to find it.
    model.Session.flush()
    return row
