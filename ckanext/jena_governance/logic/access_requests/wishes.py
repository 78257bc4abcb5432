"""What somebody asks for: read from what they sent, and held against what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.access import charge, entitlement, facts
from ckanext.jena_governance.logic.access_requests.cases import Case, Row
from ckanext.jena_governance.logic.access_requests.problems import refuse, refuse_field
from ckanext.jena_governance.model import GovernanceEvent
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import Actor, Entity, Statement, granting, requests
from ckanext.jena_governance.policy.granting import ALLOWED, Problem

MAX_PERSONS = 50
_DAY = timedelta(days=1)

# One lock for each person: their quotas, and asking twice at the same moment.
_LOCK = 0x6A656E62


def package_in(context: Context, reference: object) -> model.Package:
    """The dataset that is asked for.

    Raises:
        ckan.logic.NotFound: there is none, or whoever asks may not know of it: one answer.
    """
    package = charge.package_for(context, reference)
    if package is None or package.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return package


def queue_up(actor: Actor) -> None:
    """Let nobody do two things at once that are counted."""
    model.Session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(_LOCK, sa.func.hashtext(actor.id)))
    )


def apply(row: Row, actor: Actor, package: model.Package | None, data: Mapping[str, Any]) -> None:
    """Take over what was sent; what is missing stays as it is.

    Args:
        row: the request; new, or locked.
        actor: who asks.
        package: the dataset.
        data: validated input.

    Raises:
        ckan.logic.ValidationError: names the field that means nothing here.
    """
    if "resources" in data:
        row.resources = _resources(package, data["resources"])
    if "entity" in data:
        entity = _entity(actor, package, data["entity"])
        if (entity.id if entity else None) != row.entity_id and "persons" not in data:
            row.persons = []
        row.entity_id = entity.id if entity else None
    if "persons" in data:
        row.persons = _persons(row.entity_id, data["persons"])
    for field in ("purpose", "norm"):
        if field in data:
            setattr(row, field, str(data[field] or "").strip())
    if "until" in data:
        row.until = data["until"]
    row.modified = now()


def require_complete(case: Case) -> None:
    """What a request needs before it goes out.

    Quotas are another matter (``require_quota``): whoever has asked already can answer questions.

    Raises:
        ckan.logic.ValidationError: names all that is missing.
    """
    row, today = case.row, config.today()
    problems = list(granting.until_problems(row.until, today))
    if not row.purpose:
        problems.append(Problem("purpose", Statement("request_needs_purpose")))
    if row.entity_id is not None and row.entity_id not in case.asker.roles:
        problems.append(Problem("entity", Statement("request_not_yours")))
    if not case.parts:
        problems.append(Problem("resources", Statement("request_no_parts")))
    else:
        light = granting.whole(case.lights)
        if light.id == ALLOWED:
            problems.append(Problem("resources", Statement("request_allowed_already")))
        if light.needs_norm and not row.norm:
            problems.append(Problem("norm", Statement("request_needs_norm")))
        if light.needs_persons and not row.persons:
            problems.append(Problem("persons", Statement("request_needs_persons")))
    refuse(problems)
    _require_no_twin(row)


def require_pace(actor: Actor) -> None:
    """Nobody begins more than so many in a day: each leaves a row, an event and maybe mails.

    What was withdrawn counts, or asking and withdrawing could go on for ever.

    Raises:
        ckan.logic.ValidationError: says what to do.
    """
    query = sa.select(sa.func.count()).where(Row.user_id == actor.id, Row.created > now() - _DAY)
    if (model.Session.scalar(query) or 0) >= requests.MAX_A_DAY:
        message = tk._(
            "You have begun {limit} requests, drafts or questions within 24 hours, including those "
            "that you withdrew. Go on tomorrow"
        )
        refuse_field("requests", message.format(limit=requests.MAX_A_DAY))


def require_calm(row: Row) -> None:
    """Nobody changes the same request more than so many times in a day: each is recorded.

    Raises:
        ckan.logic.ValidationError: says what to do.
    """
    query = sa.select(sa.func.count()).where(
        GovernanceEvent.object_id == row.id,
        GovernanceEvent.kind == "request.update",
        GovernanceEvent.created > now() - _DAY,
    )
    if (model.Session.scalar(query) or 0) >= requests.MAX_CHANGES_A_DAY:
        message = tk._(
            "You have changed this request {limit} times within 24 hours. Go on tomorrow"
        )
        refuse_field("request", message.format(limit=requests.MAX_CHANGES_A_DAY))


def require_draft_quota(actor: Actor) -> None:
    """Nobody keeps more than a handful of drafts.

    Raises:
        ckan.logic.ValidationError: says what to do.
    """
    if _count(actor.id, [requests.DRAFT]) >= requests.MAX_DRAFTS:
        message = tk._("You have {limit} drafts already. Submit or withdraw one of them first")
        refuse_field("drafts", message.format(limit=requests.MAX_DRAFTS))


def members_of(entity: Entity, references: Iterable[str]) -> tuple[list[str], list[str]]:
    """Direct, active members of an entity by id or name.

    Args:
        entity: the entity.
        references: ids or names of users.

    Returns:
        Ids of those who are members, and the references that are none; accounts that do not
        exist are no different from those that belong elsewhere.
    """
    wanted = list(dict.fromkeys(one.strip() for one in references if one.strip()))
    user, member = model.User, model.Member
    query = (
        sa.select(user.id, user.name)
        .join(member, member.table_id == user.id)
        .where(
            member.table_name == "user",
            member.group_id == entity.id,
            member.state == model.State.ACTIVE,
            user.state == model.State.ACTIVE,
            sa.or_(user.id.in_(wanted), user.name.in_(wanted)),
        )
    )
    found: dict[str, str] = {}
    for id_, name in model.Session.execute(query):
        found[name] = id_
        found[id_] = id_
    known = [found[one] for one in wanted if one in found]
    return list(dict.fromkeys(known)), [one for one in wanted if one not in found]


def _resources(package: model.Package | None, wanted: Iterable[str]) -> list[str]:
    listed = list(dict.fromkeys(wanted))
    there = {one.id for one in package.resources} if package is not None else set[str]()
    missing = [one for one in listed if one not in there]
    if missing:
        message = tk._("This dataset has no such resource: {ids}")
        refuse_field("resources", message.format(ids=", ".join(one[:80] for one in missing)))
    return listed


def _entity(actor: Actor, package: model.Package | None, reference: str) -> Entity | None:
    if not reference:
        return None
    entity = facts.entities_of([reference]).get(reference)
    if entity is None or entity.id not in actor.roles:
        refuse_field("entity", tk._("You do not directly belong to such an entity"))
    owner = charge.owner_of(package) if package is not None else None
    if entity is not None and owner is not None and entity.id == owner.id:
        message = tk._(
            "These are data of this entity itself. Ask for yourself: access inside of it is "
            "given to persons"
        )
        refuse_field("entity", message)
    return entity


def _persons(entity_id: str | None, references: list[str]) -> list[str]:
    if not references:
        return []
    entity = facts.entities_of([entity_id]).get(entity_id) if entity_id else None
    if entity is None:
        message = tk._("Persons are named for an entity. For yourself you need not name anybody")
        refuse_field("persons", message)
    assert entity is not None  # noqa: S101 - refused above
    if len(references) > MAX_PERSONS:
        message = tk._("At most {limit} persons are possible")
        refuse_field("persons", message.format(limit=MAX_PERSONS))
    found, unknown = members_of(entity, references)
    if unknown:
        message = tk._("Not among the direct members of {entity}: {names}").format(
            entity=entity.title, names=", ".join(one[:80] for one in unknown)
        )
        refuse_field("persons", message)
    return found


def _require_no_twin(row: Row) -> None:
    """The same thing is asked for once, however often somebody presses the button."""
    same = sa.select(Row.id).where(
        Row.id != row.id,
        Row.user_id == row.user_id,
        Row.kind == row.kind,
        Row.dataset_id == row.dataset_id,
        Row.entity_id.is_not_distinct_from(row.entity_id),
        Row.state.in_(requests.UNDECIDED),
        sa.or_(Row.resources == row.resources, Row.resources == []) if row.resources else sa.true(),
    )
    twin = model.Session.scalar(same.limit(1))
    if twin is not None:
        message = tk._("You have asked for this already: request {id} waits for an answer")
        refuse_field("request", message.format(id=twin))


def require_quota(row: Row) -> None:
    """Nobody has more than so many requests open.

    Raises:
        ckan.logic.ValidationError: says what to do.
    """
    if _count(row.user_id, requests.UNDECIDED) >= requests.MAX_OPEN:
        message = tk._(
            "You have {limit} open requests already. Wait for an answer, or withdraw one of them"
        )
        refuse_field("requests", message.format(limit=requests.MAX_OPEN))


def _count(user_id: str | None, states: Iterable[str]) -> int:
    query = sa.select(sa.func.count()).where(Row.user_id == user_id, Row.state.in_(states))
    return model.Session.scalar(query) or 0


def actor_in(context: Context) -> Actor:
    """Who asks.

    Raises:
        ckan.logic.NotAuthorized: nobody who is signed in and active.
    """
    actor = entitlement.actor_in(context)
    if actor.id is None:
        raise tk.NotAuthorized(tk._("Sign in to ask for access"))
    return actor
