"""Who may see what: asked of the decision itself, over the facts as they are in the database."""

from __future__ import annotations

from ckan import model

from ckanext.jena_governance.access import entitlement, facts
from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.canaries import Canary
from ckanext.jena_governance.leakcheck.personas import Persona
from ckanext.jena_governance.leakcheck.sweep import Expected
from ckanext.jena_governance.policy.access import role_in
from ckanext.jena_governance.tests.sweep import papers
from ckanext.jena_governance.tests.sweep.world import World


def of(world: World) -> Expected:
    """What to expect, once everything is planted."""
    model.Session.remove()
    known: dict[tuple[str, Canary], bool] = {}

    def allowed(persona: Persona, canary: Canary) -> bool:
        key = (persona.name, canary)
        if key not in known:
            known[key] = _allowed(world, persona, canary)
        return known[key]

    return Expected(allowed, frozenset(world.open), frozenset(world.gone))


def _allowed(world: World, persona: Persona, canary: Canary) -> bool:
    if canary is kinds.UNKNOWN:
        return False
    if canary.subject in papers.READERS:
        return persona.name in papers.READERS[canary.subject]
    if canary.kind in kinds.DATA:
        return may_have(world, persona, canary.subject)
    package = model.Package.get(world.ids_of(canary.subject.partition("/")[0])[0])
    actor = facts.actor_of(persona.user)
    owner = facts.asset_of(package, None).owner
    if role_in(actor, owner) or not package.private:
        return True
    assert owner is not None
    assets = [None, *package.resources]
    return any(_decide(persona, package, one) for one in assets)


def may_have(world: World, persona: Persona, label: str) -> bool:
    """Whether somebody may have the data of a dataset or resource."""
    package_id, resource_id = world.ids_of(label)
    package = model.Package.get(package_id)
    resource = model.Session.get(model.Resource, resource_id) if resource_id else None
    return _decide(persona, package, resource)


def _decide(persona: Persona, package: model.Package, resource: model.Resource | None) -> bool:
    actor = facts.actor_of(persona.user)
    if resource is None:
        return entitlement.decide_dataset(actor, package).allowed
    return entitlement.decide_for(actor, resource).allowed
