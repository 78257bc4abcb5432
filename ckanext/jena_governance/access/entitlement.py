"""Who is asking, and may they? CKAN's contexts and ids on one side, the decision on the other."""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import caching, facts, papers, stored
from ckanext.jena_governance.policy import (
    OPEN,
    Actor,
    Asset,
    Decision,
    access,
    decide,
    effective_level,
)


def actor_in(context: Context | None = None) -> Actor:
    """Who asks, by the context of an action, else by the request.

    Streams go on after the request has ended, so the context comes first.
    """
    context = context or {}
    user = context.get("auth_user_obj")
    if user is not None and not getattr(user, "is_anonymous", False):
        return facts.actor_of(user.id)
    name = context.get("user")
    if name:
        found = model.User.get(name)
        return facts.actor_of(found.id if found else None)
    if "user" in context or not tk.request:
        return facts.actor_of(None)
    return facts.actor_of(getattr(tk.current_user, "id", None))


def resource_in(reference: object) -> model.Resource | None:
    """The resource of an id, deleted or not, if the rules apply to its dataset."""
    # PostgreSQL takes no NUL; no id has one.
    if not isinstance(reference, str) or not reference or "\0" in reference:
        return None
    resource = model.Session.get(model.Resource, reference)
    return resource if resource and stored.is_governed(resource.package) else None


def level_of(resource: model.Resource) -> str:
    """The level that holds today for a resource."""
    asset = facts.asset_of(resource.package, resource)
    return access.effective_level(asset, config.today())


def levels_of(package: model.Package, *, vaulted: frozenset[str]) -> dict[str, str]:
    """The levels that hold today for all resources of a dataset, deleted ones included.

    Args:
        package: the dataset.
        vaulted: ids of the resources whose location the vault holds.
    """
    dataset, words, today = stored.dataset_of(package), vocabulary.current(), config.today()
    return {
        resource.id: effective_level(
            dataset, stored.resource_of(resource), words, today, vaulted=resource.id in vaulted
        )
        for resource in package.resources_all
    }


def is_restricted(resource: model.Resource) -> bool:
    """Whether a resource is anything but open today."""
    return level_of(resource) != OPEN


def is_dataset_restricted(package: model.Package) -> bool:
    """Whether a dataset as a whole, what became of it included, is anything but open today."""
    return access.effective_level(facts.asset_of(package, None), config.today()) != OPEN


def decide_for(actor: Actor, resource: model.Resource) -> Decision:
    """The decision on the data of a resource."""
    return _decided(actor, facts.asset_of(resource.package, resource))


def decide_dataset(actor: Actor, package: model.Package) -> Decision:
    """The decision on a dataset as a whole."""
    return _decided(actor, facts.asset_of(package, None))


def _decided(actor: Actor, asset: Asset) -> Decision:
    today = config.today()
    decision = decide(actor, asset, today)
    if not decision.allowed:
        # Papers only ever add: nobody looks for them where somebody is let in without.
        decision = decide(papers.held(actor, [asset]), asset, today)
    if decision.level != OPEN:
        # What depends on who asks is kept by no cache.
        caching.keep_private()
    return decision


def may_see(reference: object, context: Context | None = None) -> bool:
    """Whether whoever asks may see the data of a resource (id).

    True for resources the rules do not apply to (CKAN decides) and for CKAN's own internal
    calls (``ignore_auth``).
    """
    resource = resource_in(reference)
    if resource is None or (context or {}).get("ignore_auth"):
        return True
    return decide_for(actor_in(context), resource).allowed
