"""Resource views: what they are configured with may be the data, or where they are.

For those not entitled the views of a restricted resource do not exist. CKAN's pages cope with
none, but answer 500 where they are refused one. Addresses in a configuration are kept in the
vault, and nothing of it in the activity stream.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Action, Context, DataDict

from ckanext.jena_governance.access import entitlement, trail, views


@tk.chained_action
@tk.side_effect_free
def resource_view_list(
    next_: Action, context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """CKAN's; empty for those who may not see the data."""
    found = next_(context, data_dict)
    if not entitlement.may_see(data_dict.get("id"), context):
        return []
    return [_completed(view) for view in found]


@tk.chained_action
@tk.side_effect_free
def resource_view_show(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; not found for those who may not see the data."""
    view = next_(context, data_dict)
    _require(view.get("resource_id"), context)
    return _completed(view)


@tk.chained_action
def resource_view_create(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; never in the place of a view that whoever asks may not see.

    Editors may create one even where they may not see the data: CKAN does so for them with every
    new file.
    """
    return _write(next_, context, data_dict)


@tk.chained_action
def resource_view_update(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; not found for those who may not see the data."""
    _require(data_dict.get("resource_id"), context)
    return _write(next_, context, data_dict)


@tk.chained_action
def resource_view_delete(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; not found for those who may not see the data."""
    view = _stored(data_dict.get("id"))
    _require(view.resource_id if view else None, context)
    resource = model.Session.get(model.Resource, view.resource_id) if view else None
    result = next_(context, data_dict)
    if resource is not None:
        views.forget(data_dict["id"], resource)
        model.repo.commit()
    return result


@tk.chained_action
def resource_view_reorder(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; not found for those who may not see the data."""
    _require(data_dict.get("id"), context)
    return next_(context, data_dict)


@tk.chained_action
def activity_create(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any] | None:
    """CKAN's; the stream is public, so it holds nothing of a restricted resource's views."""
    if trail.is_untold(data_dict):
        tk.check_access("activity_create", context, data_dict)
        return None
    data = data_dict.get("data")
    if isinstance(data, dict) and "view_type" in data:
        resource = entitlement.resource_in(data.get("resource_id"))
        if resource is not None and entitlement.is_restricted(resource):
            data_dict = {**data_dict, "data": trail.told_of_view(data)}
    return next_(context, data_dict)


def _write(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Create or update a view; its addresses go into the vault."""
    # CKAN asks about the resource that the caller names; the one it belongs to counts.
    view = _stored(data_dict.get("id"))
    _require(view.resource_id if view else None, context)
    result = next_(context, data_dict)
    view_id = result.get("id")
    is_saved = bool(view_id) and not context.get("preview")
    if is_saved and views.settle(view_id) and not context.get("defer_commit"):
        model.repo.commit()
    return result


def _completed(view: dict[str, Any]) -> dict[str, Any]:
    return {**view, **views.held_of(view)}


def _stored(view_id: object) -> model.ResourceView | None:
    return model.Session.get(model.ResourceView, view_id) if isinstance(view_id, str) else None


def _require(resource_id: object, context: Context) -> None:
    if not entitlement.may_see(resource_id, context):
        raise tk.ObjectNotFound(tk._("Resource view was not found."))
