"""One word for what readers see: a level, or a state that is computed beside the levels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ckanext.jena_governance.policy import licences, values
from ckanext.jena_governance.policy.effective import (
    ANNOUNCED,
    PARTLY_OPEN,
    VIEWABLE,
    computed,
    effective_level,
)
from ckanext.jena_governance.policy.facts import Facts
from ckanext.jena_governance.policy.levels import OPEN
from ckanext.jena_governance.policy.vocabulary import Vocabulary

_NOBODY = Facts(owner=None, publisher=None)


def state_of(
    dataset: Mapping[str, Any],
    resource: Mapping[str, Any] | None,
    vocabulary: Vocabulary,
    today: date,
    *,
    vaulted: bool = False,
) -> str:
    """What a badge says about a dataset or one of its resources.

    Args:
        dataset (Mapping): the dataset, with its resources where ``resource`` is ``None``.
        resource (Mapping | None): one of its resources; ``None`` for the dataset itself.
        vocabulary (Vocabulary): the register.
        today (date): the day, in the portal's time zone.
        vaulted (bool): whether a vault row exists although the dataset states no level.

    Returns:
        str: one of the four levels, ``viewable``, ``announced``, or ``partly-open`` for a
        dataset some of whose files are open.

    Source:
        Design §2, "Computed beside it".
    """
    if resource is None:
        return _of_dataset(dataset, vocabulary, today)
    level = effective_level(dataset, resource, vocabulary, today, vaulted=vaulted)
    if level != OPEN:
        return level
    if not values.has_data(resource) or values.is_empty(resource):
        return ANNOUNCED
    return OPEN if licences.lets_reuse(dataset, resource, vocabulary) else VIEWABLE


def _of_dataset(dataset: Mapping[str, Any], vocabulary: Vocabulary, today: date) -> str:
    told = computed(dataset, _NOBODY, vocabulary, today)
    shown = str(told["openness_effective"])
    is_mixed = told["openness_mix"] == PARTLY_OPEN and shown != ANNOUNCED
    return PARTLY_OPEN if is_mixed else shown
