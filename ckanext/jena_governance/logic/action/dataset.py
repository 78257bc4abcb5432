"""CKAN's own writes, with the contract in front of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Action, Context, DataDict

from ckanext.jena_governance import config, policy
from ckanext.jena_governance.access import entitlement, forgery, index, leaving, vault
from ckanext.jena_governance.logic import catalogue, contract, locations, opening


@tk.chained_action
def package_create(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a dataset if the rules allow it (see CKAN's ``package_create``)."""
    if not config.governs(data_dict.get("type")):
        locations.require_new_ids(data_dict)
        return next_(context, data_dict)
    tk.check_access("package_create", context, data_dict)
    write = contract.weigh(context, None, data_dict)
    if write.refusing:
        raise contract.refuse(context, "package_create", write)
    with index.healing(write.data.get("name")):
        result = next_(context, write.data)
    index.read_back(result["id"] if isinstance(result, dict) else result)
    return result


@tk.chained_action
def package_update(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Update a dataset if the rules allow it (see CKAN's ``package_update``)."""
    reference = data_dict.get("id") or data_dict.get("name")
    stored = _stored(context, reference)
    if stored is None or not config.governs(stored.get("type")):
        locations.require_new_ids(data_dict)
        return next_(context, data_dict)
    tk.check_access("package_update", context, dict(data_dict, id=stored["id"]))
    write = contract.weigh(context, stored, dict(data_dict, id=stored["id"]))
    if write.refusing:
        raise contract.refuse(context, "package_update", write)
    contract.require_valid(context, write)
    if write.r11.what:
        forgery.require_own_page()
    cleared = locations.cleared(stored, data_dict, entitlement.actor_in(context))
    with (
        opening.recorded(context, write.r11),
        _compared_with(context, policy.without_computed(stored)),
        vault.clearing(cleared),
        leaving.remembering(stored),
        index.healing(stored["id"]),
    ):
        result = next_(context, write.data)
    index.read_back(stored["id"])
    shown = catalogue.add_computed(result) if isinstance(result, dict) else result
    return opening.announce(shown, write.r11)


@tk.chained_action
def package_owner_org_update(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Move a dataset to another organization if the rules allow it there.

    CKAN calls this inside every write as well; then the write was weighed already.
    """
    if not context.get("ignore_auth"):
        tk.check_access("package_owner_org_update", context, data_dict)
        if _is_more_than_a_move(context, data_dict):
            said = {key: data_dict[key] for key in policy.RESERVED_KEYS if key in data_dict}
            moved = {"id": data_dict["id"], "owner_org": data_dict.get("organization_id"), **said}
            result = tk.get_action("package_patch")(tk.fresh_context(context), moved)
            return {opening.PENDING: result[opening.PENDING]} if opening.PENDING in result else None
    return next_(context, data_dict)


@tk.chained_action
def resource_update(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Update a resource; the answer says if its opening waits for a second person."""
    with opening.watching() as seen:
        result = next_(context, data_dict)
    return opening.tell(result, seen[-1]) if seen else result


@tk.chained_action
def dataset_purge(next_: Action, context: Context, data_dict: DataDict) -> Any:
    """Purge a dataset with all that its restricted resources left elsewhere."""
    package = model.Package.get(str(data_dict.get("id") or ""))
    ids = [resource.id for resource in package.resources_all] if package else []
    package_id = package.id if package else ""
    result = next_(context, data_dict)
    vault.purge(package_id, ids)
    return result


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


def _is_more_than_a_move(context: Context, data_dict: DataDict) -> bool:
    """Whether the owner moves, too, or data that are not open do: an update with all it takes.

    Raises:
        ckan.logic.ValidationError: the rules do not allow the move.
    """
    stored = _stored(context, data_dict.get("id"))
    if stored is None or not config.governs(stored.get("type")):
        return False
    said = {key: data_dict[key] for key in policy.RESERVED_KEYS if key in data_dict}
    moved = {**stored, **said, "owner_org": data_dict.get("organization_id")}
    write = contract.weigh(context, stored, moved)
    if write.refusing:
        raise contract.refuse(context, "package_update", write)
    return bool(write.r11.what) or write.data.get("owning_entity") != stored.get("owning_entity")


def _stored(context: Context, reference: object) -> dict[str, Any] | None:
    """The dataset as stored, or ``None`` where CKAN itself shall say what is wrong."""
    original = context.get("original_package")
    if original and reference in (original.get("id"), original.get("name")):
        return original
    if not isinstance(reference, str) or not reference:
        return None
    # Locked: what is compared here must not be closed by somebody else meanwhile.
    show = tk.fresh_context(context, ignore_auth=True, use_cache=False, for_update=True)
    try:
        return tk.get_action("package_show")(show, {"id": reference})
    except tk.ObjectNotFound:
        return None
