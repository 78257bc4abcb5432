"""Who may close data at once, and who may confirm that they are opened."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jena_governance.access import charge, entitlement


def governance_lock(context: Context, data_dict: DataDict) -> AuthResult:
    """Direct editors and admins of the owning entity, and sysadmins (they do not come here)."""
    return _in_charge(context, data_dict)


@tk.auth_sysadmins_check
def governance_opening_confirm(context: Context, data_dict: DataDict) -> AuthResult:
    """Direct editors and admins of the owning entity; sysadmins do not stand in for them."""
    return _in_charge(context, data_dict)


def _in_charge(context: Context, data_dict: DataDict) -> AuthResult:
    package = charge.package_for(context, data_dict.get("id"))
    if package is not None and charge.is_in_charge(entitlement.actor_in(context), package):
        return {"success": True}
    message = tk._("Only direct editors and admins of the owning entity may do this")
    return {"success": False, "msg": message}
