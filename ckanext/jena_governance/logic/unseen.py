"""For whoever may not know of a dataset, actions answer as if what they name did not exist.

Each action that names a dataset, or something of one, is asked about an id that nobody has
instead: so its answer is CKAN's own for what is missing, whatever that is.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import ckantoolkit as tk
from ckan import plugins as p
from ckan.types import Context, DataDict

from ckanext.jena_governance.access import references as of
from ckanext.jena_governance.policy import values

# Where an action names what: "a.b" is the key b of the dictionary a, or each entry of the list a
# where b is empty.
Places = Mapping[str, of.Unseen]

_DATASET: Places = {"id": of.dataset}
_NAMED: Places = {"id": of.dataset, "name": of.dataset}
_RESOURCE: Places = {"id": of.resource}
_TABLE: Places = {"resource_id": of.table, "id": of.table}
_ACTIVITY: Places = {"id": of.activity}
_PAIR: Places = {"subject": of.dataset, "object": of.dataset}
_SEVERAL: Places = {"datasets.": of.dataset}
_LOADED: Places = {"metadata.resource_id": of.resource}

# CKAN's own. What is missing here (``package_show``, ``resource_show`` …) says the same already,
# because the checks behind it do.
CORE: Mapping[str, Places] = {
    "am_following_dataset": _DATASET,
    "bulk_update_delete": _SEVERAL,
    "bulk_update_private": _SEVERAL,
    "bulk_update_public": _SEVERAL,
    "dataset_follower_count": _DATASET,
    "dataset_follower_list": _DATASET,
    "dataset_purge": _DATASET,
    "file_owner_scan": {"owner_id": of.file_owner},
    "follow_dataset": _DATASET,
    "member_create": {"object": of.member},
    "member_delete": {"object": of.member},
    "package_collaborator_create": _DATASET,
    "package_collaborator_delete": _DATASET,
    "package_collaborator_list": _DATASET,
    "package_delete": _DATASET,
    "package_owner_org_update": _DATASET,
    "package_patch": _NAMED,
    "package_relationship_create": _PAIR,
    "package_relationship_delete": _PAIR,
    "package_relationship_update": _PAIR,
    "package_relationships_list": {"id": of.dataset, "id2": of.dataset},
    "package_resource_reorder": _DATASET,
    "package_revise": {"match.id": of.dataset, "match.name": of.dataset},
    "package_update": _NAMED,
    "resource_create": {"package_id": of.dataset},
    "resource_delete": _RESOURCE,
    "resource_patch": _RESOURCE,
    "resource_update": _RESOURCE,
    "resource_view_create": {"resource_id": of.resource, "id": of.view},
    "resource_view_delete": {"id": of.view},
    "resource_view_reorder": _RESOURCE,
    "resource_view_show": {"id": of.view},
    "resource_view_update": {"resource_id": of.resource, "id": of.view},
    "task_status_show": {"id": of.task, "entity_id": of.entity},
    "unfollow_dataset": _DATASET,
}

OF_PLUGINS: Mapping[str, Mapping[str, Places]] = {
    "activity": {
        "activity_data_show": _ACTIVITY,
        "activity_diff": _ACTIVITY,
        "activity_show": _ACTIVITY,
        "package_activity_list": _DATASET,
    },
    "datapusher": {
        "datapusher_hook": _LOADED,
        "datapusher_status": {"resource_id": of.resource},
        "datapusher_submit": {"resource_id": of.resource},
    },
    "datastore": {
        "datastore_analyze": _TABLE,
        "datastore_create": {**_TABLE, "resource.package_id": of.dataset},
        "datastore_delete": _TABLE,
        "datastore_info": _TABLE,
        "datastore_records_delete": _TABLE,
        "datastore_run_triggers": _TABLE,
        "datastore_search": _TABLE,
        "datastore_upsert": _TABLE,
    },
    "dcat": {"dcat_dataset_show": _DATASET},
    "harvest": {"harvest_object_show": {"id": of.harvest_object, "dataset_id": of.harvested}},
    "jena_governance": {
        "governance_access_explain": {"id": of.dataset, "resource_id": of.resource},
        "governance_check": _DATASET,
        "governance_location_show": _RESOURCE,
        "governance_lock": _DATASET,
        "governance_opening_confirm": _DATASET,
    },
    "xloader": {
        "xloader_hook": _LOADED,
        "xloader_status": {"resource_id": of.resource},
        "xloader_submit": {"resource_id": of.resource},
    },
}

# So much of a name may stand in an error message that quotes a part of the query.
_QUOTED = 12

_MODULES = ("get", "create", "update", "delete", "patch", "file")


def guarded(actions: dict[str, Any]) -> dict[str, Any]:
    """Put this in front of actions.

    Args:
        actions: ours, and those of CKAN and other plugins that we chain.

    Returns:
        All of them, and those that are chained for this alone.
    """
    result = dict(actions)
    for name, places in CORE.items():
        action = actions.get(name) or _of_core(name)
        if action is not None:
            result[name] = _guard(action if name in actions else _passing(action), places)
    for plugin, named in OF_PLUGINS.items():
        if not p.plugin_loaded(plugin):
            continue
        found: Any = p.get_plugin(plugin)
        theirs = {} if plugin == "jena_governance" else found.get_actions()
        for name, places in named.items():
            if name in actions:
                result[name] = _guard(actions[name], places)
            elif name in theirs:
                result[name] = _guard(_passing(theirs[name]), places)
    return result


def replaced(
    context: Context, data: dict[str, Any], places: Places
) -> tuple[dict[str, Any], dict[str, str]]:
    """The same request, but for ids that nobody has where it names what is hidden.

    Args:
        context: whoever asks.
        data: what they ask.
        places: where ids are.

    Returns:
        What they shall be taken to have asked, and what stands for what.
    """
    nobody: dict[str, str] = {}
    for place, is_unseen in places.items():
        data = _replaced(data, place, context, is_unseen, nobody)
    return data, nobody


def asking_of_nobody(ask: Callable[[str], Any], text: str, names: Iterable[str]) -> Any:
    """Ask about ids that nobody has instead of what is hidden, and name what was asked for.

    Args:
        ask: CKAN's action, with a text.
        text: names what is hidden, for instance in a query.
        names: the names, as they stand in the text.
    """
    nobody: dict[str, str] = {}
    for name in names:
        stranger = _like(name)
        nobody[stranger] = name
        text = text.replace(name, stranger)
    with _speaking_of(nobody):
        return ask(text)


def _like(name: str) -> str:
    """A name that nobody has; PostgreSQL quotes the beginning of a query, cut off anywhere."""
    kept = name[:_QUOTED]
    length = max(len(name) - len(kept), _QUOTED)
    return kept + (uuid.uuid4().hex * 2)[:length]


def named(value: Any, nobody: Mapping[str, str]) -> Any:
    """An answer that names what was asked for."""
    if isinstance(value, str):
        for stranger, reference in nobody.items():
            value = value.replace(stranger, reference)
        return value
    if isinstance(value, dict):
        return {key: named(entry, nobody) for key, entry in value.items()}
    return [named(entry, nobody) for entry in value] if isinstance(value, list) else value


def _of_core(name: str) -> Callable[..., Any] | None:
    """CKAN's action; ``None`` where this version has none of that name."""
    paths = [f"ckan.logic.action.{module}" for module in _MODULES]
    modules = [importlib.import_module(path) for path in paths if importlib.util.find_spec(path)]
    return next((getattr(module, name) for module in modules if hasattr(module, name)), None)


