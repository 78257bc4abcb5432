"""Openings that wait for a second person: kept as events, and only as long as they fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.model import GovernanceEvent, GovernanceEventPerson
from ckanext.jena_governance.policy import loosening

PROPOSED = "opening.proposed"
CONFIRMED = "opening.confirmed"

Parts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An opening that waits.

    Attributes:
        number: of its event.
        package_id: the dataset.
        proposer: id of the user; ``None`` if the person was erased.
        made_for: the governance fields as they were, by resource id (``""``: the dataset).
        fields: what they shall become.
        reason: what has changed, in the proposer's words.
        basis: the legal basis because of which it waits.
    """

    number: int
    package_id: str
    proposer: str | None
    made_for: Parts
    fields: Parts
    reason: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field that has changed since a proposal was made."""

    resource: str
    field: str
    then: Any
    now: Any


def pending(package_id: str) -> Proposal | None:
    """The proposal that waits for a dataset: the newest, unless it was confirmed."""
    event = GovernanceEvent
    query = (
        sa.select(event)
        .where(event.object_id == package_id, event.kind.in_([PROPOSED, CONFIRMED]))
        .order_by(event.id.desc())
        .limit(1)
    )
    newest = model.Session.scalar(query)
    if newest is None or newest.kind != PROPOSED:
        return None
    person = model.Session.get(GovernanceEventPerson, newest.id)
    return Proposal(
        number=newest.id,
        package_id=package_id,
        proposer=person.user_id if person else None,
        made_for=newest.data["from"],
        fields=newest.data["to"],
        reason=newest.data["reason"],
        basis=newest.data["basis"],
    )


def differences(proposal: Proposal, dataset: Mapping[str, Any]) -> list[Difference]:
    """What has changed since a proposal was made; none: it still fits.

    Args:
        proposal: the proposal.
        dataset: the dataset as it is stored.

    Returns:
        Fields with both values. A new resource counts as one: nobody has spoken about it.
    """
    return list(_differences(proposal.made_for, loosening.snapshot(dataset)))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a write changes in the governance fields, for the record.

    Args:
        before: the dataset as it is stored.
        after: the dataset as it would be stored.

    Returns:
        By resource id (``""``: the dataset) and field ``{"from": …, "to": …}``; no free texts.
    """
    old, new = loosening.snapshot(before), loosening.snapshot(after)
    found: dict[str, dict[str, Any]] = {}
    for id_ in old.keys() & new.keys():
        for field in sorted(old[id_].keys() | new[id_].keys()):
            was, now = old[id_].get(field), new[id_].get(field)
            if was != now:
                found.setdefault(id_, {})[field] = {"from": was, "to": now}
    return found


def _differences(then: Parts, now: Parts) -> Iterator[Difference]:
    for id_ in sorted(now.keys() - then.keys()):
        yield Difference(resource=id_, field="resources", then=None, now=id_)
    for id_ in sorted(now.keys() & then.keys()):
        for field in sorted(then[id_].keys() | now[id_].keys()):
            was, is_ = then[id_].get(field), now[id_].get(field)
            if was != is_:
                yield Difference(resource=id_, field=field, then=was, now=is_)
