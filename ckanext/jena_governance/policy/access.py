"""Who may see data: one decision, with its reasons. No CKAN, no files, no clock.

Everything dated is evaluated when it is read; what is unknown closes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ckanext.jena_governance.policy import effective, remedies
from ckanext.jena_governance.policy.asking import (
    ANONYMOUS,
    KEEPERS,
    Actor,
    Agreement,
    Asset,
    Decision,
    Grant,
    Membership,
    Statement,
)
from ckanext.jena_governance.policy.facts import Entity
from ckanext.jena_governance.policy.levels import (
    CLOSED,
    GROUP,
    LEVELS,
    OPEN,
    REQUEST,
    permitted,
    rank,
)
from ckanext.jena_governance.policy.values import bases_named, mapping, text
from ckanext.jena_governance.policy.vocabulary import Vocabulary

__all__ = [
    "ANONYMOUS",
    "KEEPERS",
    "RULES",
    "Actor",
    "Agreement",
    "Asset",
    "Decision",
    "Grant",
    "Membership",
    "Statement",
    "asset_of",
    "decide",
    "effective_level",
    "role_in",
]

# What ``Decision.rule`` can be, beside the ids of sharing rules.
RULES = ("open", "sysadmin", "owner", "wall", "agreement", "grant", "denied")

# How far an agreement or a grant can reach: never to ``closed``.
_REACHABLE = (GROUP, REQUEST)


def asset_of(  # noqa: PLR0913 - what is stored, and what the rules must know of it
    dataset: Mapping[str, Any],
    resource: Mapping[str, Any] | None,
    owner: Entity | None,
    vocabulary: Vocabulary,
    today: date,
    *,
    vaulted: bool = False,
) -> Asset:
    """What is asked for, out of a dataset and one of its resources.

    A resource's own bases take the place of the dataset's where the level is chosen and
    checked (R3, R10). Who may have the data is another question: there both bind, so that a
    basis of a resource never tears down a wall that one of the dataset has built.

    Args:
        dataset (Mapping): the dataset as it is stored.
        resource (Mapping | None): one of its resources; ``None`` for the dataset itself.
        owner (Entity | None): the owning entity, found by id.
        vocabulary (Vocabulary): register and sharing rules.
        today (date): the day, in the portal's time zone.
        vaulted (bool): whether a vault row exists although the dataset states no level.

    Returns:
        Asset: what ``decide`` must be told.

    Source:
        Design §4 "Values", §5; head of the register.
    """
    named = bases_named(dataset, vocabulary)
    own = bases_named(mapping(resource), vocabulary)
    known = (*named.known, *own.known)
    unknown = (*named.unknown, *own.unknown)
    return Asset(
        dataset=str(dataset.get("id") or ""),
        resource=str(resource.get("id") or "") if resource is not None else None,
        level=effective.standing_level(dataset, resource, vocabulary, vaulted=vaulted),
        opens_on=effective.opening_day(dataset, resource, vocabulary, today),
        bases=frozenset([*(basis.id for basis in known), *unknown]),
        terms=permitted([*known, *unknown], vocabulary),
        owner=owner,
        sharing=vocabulary.sharing,
        walled_by=next((basis.id for basis in known if basis.sharing == "none"), None),
        open_version=_open_version(dataset),
    )


def effective_level(asset: Asset, today: date) -> str:
    """The level that holds on a day.

    Args:
        asset (Asset): what is asked for.
        today (date): the day, in the portal's time zone.

    Returns:
        str: one of the four levels; ``closed`` for whatever is unknown.
    """
    if asset.opens_on is not None and asset.opens_on <= today:
        return OPEN
    return asset.level if asset.level in LEVELS else CLOSED


def decide(actor: Actor, asset: Asset, today: date) -> Decision:
    """Whether somebody may see data.

    Args:
        actor (Actor): who asks.
        asset (Asset): what is asked for.
        today (date): the day, in the portal's time zone.

    Returns:
        Decision: of the first rule that has one.

    Source:
        Design §5: open, sysadmin, owner, walls, sharing rule, agreement, grant, denied.
    """
    level = effective_level(asset, today)
    for rule in _IN_ORDER:
        decision = rule(actor, asset, level, today)
        if decision is not None:
            return decision
    return _denied("denied", actor, asset, level, today)


def role_in(actor: Actor, entity: Entity | None) -> str | None:
    """The role of somebody in an entity: ``admin``, ``editor``, ``member`` or none."""
    return actor.roles.get(entity.id) if entity is not None else None


def _open(_actor: Actor, _asset: Asset, level: str, _today: date) -> Decision | None:
    return _allowed("open", level, _IS_OPEN) if level == OPEN else None


def _sysadmin(actor: Actor, _asset: Asset, level: str, _today: date) -> Decision | None:
    allowed = actor.id is not None and actor.sysadmin
    return _allowed("sysadmin", level, _IS_SYSADMIN) if allowed else None


def _owner(actor: Actor, asset: Asset, level: str, _today: date) -> Decision | None:
    owner = asset.owner
    if owner is None:
        return None
    role = actor.roles.get(owner.id)
    if role in KEEPERS:
        return _allowed("owner", level, _IS_EDITOR)
    if role is None or level == CLOSED or (level == REQUEST and asset.terms.need_to_know):
        return None
    return _allowed("owner", level, Statement("access_member", {"entity": owner.title}))


def _wall(actor: Actor, asset: Asset, level: str, today: date) -> Decision | None:
    if asset.owner is None or asset.owner.walled or asset.terms.sharing == "none":
        return _denied("wall", actor, asset, level, today)
    return None


def _sharing(actor: Actor, asset: Asset, level: str, today: date) -> Decision | None:
    owner = asset.owner
    if level != GROUP or owner is None or not owner.in_group or asset.sharing.in_force > today:
        return None
    for rule in asset.sharing.rules:
        if rule.level != level or owner.entity_class not in rule.from_classes:
            continue
        for entity in actor.in_group:
            if entity.entity_class in rule.to_classes:
                reason = Statement("access_group", {"entity": entity.title, "rule": rule.id})
                return _allowed(rule.id, level, reason)
    return None


def _agreement(actor: Actor, asset: Asset, level: str, today: date) -> Decision | None:
    terms, owner = asset.terms, asset.owner
    if owner is None or terms.sharing != "agreement" or terms.need_to_know:
        return None
    found = [
        agreement
        for agreement in actor.agreements
        if agreement.provider == owner.id
        and agreement.consumer in actor.roles
        and (agreement.datasets is None or asset.dataset in agreement.datasets)
        and _reaches(agreement.level, level)
        and agreement.since <= today
        and (agreement.until is None or today <= agreement.until)
    ]
    if not found:
        return None
    best = min(found, key=lambda agreement: agreement.id)
    code = "access_agreement" if best.until else "access_agreement_endless"
    reason = Statement(code, {"title": best.title, "date": best.until})
    return _allowed("agreement", level, reason)


def _grant(actor: Actor, asset: Asset, level: str, today: date) -> Decision | None:
    terms, owner = asset.terms, asset.owner
    if owner is None or actor.id is None or terms.files != "allowed":
        return None
    found = [
        grant
        for grant in actor.grants
        if asset.resource in grant.resources
        and grant.owner == owner.id
        and _reaches(grant.level, level)
        and asset.bases <= grant.bases
        and grant.since <= today <= grant.until
        # Need to know is personal: no grant to an entity lets all of its members in.
        and (grant.entity is None or (grant.entity in actor.roles and not terms.need_to_know))
    ]
    if not found:
        return None
    last = max(grant.until for grant in found)
    return _allowed("grant", level, Statement("access_grant", {"date": last}))


def _reaches(paper: str, level: str) -> bool:
    """Whether an agreement or grant for one level reaches data of another; never closed ones."""
    return paper in _REACHABLE and rank(level) <= rank(paper)


def _allowed(rule: str, level: str, reason: Statement) -> Decision:
    return Decision(allowed=True, rule=rule, reasons=(reason,), level=level)


def _denied(rule: str, actor: Actor, asset: Asset, level: str, today: date) -> Decision:
    asking = remedies.Asking(actor, asset, level, today)
    return Decision(
        allowed=False,
        rule=rule,
        reasons=remedies.reasons_of(asking),
        remedies=remedies.remedies_of(asking),
        level=level,
    )


def _open_version(dataset: Mapping[str, Any]) -> str | None:
    is_there = text(dataset.get("derivative_status")) in ("", "exists")
    return (text(dataset.get("open_derivative")) or None) if is_there else None


_IS_OPEN = Statement("access_open")
_IS_SYSADMIN = Statement("access_sysadmin")
_IS_EDITOR = Statement("access_editor")

_IN_ORDER: tuple[Callable[[Actor, Asset, str, date], Decision | None], ...] = (
    _open,
    _sysadmin,
    _owner,
    _wall,
    _sharing,
    _agreement,
    _grant,
)
