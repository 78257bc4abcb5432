"""Files that CKAN 2.12 lets resources and datasets own."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context

from ckan import model
from ckan.types import Context

from ckanext.jena_governance.access import entitlement, log, stored
from ckanext.jena_governance.policy import OPEN, Actor, Decision

_COUNTED = "jena_governance_files"


def allows(context: Context, file: Any, operation: str) -> bool | None:
    """Whether something may be done with a file; ``None`` where it is not for us to say.

    Whoever may change a file may give it to themselves and read it: so those not entitled may
    do nothing with the files of restricted data.
    """
    owner = getattr(file, "owner", None)
    return _answer(context, owner.owner_type, owner.owner_id, operation) if owner else None


def owner_allows(context: Context, owner_type: str, owner_id: str, operation: str) -> bool | None:
    """Whether the files of an owner may be listed; names can tell what the data are."""
    return _answer(context, owner_type, owner_id, operation) if operation == "file_scan" else None


def _answer(context: Context, owner_type: str, owner_id: str, operation: str) -> bool | None:
    asked = _asked(owner_type, owner_id)
    if asked is None or context.get("ignore_auth"):
        return None
    actor = entitlement.actor_in(context)
    if isinstance(asked, model.Resource):
        decision = entitlement.decide_for(actor, asked)
    else:
        decision = entitlement.decide_dataset(actor, asked)
    if decision.level == OPEN:
        return None
    is_logged = _log_once(actor, asked, decision)
    # Where it is for CKAN to say, too: an entitled reader is no editor yet.
    return None if decision.allowed and is_logged else False


def _asked(owner_type: str, owner_id: str) -> model.Resource | model.Package | None:
    if owner_type == "resource":
        return entitlement.resource_in(owner_id)
    package = model.Package.get(owner_id) if owner_type == "package" else None
    return package if stored.is_governed(package) else None


def _log_once(actor: Actor, asked: model.Resource | model.Package, decision: Decision) -> bool:
    """CKAN asks several times in one request; it is one access."""
    if not has_request_context():
        return log.try_to_record(actor, asked, decision, "file")
    counted: dict[tuple[str | None, str], bool] = g.setdefault(_COUNTED, {})
    key = (actor.id, asked.id)
    if key not in counted:
        counted[key] = log.try_to_record(actor, asked, decision, "file")
    return counted[key]
