"""How the level of a dataset came to be what it is: its events, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.access import charge, entitlement
from ckanext.jena_governance.logic import event_words, locking, proposals, timeline
from ckanext.jena_governance.logic.messages import field_label, value_label
from ckanext.jena_governance.model import GovernanceEvent

_MOST = 100


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field before and after.

    Attributes:
        where: the name of the resource; empty for the dataset.
        field: what people call the field.
        before, after: its values in words.
    """

    where: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event.

    Attributes:
        when: its time, where the city is.
        what: it in words.
        who: the name of whoever acted; empty if erased or the portal itself.
        reason: what they said; may be empty.
        changes: the fields that it changed.
    """

    when: datetime
    what: str
    who: str
    reason: str
    changes: list[Change]


def may_read(package: model.Package) -> bool:
    """Whether whoever asks is in charge of the data, or administers the portal."""
    return charge.may_tend(entitlement.actor_in(), package)


def of(package: model.Package) -> list[Entry]:
    """The history of a dataset: of its level and of the requests for it, the newest first.

    Args:
        package: a dataset; whether whoever asks may read this is settled before.

    Returns:
        Its last 100 events.
    """
    found = timeline.of_dataset(package.id, _MOST)
    people = {apart.user_id for _one, apart in found if apart and apart.user_id}
    names = timeline.names_of(people)
    files = {one.id: one.name or one.id for one in package.resources_all}
    return [
        Entry(
            when=one.created.astimezone(config.timezone()),
            what=event_words.what(one.kind),
            who=names.get((apart.user_id if apart else "") or "", ""),
            reason=str(one.data.get("reason") or ""),
            changes=_changes(one, files),
        )
        for one, apart in found
    ]


def _changes(event: GovernanceEvent, files: Mapping[str, str]) -> list[Change]:
    if event.kind == locking.LOCKED:
        then = event.data.get("before") or {}
        now = {"openness": "closed", "review_date": event.data.get("until")}
        return [_change("", field, then.get(field), now[field]) for field in now]
    if event.kind == proposals.PROPOSED:
        made_for = event.data.get("from") or {}
        return [
            _change(files.get(id_, ""), field, made_for.get(id_, {}).get(field), value)
            for id_, fields in (event.data.get("to") or {}).items()
            for field, value in sorted(fields.items())
        ]
    return [
        _change(files.get(id_, ""), field, change.get("from"), change.get("to"))
        for id_, fields in (event.data.get("changes") or {}).items()
        for field, change in sorted(fields.items())
    ]


def _change(where: str, field: str, before: Any, after: Any) -> Change:
    return Change(
        where=where,
        field=field_label(field),
        before=value_label(field, before),
        after=value_label(field, after),
    )
