"""Who may call the actions on requests.

Which request is theirs, the actions say: one answer for what is missing and for what is somebody
else's.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jena_governance.access import entitlement


def _signed_in(context: Context) -> AuthResult:
    if entitlement.actor_in(context).id is not None:
        return {"success": True}
    return {"success": False, "msg": tk._("Sign in to ask for access")}


@tk.auth_sysadmins_check
def governance_access_request_answer(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_create(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_decide(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_forward(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_revoke(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_show(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_submit(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_update(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_access_request_withdraw(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)


@tk.auth_sysadmins_check
def governance_opening_ask(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an active account; what of it is theirs, the action says."""
    return _signed_in(context)
