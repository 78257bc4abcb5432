"""A request with the facts of this moment: who looks, who owns the data, what they are today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import charge, facts, hidden, papers, stored
from ckanext.jena_governance.model import GovernanceAccessRequest, GovernanceAccessRequestEntry
from ckanext.jena_governance.policy import Actor, Entity, Statement, granting, requests, values
from ckanext.jena_governance.policy.granting import Light, Part
from ckanext.jena_governance.policy.permissions import IDENTIFYING

Row = GovernanceAccessRequest


@dataclass
class Case:
    """A request, and whoever looks at it.

    Attributes:
        row: as it is stored.
        actor: who looks.
        is_trial: whether what is done is only looked at; then nothing is committed.
        was_with: id of the entity that it was forwarded to when it was opened.
    """

    row: Row
    actor: Actor
    is_trial: bool = False
    was_with: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Keep what a step may change."""
        self.was_with = self.row.forwarded_to

    @cached_property
    def package(self) -> model.Package | None:
        """The dataset in any state; ``None`` once it is purged."""
        return model.Session.get(model.Package, self.row.dataset_id)

    @cached_property
    def owner(self) -> Entity | None:
        """The owning entity of today."""
        return charge.owner_of(self.package) if self.package is not None else None

    @cached_property
    def entity(self) -> Entity | None:
        """The entity it is for, if it is for one."""
        return entity_of(self.row.entity_id)

    @cached_property
    def played(self) -> frozenset[str]:
        """The parts that whoever looks plays in it."""
        row = self.row
        return requests.played_by(self.actor, row.user_id, self.owner, row.forwarded_to)

    @property
    def voice(self) -> Entity | None:
        """The entity that whoever looks speaks for, if they are not the requester."""
        if requests.DECIDER in self.played:
            return self.owner
        return entity_of(self.was_with) if requests.RECIPIENT in self.played else None

    @property
    def state(self) -> str:
        """The state as it is read today."""
        return requests.state_today(self.row.state, self.row.granted_until, config.today())

    @property
    def clock(self) -> requests.Clock:
        """The portal's target."""
        return requests.Clock(due=self.row.due, stopped_on=self.row.stopped_on)

    @cached_property
    def asker(self) -> Actor:
        """Who asks, as they are today, with what they have on these data already.

        Anonymous if they are not active.
        """
        assets = [part.asset for part in self.parts]
        return papers.held(facts.actor_of(self.row.user_id), assets)

    @cached_property
    def parts(self) -> list[Part]:
        """What it asks for, as far as it is there."""
        return parts_of(self.package, self.row.resources)

    @cached_property
    def lights(self) -> list[Light]:
        """The traffic light of each part."""
        today = config.today()
        return [granting.light_of(self.asker, part, self.entity, today) for part in self.parts]

    @property
    def wish(self) -> dict[str, Any]:
        """What is asked for, in plain values."""
        row = self.row
        return {
            "resources": sorted(row.resources),
            "entity": row.entity_id,
            "purpose": row.purpose,
            "until": row.until.isoformat() if row.until else None,
            "persons": sorted(row.persons),
            "norm": row.norm,
            "files": [part.asset.resource or "" for part in self.parts],
        }

    def is_visible(self) -> bool:
        """Whether whoever looks may know of it: requester, deciders, portal administration.

        A draft is the requester's alone.
        """
        if requests.REQUESTER in self.played:
            return True
        if self.row.state == requests.DRAFT or self._was_never_submitted():
            return False
        return bool(self.played) or (self.actor.sysadmin and self.actor.id is not None)

    def steps(self) -> tuple[str, ...]:
        """What whoever looks can do now."""
        can = requests.possible(self.row.kind, self.state, self.played)
        if requests.NOT_AVAILABLE in can and self.absence():
            can = tuple(step for step in can if step != requests.NOT_AVAILABLE)
        if self.partiality() is None:
            return can
        own = requests.possible(
            self.row.kind, self.state, self.played & frozenset({requests.REQUESTER})
        )
        return tuple(step for step in can if step in own)

    def absence(self) -> list[granting.Problem]:
        """What stands against the answer that there are no such data."""
        today = config.today()
        return granting.absence_problems(self.asker, self.parts, self.entity, today)

    def partiality(self) -> Statement | None:
        """Why whoever looks may not decide although they are in charge of the data."""
        if self.played.isdisjoint({requests.DECIDER, requests.RECIPIENT}):
            return None
        row = self.row
        named = frozenset(row.persons)
        parties = requests.Parties(
            requester=row.user_id,
            persons=named,
            entity=self.entity or _unknown(row.entity_id),
            mailboxes=frozenset(_mailboxes([row.user_id, *named])),
        )
        user = model.Session.get(model.User, self.actor.id)
        return requests.partiality(self.actor, (user.email if user else "") or "", parties)

    def may_find(self) -> bool:
        """Whether whoever looks may know of the dataset."""
        if self.package is None or self.package.state != model.State.ACTIVE:
            return False
        user = model.Session.get(model.User, self.actor.id) if self.actor.id else None
        context: Any = {"user": user.name if user else "", "auth_user_obj": user}
        return charge.may_tend(self.actor, self.package) or hidden.may_find(context, self.package)

    def _was_never_submitted(self) -> bool:
        return self.row.submitted is None


