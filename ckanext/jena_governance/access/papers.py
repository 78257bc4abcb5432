"""Agreements and grants as facts for the decision: only those on the data in question.

A city has hundreds of them; whoever asks about a dataset never needs more than those on it. Whose
they are is read anew at every request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.model import GovernanceAccessRequest, GovernanceAgreement
from ckanext.jena_governance.policy import (
    Actor,
    Agreement,
    Asset,
    Entity,
    Grant,
    agreements,
    granting,
    requests,
)

# So long a reader is told that there was a grant which has ended.
LAPSED = timedelta(days=60)


def held(actor: Actor, assets: Iterable[Asset]) -> Actor:
    """Whoever asks, with their agreements and grants on these data; one query each.

    Args:
        actor: who asks.
        assets: what is asked for.

    Returns:
        The same person. Grants that ended lately are among theirs: whether one counts today, and
        for these data as they are today, is the decision's matter.
    """
    owners = {asset.dataset: asset.owner for asset in assets if asset.owner is not None}
    if actor.id is None or not owners:
        return actor
    cache = facts.cached(facts.PAPERS)
    key = (actor.id, frozenset((dataset, owner.id) for dataset, owner in owners.items()))
    if key not in cache:
        cache[key] = _agreements_on(actor, owners), _grants_on(actor, owners)
    agreed, granted = cache[key]
    return replace(actor, agreements=agreed, grants=granted)


def on_all_data(actor: Actor) -> Actor:
    """Whoever asks, with their agreements on all data of a provider; two queries.

    Of several that reach equally far, one is enough.
    """
    row, consumers = GovernanceAgreement, _consumers(actor)
    if not consumers:
        return actor
    same = (row.provider, row.consumer, row.level, row.standing)
    query = (
        sa.select(*row.facts())
        .distinct(*same)
        .where(row.datasets.is_(None), *_in_force(consumers))
        .order_by(*same)
    )
    lines = model.Session.execute(query).all()
    providers = facts.entities_of({line.provider for line in lines})
    return replace(actor, agreements=_counting(lines, providers, consumers))


def may_matter_for_finding() -> bool:
    """Whether any dataset is hidden: else nobody finds more by what is agreed; one cheap query."""
    query = sa.select(sa.exists().where(*_is_hidden()))
    return bool(model.Session.scalar(query))


def hidden_datasets(actor: Actor) -> list[model.Package]:
    """The hidden datasets that somebody's agreements or grants name; one query.

    Most often there are none. Whether they let anybody in is the decision's matter.
    """
    agreed, request, package = GovernanceAgreement, GovernanceAccessRequest, model.Package
    consumers = _consumers(actor)
    named = sa.select(sa.func.jsonb_array_elements_text(agreed.datasets)).where(
        # SQL's NULL has no elements, JSON's null is none of ours.
        agreed.datasets.is_not(None), *_in_force(consumers)
    )  # fmt: skip
    granted = sa.select(request.dataset_id).where(
        *_given_to(actor, consumers), request.granted_until >= config.today()
    )
    query = sa.select(package).where(package.id.in_(named.union(granted)), *_is_hidden())
    return list(model.Session.scalars(query))


def _agreements_on(actor: Actor, owners: Mapping[str, Entity]) -> tuple[Agreement, ...]:
    row, consumers = GovernanceAgreement, _consumers(actor)
    if not consumers:
        return ()
    providers = {owner.id: owner for owner in owners.values()}
    names_one = row.datasets.has_any(sa.cast(list(owners), ARRAY(sa.Text)))
    query = (
        sa.select(*row.facts())
        .where(
            row.provider.in_(providers),
            sa.or_(row.datasets.is_(None), names_one),
            *_in_force(consumers),
        )
        .order_by(row.id)
    )
    return _counting(model.Session.execute(query), providers, consumers)


def _grants_on(actor: Actor, datasets: Iterable[str]) -> tuple[Grant, ...]:
    row, entities = GovernanceAccessRequest, _consumers(actor)
    query = sa.select(
        row.id, row.granted, row.since, row.granted_until, row.entity_id, row.grantees
    ).where(
        *_given_to(actor, entities),
        row.dataset_id.in_(datasets),
        row.granted_until >= config.today() - LAPSED,
    )
    found: list[Grant] = []
    for id_, granted, since, until, entity, grantees in model.Session.execute(query):
        # Whoever was named as one of an entity's people has left with their seat there.
        if since is None or (entity is not None and entity not in entities):
            continue
        if not granting.lasts(granted, entities):
            continue
        every_member = entity if not grantees else None
        found += granting.grants_of(id_, granted, since, until, every_member)
    return tuple(found)


def _is_hidden() -> tuple[sa.ColumnElement[bool], ...]:
    package = model.Package
    return (
        package.private.is_(True),
        package.state == model.State.ACTIVE,
        package.type.in_(config.dataset_types()),
    )


def _consumers(actor: Actor) -> dict[str, Entity]:
    return {one.entity.id: one.entity for one in actor.memberships}


def _in_force(consumers: Iterable[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """Agreements of these consumers that can count today; the rules have the last word."""
    row, today = GovernanceAgreement, config.today()
    return (
        row.consumer.in_(consumers),
        row.state == agreements.ACTIVE,
        row.suspended.is_(None),
        row.since <= today,
        sa.or_(row.until.is_(None), row.until >= today),
        sa.or_(row.ended_on.is_(None), row.ended_on >= today),
    )


def _given_to(actor: Actor, entities: Iterable[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """Grants to somebody, or to every member of an entity of theirs."""
    row = GovernanceAccessRequest
    personal = row.grantees.contains([actor.id])
    common = sa.and_(row.entity_id.in_(entities), row.grantees == [])
    return row.state == requests.APPROVED, sa.or_(personal, common)


def _counting(
    lines: Iterable[Any], providers: Mapping[str, Entity], consumers: Mapping[str, Entity]
) -> tuple[Agreement, ...]:
    """Those that count today, as the decision takes them."""
    today, found = config.today(), list[Agreement]()
    for line in lines:
        paper = GovernanceAgreement.paper_of(line)
        now = {
            agreements.PROVIDER: providers.get(paper.provider),
            agreements.CONSUMER: consumers.get(paper.consumer),
        }
        counting = agreements.counting(paper, now, today)
        if counting is not None:
            found.append(counting)
    return tuple(found)
