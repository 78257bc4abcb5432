"""Where restricted data really are, for those entitled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.jena_governance.access import entitlement, location, log
from ckanext.jena_governance.policy import OPEN


@tk.side_effect_free
def governance_location_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Where the data of a resource are.

    For those entitled to the data; every call is logged.

    :param id: id of the resource
    :type id: string

    :returns: ``package_id``, ``resource_id``, ``url``, ``file_name`` (the true name of an upload,
        if the catalogue has a neutral one), ``fields`` (what else the catalogue does not have)
    :rtype: dictionary
    :raises ValidationError: no ``id``
    :raises NotFound: there is no such resource, or whoever asks may not know of it
    :raises NotAuthorized: they may not see the data; the text says why and what they can do
    """
    resource = entitlement.resource_in(tk.get_or_bust(data_dict, "id"))
    if resource is None or not _is_there(context, resource):
        raise tk.ObjectNotFound(tk._("Resource not found"))
    actor = entitlement.actor_in(context)
    decision = entitlement.decide_for(actor, resource)
    try:
        tk.check_access("governance_location_show", context, data_dict)
    except tk.NotAuthorized:
        log.try_to_record(actor, resource, decision, "location")
        raise
    if not decision.allowed:
        # CKAN itself asks, without anybody behind it.
        decision = replace(decision, allowed=True, rule="internal")
    if decision.level != OPEN and not log.try_to_record(actor, resource, decision, "location"):
        raise tk.NotAuthorized(
            tk._(
                "Access to restricted data is logged, and the log cannot be written at the moment. "
                "Please try again in a few minutes."
            )
        )
    return location.location_of(resource)


def _is_there(context: Context, resource: model.Resource) -> bool:
    if model.State.DELETED in (resource.state, resource.package.state):
        return False
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": resource.package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True
