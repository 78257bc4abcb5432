"""CKAN's own writes, with the contract in front of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import ckantoolkit as tk
from ckan.types import Action, Context, DataDict

from ckanext.jena_governance import policy
from ckanext.jena_governance.logic import catalogue, contract


@tk.chained_action
def package_create(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a dataset if the rules allow it (see CKAN's ``package_create``)."""
    if not contract.governs(data_dict.get("type")):
        return next_(context, data_dict)
    tk.check_access("package_create", context, data_dict)
    write = contract.weigh(context, None, data_dict)
    if write.refusing:
        raise contract.refuse(context, "package_create", write)
    return next_(context, write.data)


@tk.chained_action
def package_update(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Update a dataset if the rules allow it (see CKAN's ``package_update``)."""
    reference = data_dict.get("id") or data_dict.get("name")
    stored = _stored(context, reference)
    if stored is None or not contract.governs(stored.get("type")):
        return next_(context, data_dict)
    tk.check_access("package_update", context, dict(data_dict, id=stored["id"]))
    write = contract.weigh(context, stored, dict(data_dict, id=stored["id"]))
    if write.refusing:
        raise contract.refuse(context, "package_update", write)
    with _compared_with(context, policy.without_computed(stored)):
        result = next_(context, write.data)
    return catalogue.add_computed(result) if isinstance(result, dict) else result


@tk.chained_action
def package_owner_org_update(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Move a dataset to another organization if the rules allow it there.

    CKAN calls this inside every write as well; then the write was weighed already.
    """
    if not context.get("ignore_auth"):
        tk.check_access("package_owner_org_update", context, data_dict)
        _weigh_move(context, data_dict)
    return next_(context, data_dict)


@contextmanager
def _compared_with(context: Context, stored: dict[str, Any]) -> Generator[None]:
    """Tell CKAN (2.12) what it had shown, so that it skips what did not change.

    Taken back afterwards: callers use one context for several writes.
    """
    before = context.get("original_package")
    context["original_package"] = stored
    try:
        yield
    finally:
        if before is None:
            context.pop("original_package", None)
        else:
            context["original_package"] = before


def _weigh_move(context: Context, data_dict: DataDict) -> None:
    stored = _stored(context, data_dict.get("id"))
    if stored is None or not contract.governs(stored.get("type")):
        return
    moved = dict(stored, owner_org=data_dict.get("organization_id"))
    write = contract.weigh(context, stored, moved)
    if write.refusing:
        raise contract.refuse(context, "package_update", write)


def _stored(context: Context, reference: object) -> dict[str, Any] | None:
    """The dataset as stored, or ``None`` where CKAN itself shall say what is wrong."""
    original = context.get("original_package")
    if original and reference in (original.get("id"), original.get("name")):
        return original
    if not isinstance(reference, str) or not reference:
        return None
    show = tk.fresh_context(context, ignore_auth=True, use_cache=False)
    try:
        return tk.get_action("package_show")(show, {"id": reference})
    except tk.ObjectNotFound:
        return None
