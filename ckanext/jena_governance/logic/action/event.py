"""What is in the log."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.jena_governance.access import charge, entitlement
from ckanext.jena_governance.logic import schema, timeline
from ckanext.jena_governance.logic.timeline import Wanted


@tk.side_effect_free
def governance_event_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Events of the log, the newest first.

    Direct editors and admins of the owning entity read those of a dataset, direct admins those of
    their organization and (``entity``) of all it owns, both sides those of an agreement, requester
    and deciders those of a request; sysadmins read all, also without naming a thing. Whoever is
    not in charge sees only their own name, and those of their colleagues.

    :param object_type: ``dataset``, ``organization``, ``agreement``, ``request`` …
    :type object_type: string
    :param object_id: its id; of datasets and organizations also the name
    :type object_id: string
    :param entity: id or name of an organization: its own events, and those of its datasets
    :type entity: string
    :param kind: only this kind, e.g. ``dataset.loosened``; or a list of kinds
    :type kind: string or list of strings
    :param since: from this day or moment on (ISO 8601; without a zone where the city is)
    :type since: string
    :param before: only events with smaller numbers: ``next`` of the page before
    :type before: integer
    :param limit: at most so many, 1 to 1000 (optional, default: 100)
    :type limit: integer

    :returns: ``events`` (``id``, ``created``, ``kind``, ``what`` in words, ``object_type``,
        ``object_id``, ``actor``, ``actor_name``, ``subject``, ``subject_name``, ``data``) and
        ``next``, the ``before`` of the next page; null on the last one
    :rtype: dictionary
    :raises NotFound: no such thing, or whoever asks may not know of it
    :raises NotAuthorized: not in charge of it
    :raises ValidationError: names field, value and what is possible
    """
    data, errors = tk.navl_validate(dict(data_dict), schema.event_list(), context)
    if errors:
        raise tk.ValidationError(errors)
    wanted = _wanted(context, data)
    sight = timeline.sight_of(context, wanted)
    # What is asked for is settled by now: the authorization looks at ids only.
    tk.check_access("governance_event_list", context, {**data, **_named(wanted)})
    found = timeline.find(wanted)
    events = timeline.told(
        found,
        names=sight.all_names,
        actor=entitlement.actor_in(context),
        may_find=sight.may_find,
    )
    is_full = len(events) == wanted.limit
    return {"events": events, "next": events[-1]["id"] if is_full else None}


def _wanted(context: Context, data: dict[str, Any]) -> Wanted:
    if data.get("object_id") and not data.get("object_type"):
        message = tk._("Say what kind of thing it is: dataset, organization, agreement, request")
        raise tk.ValidationError({"object_type": [message]})
    return Wanted(
        object_type=data.get("object_type") or "",
        object_id=_id_of(context, data.get("object_type"), data.get("object_id") or ""),
        entity=_organization(data["entity"]) if data.get("entity") else "",
        kinds=tuple(data.get("kind") or ()),
        since=data.get("since"),
        before=data.get("before"),
        limit=data.get("limit") or 100,
    )


def _named(wanted: Wanted) -> dict[str, str]:
    return {
        "object_type": wanted.object_type,
        "object_id": wanted.object_id,
        "entity": wanted.entity,
    }


def _id_of(context: Context, object_type: str | None, reference: str) -> str:
    """The id behind a name; a name that leads nowhere stays what it is."""
    if object_type == "dataset" and reference:
        package = charge.package_for(context, reference)
        return package.id if package else reference
    if object_type == "organization" and reference:
        return _organization(reference)
    return reference


def _organization(reference: str) -> str:
    found = model.Group.get(reference)
    return found.id if found is not None and found.is_organization else reference
