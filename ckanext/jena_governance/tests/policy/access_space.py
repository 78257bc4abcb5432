"""The finite space of questions about access: every value that a rule looks at, in rows.

Each part of a question stands here twice: as the decision gets it, and flat, as the second
opinion reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

from ckanext.jena_governance.policy import (
    Actor,
    Agreement,
    Asset,
    Entity,
    Grant,
    Membership,
    SharingRule,
    SharingRules,
    permitted,
)

TODAY = date(2026, 11, 22)
LEVELS = ("open", "group", "request", "closed", "geheim")
KINDS = (
    *("core", "municipal-enterprise", "subsidiary"),
    *("special-purpose-association", "external", None),
)
GROUP_KINDS = frozenset({"core", "municipal-enterprise", "subsidiary"})
BASES = frozenset({"b1", "b2"})

Flat = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of a question: as the decision gets it, and flat."""

    real: Any
    flat: Flat


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def entity(id_: str, kind: str | None, *, takes_part: bool, walled: bool = False) -> Entity:
    return Entity(
        id=id_,
        title=id_.title(),
        entity_class=kind,
        in_group=takes_part,
        walled=walled,
        publishes_for=frozenset(),
    )


def rules(since: int) -> SharingRules:
    rule = SharingRule(
        id="stadtverbund",
        level="group",
        from_classes=GROUP_KINDS,
        to_classes=GROUP_KINDS,
        label_de="…",
        label_en="…",
    )
    return SharingRules(version="1", in_force=day(-since), decision="1", rules=(rule,))


def owners() -> Iterator[Part]:
    yield Part(None, {"owner": None, "owner_kind": None, **_owner(part=False, walled=False)})
    for kind, part, walled in product(KINDS, (True, False), (True, False)):
        real = entity("owner", kind, takes_part=part, walled=walled)
        yield Part(real, {"owner": "owner", "owner_kind": kind, **_owner(part=part, walled=walled)})


def few_owners() -> Iterator[Part]:
    """No owner, one in the group, one outside, one behind a wall."""
    chosen = {("core", True, False), ("external", False, False), ("core", True, True)}
    for one in owners():
        flat = one.flat
        if (flat["owner_kind"], flat["owner_takes_part"], flat["owner_walled"]) in chosen:
            yield one
    yield next(owners())


def _owner(*, part: bool, walled: bool) -> Flat:
    return {"owner_takes_part": part, "owner_walled": walled}


def assets(
    owned_by: Iterator[Part],
    *,
    opens: tuple[int | None, ...],
    decided: tuple[int, ...],
    resources: tuple[str | None, ...],
) -> list[Part]:
    """Levels × opening days × owners × what the bases say × age of the rules × resources."""
    space = product(
        LEVELS,
        opens,
        list(owned_by),
        (True, False),
        ("agreement", "norm", "none"),
        ("allowed", "metadata_only"),
        decided,
        resources,
    )
    return [_asset(*point) for point in space]


def _asset(  # noqa: PLR0917 - one for each dimension
    level: str,
    opens: int | None,
    owner: Part,
    need: bool,
    passing: str,
    files: str,
    decided: int,
    resource: str | None,
) -> Part:
    real = Asset(
        dataset="d1",
        resource=resource,
        level=level,
        opens_on=None if opens is None else day(opens),
        bases=BASES,
        terms=replace(_FREE, need_to_know=need, sharing=passing, files=files),
        owner=owner.real,
        sharing=rules(decided),
    )
    flat = {
        "dataset": "d1",
        "resource": resource,
        "stated": level,
        "opens": opens,
        "bases": BASES,
        "need": need,
        "passing": passing,
        "kept_here": files == "allowed",
        "decided": decided,
        "pairings": [("stadtverbund", "group", GROUP_KINDS, GROUP_KINDS)],
        **owner.flat,
    }
    return Part(real, flat)


_FREE = permitted([], None)  # type: ignore[arg-type]  # no basis, no register


def people() -> Iterator[tuple[bool, bool, list[tuple[str, str, str | None, bool]]]]:
    """Whether they are somebody, whether they administer, and their seats."""
    here = [("owner", role, "core", True) for role in ("member", "editor", "admin", "guest")]
    there = [("reader", "member", kind, part) for kind in KINDS for part in (True, False)]
    yield False, False, []
    yield False, True, [here[1], there[0]]  # an account that is not active
    yield True, False, []
    yield True, True, []
    for seat in here:
        yield True, False, [seat]
    for seat in there:
        yield True, False, [seat]
    yield True, False, [("reader", "guest", "core", True)]
    yield True, False, [here[0], there[0]]
    yield True, False, [there[-1], here[1]]


