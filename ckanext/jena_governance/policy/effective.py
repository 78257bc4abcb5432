"""The one reading of a level, and what is computed from it. Whoever asks, asks here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ckanext.jena_governance.policy import licences, permissions, values
from ckanext.jena_governance.policy.facts import Facts
from ckanext.jena_governance.policy.levels import (
    CLOSED,
    OPEN,
    rank,
)
from ckanext.jena_governance.policy.values import UNKNOWN_LEVEL, Named
from ckanext.jena_governance.policy.vocabulary import Vocabulary

# The stop button. It closes whatever the dataset or its resources say otherwise.
LOCK = "vorlaeufige-sperre"

VIEWABLE = "viewable"
ANNOUNCED = "announced"
PARTLY_OPEN = "partly-open"
RESTRICTED = "restricted"


def effective_level(
    dataset: Mapping[str, Any],
    resource: Mapping[str, Any] | None,
    vocabulary: Vocabulary,
    today: date,
    *,
    vaulted: bool = False,
) -> str:
    """The level that holds today, for a dataset or one of its resources.

    Args:
        dataset (Mapping): the dataset.
        resource (Mapping | None): one of its resources; ``None`` for the dataset itself.
        vocabulary (Vocabulary): the register.
        today (date): the day, in the portal's time zone.
        vaulted (bool): whether a vault row exists although the dataset states no level.

    Returns:
        str: one of the four levels; ``closed`` for whatever cannot be read.

    Source:
        Design §4 "Values", §5.
    """
    level = standing_level(dataset, resource, vocabulary, vaulted=vaulted)
    if level == OPEN:
        return OPEN
    opening = opening_day(dataset, resource, vocabulary, today)
    return OPEN if opening is not None and opening <= today else level


def standing_level(
    dataset: Mapping[str, Any],
    resource: Mapping[str, Any] | None,
    vocabulary: Vocabulary,
    *,
    vaulted: bool = False,
) -> str:
    """The level as stated, before any opening by date; arguments and source as above."""
    if not values.is_readable(dataset):
        return CLOSED
    named = values.bases_named(dataset, vocabulary)
    if is_locked(dataset, vocabulary):
        return CLOSED
    level = _level_of_dataset(dataset, named, vaulted=vaulted)
    if resource is None:
        return level
    if not values.is_readable(resource):
        return CLOSED
    own = values.bases_named(resource, vocabulary)
    if (own or named).unknown:
        return CLOSED
    return _level_of_resource(resource, own, level)


def is_locked(dataset: Mapping[str, Any], vocabulary: Vocabulary) -> bool:
    """Whether the stop button holds a dataset closed."""
    return LOCK in (basis.id for basis in values.bases_named(dataset, vocabulary).known)


def _level_of_dataset(dataset: Mapping[str, Any], named: Named, *, vaulted: bool) -> str:
    if named.unknown:
        return CLOSED
    said = values.level_said(dataset)
    if said == "":
        # Data older than the plugin are open; a basis or a vault row says that they were not.
        return CLOSED if named or vaulted else OPEN
    return CLOSED if said == UNKNOWN_LEVEL else said


def _level_of_resource(resource: Mapping[str, Any], named: Named, inherited: str) -> str:
    said = values.level_said(resource)
    if said == UNKNOWN_LEVEL:
        return CLOSED
    if said:
        return said
    # A basis of its own under a level that nobody chose for it.
    return CLOSED if named and inherited == OPEN else inherited


def opening_day(
    dataset: Mapping[str, Any],
    resource: Mapping[str, Any] | None,
    vocabulary: Vocabulary,
    today: date,
) -> date | None:
    """The day on which restricted data open by themselves.

    Args:
        dataset (Mapping): the dataset.
        resource (Mapping | None): one of its resources; ``None`` for the dataset itself.
        vocabulary (Vocabulary): the register.
        today (date): the day.

    Returns:
        date | None: ``opens_on``, if every basis that applies lets a date be set and no data
        on persons stand in the way; else ``None``. A resource with a level of its own keeps
        it, unless the dataset is open and the date can only have been meant for the resource.
        While the stop button holds, nothing opens.

    Source:
        Register, column ``opens_on``; design §5.
    """
    dataset = values.mapping(dataset)
    day = values.day(dataset.get("opens_on"))
    if day is None:
        return None
    named = values.bases_named(dataset, vocabulary)
    if LOCK in (basis.id for basis in named.known):
        return None
    if resource is not None:
        resource = values.mapping(resource)
        named = values.bases_named(resource, vocabulary) or named
        if not _follows_dataset(dataset, resource, vocabulary):
            return None
    if named.unknown or not named.known or not all(basis.opens_on for basis in named.known):
        return None
    return day if permissions.may_open_by_date(dataset, vocabulary, today) else None


def _follows_dataset(
    dataset: Mapping[str, Any], resource: Mapping[str, Any], vocabulary: Vocabulary
) -> bool:
    """Whether the date set at the dataset was meant for this resource, too.

    It was, if the resource has the dataset's level; and where the dataset is open, it can only
    have been meant for resources that have one of their own.
    """
    said = values.level_said(resource)
    if said == UNKNOWN_LEVEL:
        return False
    is_dataset_open = standing_level(dataset, None, vocabulary) == OPEN
    return bool(said) == is_dataset_open


def computed(
    dataset: Mapping[str, Any], facts: Facts, vocabulary: Vocabulary, today: date
) -> dict[str, str | None]:
    """What is shown and indexed beside the stored fields, never stored itself.

    ``openness_effective`` is a level, or

    - ``announced``: open, but nothing to get yet (no resource with data, or only empty ones);
    - ``viewable``: open, but no open resource has an open licence. No licence at all counts as
      open (the law permits use; a warning asks for one), an unknown licence does not.

    An open dataset all of whose resources are restricted has the level of the most open one.

    ``openness_mix`` speaks of the resources with data: ``open`` (all of them are), ``partly-open``
    (some are), ``restricted`` (none is); without any, ``announced`` or ``restricted`` as the
    dataset's level is open or not.

    Args:
        dataset (Mapping): the dataset with its resources.
        facts (Facts): owner and publisher.
        vocabulary (Vocabulary): the register.
        today (date): the day, in the portal's time zone.

    Returns:
        dict: ``openness_effective``, ``openness_mix``, ``entity_class``, ``owning_entity_name``.

    Source:
        Design §2, §3.
    """
    dataset = values.mapping(dataset)
    level = effective_level(dataset, None, vocabulary, today)
    parts = [
        (resource, effective_level(dataset, resource, vocabulary, today))
        for resource in values.resources_of(dataset)
        if values.has_data(resource)
    ]
    owner = facts.owner
    return {
        "openness_effective": _shown_level(dataset, level, parts, vocabulary),
        "openness_mix": _mix(level, [part for _resource, part in parts]),
        "entity_class": (owner.entity_class or "external") if owner else None,
        "owning_entity_name": owner.title if owner else None,
    }


def _shown_level(
    dataset: Mapping[str, Any],
    level: str,
    parts: list[tuple[Mapping[str, Any], str]],
    vocabulary: Vocabulary,
) -> str:
    if level != OPEN:
        return level
    if not parts:
        return ANNOUNCED
    most_open = min((part for _resource, part in parts), key=rank)
    if most_open != OPEN:
        return most_open
    open_parts = [resource for resource, part in parts if part == OPEN]
    filled = [resource for resource in open_parts if not values.is_empty(resource)]
    if not filled:
        return ANNOUNCED
    if any(licences.lets_reuse(dataset, resource, vocabulary) for resource in filled):
        return OPEN
    return VIEWABLE


def _mix(level: str, parts: list[str]) -> str:
    if not parts:
        return ANNOUNCED if level == OPEN else RESTRICTED
    open_parts = parts.count(OPEN)
    if open_parts == len(parts):
        return OPEN
    return PARTLY_OPEN if open_parts else RESTRICTED
