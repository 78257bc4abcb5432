"""Who may do what with agreements; what else stands against it, the actions say."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jena_governance.logic import agreements
from ckanext.jena_governance.policy import KEEPERS, Actor
from ckanext.jena_governance.policy import agreements as rules


def governance_agreement_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Direct members of both sides; of a draft, those of the side that drafts it."""
    agreements.find(context, data_dict.get("id"))
    return {"success": True}


def governance_agreement_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Everybody with an account; each gets what they may read."""
    may = bool(context.get("ignore_auth")) or agreements.actor_of(context).id is not None
    return _answer(may, tk._("Sign in to read agreements"))


@tk.auth_sysadmins_check
def governance_agreement_create(context: Context, _data_dict: DataDict) -> AuthResult:
    """Direct editors and admins of any entity, for that one; sysadmins do not stand in for them."""
    may = not KEEPERS.isdisjoint(agreements.actor_of(context).roles.values())
    return _answer(may, tk._("Only direct editors and admins of an entity draft agreements"))


@tk.auth_sysadmins_check
def governance_agreement_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Direct editors and admins of the side that drafts it."""
    row = agreements.find(context, data_dict.get("id"))
    may = agreements.actor_of(context).roles.get(row.drafted_by) in KEEPERS
    message = tk._("Only direct editors and admins of the entity that drafts it change it")
    return _answer(may, message)


@tk.auth_sysadmins_check
def governance_agreement_sign(context: Context, data_dict: DataDict) -> AuthResult:
    """Direct admins of one of the sides; sysadmins sign in the place of nobody."""
    row = agreements.find(context, data_dict.get("id"))
    actor = agreements.actor_of(context)
    may = not actor.sysadmin and _is_admin(actor, row)
    return _answer(may, tk._("Only direct admins of one of the two entities sign"))


def governance_agreement_end(context: Context, data_dict: DataDict) -> AuthResult:
    """Direct admins of both sides, and sysadmins; drafts also by the editors who draft them."""
    row = agreements.find(context, data_dict.get("id"))
    actor = agreements.actor_of(context)
    may = _is_admin(actor, row)
    if row.state == rules.DRAFT:
        may = actor.roles.get(row.drafted_by) in KEEPERS
    return _answer(may, tk._("Only direct admins of one of the two entities end it"))


def _is_admin(actor: Actor, row: Any) -> bool:
    return any(actor.roles.get(one) == "admin" for one in (row.provider, row.consumer))


def _answer(may: bool, message: str) -> AuthResult:
    return {"success": True} if may else {"success": False, "msg": message}
