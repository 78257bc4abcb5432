"""The names under which hidden descriptions are found, and who holds which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ckanext.jena_governance.policy import (
    Actor,
    Agreement,
    Asset,
    Membership,
    SharingRule,
    asset_of,
    audience,
)
from ckanext.jena_governance.tests.policy.samples import TODAY, entity

PLAIN = "artenschutz-fundorte"

CORE = entity("core", "amt")
WORKS = entity("subsidiary", "werke")
UNION = entity("special-purpose-association", "zweck", in_group=False)

ONLY = {"dataset-d1", "entity-amt"}
GROUP = {*ONLY, "group-core", "provider-amt-group"}
REQUEST = {*ONLY, "provider-amt-request"}


def day(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.fixture
def asset(words):
    def make(level="group", terms=None, owner=CORE, **changes) -> Asset:
        dataset = {"id": "d1", "openness": level, "legal_basis": [PLAIN]}
        made = asset_of(dataset, {"id": "r1"}, owner, words, TODAY)
        return replace(made, level=level, terms=replace(made.terms, **(terms or {})), **changes)

    return make


@pytest.mark.parametrize(
    ("level", "terms", "expected"),
    [
        ("group", {}, GROUP),
        ("request", {}, REQUEST),
        ("closed", {}, ONLY),
        ("open", {}, ONLY),
        ("geheim", {}, ONLY),
        ("group", {"sharing": "norm"}, {*ONLY, "group-core"}),
        ("group", {"need_to_know": True}, {*ONLY, "group-core"}),
        ("request", {"sharing": "norm"}, ONLY),
        ("request", {"need_to_know": True}, ONLY),
        ("group", {"sharing": "none"}, ONLY),
        ("request", {"sharing": "none"}, ONLY),
    ],
)
def test_of_a_dataset(asset, level, terms, expected):
    one = asset(level, terms)
    assert audience.names_of_dataset("d1", CORE, [one]) == expected
    # What is open or opens by itself changes nothing.
    for opens_on in (date.min, day(-1), day(1)):
        assert audience.names_of_dataset("d1", CORE, [replace(one, opens_on=opens_on)]) == expected


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        (None, {"dataset-d1"}),
        (replace(CORE, walled=True), ONLY),
        (replace(CORE, in_group=False), {*ONLY, "provider-amt-group"}),
        (replace(CORE, entity_class=None), {*ONLY, "provider-amt-group"}),
        (replace(CORE, entity_class=""), {*ONLY, "provider-amt-group"}),
    ],
)
def test_of_an_owner(asset, owner, expected):
    assert audience.names_of_dataset("d1", owner, [asset(owner=owner)]) == expected


def test_each_part_adds_its_names(asset):
    for first in (asset("open"), asset("closed"), asset("group", {"sharing": "none"})):
        names = audience.names_of_dataset("d1", CORE, [first, asset(), asset("request")])
        assert names == GROUP | REQUEST
    assert audience.names_of_dataset("d1", CORE, []) == ONLY


def person(*entities, role="member", **more) -> Actor:
    seats = tuple(Membership(entity=one, role=role) for one in entities)
    return Actor(id="u1", memberships=seats, **more)


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (Actor(), set()),
        (Actor(id="u1"), set()),
        (replace(person(WORKS), id=None), set()),
        (person(UNION), {"entity-zweck"}),
        (person(UNION, role="editor"), {"entity-zweck"}),
        (person(UNION, role="admin"), {"entity-zweck"}),
        (person(UNION, role="guest"), set()),
        (person(WORKS, role="guest"), set()),
        (person(WORKS), {"entity-werke", "group-a", "group-b"}),
        (person(replace(WORKS, in_group=False)), {"entity-werke"}),
        (person(WORKS, UNION), {"entity-werke", "entity-zweck", "group-a", "group-b"}),
        (person(entity("third", "x")), {"entity-x", "group-c"}),
    ],
)
def test_of_somebody(words, actor, expected):
    rules = (
        rule({"a", "b"}, {"subsidiary"}),
        rule({"z"}, {"subsidiary", "third"}, level="request"),
        rule({"y"}, {"special-purpose-association"}),
        rule({"c"}, {"third"}),
    )
    sharing = replace(words.sharing, rules=rules, in_force=TODAY)
    assert audience.names_of_actor(actor, sharing, TODAY) == expected
    early = {name for name in expected if not name.startswith("group-")}
    assert audience.names_of_actor(actor, sharing, day(-1)) == early
    assert audience.names_of_actor(actor, sharing, day(1)) == expected


def rule(owners: set[str], readers: set[str], level: str = "group") -> SharingRule:
    return SharingRule(
        id="r",
        level=level,
        from_classes=frozenset(owners),
        to_classes=frozenset(readers),
        label_de="",
        label_en="",
    )


AGREEMENT = Agreement(
    id="a",
    title="a",
    provider="amt",
    consumer="zweck",
    datasets=None,
    level="request",
    since=TODAY,
    until=TODAY,
)
BOTH = {"provider-amt-group", "provider-amt-request"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, BOTH),
        ({"level": "group"}, {"provider-amt-group"}),
        ({"level": "closed"}, set()),
        ({"level": "open"}, set()),
        ({"level": "geheim"}, set()),
        ({"consumer": "werke"}, set()),
        # Those of single datasets are the caller's matter.
        ({"datasets": frozenset({"d1"})}, set()),
        ({"datasets": frozenset()}, set()),
        ({"since": day(1), "until": day(1)}, set()),
        ({"since": day(-1), "until": day(-1)}, set()),
        ({"since": day(-1), "until": day(1)}, BOTH),
        ({"until": None}, BOTH),
        ({"since": day(1), "until": None}, set()),
    ],
)
def test_of_an_agreement(words, changes, expected):
    paper = replace(AGREEMENT, **changes)
    actor = person(UNION, agreements=(paper,))
    assert audience.names_of_actor(actor, words.sharing, TODAY) == {"entity-zweck", *expected}
    # One that does not count does not stand before another.
    other = replace(AGREEMENT, provider="x", level="group")
    both = person(UNION, agreements=(paper, other))
    names = audience.names_of_actor(both, words.sharing, TODAY)
    assert names == {"entity-zweck", "provider-x-group", *expected}


@pytest.mark.parametrize(
    ("actor", "finds"),
    [
        (Actor(), False),
        (Actor(sysadmin=True), False),
        (Actor(id="u1"), False),
        (Actor(id="u1", sysadmin=True), True),
        (person(CORE), True),
        (person(CORE, role="guest"), False),
        (person(UNION), False),
        (person(UNION, agreements=(AGREEMENT,)), True),
        (person(UNION, agreements=(replace(AGREEMENT, until=day(-1), since=day(-2)),)), False),
    ],
)
def test_finding(asset, actor, finds):
    closed, asked = asset("closed"), asset("request")
    assert audience.finds(actor, CORE, [closed, asked], TODAY) is finds
    assert audience.finds(actor, CORE, [asked, closed], TODAY) is finds
    is_known = actor.sysadmin or any(one.entity == CORE for one in actor.memberships)
    assert audience.finds(actor, CORE, [], TODAY) is (finds and is_known)


def test_what_is_open_lets_nobody_find_it(asset):
    for one in (asset("open"), asset("request", opens_on=TODAY), asset("closed", opens_on=TODAY)):
        assert not audience.finds(Actor(id="u1"), CORE, [one], TODAY)
    paper = person(UNION, agreements=(AGREEMENT,))
    assert audience.finds(paper, CORE, [asset("request", opens_on=day(-1))], TODAY)
    assert not audience.finds(paper, CORE, [asset("open")], TODAY)
