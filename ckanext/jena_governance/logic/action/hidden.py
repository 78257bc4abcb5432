"""CKAN's lists and counts, without what is hidden from whoever asks.

Chained where CKAN reads past its permission labels. What names a single dataset is in
:py:mod:`ckanext.jena_governance.logic.unseen`.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Action, Context, DataDict

from ckanext.jena_governance.access import counts, hidden, searching, words


@tk.chained_action
@tk.side_effect_free
def package_search(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; those who may find hidden datasets do so without further parameters."""
    return next_(context, searching.widened(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def package_show(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; never from the index where somebody will write back what they are shown."""
    if context.get("for_update") or context.get("for_edit"):
        context["use_cache"] = False
    shown = next_(context, data_dict)
    hidden.cut_relations(context, shown)
    return shown


@tk.chained_action
@tk.side_effect_free
def package_relationships_list(
    next_: Action, context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """CKAN's; both ends have to be visible."""
    found = next_(context, data_dict)
    ends = [model.Package.get(one[end]) for one in found for end in ("subject", "object")]
    unseen = hidden.among(context, {one.id for one in ends if one})
    names = {name for one in ends if one and one.id in unseen for name in (one.id, one.name)}
    return [one for one in found if not {one["subject"], one["object"]} & names]


@tk.chained_action
@tk.side_effect_free
def dataset_followee_list(
    next_: Action, context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """CKAN's; it leaves out what may not be seen (any more)."""
    with hidden.refusing_quietly():
        return next_(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def followee_list(next_: Action, context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """CKAN's; it leaves out what may not be seen (any more)."""
    with hidden.refusing_quietly():
        return next_(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def member_list(next_: Action, context: Context, data_dict: DataDict) -> list[Any]:
    """CKAN's; without datasets that may not be seen."""
    members = next_(context, data_dict)
    unseen = hidden.among(context, {id_ for id_, kind, _ in members if kind == "package"})
    return [one for one in members if one[0] not in unseen]


@tk.chained_action
def member_create(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; an organization takes in datasets of its own editors only."""
    group = model.Group.get(data_dict.get("id"))
    if data_dict.get("object_type") == "package" and group is not None and group.is_organization:
        tk.check_access("member_create", context, data_dict)
        package = model.Package.get(data_dict.get("object"))
        if package is not None:
            tk.check_access("package_update", context, {"id": package.id})
    return next_(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def group_list(next_: Action, context: Context, data_dict: DataDict) -> list[Any]:
    """CKAN's; sorted by what everybody may count."""
    return counts.sorted_list(next_, context, data_dict, "groups")


@tk.chained_action
@tk.side_effect_free
def organization_list(next_: Action, context: Context, data_dict: DataDict) -> list[Any]:
    """CKAN's; sorted by what everybody may count."""
    return counts.sorted_list(next_, context, data_dict, "organizations")


@tk.chained_action
@tk.side_effect_free
def group_show(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; its counts leave out what may not be seen."""
    return _shown_with_counts(next_, context, data_dict)


@tk.chained_action
@tk.side_effect_free
def organization_show(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; its counts leave out what may not be seen."""
    return _shown_with_counts(next_, context, data_dict)


@tk.chained_action
@tk.side_effect_free
def group_list_authz(next_: Action, context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """CKAN's; its counts leave out what may not be seen."""
    return counts.corrected(context, next_(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def organization_list_for_user(
    next_: Action, context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """CKAN's; its counts leave out what may not be seen."""
    return counts.corrected(context, next_(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def tag_list(next_: Action, context: Context, data_dict: DataDict) -> list[Any]:
    """CKAN's; without words of hidden datasets only."""
    return words.without_hidden_tags(context, data_dict, next_)


@tk.chained_action
@tk.side_effect_free
def tag_autocomplete(next_: Action, context: Context, data_dict: DataDict) -> list[str]:
    """CKAN's; without words of hidden datasets only."""
    return words.without_hidden_tags(context, data_dict, next_)


@tk.chained_action
@tk.side_effect_free
def tag_search(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; without words of hidden datasets only."""
    found: dict[str, Any] = {}

    def search(context: Context, data_dict: DataDict) -> list[Any]:
        found.update(next_(context, data_dict))
        return found["results"]

    page, total = words.page_without_hidden_tags(context, data_dict, search)
    return {**found, "results": page, "count": found["count"] if total is None else total}


@tk.chained_action
@tk.side_effect_free
def tag_show(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    """CKAN's; a word of hidden datasets only does not exist."""
    shown = next_(context, data_dict)
    if not shown.get("vocabulary_id") and shown["name"] in words.hidden_tags(context):
        raise tk.ObjectNotFound
    return shown


@tk.chained_action
@tk.side_effect_free
def format_autocomplete(next_: Action, context: Context, data_dict: DataDict) -> list[str]:
    """CKAN's; without formats of hidden datasets only."""
    return words.without_hidden_formats(context, data_dict, next_)


def _shown_with_counts(next_: Action, context: Context, data_dict: DataDict) -> dict[str, Any]:
    asking = context if not context.get("ignore_auth") else hidden.of_request()
    with hidden.narrowed(context):
        shown = next_(context, data_dict)
    # Sub-groups only: the group's own count comes from a search, by labels.
    counts.corrected(asking, shown.get("groups") or [])
    return shown
