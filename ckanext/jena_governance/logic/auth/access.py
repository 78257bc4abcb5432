"""Who may ask about access."""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.jena_governance.access import entitlement, facts
from ckanext.jena_governance.policy import KEEPERS, role_in


@tk.auth_allow_anonymous_access
def governance_access_explain(context: Context, data_dict: DataDict) -> AuthResult:
    """About oneself: whoever sees the dataset. About others: those in charge of it, too."""
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": data_dict["id"]})
    except tk.NotAuthorized as error:
        return {"success": False, "msg": str(error)}
    if not data_dict.get("user"):
        return {"success": True}
    actor = entitlement.actor_in(context)
    about = model.User.get(data_dict["user"])
    is_self = about is not None and about.id == actor.id
    package = model.Package.get(data_dict["id"])
    owner = facts.asset_of(package, None).owner if package else None
    if is_self or role_in(actor, owner) in KEEPERS:
        return {"success": True}
    message = tk._("Only editors and admins of the owning entity may ask about its members")
    return {"success": False, "msg": message}
