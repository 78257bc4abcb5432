"""What those in charge answer, held against the rules at the moment of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import ckantoolkit as tk
from ckan import model

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import entitlement, facts, stored
from ckanext.jena_governance.logic.access_requests import steps, wishes
from ckanext.jena_governance.logic.access_requests.cases import Case
from ckanext.jena_governance.logic.access_requests.problems import refuse, refuse_field, told
from ckanext.jena_governance.model.entity import now
from ckanext.jena_governance.policy import (
    ANONYMOUS,
    LOCK,
    OPEN,
    VIEWABLE,
    Entity,
    Statement,
    granting,
    requests,
    state_of,
)
from ckanext.jena_governance.policy.granting import ALLOWED, Asked, Offer, Part

# Which fields go with which decision, beside ``id`` and ``decision``.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "approve": ("until", "resources", "persons", "norm", "role", "conditions", "onward", "text"),
    "deny": ("legal_basis", "text", "way_on"),
    "return": ("text",),
    "hear": ("text",),
    "resume": ("text",),
    "refer": ("text",),
    "not_available": ("text", "way_on"),
    "reply": ("outcome", "open_version", "legal_basis", "text"),
}
# For what the recipient uses data on persons.
ROLES = ("own", "processor", "joint")
# How a question "Why is this not open?" is answered.
OUTCOMES = ("opened", "open_version", "confirmed")
BREACHES = ("law", "purpose_ended", "conditions_broken")
# All that somebody types into an answer.
_TEXTS = ("text", "way_on", "conditions", "norm", "open_version")


def decide(case: Case, decision: str, data: Mapping[str, Any], read: str = "") -> None:
    """Answer a request and commit.

    Args:
        case: the request, locked.
        decision: one of ``policy.requests.DECISIONS``.
        data: validated input.
        read: hash of the wish that was read; empty if whoever decides does not say.

    Raises:
        ckan.logic.NotAuthorized: somebody else decides.
        ckan.logic.ValidationError: names what is missing, or what the law says; the wish is not
            the one that was read.
    """
    steps.require(case, decision)
    _require_as_read(case, read)
    _require_fitting(decision, data)
    steps.require_no_location(case, **{name: str(data.get(name) or "") for name in _TEXTS})
    _ANSWERS[decision](case, data)


def forward(case: Case, reference: str, text: str) -> None:
    """Pass a request on to another entity."""
    steps.require(case, "forward")
    steps.require_no_location(case, text=text)
    entity = facts.entities_of([reference]).get(reference)
    if entity is None or entity.entity_class is None:
        refuse_field("entity", tk._("There is no such entity of the city group"))
    assert entity is not None  # noqa: S101 - refused above
    if entity.id in (case.row.forwarded_to, case.owner.id if case.owner else None):
        refuse_field("entity", tk._("The request is with this entity already"))
    case.row.forwarded_to = entity.id
    steps.take(case, "forward", text, to_entity=entity.id)


def revoke(case: Case, data: Mapping[str, Any]) -> None:
    """Take a grant back before its end: again not without a ground."""
    steps.require(case, "revoke")
    text = str(data.get("text") or "").strip()
    steps.require_no_location(case, text=text)
    ground, named = str(data.get("ground") or "law"), list(data.get("legal_basis") or [])
    if not text:
        refuse_field("text", _say("request_needs_text"))
    if ground not in BREACHES:
        refuse_field("ground", _choice(BREACHES))
    if ground == "law":
        _require_law(case, named)
    else:
        named = []
    case.row.decision = {
        **case.row.decision,
        "revoked": {"ground": ground, "legal_basis": named, "text": text},
    }
    _sign(case)
    steps.take(case, "revoke", text, ground=ground, legal_basis=named)


def _approve(case: Case, data: Mapping[str, Any]) -> None:
    row, today = case.row, config.today()
    entity = _beneficiary(case)
    parts = _chosen(case, data.get("resources"))
    norm, role = str(data.get("norm") or row.norm or "").strip(), str(data.get("role") or "")
    persons = _named(case, entity, data.get("persons"))
    offer = Offer(
        parts=parts,
        until=data.get("until") or row.until,
        norm=norm,
        role=role,
        entity=entity,
        persons=frozenset(persons),
    )
    asked = Asked(until=row.until, persons=frozenset(row.persons))
    refuse(granting.grant_problems(case.asker, offer, asked, today))
    if role and role not in ROLES:
        refuse_field("role", _choice(ROLES))
    assert offer.until is not None  # noqa: S101 - refused above
    for_themselves = case.asker if entity is None else ANONYMOUS
    snapshot = granting.snapshot_of(parts, today, for_themselves)
    row.granted, row.since, row.granted_until = snapshot, today, offer.until
    row.grantees = persons if entity is not None else [row.user_id]
    # What the grant ends with is what the time until it is erased begins with.
    row.ended = offer.until
    text = str(data.get("text") or "").strip()
    row.decision = {
        "decision": "approve",
        "norm": norm,
        "role": role,
        "conditions": str(data.get("conditions") or "").strip(),
        "onward": bool(data.get("onward")),
        "text": text,
    }
    _sign(case)
    given = {"until": offer.until.isoformat(), "persons": len(persons), **snapshot}
    steps.take(case, "approve", text, granted=given)
    facts.forget_entities()


def _deny(case: Case, data: Mapping[str, Any]) -> None:
    named = list(data.get("legal_basis") or [])
    text, way_on = (str(data.get(name) or "").strip() for name in ("text", "way_on"))
    parts = case.parts
    if parts and all(light.id == ALLOWED for light in case.lights):
        refuse_field("legal_basis", _say("request_allowed_already"))
    refuse(
        granting.denial_problems(
            case.asker,
            parts,
            case.entity,
            named,
            text,
            way_on,
            vocabulary.current(),
            config.today(),
        )
    )
    case.row.decision = {
        "decision": "deny",
        "legal_basis": named,
        "text": text,
        "way_on": way_on,
    }
    _sign(case)
    steps.take(case, "deny", text, legal_basis=named)


def _not_available(case: Case, data: Mapping[str, Any]) -> None:
    refuse(case.absence())
    text = _required_text(data)
    case.row.decision = {
        "decision": "not_available",
        "text": text,
        "way_on": str(data.get("way_on") or "").strip(),
    }
    _sign(case)
    steps.take(case, "not_available", text)


def _ask(case: Case, data: Mapping[str, Any]) -> None:
    steps.take(case, "return", _required_text(data))


def _move(step: str) -> Callable[[Case, Mapping[str, Any]], None]:
    def run(case: Case, data: Mapping[str, Any]) -> None:
        steps.take(case, step, str(data.get("text") or "").strip())

    return run


def _refer(case: Case, data: Mapping[str, Any]) -> None:
    steps.take(case, "refer", _required_text(data))


def _reply(case: Case, data: Mapping[str, Any]) -> None:
    """Why is this not open? Opened; the open version; or the ground, confirmed."""
    outcome = str(data.get("outcome") or "")
    text, named = str(data.get("text") or "").strip(), list(data.get("legal_basis") or [])
    version = str(data.get("open_version") or "").strip()
    if outcome not in OUTCOMES:
        refuse_field("outcome", _choice(OUTCOMES))
    if outcome == "opened":
        _require_open(case)
    if outcome == "open_version":
        version = _public_version(case, version)
    if outcome == "confirmed":
        _require_ground(case, named, text)
    case.row.decision = {
        "decision": "reply",
        "outcome": outcome,
        "open_version": version if outcome == "open_version" else "",
        "legal_basis": named if outcome == "confirmed" else [],
        "text": text,
    }
    _sign(case)
    steps.take(case, "reply", text, outcome=outcome, legal_basis=case.row.decision["legal_basis"])


def _require_open(case: Case) -> None:
    package = case.package
    is_open = (
        package is not None
        and not entitlement.is_dataset_restricted(package)
        and not any(entitlement.is_restricted(one) for one in package.resources)
    )
    if not is_open:
        refuse_field("outcome", tk._("The data are not open yet. Open them first, then answer"))


def _public_version(case: Case, reference: str) -> str:
    """An address elsewhere, or the name of another dataset whose data everybody gets."""
    here = urlsplit(tk.config["ckan.site_url"]).hostname
    if reference.startswith(("https://", "http://")) and _host(reference) not in ("", here):
        return reference
    package = model.Package.get(reference) if reference else None
    if package is None or package.id == case.row.dataset_id or not _is_open(package):
        message = tk._(
            "Name another dataset of this portal that is public and open and holds data, or give "
            "an address elsewhere (https://…)"
        )
        refuse_field("open_version", message)
    assert package is not None  # noqa: S101 - refused above
    return package.name


def _host(address: str) -> str:
    """The host of an address; empty for what is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_open(package: model.Package) -> bool:
    """Whether everybody finds a dataset, and gets all of its data: it has some."""
    if package.private or package.state != model.State.ACTIVE:
        return False
    parts = [stored.resource_of(one) for one in package.resources]
    dataset = {**stored.dataset_of(package), "resources": parts}
    return state_of(dataset, None, vocabulary.current(), config.today()) in (OPEN, VIEWABLE)


