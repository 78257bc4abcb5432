"""Harvest sources: how they sign in, and what went wrong in them, is for those in charge of them.

ckanext-harvest keeps a source as a dataset of its own type, readable by everybody: with its API
key, with the password in its address, and with what its last run complained of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import event

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p
from ckan.types import Context

TYPE = "harvest"
# What everybody may know of a source. Not the configuration, which ckanext-harvest also spreads
# over the dataset, key by key.
_PUBLIC = frozenset(
    {"id", "name", "title", "notes", "url", "type", "source_type", "frequency", "state", "private"}
    | {"owner_org", "organization", "creator_user_id", "metadata_created", "metadata_modified"}
    | {
        "status",
        "last_job_status",
        "active",
        "created",
        "next_run",
        "publisher_id",
        "publisher_title",
    }
    | {
        "description",
        "tags",
        "num_tags",
        "groups",
        "resources",
        "num_resources",
        "isopen",
        "version",
    }
    | {"relationships_as_subject", "relationships_as_object", "plugin_data", "extras"}
)
_PRIVATE = ("config", "extras_config")
# Errors quote addresses and records.
_ERRORS = ("object_error_summary", "gather_error_summary")
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")


def is_source(data: Mapping[str, Any]) -> bool:
    """Whether a dataset is a harvest source."""
    return data.get("type") == TYPE


def shown(context: Context, source: dict[str, Any]) -> dict[str, Any]:
    """A source as somebody may see it.

    Args:
        context: CKAN's context: who asks.
        source: the dataset as ``package_show`` has it, perhaps from the index; changed in place.

    Returns:
        The same dictionary.
    """
    if not may_tend(context, str(source.get("id") or "")):
        return public(source)
    row = _row_of(str(source.get("id") or ""))
    if row is not None:
        # The index, which CKAN 2.11 shows datasets from, does not have them.
        source["url"] = row.url
        if row.config:
            source["config"] = row.config
    return source


def public(source: dict[str, Any]) -> dict[str, Any]:
    """Take out of a source what is not for everybody; in place.

    Args:
        source: as a dictionary of CKAN, of the index or of an activity.

    Returns:
        The same dictionary.
    """
    for name in source.keys() - _PUBLIC:
        del source[name]
    if isinstance(source.get("url"), str):
        source["url"] = _CREDENTIALS.sub("", source["url"])
    if isinstance(source.get("extras"), list):
        extras = cast("list[Any]", source["extras"])
        source["extras"] = [one for one in extras if one.get("key") in _PUBLIC]
    if isinstance(source.get("status"), dict):
        source["status"] = status(cast("dict[str, Any]", source["status"]))
    if isinstance(source.get("last_job_status"), dict):
        source["last_job_status"] = _without_errors(source["last_job_status"])
    return source


def status(said: dict[str, Any]) -> dict[str, Any]:
    """The state of a source without what its runs complained of."""
    if isinstance(said.get("last_job"), dict):
        return {**said, "last_job": _without_errors(said["last_job"])}
    return said


def _without_errors(job: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in job.items() if key not in _ERRORS}


def indexed(document: dict[str, Any]) -> dict[str, Any]:
    """A source as the index may hold it: as everybody may see it.

    Args:
        document: the flat document of ``before_dataset_index``; changed in place.

    Returns:
        The same dictionary.
    """
    said = _config_of(document)
    for name in [*_PRIVATE, *(said.keys() - _PUBLIC), *(f"extras_{key}" for key in said)]:
        document.pop(name, None)
    if isinstance(document.get("url"), str):
        document["url"] = _CREDENTIALS.sub("", document["url"])
    document.pop("status", None)
    for name in ("data_dict", "validated_data_dict"):
        if isinstance(document.get(name), str):
            document[name] = json.dumps(public(json.loads(document[name])))
    return document


def _config_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that a document of the index was made with."""
    for name in _PRIVATE:
        try:
            said = json.loads(document.get(name) or "{}")
        except (TypeError, ValueError):
            continue
        if isinstance(said, dict) and said:
            return cast("dict[str, Any]", said)
    return {}


def may_tend(context: Context, source_id: str) -> bool:
    """Whether somebody may change a source; so may CKAN itself (``ignore_auth``)."""
    if context.get("ignore_auth"):
        return True
    try:
        asked = cast("Context", {"user": context.get("user") or "", "model": model})
        tk.check_access("harvest_source_update", asked, {"id": source_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def _row_of(source_id: str) -> Any:
    from ckanext.harvest.model import HarvestSource

    return HarvestSource.get(source_id)


def watch() -> None:
    """Let no activity of a source be written with what is not for everybody."""
    if not (p.plugin_loaded("activity") and p.plugin_loaded("harvest")):
        return
    from ckanext.activity.model import Activity

    if not event.contains(Activity, "before_insert", _of_activity):
        event.listen(Activity, "before_insert", _of_activity)


def _of_activity(_mapper: Any, _connection: Any, activity: Any) -> None:
    data: Any = activity.data
    dataset = data.get("package") if isinstance(data, dict) else None
    if isinstance(dataset, dict) and is_source(cast("dict[str, Any]", dataset)):
        kept = cast("dict[str, Any]", json.loads(json.dumps(dataset, default=str)))
        activity.data = {**data, "package": public(kept)}
