"""A dataset as it stands today: the levels that hold, worked out once for all that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access.gateways import is_gateway_of
from ckanext.jena_governance.dcat import surroundings
from ckanext.jena_governance.dcat.surroundings import Surroundings
from ckanext.jena_governance.policy import OPEN, Entity, Facts, Vocabulary, values

_NOBODY = Facts(owner=None, publisher=None)


@dataclass(frozen=True)
class Shown:
    """What the export says of a dataset, and on what day.

    Attributes:
        dataset: as ``package_show`` gives it.
        words: the vocabulary.
        today: the day.
        around: owners and related datasets.
        level: the level that holds for the dataset today.
        parts: the levels that hold for its resources, by id.
        access_right: ``PUBLIC``, ``RESTRICTED`` or ``NON_PUBLIC``.
    """

    dataset: Mapping[str, Any]
    words: Vocabulary
    today: date
    around: Surroundings
    level: str
    parts: Mapping[str, str]
    access_right: str

    @property
    def is_opened(self) -> bool:
        """Whether the data were restricted and have opened by their date."""
        stated = values.level_said(self.dataset)
        return self.level == OPEN and stated not in ("", OPEN)

    @property
    def owner(self) -> Entity | None:
        """The entity that the data belong to."""
        return self._entity("owning_entity") or self._entity("owner_org")

    @property
    def publisher(self) -> Entity | None:
        """The entity that publishes the description."""
        return self._entity("owner_org")

    def _entity(self, field: str) -> Entity | None:
        id_ = self.dataset.get(field)
        return self.around.entities.get(id_) if isinstance(id_, str) else None


def of(dataset: Mapping[str, Any]) -> Shown:
    """Look at a dataset.

    Args:
        dataset: as ``package_show`` gives it, with any schema.

    Returns:
        The levels are the policy's; a resource whose address is its gateway counts as restricted
        where nothing else says so.
    """
    words, today = vocabulary.current(), config.today()
    parts = {
        str(one.get("id")): _level_of(dataset, one, words, today)
        for one in values.resources_of(dataset)
    }
    return Shown(
        dataset=dataset,
        words=words,
        today=today,
        around=surroundings.of(dataset),
        level=policy.effective_level(dataset, None, words, today),
        parts=parts,
        access_right=_access_right(dataset, words, today),
    )


def _level_of(
    dataset: Mapping[str, Any], resource: Mapping[str, Any], words: Vocabulary, today: date
) -> str:
    vaulted = is_gateway_of(resource.get("url"), str(resource.get("id")))
    return policy.effective_level(dataset, resource, words, today, vaulted=vaulted)


def _access_right(dataset: Mapping[str, Any], words: Vocabulary, today: date) -> str:
    """By the table of levels; what is computed beside them (announced, viewable) is open."""
    shown = str(policy.computed(dataset, _NOBODY, words, today)["openness_effective"])
    return words.levels[shown if shown in words.levels else OPEN].access_right
