"""Entities of the city group: who is what, who publishes for whom."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib import search
from ckan.types import Context, DataDict

from ckanext.jena_governance import vocabulary
from ckanext.jena_governance.access import facts, forgery, trail
from ckanext.jena_governance.logic import agreements, schema
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.model import GovernanceEntity, event
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import agreements as rules

# What an index document repeats; a change reindexes the entity's datasets.
INDEXED = frozenset({"entity_class"})
# What decides on who finds its hidden datasets; that cannot wait for a worker.
LABELLED = frozenset({"entity_class", "in_group", "walled"})


@tk.side_effect_free
def governance_entity_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """What an organization is inside the city group.

    :param id: id or name of the organization
    :type id: string

    :returns: the entity; an organization without a row is ``external``, not in
        the group, and has ``registered: false``
    :rtype: dictionary
    :raises NotFound: no such organization
    """
    tk.check_access("governance_entity_show", context, data_dict)
    organization = _organization(tk.get_or_bust(data_dict, "id"))
    row = GovernanceEntity.get(model.Session, organization.id)
    return _shown(organization, row)


@tk.side_effect_free
def governance_entity_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """All registered entities, by title.

    :param entity_class: only this class, e.g. ``subsidiary`` (optional)
    :type entity_class: string

    :rtype: list of dictionaries as from :py:func:`governance_entity_show`
    """
    tk.check_access("governance_entity_list", context, data_dict)
    query = (
        sa.select(model.Group, GovernanceEntity)
        .join(GovernanceEntity, GovernanceEntity.organization_id == model.Group.id)
        .where(model.Group.state == model.State.ACTIVE)
        .order_by(model.Group.title, model.Group.name)
    )
    if wanted := data_dict.get("entity_class"):
        query = query.where(GovernanceEntity.entity_class == str(wanted))
    return [_shown(group, row) for group, row in model.Session.execute(query)]


def governance_entity_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Register an organization as an entity, or change it. Sysadmins only.

    Keys that are missing stay as stored. The change is recorded as an event.

    :param organization_id: id or name of the organization
    :type organization_id: string
    :param entity_class: id of an entity class, e.g. ``core``; required for a new entity
    :type entity_class: string
    :param in_group: takes part in the level "within the city group"
    :type in_group: boolean
    :param walled: nothing is shared by rule and no role is inherited
    :type walled: boolean
    :param publishes_for: organizations (ids or names) for which this one may publish
    :type publishes_for: list of strings
    :param bound_by: decision or contract by which the entity joined
    :type bound_by: string
    :param bound_since: since when (YYYY-MM-DD)
    :type bound_since: string
    :param data_steward: a function, prefilled in the form
    :type data_steward: string
    :param data_steward_email: its mailbox
    :type data_steward_email: string
    :param note: anything an administrator should know
    :type note: string

    :returns: the entity as from :py:func:`governance_entity_show`
    :rtype: dictionary
    :raises NotFound: no such organization
    :raises ValidationError: names field, value and what is possible
    """
    tk.check_access("governance_entity_update", context, data_dict)
    forgery.require_own_page()
    _require_known_fields(data_dict)
    data, errors = tk.navl_validate(data_dict, schema.entity_update(), context)
    if errors:
        raise tk.ValidationError(errors)
    organization = _organization(data.pop("organization_id"))
    if "publishes_for" in data:
        data["publishes_for"] = [_known_id(reference) for reference in data["publishes_for"]]
    if data.get("bound_since"):
        data["bound_since"] = data["bound_since"].date()

    row = GovernanceEntity.get(model.Session, organization.id)
    changed = _apply(organization, row, data)
    if changed:
        _record(context, organization, changed)
        _suspend_agreements(context, organization.id, changed)
        model.Session.commit()
        facts.forget_entities()
        if LABELLED & changed.keys():
            trail.renew(_datasets_of(organization.id))
        if INDEXED & changed.keys() and _datasets_of(organization.id, limit=1):
            _reindex_later(organization.id)
    return _shown(organization, GovernanceEntity.get(model.Session, organization.id))


def _suspend_agreements(context: Context, organization_id: str, changed: dict[str, Any]) -> None:
    """What the others have signed with is not the same any more."""
    why = next((name for name in rules.LASTING if name in changed), None)
    if why is not None:
        user = model.User.get(context.get("user"))
        by = user.id if user else None
        agreements.suspend_those_of(model.Session.connection(), organization_id, why, by)


