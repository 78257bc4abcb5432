"""Facts that the rules need, read from live tables by id, never from the index or the caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import g, has_app_context

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import stored
from ckanext.jena_governance.model import GovernanceEntity, GovernanceResourceLocation
from ckanext.jena_governance.policy import (
    ANONYMOUS,
    Actor,
    Asset,
    Entity,
    Facts,
    Membership,
    values,
)

_CACHE = "jena_governance_entities"
_ACTORS = "jena_governance_actors"
LABELS = "jena_governance_labels"
PAPERS = "jena_governance_papers"

# Columns, not objects: some people are members of hundreds of organizations.
_OF_ENTITY = (
    GovernanceEntity.entity_class,
    GovernanceEntity.in_group,
    GovernanceEntity.walled,
    GovernanceEntity.publishes_for,
)


def facts_of(dataset: dict[str, Any]) -> Facts:
    """Owner and publisher of a dataset as somebody sends it, by id or name."""
    publisher = _text(dataset.get("owner_org"))
    owner = _text(dataset.get("owning_entity")) or publisher
    entities = entities_of({owner, publisher} - {""})
    return Facts(owner=entities.get(owner), publisher=entities.get(publisher))


def entities_of(references: Iterable[str]) -> dict[str, Entity]:
    """Entities by the id or name they were asked for; unknown ones are missing.

    A name that looks like an id is nobody's: the one whose id it was may be gone, and whoever takes
    it for a name must not become the owner. One query for all that this request has not asked for.
    """
    cache = cached(_CACHE)
    missing = [reference for reference in references if reference not in cache]
    if missing:
        cache.update(dict.fromkeys(missing))
        found = list(_load(missing))
        names = {one for one in missing if not values.is_uuid(one)}
        cache.update({name: entity for entity, name in found if name in names})
        # Last, so that nobody takes a place by a name that is somebody else's id.
        cache.update({entity.id: entity for entity, _name in found if entity.id in missing})
    return {key: entity for key in references if (entity := cache.get(key))}


def actor_of(user_id: str | None) -> Actor:
    """Who asks, with their direct memberships; else anonymous. Two queries, once in a request.

    Whoever is not active is anonymous. What they may have by agreement or grant depends on the
    data: ``papers.held``.
    """
    if not user_id:
        return ANONYMOUS
    cache = cached(_ACTORS)
    if user_id not in cache:
        cache[user_id] = _load_actor(user_id)
    return cache[user_id]


def asset_of(package: model.Package, resource: model.Resource | None) -> Asset:
    """What is asked for, as the database has it today."""
    dataset = stored.dataset_of(package)
    part = stored.resource_of(resource) if resource is not None else None
    owner = owner_of(dataset)
    today = config.today()
    # Only asked where the dataset says nothing: most say something.
    says_something = bool(_text(dataset.get("openness")).strip())
    vaulted = resource is not None and not says_something and has_vault_row(package.id, resource.id)
    return policy.asset_of(dataset, part, owner, vocabulary.current(), today, vaulted=vaulted)


def owner_of(dataset: dict[str, Any]) -> Entity | None:
    """The owning entity of a stored dataset, by its id; a name says nothing, names can be taken.

    Everything that gives or shows somebody something asks this, never :func:`facts_of`.
    """
    id_ = _text(dataset.get("owning_entity")) or _text(dataset.get("owner_org"))
    found = entities_of({id_} - {""}).get(id_)
    return found if found is not None and found.id == id_ else None


def has_vault_row(package_id: str, resource_id: str) -> bool:
    """Whether the vault holds the location of a resource."""
    row = model.Session.get(GovernanceResourceLocation, (package_id, resource_id))
    return row is not None


def forget_entities() -> None:
    """Drop what this request has read, after a change of entities or memberships."""
    if has_app_context():
        g.pop(_CACHE, None)
        g.pop(_ACTORS, None)
        g.pop(LABELS, None)
        g.pop(PAPERS, None)


def _load_actor(user_id: str) -> Actor:
    user = model.Session.get(model.User, user_id)
    if user is None or user.state != model.State.ACTIVE:
        return ANONYMOUS
    member, group = model.Member, model.Group
    query = (
        sa.select(group.id, group.name, group.title, *_OF_ENTITY, member.capacity)
        .join(member, member.group_id == group.id)
        .outerjoin(GovernanceEntity, GovernanceEntity.organization_id == group.id)
        .where(
            member.table_name == "user",
            member.table_id == user_id,
            member.state == model.State.ACTIVE,
            group.is_organization.is_(True),
            group.state == model.State.ACTIVE,
        )
        .order_by(group.id)
    )
    memberships = tuple(
        Membership(entity=_entity(row), role=row.capacity) for row in model.Session.execute(query)
    )
    return Actor(
        id=user.id,
        sysadmin=bool(user.sysadmin),
        memberships=memberships,
    )


def _load(references: list[str]) -> Iterable[tuple[Entity, str]]:
    group = model.Group
    query = (
        sa.select(group.id, group.name, group.title, *_OF_ENTITY)
        .outerjoin(GovernanceEntity, GovernanceEntity.organization_id == group.id)
        .where(
            sa.or_(group.id.in_(references), group.name.in_(references)),
            group.is_organization.is_(True),
            group.state == model.State.ACTIVE,
        )
    )
    for row in model.Session.execute(query):
        yield _entity(row), row.name


def _entity(row: Any) -> Entity:
    """An organization with what is recorded of it; without a record it is of no class."""
    return Entity(
        id=row.id,
        title=row.title or row.name,
        entity_class=row.entity_class,
        in_group=bool(row.in_group),
        walled=bool(row.walled),
        publishes_for=frozenset(row.publishes_for or ()),
    )


def cached(name: str) -> dict[Any, Any]:
    """One per request; outside of requests (command line, jobs) nothing is kept."""
    if not has_app_context() or not tk.request:
        return {}
    if name not in g:
        setattr(g, name, {})
    return getattr(g, name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
