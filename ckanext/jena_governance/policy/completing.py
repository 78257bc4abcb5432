"""What a write means: submitted merged with stored, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ckanext.jena_governance.policy import permissions, values
from ckanext.jena_governance.policy.case import any_resource_token, place_of
from ckanext.jena_governance.policy.contract import (
    COMPUTED_FIELDS,
    DATASET_FIELDS,
    DATE_FIELDS,
    RESOURCE_FIELDS,
    TEXT_FIELDS,
)
from ckanext.jena_governance.policy.levels import CLOSED, OPEN, is_more_open
from ckanext.jena_governance.policy.values import UNKNOWN_LEVEL


def copy(value: Any) -> Any:
    """A copy of dictionaries and lists; whatever else is in them (files!) stays the same object.

    Args:
        value (Any): usually a dataset.

    Returns:
        Any: a structure that can be changed without changing the given one.
    """
    holder: list[Any] = [value]
    # By hand instead of recursively: nesting is the client's choice.
    open_containers: list[Any] = [holder]
    while open_containers:
        container = open_containers.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            inner = container[key]
            if isinstance(inner, Mapping):
                container[key] = dict(cast("Mapping[Any, Any]", inner))
            elif isinstance(inner, list):
                container[key] = list(cast("list[Any]", inner))
            else:
                continue
            open_containers.append(container[key])
    return holder[0]


def without_computed(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a dataset without what is only computed for display.

    Args:
        dataset (Mapping): a dataset, as shown or as submitted.

    Returns:
        dict: without computed fields in itself, its resources and its ``extras``.
    """
    copied = cast("dict[str, Any]", copy(dataset))
    _drop_computed(copied)
    for resource in _resources(copied):
        _drop_computed(resource)
    extras = copied.get("extras")
    if isinstance(extras, list):
        copied["extras"] = [item for item in cast("list[Any]", extras) if not _is_computed(item)]
    return copied


def _drop_computed(data: dict[str, Any]) -> None:
    for field in COMPUTED_FIELDS:
        data.pop(field, None)


def _is_computed(extra: object) -> bool:
    key = values.mapping(extra).get("key")
    return isinstance(key, str) and key in COMPUTED_FIELDS


def complete(
    stored: Mapping[str, Any] | None,
    submitted: Mapping[str, Any],
    *,
    may_loosen: bool = True,
) -> dict[str, Any]:
    """What would be stored: the submitted dataset, and what is stored where it says nothing.

    On creation nothing said about openness means ``open``. On update a field of the contract
    that is missing stays as it is stored, in the dataset and in resources of the same id; one
    that is there but empty is cleared, except the dataset's ``openness``, where empty says
    nothing. The owner follows the publisher as long as both are the same. Computed fields are
    dropped; lists given as a text become lists.

    Args:
        stored (Mapping | None): the dataset as it is shown; ``None`` on creation.
        submitted (Mapping): what was sent; it is not changed.
        may_loosen (bool): false in report mode: levels stay at least as closed as stored,
            bases are only added, an opening day only moves back, hidden stays hidden.

    Returns:
        dict: a new dictionary. It has ``resources`` only if ``submitted`` has
        (:func:`with_stored_resources` adds them for the check).

    Source:
        Design §4, R1, and "When a rule refuses" (report mode).
    """
    result = without_computed(submitted)
    if stored is None:
        if values.is_blank(result.get("openness")):
            result["openness"] = OPEN
    else:
        _keep_stored(stored, result, may_loosen=may_loosen)
    _as_lists(result)
    for resource in _resources(result):
        _as_list(resource, "legal_basis")
    return result


def with_stored_resources(
    stored: Mapping[str, Any] | None, completed: Mapping[str, Any]
) -> dict[str, Any]:
    """The dataset as the rules must see it: with the stored resources, if none were sent.

    Args:
        stored (Mapping | None): the dataset as it is shown.
        completed (Mapping): the result of :func:`complete`.

    Returns:
        dict: ``completed``, with copies of the stored resources where it has no ``resources``.
    """
    whole = dict(completed)
    if "resources" not in whole and stored is not None and "resources" in stored:
        whole["resources"] = without_computed({"resources": stored["resources"]})["resources"]
    return whole


