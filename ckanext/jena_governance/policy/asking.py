"""What the decision on access must be told, and what it answers. Facts come from live tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from ckanext.jena_governance.policy.facts import Entity
from ckanext.jena_governance.policy.levels import CLOSED, Range
from ckanext.jena_governance.policy.vocabulary import SharingRules

MEMBER = "member"
# In charge of the data: they see what plain members do not.
KEEPERS = frozenset({"editor", "admin"})
# From little to much.
ROLES = (MEMBER, "editor", "admin")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A direct, active membership; inherited roles and collaborators are none.

    Attributes:
        entity: the organization.
        role: ``member``, ``editor`` or ``admin``; any other counts for nothing.
    """

    entity: Entity
    role: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """An agreement between two entities, signed by both.

    Attributes:
        id, title: its name.
        provider, consumer: ids of the organizations.
        datasets: ids of the datasets it covers; ``None`` for all of the provider.
        level: the most closed level it reaches (``group`` or ``request``).
        since, until: first and last day; ``until`` may be open.
    """

    id: str
    title: str
    provider: str
    consumer: str
    datasets: frozenset[str] | None
    level: str
    since: date
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A granted request.

    Attributes:
        id: its number.
        resources: ids of the resources it names.
        level, bases, owner: what held when it was given; stricter or another owner suspends it.
        since, until: first and last day.
        entity: id of the organization it was given to; ``None`` for the person alone.
    """

    id: str
    resources: frozenset[str]
    level: str
    bases: frozenset[str]
    owner: str
    since: date
    until: date
    entity: str | None = None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who asks. Without an id: anonymous, or an account that is not active.

    Attributes:
        id: id of the user.
        sysadmin: whether CKAN calls them one.
        memberships: their direct, active memberships.
        agreements: those whose consumer is one of these entities.
        grants: those given to them or to one of these entities.
    """

    id: str | None = None
    sysadmin: bool = False
    memberships: tuple[Membership, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    grants: tuple[Grant, ...] = ()

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """The highest role in each entity, by its id; empty for anonymous."""
        seats = self.memberships if self.id is not None else ()
        # What stands later in ROLES takes the place of what stands before it.
        return {one.entity.id: role for role in ROLES for one in seats if one.role == role}

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The entities somebody belongs to, each once, by id."""
        known = {one.entity.id: one.entity for one in self.memberships}
        return tuple(known[id_] for id_ in sorted(self.roles))

    @cached_property
    def in_group(self) -> tuple[Entity, ...]:
        """Those of them that take part in level ``group``."""
        return tuple(entity for entity in self.entities if entity.in_group)


ANONYMOUS = Actor()


@dataclass(frozen=True, kw_only=True)
class Asset:
    """What is asked for: a resource, or a dataset as a whole.

    Attributes:
        dataset, resource: their ids; ``resource`` is ``None`` for the dataset.
        level: the level as stated.
        opens_on: the day on which it lawfully opens by itself, if there is one.
        bases: ids of the legal bases named.
        terms: what these bases permit together.
        owner: the owning entity; ``None`` where it cannot be found.
        sharing: the sharing rules.
        walled_by: id of the first basis that lets nobody else have the data, if one does.
        open_version: the dataset or address that is said to be its open version, if one is.
    """

    dataset: str
    resource: str | None
    level: str
    opens_on: date | None
    bases: frozenset[str]
    terms: Range
    owner: Entity | None
    sharing: SharingRules
    walled_by: str | None = None
    open_version: str | None = None


class Statement(NamedTuple):
    """A sentence of a decision: its code in the vocabulary's statements, and what fills it.

    Attributes:
        code: the statement.
        values: what stands for ``{…}`` in it.
    """

    code: str
    values: Mapping[str, Any] = _NOTHING


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may see the data, why, and what they can do.

    Attributes:
        allowed: the answer.
        rule: ``open``, ``sysadmin``, ``owner``, ``wall``, id of a sharing rule, ``agreement``,
            ``grant`` or ``denied``.
        reasons: why; first the deciding one.
        remedies: what one can do, the nearest way first; empty where access is given.
        level: the level that holds today.
    """

    allowed: bool
    rule: str
    reasons: tuple[Statement, ...] = ()
    remedies: tuple[Statement, ...] = ()
    level: str = CLOSED
