"""Events as somebody may read them: which ones, whose names, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.access import charge, entitlement
from ckanext.jena_governance.access.extras import extra_of
from ckanext.jena_governance.logic import agreements, event_words, spreadsheet
from ckanext.jena_governance.logic.access_requests import cases
from ckanext.jena_governance.model import (
    GovernanceAccessRequest,
    GovernanceEvent,
    GovernanceEventPerson,
    event,
)
from ckanext.jena_governance.policy import Actor, requests

EXPORTED = "log.exported"
COLUMNS = (
    "id", "created", "kind", "what", "object_type", "object_id", "actor_name", "subject_name",
    "data",
)  # fmt: skip

Found = tuple[GovernanceEvent, GovernanceEventPerson | None]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events.

    Attributes:
        object_type: ``dataset``, ``organization``, ``agreement``, ``request`` …; empty for all.
        object_id: of that thing; empty for all.
        entity: id of an organization: events of itself and of the datasets it owns.
        kinds: only these kinds; none for all.
        since: from this moment on.
        before: only events with smaller numbers, for the next page.
        limit: how many at most; ``None`` for all.
    """

    object_type: str = ""
    object_id: str = ""
    entity: str = ""
    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    before: int | None = None
    limit: int | None = 1000


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What somebody sees of the events of one thing.

    Attributes:
        may_read: whether they see them.
        all_names: whether they see who acted; if not, only themselves and their colleagues.
        may_find: whether they may know of the dataset that it is about; if not, only how its
            state changed.
    """

    may_read: bool
    all_names: bool = False
    may_find: bool = True


_NOTHING = Sight(may_read=False)
_ALL = Sight(may_read=True, all_names=True)


def sight_of(context: Context, wanted: Wanted) -> Sight:
    """Who may read what: sysadmins all, those in charge what they are in charge of.

    Datasets: direct editors and admins of the owning entity. Organizations: their direct admins.
    Agreements: both sides. Requests: the requester and those who decide.

    Raises:
        ckan.logic.NotFound: there is no such thing, or whoever asks may not know of it.
    """
    actor = entitlement.actor_in(context)
    look = _SIGHTS.get(wanted.object_type) if wanted.object_id else None
    sight = look(context, actor, wanted.object_id) if look else _NOTHING
    if wanted.entity and not wanted.object_id:
        sight = _sight_of_organization(context, actor, wanted.entity)
    return _ALL if actor.sysadmin or context.get("ignore_auth") else sight


def _sight_of_dataset(context: Context, actor: Actor, id_: str) -> Sight:
    package = charge.package_for(context, id_)
    if package is None and not (actor.sysadmin and event_exists("dataset", id_)):
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return _ALL if package is not None and charge.may_tend(actor, package) else _NOTHING


def _sight_of_organization(_context: Context, actor: Actor, id_: str) -> Sight:
    if model.Session.get(model.Group, id_) is None and not actor.sysadmin:
        raise tk.ObjectNotFound(tk._("Organization not found: {id}").format(id=id_))
    return _ALL if actor.roles.get(id_) == "admin" else _NOTHING


def _sight_of_agreement(context: Context, _actor: Actor, id_: str) -> Sight:
    agreements.find(context, id_)
    return Sight(may_read=True)


def _sight_of_request(_context: Context, actor: Actor, id_: str) -> Sight:
    case = cases.open_case(actor, id_)
    if case is None and not (actor.sysadmin and event_exists("request", id_)):
        raise tk.ObjectNotFound(tk._("Request not found"))
    decides = case is not None and bool(case.played - {requests.REQUESTER})
    may_find = case is None or case.may_find()
    return Sight(may_read=True, all_names=decides, may_find=may_find)


_SIGHTS = {
    "dataset": _sight_of_dataset,
    "organization": _sight_of_organization,
    "agreement": _sight_of_agreement,
    "request": _sight_of_request,
}


def event_exists(object_type: str, object_id: str) -> bool:
    """Whether the log knows a thing that may be purged by now."""
    one = GovernanceEvent
    query = sa.select(one.id).where(one.object_type == object_type, one.object_id == object_id)
    return model.Session.scalar(query.limit(1)) is not None


def find(wanted: Wanted) -> list[Found]:
    """The events, the newest first; whether whoever asks may read them is settled before."""
    one, person = GovernanceEvent, GovernanceEventPerson
    query = (
        sa.select(one, person)
        .outerjoin(person, person.event_id == one.id)
        .where(*_conditions(wanted))
        .order_by(one.id.desc())
        .limit(wanted.limit)
    )
    return [(found, apart) for found, apart in model.Session.execute(query)]


def _conditions(wanted: Wanted) -> list[Any]:
    one = GovernanceEvent
    conditions: list[Any] = []
    if wanted.object_type:
        conditions.append(one.object_type == wanted.object_type)
    if wanted.object_id:
        conditions.append(one.object_id == wanted.object_id)
    if wanted.entity:
        conditions.append(_is_of_entity(wanted.entity))
    if wanted.kinds:
        conditions.append(one.kind.in_(wanted.kinds))
    if wanted.since:
        conditions.append(one.created >= wanted.since)
    if wanted.before is not None:
        conditions.append(one.id < wanted.before)
    return conditions


def _is_of_entity(entity: str) -> Any:
    one, package = GovernanceEvent, model.Package
    owner = sa.func.coalesce(sa.func.nullif(extra_of("owning_entity"), ""), package.owner_org)
    owned = sa.select(package.id).where(owner == entity)
    return sa.or_(
        sa.and_(one.object_type == "organization", one.object_id == entity),
        sa.and_(one.object_type == "dataset", one.object_id.in_(owned)),
    )


def of_dataset(package_id: str, limit: int) -> list[Found]:
    """The events of a dataset and of the requests for it, drafts left out, the newest first."""
    one, person, request = GovernanceEvent, GovernanceEventPerson, GovernanceAccessRequest
    asked = sa.select(request.id).where(
        request.dataset_id == package_id, request.submitted.is_not(None)
    )
    query = (
        sa.select(one, person)
        .outerjoin(person, person.event_id == one.id)
        .where(
            sa.or_(
                sa.and_(one.object_type == "dataset", one.object_id == package_id),
                sa.and_(one.object_type == "request", one.object_id.in_(asked)),
            )
        )
        .order_by(one.id.desc())
        .limit(limit)
    )
    return [(found, apart) for found, apart in model.Session.execute(query)]


def told(
    found: list[Found], *, names: bool, actor: Actor | None = None, may_find: bool = True
) -> list[dict[str, Any]]:
    """Events as the API tells them.

    Args:
        found: the events.
        names: whether everybody is named; else only whoever asks, and their colleagues.
        actor: who asks; needed where not everybody is named.
        may_find: whether they may know of the dataset that a request is about.
    """
    people = {id_ for _one, apart in found if apart for id_ in _ids_in(apart)}
    if not names:
        people = known_to(actor, people)
    known = names_of(people)
    events = [_told(one, apart, known) for one, apart in found]
    if may_find:
        return events
    return [{**one, "data": _without_dataset(one["data"])} for one in events]


def _without_dataset(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in ("kind", "from", "to", "state") if name in data}


def _told(
    one: GovernanceEvent, apart: GovernanceEventPerson | None, names: Mapping[str, str]
) -> dict[str, Any]:
    actor = apart.user_id if apart and apart.user_id in names else None
    subject = apart.subject_id if apart and apart.subject_id in names else None
    return {
        "id": one.id,
        "created": one.created.astimezone(config.timezone()).isoformat(),
        "kind": one.kind,
        "what": event_words.what(one.kind),
        "object_type": one.object_type,
        "object_id": one.object_id,
        "actor": actor,
        "actor_name": names.get(actor or ""),
        "subject": subject,
        "subject_name": names.get(subject or ""),
        "data": one.data,
    }


def _ids_in(apart: GovernanceEventPerson) -> list[str]:
    return [id_ for id_ in (apart.user_id, apart.subject_id) if id_]


def known_to(actor: Actor | None, people: set[str]) -> set[str]:
    """Whose names somebody sees who is not in charge: their own, and their colleagues'.

    Args:
        actor: who looks.
        people: ids of accounts.

    Returns:
        Of these: themselves, and direct members of the entities that they belong to.
    """
    if actor is None or actor.id is None:
        return set()
    member = model.Member
    query = sa.select(member.table_id).where(
        member.table_name == "user",
        member.state == model.State.ACTIVE,
        member.group_id.in_(list(actor.roles)),
        member.table_id.in_(people),
    )
    colleagues = {id_ for id_ in model.Session.scalars(query) if id_}
    return (colleagues | {actor.id}) & people


def names_of(users: Iterable[str]) -> dict[str, str]:
    """Names of accounts, by id; whoever is gone is missing."""
    found = model.Session.scalars(sa.select(model.User).where(model.User.id.in_(list(users))))
    return {user.id: user.display_name for user in found}


def write_table(file: Any, events: Iterable[Mapping[str, Any]]) -> None:
    """Events as a table for spreadsheets (CSV).

    Args:
        file: something to write text to.
        events: as from :func:`told`.
    """
    spreadsheet.write(file, COLUMNS, (_cells_of(one) for one in events))


def _cells_of(one: Mapping[str, Any]) -> list[object]:
    data = json.dumps(one["data"], ensure_ascii=False, sort_keys=True)
    return [data if name == "data" else one[name] for name in COLUMNS]


def note_export(format_: str, filters: Mapping[str, Any], count: int) -> None:
    """Whoever takes the log away leaves a trace in it."""
    asked = {name: value for name, value in filters.items() if value}
    event.record(
        model.Session,
        EXPORTED,
        object_type="log",
        object_id="log",
        user_id=entitlement.actor_in({}).id,
        data={"format": format_, "filters": asked, "count": count},
    )
    model.Session.commit()
