"""R11 in a write: who may let more people see data, what they must say, who else must agree."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import charge, entitlement, facts, stored, vault
from ckanext.jena_governance.logic import enforcement, locations, proposals
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.logic.proposals import Proposal
from ckanext.jena_governance.model import GovernanceEvent, event
from ckanext.jena_governance.policy import (
    ERROR,
    OPEN,
    RESERVED_KEYS,
    Actor,
    Entity,
    Finding,
    Loosening,
    loosening,
    values,
)

RULE = "R11"
REASON = "opening_reason"
IF_OPENNESS = "if_openness"
PENDING = "opening_pending"
MAX_REASON = values.MAX_TEXT

LOOSENED = "dataset.loosened"
RESTRICTED = "dataset.restricted"
UNPUBLISHED = "dataset.unpublished"

Dataset = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """What a write says about itself.

    Attributes:
        reason: what has changed.
        levels: the levels it was made for, by resource id (``""``: the dataset).
    """

    reason: object = None
    levels: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass
class Opening:
    """What R11 makes of a write.

    Attributes:
        package_id: the dataset; empty on creation.
        user: id of whoever writes.
        what: how it lets more people see data.
        refusing: the findings because of which it may not.
        records: kinds and data of the events to be written with it.
        waits: whether it waits for a second person; then it is saved without the opening.
        message: what whoever writes is told then.
        number: of the proposal, once it is recorded.
    """

    package_id: str = ""
    user: str | None = None
    what: list[Loosening] = field(default_factory=list[Loosening])
    refusing: list[Finding] = field(default_factory=list[Finding])
    records: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )
    waits: bool = False
    message: str = ""
    number: int | None = None
    is_recorded: bool = False


_confirming: ContextVar[Proposal | None] = ContextVar("jena_governance_confirming", default=None)
_recording: ContextVar[Opening | None] = ContextVar("jena_governance_recording", default=None)
_last: ContextVar[list[Opening] | None] = ContextVar("jena_governance_openings", default=None)


def take_out(submitted: Dataset) -> tuple[Said, dict[str, Any]]:
    """Separate what a write says about itself from what shall be stored.

    Args:
        submitted: the dictionary of ``package_create`` or ``package_update``; not changed.

    Returns:
        What it says, and a copy without the reserved keys. Forms of resources say it there.
    """
    data = {key: value for key, value in submitted.items() if key not in RESERVED_KEYS}
    holders: list[Dataset] = [submitted]
    if isinstance(data.get("resources"), list):
        listed = cast("list[Any]", data["resources"])
        holders += [item for item in listed if isinstance(item, Mapping)]
        data["resources"] = [_without_reserved(item) for item in listed]
    reasons = (holder.get(REASON) for holder in holders)
    reason = next((one for one in reasons if not values.is_blank(one)), None)
    levels = {
        "" if holder is submitted else str(holder.get("id") or "?"): holder[IF_OPENNESS]
        for holder in holders
        if IF_OPENNESS in holder
    }
    return Said(reason, levels), data


def _without_reserved(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    resource = cast("dict[str, Any]", item)
    return {key: value for key, value in resource.items() if key not in RESERVED_KEYS}


def weigh(context: Context, stored_: Dataset | None, whole: Dataset, said: Said) -> Opening:
    """Hold a write against R11.

    Args:
        context: CKAN's context; says who writes.
        stored_: the dataset as ``package_show`` gives it; ``None`` on creation.
        whole: the dataset as it would be stored, with its resources.
        said: what the write says about itself.

    Returns:
        What becomes of it. Nothing is written yet.

    Source:
        Design §4, R11 and "When a rule refuses".
    """
    package = model.Session.get(model.Package, str(stored_["id"])) if stored_ else None
    if stored_ is None or package is None:
        return Opening()
    actor = entitlement.actor_in(context)
    opening = Opening(package_id=package.id, user=actor.id, refusing=list(_stale(stored_, said)))
    if whole.get("state") == "draft" and package.state != "draft":
        opening.records.append((UNPUBLISHED, {}))
    whole = _with_owner_ids(whole)
    opening.what = _loosenings(package, whole)
    confirmed = _confirming.get()
    if confirmed is not None and confirmed.package_id == package.id:
        _confirm(opening, confirmed, stored_, whole)
    elif not opening.what:
        if (closed := _closings(package, stored_, whole)) is not None:
            opening.records.append((RESTRICTED, {"changes": closed}))
        return opening
    elif enforcement.is_machine(context) or not _may_open(actor, package):
        opening.refusing.append(_not_entitled(opening.what[0], charge.owner_of(package)))
    elif not _was_never_published(package):
        _ask(opening, package, stored_, whole, said)
    return opening


def hold(stored_: Dataset, data: Dataset) -> dict[str, Any]:
    """A write that waits, without what it opens: that stays as it is stored."""
    return loosening.hold(stored_, _with_owner_ids(data))[0]


@contextmanager
def confirming(proposal: Proposal) -> Generator[None]:
    """Within, a write of this dataset is the confirmed proposal. Only the server can say so."""
    token = _confirming.set(proposal)
    try:
        yield
    finally:
        _confirming.reset(token)


@contextmanager
def recorded(context: Context, opening: Opening) -> Generator[None]:
    """Within, a write is saved; its events are written in the same transaction.

    Args:
        context: CKAN's context; with ``defer_commit`` nothing is committed here.
        opening: what R11 made of the write.
    """
    token = _recording.set(opening)
    try:
        yield
    finally:
        _recording.reset(token)
    if opening.records and not opening.is_recorded:
        # CKAN saves nothing where nothing else changed; what was said counts all the same.
        _record(opening)
        if not context.get("defer_commit"):
            model.repo.commit()
    seen = _last.get()
    if seen is not None:
        seen.append(opening)


def note(package: model.Package) -> None:
    """Write the events of the write that CKAN is saving (``IPackageController.edit``)."""
    opening = _recording.get()
    if opening is not None and opening.package_id == package.id and not opening.is_recorded:
        _record(opening)


@contextmanager
def watching() -> Generator[list[Opening]]:
    """Collect what R11 made of the writes within, for callers that get only a resource back."""
    seen: list[Opening] = []
    token = _last.set(seen)
    try:
        yield seen
    finally:
        _last.reset(token)


def announce(result: Any, opening: Opening) -> Any:
    """Tell whoever wrote that something waits: in the answer, and on a page.

    Args:
        result: what an action returns.
        opening: what R11 made of the write.

    Returns:
        The result; with ``opening_pending`` if something waits and it is a dictionary.
    """
    if not opening.waits or opening.number is None:
        return result
    if tk.request and tk.get_endpoint()[0] != "api":
        tk.h.flash_notice(opening.message)
    return tell(result, opening)


def tell(result: Any, opening: Opening) -> Any:
    """The same for the answer only."""
    if not opening.waits or not isinstance(result, dict):
        return result
    proposed = next(data["to"] for kind, data in opening.records if kind == proposals.PROPOSED)
    waiting = {"proposal": opening.number, "fields": proposed, "message": opening.message}
    return {**cast("dict[str, Any]", result), PENDING: waiting}


def _loosenings(package: model.Package, whole: Dataset) -> list[Loosening]:
    """Against the database itself: what was shown may come from the index."""
    before = stored.dataset_of(package)
    before["resources"] = [stored.resource_of(one) for one in package.resources]
    vaulted = set(vault.rows_of(package.id))
    return policy.loosenings(
        _with_owner_ids(before),
        whole,
        vocabulary.current(),
        config.today(),
        vaulted=vaulted,
    )


def _with_owner_ids(dataset: Dataset) -> dict[str, Any]:
    """The dataset with owner and publisher by id: names of both are accepted on input."""
    known = facts.facts_of(dict(dataset))
    ids: dict[str, Any] = {}
    if known.publisher is not None:
        ids["owner_org"] = known.publisher.id
    if known.owner is not None:
        ids["owning_entity"] = known.owner.id
    return {**dataset, **ids}


def _may_open(actor: Actor, package: model.Package) -> bool:
    """A direct editor or admin of the owner, as the database has both; or a sysadmin."""
    return charge.may_tend(actor, package)


def _was_never_published(package: model.Package) -> bool:
    """Nobody but its editors has ever seen such a draft; they may still change their minds."""
    if package.state != "draft":
        return False
    event_ = GovernanceEvent
    query = sa.select(event_.id).where(event_.object_id == package.id, event_.kind == UNPUBLISHED)
    return model.Session.scalar(query.limit(1)) is None


def _ask(
    opening: Opening, package: model.Package, stored_: Dataset, whole: Dataset, said: Said
) -> None:
    """What has changed? And does a second person have to agree?"""
    words = vocabulary.current()
    bases = sorted({basis for one in opening.what for basis in one.bases})
    reason = values.text(said.reason)
    unsaid = _missing_reason(reason, opening.what[0], bases)
    if unsaid is not None:
        opening.refusing.append(unsaid)
        return
    second = next((id_ for id_ in bases if policy.needs_second([id_], words)), None)
    what = [_plain(one) for one in opening.what]
    if second is None:
        changed = proposals.changes(stored_, whole)
        data = {"reason": reason, "what": what, "changes": changed}
        opening.records.append((LOOSENED, data))
    else:
        _held, fields = loosening.hold(stored_, whole)
        made_for = loosening.snapshot(stored_)
        data = {"reason": reason, "what": what, "from": made_for, "to": fields, "basis": second}
        opening.records.append((proposals.PROPOSED, data))
        opening.waits = True
        opening.message = _render(
            "R11_pending", basis=second, entity=_name(charge.owner_of(package))
        )
    opening.refusing += _telling_a_location(stored_, data)


def _closings(package: model.Package, stored_: Dataset, whole: Dataset) -> dict[str, Any] | None:
    """What a write without any loosening changes in the levels, for the record."""
    if package.state == "draft":
        return None
    changed = proposals.changes(stored_, whole)
    was, now = _level_text(stored_, OPEN), _level_text(whole, OPEN)
    closes = any(
        _is_closing(level["from"] or (was if id_ else OPEN), level["to"] or (now if id_ else OPEN))
        for id_, fields in changed.items()
        if (level := fields.get("openness"))
    )
    return changed if closes else None


def _is_closing(before: str, after: str) -> bool:
    is_known = before in policy.LEVELS and after in policy.LEVELS
    return is_known and policy.is_more_closed(after, before)


def _missing_reason(reason: str | None, first: Loosening, bases: list[str]) -> Finding | None:
    options = list(vocabulary.current().opening_reasons)
    if reason is None:
        return _finding("value_text", REASON)
    if len(reason) > MAX_REASON:
        return _finding("value_long", REASON, limit=MAX_REASON)
    if reason:
        return None
    if not bases:
        return _finding("R11_level", REASON, level=_level_of(first), options=options)
    return _finding("R11_open", REASON, basis=(first.bases or bases)[0], options=options)


def _level_of(one: Loosening) -> str:
    return one.before if one.kind == "level" else policy.CLOSED


def _telling_a_location(stored_: Dataset, data: dict[str, Any]) -> list[Finding]:
    """Neither the answer nor what is proposed may hold the location of what is not open yet."""
    told = {**stored_, REASON: data["reason"], "permission": data.get("to")}
    if policy.LOCK in (values.ids(stored_.get("legal_basis")) or []):
        # While the lock holds, texts that everybody has read already are let be. Ours are new.
        told |= {"legal_basis": [], "openness": policy.CLOSED}
    found = locations.findings_of(stored_, told)
    return [finding for finding in found if finding.field in (REASON, "permission")]


def _confirm(opening: Opening, proposal: Proposal, stored_: Dataset, whole: Dataset) -> None:
    data = {
        "reason": proposal.reason,
        "proposal": proposal.number,
        "what": [_plain(one) for one in opening.what],
        "changes": proposals.changes(stored_, whole),
    }
    opening.records.append((proposals.CONFIRMED, {"proposal": proposal.number}))
    if opening.what:
        opening.records.append((LOOSENED, data))


def _stale(stored_: Dataset, said: Said) -> Iterator[Finding]:
    """The level has changed since the form was loaded."""
    known: dict[str, Dataset] = {"": stored_}
    for resource in values.resources_of(stored_):
        known.setdefault(str(resource.get("id") or "?"), resource)
    for position, (id_, resource) in enumerate(known.items(), start=-1):
        if id_ not in said.levels:
            continue
        default = OPEN if not id_ else ""
        now = _level_text(resource, default)
        then = values.text(said.levels[id_])
        if (then or default) != now:
            inherited = _level_text(stored_, OPEN)
            yield _finding(
                "R11_stale",
                "openness",
                position if id_ else None,
                level=now or inherited,
                stated=then or (inherited if then == "" else str(said.levels[id_])[:80]),
            )


def _level_text(data: Dataset, default: str) -> str:
    value = data.get("openness")
    return default if values.is_blank(value) else str(value).strip()


def _not_entitled(first: Loosening, owner: Entity | None) -> Finding:
    fields = {"basis": "legal_basis", "lock": "legal_basis", "opens_on": "opens_on"}
    name = "owning_entity" if first.kind == "owner" else fields.get(first.kind, "openness")
    return _finding("R11_entitled", name, entity=_name(owner))


def _name(owner: Entity | None) -> str:
    return owner.title if owner is not None else "–"


def _finding(code: str, name: str, position: int | None = None, **params: Any) -> Finding:
    return Finding(
        rule=RULE, code=code, severity=ERROR, field=name, resource=position, params=params
    )


def _render(code: str, **params: Any) -> str:
    return policy.render(_finding(code, REASON, **params), language(), vocabulary.current())


def _plain(one: Loosening) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "resource": one.resource,
        "from": one.before,
        "to": one.after,
        "bases": list(one.bases),
    }


def _record(opening: Opening) -> None:
    opening.is_recorded = True
    for kind, data in opening.records:
        row = event.record(
            model.Session,
            kind,
            object_type="dataset",
            object_id=opening.package_id,
            user_id=opening.user,
            data=data,
        )
        if kind == proposals.PROPOSED:
            opening.number = row.id