def _require_ground(case: Case, named: list[str], text: str) -> None:
    """The grounds of the data themselves; the provisional lock is none."""
    known = vocabulary.current().bases
    bases = {id_ for part in case.parts for id_ in part.asset.bases}
    if not named:
        refuse_field("legal_basis", tk._("Which legal basis do you confirm?"))
    for id_ in named:
        if id_ not in bases or id_ not in known or id_ == LOCK:
            message = tk._("“{basis}” does not stand against opening these data").format(basis=id_)
            refuse_field("legal_basis", message)
    if not text:
        refuse_field("text", _say("request_needs_text"))


def _require_law(case: Case, named: list[str]) -> None:
    words = vocabulary.current()
    possible = granting.forbidding(case.parts, words)
    if not named or any(id_ not in possible for id_ in named):
        message = tk._(
            "Name a legal basis of the data that forbids the transfer, or another ground: the "
            "purpose has ended, or the conditions were broken"
        )
        refuse_field("legal_basis", message)


def _beneficiary(case: Case) -> Entity | None:
    """For whom; somebody who is gone, or has left the entity, gets nothing."""
    row = case.row
    if case.asker.id is None:
        refuse_field("state", tk._("The account that asked is not active any more"))
    if row.entity_id is None:
        return None
    if case.entity is None or row.entity_id not in case.asker.roles:
        message = tk._("Whoever asked does not belong to the entity any more that it is for")
        refuse_field("state", message)
    return case.entity


