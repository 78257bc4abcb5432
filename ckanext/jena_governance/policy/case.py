"""A dataset laid out for the rules: itself and its resources, each with what applies to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from ckanext.jena_governance.policy import effective, permissions, values
from ckanext.jena_governance.policy.facts import Facts
from ckanext.jena_governance.policy.findings import Finding
from ckanext.jena_governance.policy.levels import CLOSED, OPEN
from ckanext.jena_governance.policy.permissions import Granted
from ckanext.jena_governance.policy.values import UNKNOWN_LEVEL, Named
from ckanext.jena_governance.policy.vocabulary import Basis, Vocabulary


def resource_token(position: int, id_: str | None, field: str) -> str:
    """How a field of a resource is named in ``Finding.about`` and by ``touched``."""
    return f"resources/{id_ or f'#{position}'}/{field}"


def any_resource_token(field: str) -> str:
    """How a field of no particular resource is named there."""
    return f"resources/*/{field}"


@dataclass(frozen=True)
class Place:
    """Where a finding belongs: the dataset, or one of its resources.

    Attributes:
        position: of the resource in the list; ``None`` for the dataset.
        id: of the resource, if it has one yet.
        name: what a person calls the resource.
    """

    position: int | None = None
    id: str | None = None
    name: str = ""

    def token(self, field: str) -> str:
        """The field at this place, as in ``Finding.about``."""
        if self.position is None:
            return field
        return resource_token(self.position, self.id, field)

    def finding(
        self,
        rule: str,
        code: str,
        severity: str,
        field: str,
        about: tuple[str, ...] = (),
        **params: Any,
    ) -> Finding:
        """A finding at this place.

        Args:
            rule (str): id of the rule.
            code (str): key of the message.
            severity (str): error, warning or info.
            field (str): where a person can do something about it.
            about (tuple[str, ...]): fields of this place and of the dataset it depends on.
            **params: what the message is filled with.

        Returns:
            Finding: it depends on its field, too.
        """
        if self.position is not None:
            params["resource"] = self.name or f"#{self.position + 1}"
        fields = {self.token(field), *about, *(self.token(name) for name in about)}
        return Finding(
            rule=rule,
            code=code,
            severity=severity,
            field=field,
            resource=self.position,
            resource_id=self.id,
            params=params,
            about=frozenset(fields),
        )


@dataclass(frozen=True)
class Asset:
    """A dataset or resource with what applies to it.

    Attributes:
        place: where its findings belong.
        data: what was given.
        level: the level it states or inherits; ``closed`` where that cannot be read.
        is_settled: whether the level can be read. Else rules on levels wait.
        said: its own level, ``""`` if it states none.
        named: the bases it names itself.
        bases: the known ones that apply: its own, else the dataset's.
    """

    place: Place
    data: Mapping[str, Any]
    level: str
    is_settled: bool
    said: str
    named: Named
    bases: tuple[Basis, ...]

    @property
    def is_restricted(self) -> bool:
        """Whether it is readably not open."""
        return self.is_settled and self.level != OPEN

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self.level == OPEN

    @property
    def is_locked(self) -> bool:
        """Whether nothing but the stop button holds it closed."""
        return self.level == CLOSED and [basis.id for basis in self.bases] == [effective.LOCK]

    def text(self, field: str) -> str:
        """A text field of its own; empty if it is missing or none."""
        return values.text(self.data.get(field)) or ""


@dataclass(frozen=True)
class Case:
    """All that the rules look at.

    Attributes:
        whole: the dataset.
        parts: its resources.
        facts: owner and publisher.
        vocabulary: the regulation.
        today: the day.
        default_licence: the licence to suggest.
    """

    whole: Asset
    parts: tuple[Asset, ...]
    facts: Facts
    vocabulary: Vocabulary
    today: date
    default_licence: str

    @cached_property
    def granted(self) -> list[Granted]:
        """The permissions that count today."""
        named = permissions.read(self.whole.data.get("permission"), self.vocabulary)
        return [one for one in named if one.counts(self.today)]

    @property
    def personal_data(self) -> str:
        """What is said of persons; empty if nothing readable is."""
        return self.whole.text("personal_data")

    @property
    def is_locked(self) -> bool:
        """Whether the stop button holds the dataset, and with it all resources."""
        return self.whole.is_locked

    @cached_property
    def judged(self) -> list[Asset]:
        """The dataset, and each resource whose level or bases differ from it."""
        base = (self.whole.level, self.whole.bases)
        return [self.whole, *(part for part in self.parts if (part.level, part.bases) != base)]

    @cached_property
    def held(self) -> list[Asset]:
        """What the rules on levels apply to: readable, and not held by the stop button."""
        if self.is_locked:
            return []
        return [asset for asset in self.judged if asset.is_settled and not asset.is_locked]

    @property
    def restricted(self) -> Iterator[Asset]:
        """What of it is not open."""
        return (asset for asset in self.held if asset.is_restricted)


def lay_out(
    dataset: Mapping[str, Any],
    facts: Facts,
    vocabulary: Vocabulary,
    today: date,
    *,
    default_licence: str,
) -> Case:
    """Lay out a dataset for the rules.

    Args:
        dataset (Mapping): the complete dataset.
        facts (Facts): owner and publisher.
        vocabulary (Vocabulary): the regulation.
        today (date): the day.
        default_licence (str): the licence to suggest.

    Returns:
        Case: the dataset and its resources.
    """
    whole = _whole(dataset, vocabulary)
    parts = (
        _part(position, resource, whole, vocabulary)
        for position, resource in enumerate(values.resources_of(dataset))
    )
    return Case(
        whole=whole,
        parts=tuple(parts),
        facts=facts,
        vocabulary=vocabulary,
        today=today,
        default_licence=default_licence,
    )


def _whole(dataset: Mapping[str, Any], vocabulary: Vocabulary) -> Asset:
    said = values.level_said(dataset)
    named = values.bases_named(dataset, vocabulary)
    is_settled = said != UNKNOWN_LEVEL and (bool(said) or not named)
    return Asset(
        place=Place(),
        data=dataset,
        level=(said or OPEN) if is_settled else CLOSED,
        is_settled=is_settled,
        said=said,
        named=named,
        bases=named.known,
    )


def _part(
    position: int, resource: Mapping[str, Any], whole: Asset, vocabulary: Vocabulary
) -> Asset:
    said = values.level_said(resource)
    named = values.bases_named(resource, vocabulary)
    if said == UNKNOWN_LEVEL or (not said and named and whole.is_open):
        level, is_settled = CLOSED, False
    elif said:
        level, is_settled = said, True
    else:
        level, is_settled = whole.level, whole.is_settled
    return Asset(
        place=place_of(position, resource),
        data=resource,
        level=level,
        is_settled=is_settled,
        said=said,
        named=named,
        bases=named.known if named else whole.bases,
    )


def place_of(position: int, resource: Mapping[str, Any]) -> Place:
    """Where the findings of a resource belong."""
    return Place(
        position=position,
        id=values.text(resource.get("id")) or None,
        name=(values.text(resource.get("name")) or "")[:80],
    )