def _keep_stored(stored: Mapping[str, Any], result: dict[str, Any], *, may_loosen: bool) -> None:
    _keep_fields(DATASET_FIELDS, stored, result)
    if values.is_blank(result.get("openness")) and "openness" in stored:
        result["openness"] = copy(stored["openness"])
    _follow_publisher(stored, result)
    before = {resource["id"]: resource for resource in _with_id(stored)}
    for resource in _resources(result):
        _keep_fields(RESOURCE_FIELDS, _same(before, resource), resource)
    if may_loosen:
        return
    _keep_closed(stored, result)
    for resource in _resources(result):
        _keep_resource_closed(stored, result, resource, _same(before, resource))
    _keep_opening_day(stored, result)


def _keep_fields(fields: frozenset[str], before: Mapping[str, Any], after: dict[str, Any]) -> None:
    for field in fields:
        if field not in after and field in before:
            after[field] = copy(before[field])


def _with_id(dataset: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    resources = values.resources_of(dataset)
    return [resource for resource in resources if values.text(resource.get("id"))]


def _same(
    before: Mapping[Any, Mapping[str, Any]], resource: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The stored resource of the same id; empty for a new one."""
    id_ = resource.get("id")
    return before.get(id_, {}) if isinstance(id_, str) else {}


def _follow_publisher(stored: Mapping[str, Any], result: dict[str, Any]) -> None:
    """The owner moves with the publisher, unless somebody names another one."""
    before, after = stored.get("owner_org"), result.get("owner_org")
    name = values.mapping(stored.get("organization")).get("name")
    if not isinstance(before, str) or not isinstance(after, str) or after == name or not after:
        return
    if stored.get("owning_entity") == before == result.get("owning_entity"):
        result["owning_entity"] = after


def _keep_closed(stored: Mapping[str, Any], result: dict[str, Any]) -> None:
    _keep_bases(stored, result, {})
    level = _level(stored, OPEN)
    if is_more_open(_level(result, OPEN), level):
        result["openness"] = level
    if "resources" not in result and _level(result, OPEN) != OPEN and _holds_unsaid(stored):
        result["openness"] = CLOSED
    if values.is_hidden(stored) and not values.is_hidden(result):
        for field in ("metadata_visibility", "private"):
            if field in stored:
                result[field] = stored[field]


def _holds_unsaid(stored: Mapping[str, Any]) -> bool:
    """Whether an open dataset has a resource with a basis and no level, which is closed for that.

    Under a restricted dataset it would take over the dataset's level; and a resource that was
    not sent cannot be given one of its own.
    """
    return _level(stored, OPEN) == OPEN and any(
        _level(resource, OPEN) == CLOSED and not values.level_said(resource)
        for resource in values.resources_of(stored)
    )


def _keep_resource_closed(
    stored: Mapping[str, Any],
    result: dict[str, Any],
    resource: dict[str, Any],
    before: Mapping[str, Any],
) -> None:
    _keep_bases(before, resource, stored)
    level = _level(before, _level(stored, OPEN))
    # Nothing said by a machine is not taken for "as the dataset" where something was said before.
    if is_more_open(values.level_said(resource) or _level(result, OPEN), level):
        resource["openness"] = level


def _keep_bases(
    before: Mapping[str, Any], after: dict[str, Any], inherited: Mapping[str, Any]
) -> None:
    """Bases are only added to those that applied, a resource's to those of its dataset, too."""
    field = "legal_basis"
    is_named = not values.is_blank(before.get(field))
    applied = values.ids((before if is_named else inherited).get(field))
    added = values.ids(after.get(field))
    if applied is None:
        # What cannot be read keeps things closed; nothing may take its place.
        after[field] = copy(before.get(field)) or []
    elif applied and (is_named or added != []):
        after[field] = list(dict.fromkeys([*applied, *(added or [])]))


def _keep_opening_day(stored: Mapping[str, Any], result: dict[str, Any]) -> None:
    """Opening on an earlier day, or at all, is loosening, too.

    So is changing what the day rests on: then it goes, and a person may set it again.
    """
    field = "opens_on"
    before, after = values.day(stored.get(field)), values.day(result.get(field))
    if after is None:
        return
    if _rests_on(stored, result) != _rests_on(result, stored):
        result[field] = ""
    elif before is None or after < before:
        result[field] = stored.get(field, "")


def _rests_on(data: Mapping[str, Any], other: Mapping[str, Any]) -> list[object]:
    """What decides whether data open on a day, as far as both states have it."""
    common = {resource["id"] for resource in _with_id(other)}
    parts = sorted(
        (resource for resource in _with_id(data) if resource["id"] in common),
        key=lambda resource: resource["id"],
    )
    fields = [(data, field) for field in ("openness", "legal_basis", "personal_data", "permission")]
    fields += [(part, field) for part in parts for field in ("openness", "legal_basis")]
    return [comparable(field, holder.get(field)) for holder, field in fields]


def _level(data: Mapping[str, Any], inherited: str) -> str:
    """The level that counts in report mode, where no register is at hand: any basis closes."""
    said = values.level_said(data)
    if said == UNKNOWN_LEVEL:
        return CLOSED
    if said:
        return said
    is_named = not values.is_blank(data.get("legal_basis"))
    return CLOSED if is_named and inherited == OPEN else inherited


def _as_lists(data: dict[str, Any]) -> None:
    _as_list(data, "legal_basis")
    _as_list(data, "hvd_category")
    entries = permissions.entries_of(data.get("permission"))
    if "permission" in data and entries is not None:
        data["permission"] = entries


def _as_list(data: dict[str, Any], field: str) -> None:
    listed = values.ids(data.get(field))
    if field in data and listed is not None:
        data[field] = listed


def _resources(data: dict[str, Any]) -> list[dict[str, Any]]:
    listed = data.get("resources")
    if not isinstance(listed, list):
        return []
    return [item for item in cast("list[Any]", listed) if isinstance(item, dict)]


def touched(stored: Mapping[str, Any] | None, complete: Mapping[str, Any]) -> frozenset[str]:
    """The fields a write changes.

    Empty and missing are the same, and so are a list and its text. Fields of resources are
    named ``resources/<id>/<field>`` (new ones by position: ``resources/#2/<field>``) and also
    ``resources/*/<field>``; ``resources`` itself is named as soon as anything in them changes.

    Args:
        stored (Mapping | None): the dataset as it is shown; ``None`` on creation.
        complete (Mapping): the dataset as it would be stored.

    Returns:
        frozenset[str]: names, comparable with ``Finding.about``.
    """
    before, after = values.mapping(stored), values.mapping(complete)
    fields = _changed(before, after) - {"resources"}
    if "resources" in after:
        fields |= _changed_resources(before, after)
    return frozenset(fields)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    names = {*before, *after} - COMPUTED_FIELDS
    # What CKAN adds when it shows a dataset is missing in what clients send; that is no change.
    names = {name for name in names if name in after or name in DATASET_FIELDS}
    return {
        name
        for name in names
        if comparable(name, before.get(name)) != comparable(name, after.get(name))
    }


def _changed_resources(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    old = {resource["id"]: resource for resource in _with_id(before)}
    new = values.resources_of(after)
    is_other_number = len(new) != len(values.resources_of(before))
    fields: set[str] = set()
    for position, resource in enumerate(new):
        changed = _changed(_same(old, resource), resource)
        place = place_of(position, resource)
        fields |= {place.token(name) for name in changed}
        fields |= {any_resource_token(name) for name in changed}
    return fields | {"resources"} if fields or is_other_number else fields


def comparable(field: str, value: object) -> object:
    """The value of a field without differences of writing; ``None`` if it says nothing."""
    if values.is_blank(value):
        return None
    if field in ("legal_basis", "hvd_category"):
        return values.ids(value) or value
    if field == "permission":
        return permissions.entries_of(value) or value
    if field == "private":
        return values.truth(value)
    if field in DATE_FIELDS:
        return values.day(value) or value
    if field in TEXT_FIELDS or field in RESOURCE_FIELDS or field in DATASET_FIELDS:
        return values.text(value) or value
    return value
