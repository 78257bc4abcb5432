"""Agreements between two entities: what can be agreed, who signs, and what makes one rest.

What an agreement in force lets somebody see is decided elsewhere (``access.decide``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from ckanext.jena_governance.policy.access import effective_level
from ckanext.jena_governance.policy.asking import Agreement, Asset
from ckanext.jena_governance.policy.facts import Entity
from ckanext.jena_governance.policy.levels import CLOSED, GROUP, OPEN, REQUEST, is_more_closed
from ckanext.jena_governance.policy.requests import tidy

DRAFT, PROPOSED, ACTIVE, ENDED = "draft", "proposed", "active", "ended"
STATES = (DRAFT, PROPOSED, ACTIVE, ENDED)
# What ``active`` means on a day.
UPCOMING, IN_FORCE, SUSPENDED = "upcoming", "in_force", "suspended"
STATUSES = (DRAFT, PROPOSED, UPCOMING, IN_FORCE, SUSPENDED, ENDED)

PROVIDER, CONSUMER = "provider", "consumer"
SIDES = (PROVIDER, CONSUMER)

# How far an agreement can reach: never to closed data.
REACHES = (GROUP, REQUEST)

# The only ways from one state to another; there is none back.
TRANSITIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        DRAFT: frozenset({PROPOSED, ENDED}),
        PROPOSED: frozenset({ACTIVE, ENDED}),
        ACTIVE: frozenset({ENDED}),
        ENDED: frozenset(),
    }
)

# Why one has ended.
DISCARDED, WITHDRAWN, NOTICE, REPLACED, EXPIRED = (
    "discarded",
    "withdrawn",
    "notice",
    "replaced",
    "expired",
)

DISSOLVED = "dissolved"
# What an entity may not change without its agreements resting.
LASTING = ("entity_class", "in_group", "walled")

# What both sides sign, in a fixed order.
TEXT = (
    *("title", PROVIDER, CONSUMER, "datasets", "level", "purpose", "norm", "conditions"),
    *("document", "since", "until", "replaces"),
)

Standing = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """An agreement as it is stored.

    Attributes:
        id, title, provider, consumer, datasets, level, since: as in ``Agreement``.
        until: the last day as it was agreed; may be open.
        ended_on: an earlier last day, by notice or because another one follows.
        state: the stored one of ``STATES``.
        signed: ids of those who have signed, by side.
        standing: what both sides were when the first one signed, by side.
        suspended: why it rests, once that was noted.
    """

    id: str
    title: str
    provider: str
    consumer: str
    datasets: frozenset[str] | None
    level: str
    since: date
    until: date | None
    state: str
    ended_on: date | None = None
    signed: Mapping[str, str] = field(default_factory=dict[str, str])
    standing: Mapping[str, Standing] = field(default_factory=dict[str, Standing])
    suspended: str | None = None

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds; ``None`` if nobody has set one."""
        days = [one for one in (self.until, self.ended_on) if one is not None]
        return min(days, default=None)

    def organization(self, side: str) -> str:
        """The id of the organization on a side."""
        return self.provider if side == PROVIDER else self.consumer


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Somebody who signs, as the database has them at that moment.

    Attributes:
        id: of the user; ``None`` if not active.
        mailbox: the address of their account.
        sysadmin: whether they administer the portal.
        roles: their direct roles by organization.
    """

    id: str | None
    mailbox: str = ""
    sysadmin: bool = False
    roles: Mapping[str, str] = field(default_factory=dict[str, str])


def may_become(state: str, other: str) -> bool:
    """Whether an agreement can go from one state to another."""
    return other in TRANSITIONS.get(state, frozenset())


def standing_of(entity: Entity | None) -> dict[str, Any] | None:
    """What of an entity an agreement depends on; ``None`` if there is no such entity."""
    if entity is None:
        return None
    return {name: getattr(entity, name) for name in LASTING}


def resting(paper: Paper, now: Mapping[str, Entity | None]) -> str | None:
    """Why an agreement does not count although both have signed it.

    Args:
        paper (Paper): the agreement.
        now (Mapping): the entities of both sides as they are, by side.

    Returns:
        str | None: ``dissolved``, ``entity_class``, ``in_group`` or ``walled``; what was noted
        once stays, whatever the entity becomes later. ``None`` while nothing has changed.

    Source:
        Security review E18: a change of class, a merger or a dissolution suspends.
    """
    if paper.suspended:
        return paper.suspended
    standings = {side: standing_of(now.get(side)) for side in SIDES}
    if None in standings.values():
        return DISSOLVED
    return next(
        (
            name
            for side, standing in standings.items()
            for name in LASTING
            # Unknown then is not the same now.
            if standing is None or paper.standing.get(side, {}).get(name, "?") != standing[name]
        ),
        None,
    )


def state_on(paper: Paper, today: date) -> str:
    """The state that holds on a day: nobody has to end what ends by itself."""
    over = paper.last_day is not None and paper.last_day < today
    return ENDED if paper.state == ACTIVE and over else paper.state


def status_on(paper: Paper, now: Mapping[str, Entity | None], today: date) -> str:
    """What an agreement is on a day.

    Args:
        paper (Paper): the agreement.
        now (Mapping): the entities of both sides as they are, by side.
        today (date): the day, in the portal's time zone.

    Returns:
        str: one of ``STATUSES``.
    """
    state = state_on(paper, today)
    if state != ACTIVE:
        return state if state in STATES else ENDED
    if resting(paper, now) is not None:
        return SUSPENDED
    return UPCOMING if paper.since > today else IN_FORCE


def counting(paper: Paper, now: Mapping[str, Entity | None], today: date) -> Agreement | None:
    """The agreement as the decision on access takes it; ``None`` if it does not count today."""
    if status_on(paper, now, today) != IN_FORCE or paper.level not in REACHES:
        return None
    return Agreement(
        id=paper.id,
        title=paper.title,
        provider=paper.provider,
        consumer=paper.consumer,
        datasets=paper.datasets,
        level=paper.level,
        since=paper.since,
        until=paper.last_day,
    )


def side_of(paper: Paper, roles: Mapping[str, str]) -> str | None:
    """The only side somebody belongs to; ``None`` if to none or to both."""
    sides = [side for side in SIDES if paper.organization(side) in roles]
    return sides[0] if len(sides) == 1 else None


def signing_refused(paper: Paper, signer: Signer, first: Signer | None) -> str | None:
    """Why somebody may not sign, if they may not.

    Args:
        paper (Paper): the agreement.
        signer (Signer): who wants to sign now.
        first (Signer | None): who has signed for the other side, as known today; without an id
            if nobody knows any more; ``None`` if the other side has not signed.

    Returns:
        str | None: ``nobody``, ``sysadmin``, ``both_sides``, ``not_admin``, ``state``,
        ``signed``, ``first_unknown``, ``same_person`` or ``same_mailbox``; ``None`` if they may.

    Source:
        Issue 6, item 1; security review E3 and E6.
    """
    if signer.id is None:
        return "nobody"
    # They can enter themselves as anything, so no role of theirs proves anything.
    if signer.sysadmin:
        return "sysadmin"
    belongs = [side for side in SIDES if paper.organization(side) in signer.roles]
    if len(belongs) == len(SIDES):
        return "both_sides"
    side = side_of(paper, signer.roles)
    if side is None or signer.roles.get(paper.organization(side)) != "admin":
        return "not_admin"
    if not (may_become(paper.state, PROPOSED) or may_become(paper.state, ACTIVE)):
        return "state"
    if side in paper.signed:
        return "signed"
    return _not_two_persons(signer, first) if first is not None else None


def _not_two_persons(signer: Signer, first: Signer) -> str | None:
    if first.id is None:
        return "first_unknown"
    if first.id == signer.id:
        return "same_person"
    own = tidy(signer.mailbox)
    return "same_mailbox" if own and own == tidy(first.mailbox) else None


def scope_refused(
    assets: Iterable[Asset], provider: str, level: str, today: date, owner: Entity | None
) -> str | None:
    """Why a dataset cannot be part of an agreement, if it cannot.

    One file that an agreement reaches is enough: the decision on access keeps the others.

    Args:
        assets (Iterable[Asset]): its resources; the dataset itself, if it has none.
        provider (str): id of the providing organization.
        level (str): how far the agreement reaches.
        today (date): the day, in the portal's time zone.
        owner (Entity | None): the owning entity.

    Returns:
        str | None: ``owner``, ``wall``, ``open``, ``closed``, ``none``, ``need_to_know``,
        ``norm`` or ``level``; ``None`` if it can.

    Source:
        Design §5: no agreement reaches closed, need-to-know or ``sharing: norm | none``.
    """
    if owner is None or owner.id != provider:
        return "owner"
    if owner.walled:
        return "wall"
    found = [_obstacle(asset, level, today) for asset in assets]
    if None in found:
        return None
    return next((one for one in found if one != "open"), "open")


def _obstacle(asset: Asset, level: str, today: date) -> str | None:
    now, terms = effective_level(asset, today), asset.terms
    if now in (OPEN, CLOSED):
        return now
    if terms.sharing == "none":
        return "none"
    if terms.need_to_know:
        return "need_to_know"
    if terms.sharing != "agreement":
        return "norm"
    return "level" if is_more_closed(now, level) else None


def text_hash(text: Mapping[str, Any]) -> str:
    """A fingerprint of what both sides sign: another text has another one.

    Args:
        text (Mapping): the fields of ``TEXT``; dates as ISO 8601, datasets by id.

    Returns:
        str: SHA-256, hexadecimal.
    """
    datasets = text.get("datasets")
    whole = {name: text.get(name) for name in TEXT}
    whole["datasets"] = sorted(datasets) if datasets is not None else None
    written = json.dumps(whole, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()
