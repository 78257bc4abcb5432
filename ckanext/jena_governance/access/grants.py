"""Grants in force, as facts for the decision: whose they are is read anew at every request."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.model import GovernanceAccessRequest
from ckanext.jena_governance.policy import Grant, granting, requests

# So long a reader is told that there was a grant which has ended.
LAPSED = timedelta(days=60)


def of_user(user_id: str, entities: Collection[str]) -> tuple[Grant, ...]:
    """What was granted to somebody, or to every member of an entity of theirs; one query.

    Args:
        user_id: an active user.
        entities: ids of the entities they directly belong to.

    Returns:
        Those in force, and those that ended lately: whether one counts today, and for these data
        as they are today, is the decision's matter.
    """
    row = GovernanceAccessRequest
    personal = row.grantees.contains([user_id])
    common = sa.and_(row.entity_id.in_(entities), row.grantees == [])
    query = sa.select(
        row.id, row.granted, row.since, row.granted_until, row.entity_id, row.grantees
    ).where(
        row.state == requests.APPROVED,
        row.granted_until >= config.today() - LAPSED,
        sa.or_(personal, common) if entities else personal,
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