def open_case(actor: Actor, id_: object, *, lock: bool = False) -> Case | None:
    """A request that whoever asks may know of.

    Args:
        actor: who asks.
        id_: its id.
        lock: whether nobody else may change it until the transaction ends.

    Returns:
        The request; ``None`` for what is missing as for what is somebody else's.
    """
    if not isinstance(id_, str) or not id_ or "\0" in id_ or actor.id is None:
        return None
    if lock:
        # Whoever waits for the lock looks at the dataset and the memberships of after it.
        model.Session.expire_all()
    row = model.Session.get(Row, id_, with_for_update=lock or None, populate_existing=True)
    if row is None:
        return None
    if lock:
        facts.forget_entities()
        actor = facts.actor_of(actor.id)
    case = Case(row, actor)
    return case if case.is_visible() else None


def parts_of(package: model.Package | None, resources: Iterable[str]) -> list[Part]:
    """What can be asked for in a dataset.

    Args:
        package: the dataset.
        resources: ids of some of its resources; none for all.

    Returns:
        One part for each resource that is there; the dataset itself, where it has none at all.
        Nothing of a dataset that is not active.
    """
    if package is None or package.state != model.State.ACTIVE:
        return []
    said = values.text(stored.dataset_of(package).get("personal_data"))
    # What we cannot read may identify persons.
    known = vocabulary.current().personal_data
    is_personal = said in IDENTIFYING or (bool(said) and said not in known)
    wanted = set(resources)
    listed = list(package.resources)
    if not listed and not wanted:
        whole = facts.asset_of(package, None)
        return [Part(asset=whole, is_personal=is_personal, name=package.title or package.name)]
    return [
        Part(
            asset=facts.asset_of(package, one),
            is_personal=is_personal,
            has_data=_has_data(one),
            name=one.name or one.id[:8],
        )
        for one in listed
        if not wanted or one.id in wanted
    ]


def _has_data(resource: model.Resource) -> bool:
    part = stored.resource_of(resource)
    return values.has_data(part) and not values.is_empty(part)


def entity_of(id_: str | None) -> Entity | None:
    """An active organization by its id; names can be taken."""
    if not id_:
        return None
    found = facts.entities_of([id_]).get(id_)
    return found if found is not None and found.id == id_ else None


def entries_of(request_id: str) -> list[GovernanceAccessRequestEntry]:
    """All that was done and said, the oldest first."""
    entry = GovernanceAccessRequestEntry
    query = sa.select(entry).where(entry.request_id == request_id).order_by(entry.id)
    return list(model.Session.scalars(query))


def _mailboxes(users: Iterable[str]) -> set[str]:
    query = sa.select(model.User.email).where(model.User.id.in_(list(users)))
    return {email for email in model.Session.scalars(query) if email}


def _unknown(id_: str | None) -> Entity | None:
    """An entity that is gone: whoever belonged to it is still no judge."""
    if id_ is None:
        return None
    return Entity(
        id=id_,
        title="–",
        entity_class=None,
        in_group=False,
        walled=False,
        publishes_for=frozenset(),
    )