def _passing(original: Callable[..., Any]) -> Callable[..., Any]:
    """A chained action that does nothing but call what it chains."""

    @tk.chained_action
    def action(next_: Any, context: Context, data_dict: DataDict) -> Any:
        return next_(context, data_dict)

    module = original.__module__
    if module == "ckan.logic.action.get" or getattr(original, "side_effect_free", False):
        tk.side_effect_free(action)
    # CKAN copies a chained action's attributes, but not its documentation.
    action.__dict__["__doc__"] = original.__doc__
    return action


def _guard(action: Callable[..., Any], places: Places) -> Callable[..., Any]:
    """The same action, for which what is hidden does not exist."""

    @functools.wraps(action)
    def guarded_action(*args: Any) -> Any:
        # A chained action gets the next one first.
        *_next, context, data_dict = args
        if context.get("ignore_auth") or not isinstance(data_dict, dict):
            return action(*args)
        asked, nobody = replaced(context, data_dict, places)
        # In place: CKAN hands the same dictionary to those who listen for its success.
        data_dict.update(asked)
        with _speaking_of(nobody):
            return action(*args)

    return guarded_action


def _replaced(
    data: dict[str, Any], place: str, context: Context, is_unseen: of.Unseen, nobody: dict[str, str]
) -> dict[str, Any]:
    """The same request about nobody's id, if it is about what is hidden."""
    key, dot, rest = place.partition(".")
    value = data.get(key)

    def one(reference: Any) -> Any:
        # No id is what PostgreSQL does not even look for.
        if not isinstance(reference, str) or not reference or not values.is_storable(reference):
            return reference
        if not is_unseen(context, reference, data):
            return reference
        stranger = str(uuid.uuid4())
        nobody[stranger] = reference
        return stranger

    if not dot:
        new = one(value)
    elif rest and isinstance(value, dict):
        new = _replaced(value, rest, context, is_unseen, nobody)
    elif not rest and isinstance(value, list):
        new = [one(entry) for entry in value]
    else:
        return data
    return data if new == value else {**data, key: new}


@contextmanager
def _speaking_of(nobody: dict[str, str]) -> Generator[None]:
    """Messages name what was asked for."""
    try:
        yield
    except tk.ValidationError as error:
        error.error_dict = named(error.error_dict, nobody)
        raise
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        error.message = named(error.message, nobody)
        raise