def _chosen(case: Case, wanted: list[str] | None) -> list[Part]:
    """The parts to be granted: of those asked for, and without what needs no grant."""
    there = {part.asset.resource: part for part in case.parts}
    if wanted is not None:
        strange = [id_ for id_ in wanted if id_ not in there]
        if strange:
            message = tk._("This was not asked for, or is not there any more: {ids}")
            refuse_field("resources", message.format(ids=", ".join(one[:80] for one in strange)))
        return [there[id_] for id_ in dict.fromkeys(wanted)]
    needed = [
        part for part, light in zip(case.parts, case.lights, strict=True) if light.id != ALLOWED
    ]
    return needed or case.parts


def _named(case: Case, entity: Entity | None, wanted: list[str] | None) -> list[str]:
    """The persons to be let in: of those asked for, and still members of the entity."""
    if entity is None:
        return []
    references = case.row.persons if wanted is None else wanted
    if not references:
        # Dropping every name would let in the whole entity instead of some.
        if case.row.persons:
            refuse_field("persons", _say("request_needs_persons"))
        return []
    found, unknown = wishes.members_of(entity, references)
    if unknown:
        message = tk._("Not among the direct members of {entity} any more: {names}").format(
            entity=entity.title, names=", ".join(one[:80] for one in unknown)
        )
        refuse_field("persons", message)
    return found


def _sign(case: Case) -> None:
    case.row.decided, case.row.decider_id = now(), case.actor.id


def _required_text(data: Mapping[str, Any]) -> str:
    text = str(data.get("text") or "").strip()
    if not text:
        refuse_field("text", _say("request_needs_text"))
    return text


def _require_as_read(case: Case, read: str) -> None:
    """Under the lock: what is answered is what was read."""
    if read and read != requests.wish_hash(case.wish):
        message = tk._(
            "The request, or the files that it covers, have changed since you read them. Read them "
            "again, then answer"
        )
        refuse_field("wish_hash", message)


def _require_fitting(decision: str, data: Mapping[str, Any]) -> None:
    """A norm beside a denial, or a law beside a grant, is a mistake that somebody should see."""
    idle = [
        name
        for name, value in data.items()
        if value and name not in (*FIELDS[decision], "id", "decision")
    ]
    if idle:
        message = tk._("This does not go with the decision “{decision}”").format(decision=decision)
        raise tk.ValidationError({name: [message] for name in idle})


def _say(code: str) -> str:
    return told(Statement(code))


def _choice(options: tuple[str, ...]) -> str:
    return tk._("Choose one of: {options}").format(options=", ".join(options))


_ANSWERS: Mapping[str, Callable[[Case, Mapping[str, Any]], None]] = {
    "approve": _approve,
    "deny": _deny,
    "return": _ask,
    "hear": _move("hear"),
    "resume": _move("resume"),
    "not_available": _not_available,
    "refer": _refer,
    "reply": _reply,
}