def reindex_entity(organization_id: str) -> None:
    """Job: index the datasets of an entity again, in one commit."""
    for id_ in _datasets_of(organization_id):
        search.rebuild(id_, defer_commit=True)
    search.commit()


def _datasets_of(organization_id: str, limit: int | None = None) -> list[str]:
    """Ids of the active datasets that an entity publishes or owns."""
    query = sa.select(model.Package.id).where(
        sa.or_(
            model.Package.owner_org == organization_id,
            model.Package.id.in_(_owned_by(organization_id)),
        ),
        model.Package.state == model.State.ACTIVE,
    )
    return list(model.Session.scalars(query.limit(limit)))


def _owned_by(organization_id: str) -> Any:
    """Ids of the datasets that this organization owns; 2.11 has a table for extras."""
    extra = getattr(model, "PackageExtra", None)
    if extra is not None:
        return sa.select(extra.package_id).where(
            extra.key == "owning_entity", extra.value == organization_id
        )
    stored = model.Package.extras["owning_entity"].astext
    return sa.select(model.Package.id).where(stored == organization_id)


def _reindex_later(organization_id: str) -> None:
    tk.enqueue_job(reindex_entity, [organization_id], title=f"Index datasets of {organization_id}")


def _apply(
    organization: model.Group, row: GovernanceEntity | None, data: dict[str, Any]
) -> dict[str, Any]:
    """Change the row; what differs, old and new, for the record."""
    _require_class(row, data)
    before = row.as_dict() if row else {}
    if row is None:
        row = GovernanceEntity(
            organization_id=organization.id, in_group=False, walled=False, publishes_for=[]
        )
        model.Session.add(row)
    for field, value in data.items():
        setattr(row, field, value if value != "" else None)
    after = row.as_dict()
    changed = {
        field: {"from": before.get(field), "to": value}
        for field, value in after.items()
        if before.get(field) != value
    }
    if changed:
        row.modified = now()
    return changed


def _require_known_fields(data_dict: DataDict) -> None:
    """A misspelt field is an error, not something to pass over."""
    known = schema.entity_update()
    unknown = [field for field in data_dict if field not in known]
    if unknown:
        message = tk._("There is no such field. Possible: {fields}").format(
            fields=", ".join(sorted(known))
        )
        raise tk.ValidationError({field: [message] for field in unknown})


def _require_class(row: GovernanceEntity | None, data: dict[str, Any]) -> None:
    classes = vocabulary.current().entity_classes
    wanted = data.get("entity_class", row.entity_class if row else None)
    if wanted in classes:
        return
    possible = ", ".join(f"{key} ({item.label(language())})" for key, item in classes.items())
    message = tk._("“{value}” is no entity class. Possible: {possible}").format(
        value=wanted or "", possible=possible
    )
    raise tk.ValidationError({"entity_class": [message]})


def _record(context: Context, organization: model.Group, changed: dict[str, Any]) -> None:
    """The event. Steward and note might name a person all the same: only that they changed."""
    public = {
        field: values
        for field, values in changed.items()
        if field not in ("data_steward", "data_steward_email", "note")
    }
    user = model.User.get(context.get("user"))
    event.record(
        model.Session,
        "entity.updated",
        object_type="organization",
        object_id=organization.id,
        user_id=user.id if user else None,
        data={"changed": public, "fields": sorted(changed)},
    )


def _shown(organization: model.Group, row: GovernanceEntity | None) -> dict[str, Any]:
    shown = {
        "organization_id": organization.id,
        "name": organization.name,
        "title": organization.title or organization.name,
        "registered": row is not None,
    }
    return {**shown, **row.as_dict()} if row else {**shown, **_EXTERNAL}


_EXTERNAL: dict[str, Any] = {
    "entity_class": "external",
    "in_group": False,
    "walled": False,
    "publishes_for": [],
    "bound_by": None,
    "bound_since": None,
    "data_steward": None,
    "data_steward_email": None,
    "note": None,
}


def _organization(reference: str) -> model.Group:
    organization = model.Group.get(reference)
    if organization is None or not organization.is_organization or organization.state != "active":
        raise tk.ObjectNotFound(tk._("Organization not found: {id}").format(id=reference))
    return organization


def _known_id(reference: str) -> str:
    try:
        return _organization(reference).id
    except tk.ObjectNotFound as error:
        raise tk.ValidationError({"publishes_for": [str(error.message)]}) from error