def few_people() -> Iterator[tuple[bool, bool, list[tuple[str, str, str | None, bool]]]]:
    yield False, False, [("reader", "member", "external", False)]
    yield True, False, []
    yield True, False, [("owner", "member", "core", True)]
    yield True, False, [("reader", "member", "external", False)]
    yield True, False, [("reader", "guest", "external", False)]


CONTRACT: Flat = {
    "giver": "owner",
    "taker": "reader",
    "covers": None,
    "reach": "request",
    "from_": -1,
    "to": 1,
}
CONTRACTS: tuple[Flat | None, ...] = (
    None,
    CONTRACT,
    {**CONTRACT, "giver": "other"},
    {**CONTRACT, "taker": "other"},
    {**CONTRACT, "covers": frozenset({"d1", "d2"})},
    {**CONTRACT, "covers": frozenset({"d2"})},
    {**CONTRACT, "reach": "group"},
    {**CONTRACT, "reach": "closed"},
    {**CONTRACT, "reach": "geheim"},
    {**CONTRACT, "from_": 0, "to": 0},
    {**CONTRACT, "from_": 1},
    {**CONTRACT, "to": -1},
    {**CONTRACT, "to": None},
)
PERMIT: Flat = {
    "files": frozenset({"r1"}),
    "reach": "request",
    "bases": BASES,
    "owner": "owner",
    "from_": -1,
    "to": 1,
    "behalf": None,
}
PERMITS: tuple[Flat | None, ...] = (
    None,
    PERMIT,
    {**PERMIT, "files": frozenset({"r2"})},
    {**PERMIT, "reach": "group"},
    {**PERMIT, "reach": "closed"},
    {**PERMIT, "reach": "geheim"},
    {**PERMIT, "bases": frozenset({"b1"})},
    {**PERMIT, "bases": BASES | {"b3"}},
    {**PERMIT, "owner": "other"},
    {**PERMIT, "from_": 0, "to": 0},
    {**PERMIT, "from_": 1},
    {**PERMIT, "to": -1},
    {**PERMIT, "behalf": "reader"},
    {**PERMIT, "behalf": "other"},
)


def actors(
    who: Iterator[Any], contracts: tuple[Flat | None, ...], permits: tuple[Flat | None, ...]
) -> list[Part]:
    """People × agreements × grants."""
    return [
        _actor(*person, [one] if one else [], [two] if two else [])
        for person, one, two in product(list(who), contracts, permits)
    ]


def _actor(
    is_somebody: bool,
    sysadmin: bool,
    seats: list[tuple[str, str, str | None, bool]],
    contracts: list[Flat],
    permits: list[Flat],
) -> Part:
    real = Actor(
        id="somebody" if is_somebody else None,
        sysadmin=sysadmin,
        memberships=tuple(
            Membership(entity=entity(id_, kind, takes_part=part), role=role)
            for id_, role, kind, part in seats
        ),
        agreements=tuple(agreement(**one) for one in contracts),
        grants=tuple(grant(**one) for one in permits),
    )
    flat = {
        "who": real.id,
        "sysadmin": sysadmin,
        "seats": seats,
        "contracts": contracts,
        "permits": permits,
    }
    return Part(real, flat)


def agreement(*, from_: int, to: int | None, **flat: Any) -> Agreement:
    return Agreement(
        id="a1",
        title="Vereinbarung",
        provider=flat["giver"],
        consumer=flat["taker"],
        datasets=flat["covers"],
        level=flat["reach"],
        since=day(from_),
        until=None if to is None else day(to),
    )


def grant(*, from_: int, to: int, **flat: Any) -> Grant:
    return Grant(
        id="g1",
        resources=flat["files"],
        level=flat["reach"],
        bases=flat["bases"],
        owner=flat["owner"],
        since=day(from_),
        until=day(to),
        entity=flat["behalf"],
    )


def row(asset: Part, actor: Part) -> SimpleNamespace:
    return SimpleNamespace(**asset.flat, **actor.flat)
