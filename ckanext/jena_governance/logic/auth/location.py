"""Who may learn where restricted data are."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jena_governance.access import entitlement, explaining


@tk.auth_allow_anonymous_access
def governance_location_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Those entitled to the data; others are told why not, and what they can do."""
    resource = entitlement.resource_in(data_dict.get("id"))
    if resource is None:
        return {"success": False}
    actor = entitlement.actor_in(context)
    decision = entitlement.decide_for(actor, resource)
    if decision.allowed:
        return {"success": True}
    told = explaining.explain(actor, resource, decision)
    texts = [told["error"], told["reason"], *(remedy["text"] for remedy in told["remedies"])]
    return {"success": False, "msg": " ".join(text for text in texts if text)}
