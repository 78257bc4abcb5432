"""Who is in charge of a dataset: direct editors and admins of the entity whose data these are."""

from __future__ import annotations

from ckan import model
from ckan.types import Context

from ckanext.jena_governance.access import entitlement, facts, hidden, stored
from ckanext.jena_governance.policy import KEEPERS, Actor, Entity, role_in


def owner_of(package: model.Package) -> Entity | None:
    """The owning entity, as the database has it."""
    return facts.asset_of(package, None).owner


def is_in_charge(actor: Actor, package: model.Package) -> bool:
    """Whether somebody is a direct editor or admin of the owner; being sysadmin does not count."""
    return actor.id is not None and role_in(actor, owner_of(package)) in KEEPERS


def may_tend(actor: Actor, package: model.Package) -> bool:
    """Whether somebody is in charge of the data, or administers the portal."""
    return actor.sysadmin or is_in_charge(actor, package)


def package_for(context: Context, reference: object) -> model.Package | None:
    """The governed dataset of an id or name, in any state.

    Args:
        context: CKAN's context; says who asks.
        reference: id or name.

    Returns:
        The dataset; ``None`` if there is none, or whoever asks may not know of it.
    """
    package = model.Package.get(reference) if isinstance(reference, str) else None
    if package is None or not stored.is_governed(package):
        return None
    actor = entitlement.actor_in(context)
    if context.get("ignore_auth") or may_tend(actor, package):
        return package
    is_there = package.state == model.State.ACTIVE and hidden.may_find(context, package)
    return package if is_there else None
