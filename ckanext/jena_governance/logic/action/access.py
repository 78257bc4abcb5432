"""Who may see which data, and why; never where the data are."""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.jena_governance.access import entitlement, explaining, facts, stored
from ckanext.jena_governance.logic import schema

log = logging.getLogger(__name__)


@tk.side_effect_free
def governance_access_explain(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Why somebody has access to data, or not yet, and what they can do.

    About oneself everybody may ask. About somebody else only editors and admins of the owning
    entity, and sysadmins; and only about direct members of that entity.

    :param id: id or name of the dataset
    :type id: string
    :param resource_id: only this resource of it (optional)
    :type resource_id: string
    :param user: id or name of somebody else (optional)
    :type user: string

    :returns: ``allowed``, ``error`` (only if denied), ``rule``, ``level``, ``legal_basis`` (list
        of dictionaries with ``id``, ``label``, ``citation``, ``url``, ``verify``,
        ``jurisdiction``), ``reason`` (text), ``reasons`` (list of texts), ``remedies`` (list of
        dictionaries with ``code``, ``text``, ``url``; the nearest way first), ``contact``
        (``name``, ``email``), ``level_label``, ``level_text``, ``restriction_reason``,
        ``stricter_reason``, ``review_date``, ``opens_on``; with ``resource_id`` also that; without
        it also ``resources``: the same for each of them, and ``agreements`` (``id``, ``title``,
        ``provider``, ``consumer``, ``until``, ``url``) for members of their parties. About somebody
        else ``allowed`` and ``rule`` only.
    :rtype: dictionary
    :raises ValidationError: no ``id``, or a dataset the rules do not apply to
    :raises NotFound: no such dataset, resource or member; also where whoever asks may not know
    :raises NotAuthorized: whoever asks may not ask about others
    """
    data, errors = tk.navl_validate(dict(data_dict), schema.access_explain(), context)
    if errors:
        raise tk.ValidationError(errors)
    package = _package(context, data["id"])
    tk.check_access("governance_access_explain", context, {**data, "id": package.id})
    if not stored.is_governed(package):
        message = tk._("The rules on openness do not apply to this type of dataset")
        raise tk.ValidationError({"id": [message]})
    resource = _resource(package, data["resource_id"]) if data.get("resource_id") else None

    asking = entitlement.actor_in(context)
    about = model.User.get(data["user"]) if data.get("user") else None
    if data.get("user") and (about is None or about.id != asking.id):
        return _about_member(package, resource, about, asking.id)
    if resource is None:
        return explaining.explain_dataset(asking, package)
    return explaining.explain_resource(asking, resource)


def _about_member(
    package: model.Package,
    resource: model.Resource | None,
    about: model.User | None,
    by: str | None,
) -> dict[str, Any]:
    """No reasons: they would tell of memberships, agreements and grants elsewhere."""
    owner = facts.asset_of(package, None).owner
    actor = facts.actor_of(about.id if about else None)
    if owner is None or owner.id not in actor.roles:
        raise tk.ObjectNotFound(tk._("The owning entity has no such member"))
    log.info("access of user %s to dataset %s explained to user %s", actor.id, package.id, by)
    if resource is None:
        decision = entitlement.decide_dataset(actor, package)
    else:
        decision = entitlement.decide_for(actor, resource)
    return {"allowed": decision.allowed, "rule": decision.rule}


def _package(context: Context, reference: str) -> model.Package:
    """The dataset; what is hidden is not found, like what does not exist."""
    package = model.Package.get(reference)
    if package is not None and package.state != model.State.DELETED:
        try:
            tk.check_access("package_show", tk.fresh_context(context), {"id": package.id})
        except (tk.NotAuthorized, tk.ObjectNotFound):
            pass
        else:
            return package
    raise tk.ObjectNotFound(tk._("Dataset not found"))


def _resource(package: model.Package, id_: str) -> model.Resource:
    for resource in package.resources:
        if resource.id == id_:
            return resource
    raise tk.ObjectNotFound(tk._("Resource not found"))
