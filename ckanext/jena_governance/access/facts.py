"""Facts that the rules need, read from live tables by id, never from the index or the caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import g, has_app_context

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance.model import GovernanceEntity
from ckanext.jena_governance.policy import Entity, Facts

_CACHE = "jena_governance_entities"


def facts_of(dataset: dict[str, Any]) -> Facts:
    """Owner and publisher of a dataset, given by id or name."""
    publisher = _text(dataset.get("owner_org"))
    owner = _text(dataset.get("owning_entity")) or publisher
    entities = entities_of({owner, publisher} - {""})
    return Facts(owner=entities.get(owner), publisher=entities.get(publisher))


def entities_of(references: Iterable[str]) -> dict[str, Entity]:
    """Entities by the id or name they were asked for; unknown ones are missing.

    One query for all that this request has not asked for yet.
    """
    cache = _request_cache()
    missing = [reference for reference in references if reference not in cache]
    if missing:
        cache.update(dict.fromkeys(missing))
        for entity, name in _load(missing):
            cache.update({key: entity for key in (entity.id, name) if key in missing})
    return {key: entity for key in references if (entity := cache.get(key))}


def forget_entities() -> None:
    """Drop what this request has read, after a change of entities."""
    if has_app_context():
        g.pop(_CACHE, None)


def _load(references: list[str]) -> Iterable[tuple[Entity, str]]:
    group = model.Group
    query = (
        sa.select(group.id, group.name, group.title, GovernanceEntity)
        .outerjoin(GovernanceEntity, GovernanceEntity.organization_id == group.id)
        .where(
            sa.or_(group.id.in_(references), group.name.in_(references)),
            group.is_organization.is_(True),
            group.state == model.State.ACTIVE,
        )
    )
    for id_, name, title, row in model.Session.execute(query):
        yield _entity(id_, title or name, row), name


def _entity(id_: str, title: str, row: GovernanceEntity | None) -> Entity:
    if row is None:
        return Entity(
            id=id_,
            title=title,
            entity_class=None,
            in_group=False,
            walled=False,
            publishes_for=frozenset(),
        )
    return Entity(
        id=id_,
        title=title,
        entity_class=row.entity_class,
        in_group=row.in_group,
        walled=row.walled,
        publishes_for=frozenset(row.publishes_for),
    )


def _request_cache() -> dict[str, Entity | None]:
    """One per request; outside of requests (command line, jobs) nothing is kept."""
    if not has_app_context() or not tk.request:
        return {}
    if _CACHE not in g:
        setattr(g, _CACHE, {})
    return getattr(g, _CACHE)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
