"""Who may call our actions."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict


@tk.auth_allow_anonymous_access
def governance_vocabulary_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """The regulation is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def governance_entity_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Who belongs to the city group is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def governance_entity_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Who belongs to the city group is public."""
    return {"success": True}


def governance_entity_update(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Sysadmins only (they do not come here): a class decides on access."""
    return {"success": False, "msg": tk._("Only sysadmins may change entities")}


@tk.auth_allow_anonymous_access
def governance_check(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever sees the stored dataset, or may create the new one."""
    action = "package_show" if data_dict.get("id") else "package_create"
    try:
        tk.check_access(action, context, data_dict)
    except tk.NotAuthorized as error:
        return {"success": False, "msg": str(error)}
    return {"success": True}
