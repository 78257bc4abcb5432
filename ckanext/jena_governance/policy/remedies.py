"""Why somebody has no access yet, and what they can do: the nearest way first."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from ckanext.jena_governance.policy.asking import Actor, Asset, Statement
from ckanext.jena_governance.policy.facts import Entity
from ckanext.jena_governance.policy.levels import CLOSED, GROUP

# Bodies that are bound by the transparency act themselves; for a company it is the city.
_COMPANY = "subsidiary"


class Asking(NamedTuple):
    """A question that was answered with no, as the decision had it."""

    actor: Actor
    asset: Asset
    level: str
    today: date


def reasons_of(asking: Asking) -> tuple[Statement, ...]:
    """Why there is no access, the deciding reason first.

    Args:
        asking (Asking): the question.

    Returns:
        tuple[Statement, ...]: at least one.
    """
    resource = asking.asset.resource
    if any(resource in grant.resources for grant in asking.actor.grants):
        return (_reason(asking), _GRANT_LAPSED)
    return (_reason(asking),)


def _reason(asking: Asking) -> Statement:
    actor, asset, level, _today = asking
    owner = asset.owner
    if owner is None:
        return _NO_OWNER
    if level == CLOSED:
        return Statement("access_closed", {"entity": owner.title})
    if owner.id in actor.roles:
        return Statement("access_personal", {"entity": owner.title})
    if owner.walled:
        return Statement("access_wall", {"entity": owner.title})
    if asset.terms.sharing == "none":
        return _forbidden(asset, "access_wall_basis", _WALL_UNKNOWN)
    if level == GROUP and _is_shared(asking, owner):
        return _NOT_IN_GROUP
    if level == GROUP:
        return Statement("access_owner_not_in_group", {"entity": owner.title})
    code = "access_personal" if asset.terms.need_to_know else "access_request"
    return Statement(code, {"entity": owner.title})


def remedies_of(asking: Asking) -> tuple[Statement, ...]:
    """What somebody can do to get the data, or to use something near to them.

    Args:
        asking (Asking): the question.

    Returns:
        tuple[Statement, ...]: first what leads to the nearest rule that would allow it.

    Source:
        Design §5; wording of the denial page.
    """
    actor, asset, _level, today = asking
    owner = asset.owner
    found = _by_belonging(asking, owner) if owner is not None else []
    if asset.open_version:
        found.append(Statement("remedy_open_version", {"reference": asset.open_version}))
    if owner is not None:
        found += _by_asking(asking, owner)
    if asset.opens_on is not None and asset.opens_on > today:
        found.append(Statement("remedy_date", {"date": asset.opens_on}))
    found.append(_REVIEW)
    if owner is not None and not actor.in_group:
        found.append(_CITIZEN_COMPANY if owner.entity_class == _COMPANY else _CITIZEN)
    return tuple(found)


def _by_belonging(asking: Asking, owner: Entity) -> list[Statement]:
    """Signing in, or being entered as a member."""
    actor, asset, level, _today = asking
    is_shared = level == GROUP and _is_shared(asking, owner)
    if actor.id is None:
        return [_LOGIN if is_shared else Statement("remedy_login", {"entity": owner.title})]
    if is_shared and not actor.in_group:
        return [_MEMBERSHIP]
    is_narrow = level == CLOSED or _is_walled(asset, owner)
    if is_narrow and owner.id in actor.roles:
        return [Statement("remedy_editor", {"entity": owner.title})]
    return []


def _by_asking(asking: Asking, owner: Entity) -> list[Statement]:
    """A request, an agreement; or that neither is possible."""
    actor, asset, level, _today = asking
    terms = asset.terms
    if owner.walled:
        return [Statement("remedy_none_wall", {"entity": owner.title})]
    if terms.sharing == "none":
        return [_forbidden(asset, "remedy_none", _NONE)]
    if level == CLOSED:
        return [_NONE]
    found = [Statement(_request(asset, actor, owner), {"entity": owner.title})]
    if terms.sharing == "agreement" and not terms.need_to_know:
        reader = next((entity for entity in actor.entities if entity.id != owner.id), None)
        if reader is not None:
            found.append(Statement("remedy_agreement", {"a": owner.title, "b": reader.title}))
    return found


def _request(asset: Asset, actor: Actor, owner: Entity) -> str:
    if asset.terms.files != "allowed":
        return "remedy_request_outside"
    if owner.id in actor.roles:
        return "remedy_request_personal"
    return "remedy_request" if asset.terms.sharing == "agreement" else "remedy_request_norm"


def _is_shared(asking: Asking, owner: Entity) -> bool:
    """Whether a sharing rule passes data of level ``group`` on to anybody."""
    _actor, asset, _level, today = asking
    if not owner.in_group or asset.sharing.in_force > today:
        return False
    shares = any(owner.entity_class in rule.from_classes for rule in asset.sharing.rules)
    return shares and not _is_walled(asset, owner)


def _is_walled(asset: Asset, owner: Entity) -> bool:
    return owner.walled or asset.terms.sharing == "none"


def _forbidden(asset: Asset, code: str, otherwise: Statement) -> Statement:
    """With the law that lets nobody else have the data, where it is known."""
    return Statement(code, {"basis": asset.walled_by}) if asset.walled_by else otherwise


_NO_OWNER = Statement("access_no_owner")
_NOT_IN_GROUP = Statement("access_not_in_group")
_WALL_UNKNOWN = Statement("access_wall_unknown")
_GRANT_LAPSED = Statement("access_grant_lapsed")
_LOGIN = Statement("remedy_login_group")
_MEMBERSHIP = Statement("remedy_membership")
_NONE = Statement("remedy_none_plain")
_REVIEW = Statement("remedy_review")
_CITIZEN = Statement("remedy_citizen")
_CITIZEN_COMPANY = Statement("remedy_citizen_company")
