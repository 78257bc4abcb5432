"""Whether a record says anything that is not stored already: else nothing is written. Pure.

CKAN takes an update that leaves out empty fields for a change, with a new date and an activity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

# Follow from other fields, or are CKAN's own.
_BESIDE = frozenset(
    {
        "resources",
        "tags",
        "extras",
        "type",
        "state",
        "id",
        "private",
        "license_title",
        "license_url",
    }
)


def is_same(
    stored: Mapping[str, Any],
    new: Mapping[str, Any],
    fields: Collection[str],
    of_resource: Collection[str],
) -> bool:
    """Whether an update would change nothing.

    Args:
        stored: the dataset as it is shown.
        new: the dataset as it would be sent.
        fields: names of the fields that a record may have.
        of_resource: the same of its resources.

    Returns:
        True where all fields say the same; empty and missing are the same.
    """
    if stored.get("state") != new.get("state") or bool(stored.get("private")) != bool(
        new.get("private")
    ):
        return False
    if _tags(stored) != _tags(new) or _extras(stored) != _extras(new):
        return False
    old, parts = _resources(stored), _resources(new)
    if len(old) != len(parts):
        return False
    pairs = zip(old, parts, strict=True)
    return _are_same(stored, new, fields) and all(
        one.get("id") == two.get("id") and _are_same(one, two, of_resource) for one, two in pairs
    )


def _are_same(old: Mapping[str, Any], new: Mapping[str, Any], fields: Collection[str]) -> bool:
    names = (set(new) | (set(old) & set(fields))) - _BESIDE
    return all(_plain(old.get(name)) == _plain(new.get(name)) for name in names)


def _plain(value: Any) -> Any:
    """A value without differences of writing."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        return {key: plain for key in held if (plain := _plain(held[key])) != ""}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[Any]", value)]
    return str(value)


def _resources(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    return dataset.get("resources") or []


def _tags(dataset: Mapping[str, Any]) -> set[str]:
    return {one["name"] for one in dataset.get("tags") or []}


def _extras(dataset: Mapping[str, Any]) -> dict[str, str]:
    # ckanext-harvest shows its own ones there.
    listed = dataset.get("extras") or []
    return {
        one["key"]: str(one["value"]) for one in listed if not one["key"].startswith("harvest_")
    }
