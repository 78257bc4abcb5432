"""A request as people and programs see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import explaining
from ckanext.jena_governance.logic.access_requests.cases import Case, entity_of, entries_of
from ckanext.jena_governance.logic.access_requests.problems import told
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.model import GovernanceAccessRequestEntry
from ckanext.jena_governance.policy import Entity, Statement, granting, requests, say
from ckanext.jena_governance.policy.granting import Light, Part
from ckanext.jena_governance.policy.wording import PLACEHOLDER


def short(case: Case) -> dict[str, Any]:
    """One line of a list."""
    row, today = case.row, config.today()
    due = case.clock.on(today)
    waits = row.state in requests.UNDECIDED
    return {
        "id": row.id,
        "kind": row.kind,
        "state": case.state,
        "state_label": state_label(case),
        "dataset": _dataset(case),
        "owner": _entity(case.owner),
        "entity": _entity(case.entity),
        "requester": _user(row.user_id),
        "created": row.created.isoformat(),
        "submitted": _moment(row.submitted),
        "due": _day(due) if waits else None,
        "is_stopped": row.state in requests.STOPPED,
        "is_overdue": case.clock.is_overdue(row.state, today),
        "since": _day(row.since),
        "until": _day(row.granted_until or row.until),
        "may": list(case.steps()),
    }


def whole(case: Case) -> dict[str, Any]:
    """All of a request that whoever looks may see; JSON can hold it as it is."""
    row = case.row
    partial = case.partiality()
    # Of a dataset that whoever looks may not know of: neither its files nor what its laws mean.
    may_find = case.may_find()
    return {
        **short(case),
        "purpose": row.purpose,
        "norm": row.norm,
        "belongs_to": [_entity(one) for one in case.asker.entities if row.entity_id is None],
        "asked_until": _day(row.until),
        "resources": _parts(case) if may_find else [],
        "whole_dataset": not row.resources,
        "persons": _users(row.persons),
        "wish_hash": requests.wish_hash(case.wish) if may_find else "",
        "light": light(granting.whole(case.lights)) if may_find and case.lights else None,
        "forwarded_to": _entity(entity_of(row.forwarded_to)),
        "decision": _decision(case),
        "grant": _grant(case, may_find=may_find),
        "remedy": remedy(case),
        "thread": _thread(case),
        "partiality": told(partial) if partial is not None else "",
    }


def state_label(case: Case) -> str:
    """The state in words; with the entity that it was forwarded to."""
    label = vocabulary.current().request_states[case.state].label(language())
    to = entity_of(case.row.forwarded_to) if case.state == requests.FORWARDED else None
    return f"{label}: {to.title}" if to is not None else label


def light(one: Light) -> dict[str, Any]:
    """A traffic light in words."""
    why = say(one.why, language(), vocabulary.current())
    return {
        "id": one.id,
        "text": why,
        "needs_norm": one.needs_norm,
        "needs_persons": one.needs_persons,
    }


def remedy(case: Case) -> dict[str, Any]:
    """What can be done against an answer; never an instruction on legal remedies."""
    words, lang = vocabulary.current(), language()
    asking = granting.class_of(case.asker, case.entity)
    row = granting.way_of(asking, case.owner, words)
    if row is None:
        return {"text": "", "no_decision": told(Statement("request_no_decision")), "verify": False}
    filled = {"escalation": escalation()}
    text = PLACEHOLDER.sub(lambda found: filled.get(found[1], ""), row.label(lang))
    return {
        "text": text,
        "no_decision": told(Statement("request_no_decision")),
        "verify": row.verify,
    }


def escalation() -> str:
    """Who settles what a unit cannot, in words."""
    return config.escalation_contact() or told(Statement("request_escalation"))


def _dataset(case: Case) -> dict[str, Any] | None:
    """The dataset; nothing of one whose description whoever looks may not see."""
    package = case.package
    if package is None or not case.may_find():
        return None
    return {
        "id": package.id,
        "name": package.name,
        "title": package.title or package.name,
        "type": package.type,
    }


def _parts(case: Case) -> list[dict[str, Any]]:
    granted = case.row.granted.get("resources") or {}
    pairs: Iterable[tuple[Part, Light]] = zip(case.parts, case.lights, strict=True)
    return [
        {
            "id": part.asset.resource,
            "name": part.name,
            "light": light(one),
            "granted": part.asset.resource in granted,
        }
        for part, one in pairs
    ]


def _decision(case: Case) -> dict[str, Any] | None:
    """The answer; who gave it is for those in charge, everybody else deals with the entity."""
    row, lang = case.row, language()
    if row.decided is None:
        return None
    said = dict(row.decision)
    named = said.get("legal_basis") or []
    revoked = dict(said.get("revoked") or {})
    if revoked:
        bases = revoked.get("legal_basis") or []
        revoked["legal_basis"] = [explaining.basis_of(id_, lang) for id_ in bases]
    sees_who = case.actor.sysadmin or requests.DECIDER in case.played
    return {
        **said,
        "revoked": revoked or None,
        "legal_basis": [explaining.basis_of(id_, lang) for id_ in named],
        "decided": _moment(row.decided),
        "decider": _user(row.decider_id) if sees_who and row.decider_id else None,
    }


def _grant(case: Case, *, may_find: bool) -> dict[str, Any] | None:
    row = case.row
    if not row.granted:
        return None
    return {
        "since": _day(row.since),
        "until": _day(row.granted_until),
        "in_force": case.state == requests.APPROVED
        and granting.lasts(row.granted, case.asker.roles),
        "member_of": _entity(entity_of(row.granted.get("member_of"))),
        "outside": bool(row.granted.get("outside")),
        "resources": (row.granted.get("resources") or {}) if may_find else {},
        "owner": row.granted.get("owner"),
        "persons": _users(row.grantees),
        "whole_entity": not row.grantees,
    }


def _thread(case: Case) -> list[dict[str, Any]]:
    """All that was done and said. Officials speak for their entity, not in their own name.

    Recipients of a forwarded request speak for theirs, not for the owner.
    """
    names, labels = vocabulary.current().request_steps, _labels()
    asks = _user(case.row.user_id)
    owner = case.owner.title if case.owner else "–"

    def speaker(entry: GovernanceAccessRequestEntry) -> str:
        if entry.user_id == case.row.user_id:
            return asks["title"]
        if entry.entity_id is None:
            return owner
        entity = entity_of(entry.entity_id)
        return entity.title if entity is not None else "–"

    return [
        {
            "created": entry.created.isoformat(),
            "step": entry.step,
            "label": names[entry.step].label(language()) if entry.step in names else entry.step,
            "by": speaker(entry),
            "is_requester": entry.user_id == case.row.user_id,
            "text": entry.text,
            "fields": [{"id": name, "label": labels[name]} for name in entry.fields or ()],
        }
        for entry in entries_of(case.row.id)
    ]


def _labels() -> dict[str, str]:
    """What the pages call the fields of a wish."""
    return {
        "resources": tk._("Files"),
        "entity": tk._("For whom"),
        "purpose": tk._("Purpose"),
        "until": tk._("Until"),
        "persons": tk._("Named persons"),
        "norm": tk._("Task or norm"),
    }


def _entity(entity: Entity | None) -> dict[str, Any] | None:
    if entity is None:
        return None
    classes = vocabulary.current().entity_classes
    kind = entity.entity_class or "external"
    return {
        "id": entity.id,
        "title": entity.title,
        "entity_class": kind,
        "class_label": classes[kind].label(language()) if kind in classes else kind,
        "in_group": entity.in_group,
    }


def _user(id_: str | None) -> dict[str, str]:
    return _users([id_ or ""])[0]


def _users(ids: Iterable[str]) -> list[dict[str, str]]:
    """Names; of an account that is gone, none."""
    wanted = list(ids)
    query = sa.select(model.User).where(model.User.id.in_(wanted), model.User.state == "active")
    known = {user.id: user for user in model.Session.scalars(query)} if wanted else {}
    return [
        {
            "id": id_,
            "name": known[id_].name if id_ in known else "",
            "title": (known[id_].display_name or known[id_].name) if id_ in known else "–",
        }
        for id_ in wanted
    ]


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
