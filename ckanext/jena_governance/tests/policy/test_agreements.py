"""Agreements as rules: ways between states, who signs, what makes one rest, what it can name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jena_governance.policy import (
    Actor,
    Asset,
    Entity,
    Membership,
    SharingRules,
    agreements,
    decide,
    permitted,
)
from ckanext.jena_governance.policy.agreements import Paper, Signer

TODAY = date(2026, 6, 15)
DAY = timedelta(days=1)

GIVER = Entity(
    id="p", title="Amt", entity_class="core", in_group=True, walled=False, publishes_for=frozenset()
)
GETTER = replace(GIVER, id="c", title="Werk", entity_class="subsidiary")
NOW = {"provider": GIVER, "consumer": GETTER}
STANDING = {side: agreements.standing_of(entity) or {} for side, entity in NOW.items()}

PAPER = Paper(
    id="1",
    title="Trassen",
    provider="p",
    consumer="c",
    datasets=None,
    level="request",
    since=TODAY,
    until=TODAY + 30 * DAY,
    state="active",
    signed={"provider": "u1", "consumer": "u2"},
    standing=STANDING,
)
PROPOSED = replace(PAPER, state="proposed", signed={"provider": "u1"})
FIRST = Signer(id="u1", mailbox="eins@stadt.example", roles={"p": "admin"})
SECOND = Signer(id="u2", mailbox="zwei@werk.example", roles={"c": "admin"})


class TestStates:
    def test_no_way_back_and_none_past_a_signature(self):
        ways = {
            (one, other)
            for one in agreements.STATES
            for other in agreements.STATES
            if agreements.may_become(one, other)
        }
        assert ways == {
            ("draft", "proposed"),
            ("draft", "ended"),
            ("proposed", "active"),
            ("proposed", "ended"),
            ("active", "ended"),
        }
        assert not agreements.may_become("?", "active")

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "in_force"),
            ({"state": "draft"}, "draft"),
            ({"state": "proposed"}, "proposed"),
            ({"state": "ended"}, "ended"),
            ({"state": "?"}, "ended"),
            ({"since": TODAY + DAY}, "upcoming"),
            ({"until": TODAY}, "in_force"),
            ({"until": TODAY - DAY}, "ended"),
            ({"until": None}, "in_force"),
            ({"ended_on": TODAY}, "in_force"),
            ({"ended_on": TODAY - DAY}, "ended"),
            ({"until": None, "ended_on": TODAY - DAY}, "ended"),
            ({"suspended": "in_group"}, "suspended"),
            ({"suspended": "in_group", "until": TODAY - DAY}, "ended"),
            ({"suspended": "in_group", "since": TODAY + DAY}, "suspended"),
            ({"state": "proposed", "until": TODAY - DAY}, "proposed"),
        ],
    )
    def test_of_a_day(self, changes, expected):
        paper = replace(PAPER, **changes)
        assert agreements.status_on(paper, NOW, TODAY) == expected
        counting = agreements.counting(paper, NOW, TODAY)
        assert (counting is not None) == (expected == "in_force")

    def test_the_earlier_last_day_counts(self):
        paper = replace(PAPER, ended_on=TODAY + DAY)
        assert paper.last_day == TODAY + DAY
        assert agreements.counting(paper, NOW, TODAY).until == TODAY + DAY
        assert replace(PAPER, until=None).last_day is None

    @pytest.mark.parametrize("level", ["closed", "open", "?", ""])
    def test_other_levels_never_count(self, level):
        assert agreements.counting(replace(PAPER, level=level), NOW, TODAY) is None


class TestResting:
    @pytest.mark.parametrize("side", agreements.SIDES)
    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"entity_class": "external"}, "entity_class"),
            ({"entity_class": None}, "entity_class"),
            ({"in_group": False}, "in_group"),
            ({"walled": True}, "walled"),
        ],
    )
    def test_either_side_has_changed(self, side, changes, why):
        now = {**NOW, side: replace(NOW[side], **changes)}
        assert agreements.resting(PAPER, now) == why

    def test_gone(self):
        assert agreements.resting(PAPER, {**NOW, "consumer": None}) == "dissolved"
        assert agreements.resting(PAPER, {}) == "dissolved"

    def test_titles_do_not_matter(self):
        now = {**NOW, "consumer": replace(GETTER, title="Neu", publishes_for=frozenset("x"))}
        assert agreements.resting(PAPER, now) is None

    def test_what_was_noted_stays(self):
        assert agreements.resting(replace(PAPER, suspended="walled"), NOW) == "walled"

    def test_what_nobody_noted_when_they_signed_is_not_the_same(self):
        assert agreements.resting(replace(PAPER, standing={}), NOW) == "entity_class"


class TestSigning:
    def test_two_persons(self):
        draft = replace(PAPER, state="draft", signed={})
        assert agreements.signing_refused(draft, FIRST, None) is None
        assert agreements.signing_refused(PROPOSED, SECOND, FIRST) is None

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"id": None}, "nobody"),
            ({"sysadmin": True}, "sysadmin"),
            ({"roles": {"c": "admin", "p": "member"}}, "both_sides"),
            ({"roles": {"c": "admin", "p": "admin"}}, "both_sides"),
            ({"roles": {"c": "editor"}}, "not_admin"),
            ({"roles": {}}, "not_admin"),
            ({"roles": {"x": "admin"}}, "not_admin"),
            ({"roles": {"p": "admin"}}, "signed"),
            ({"id": "u1"}, "same_person"),
            ({"mailbox": " EINS+neu@Stadt.example "}, "same_mailbox"),
            ({"mailbox": ""}, None),
        ],
    )
    def test_who_may_not(self, changes, why):
        signer = replace(SECOND, **changes)
        assert agreements.signing_refused(PROPOSED, signer, FIRST) == why

    def test_nobody_knows_the_first(self):
        assert agreements.signing_refused(PROPOSED, SECOND, Signer(id=None)) == "first_unknown"

    def test_two_empty_mailboxes_are_not_the_same(self):
        first, second = replace(FIRST, mailbox=""), replace(SECOND, mailbox="")
        assert agreements.signing_refused(PROPOSED, second, first) is None

    @pytest.mark.parametrize("state", ["active", "ended", "?"])
    def test_nothing_to_sign(self, state):
        paper = replace(PROPOSED, state=state)
        assert agreements.signing_refused(paper, SECOND, FIRST) == "state"

    @given(
        st.dictionaries(st.sampled_from("pcx"), st.sampled_from(["admin", "editor", "member"])),
        st.sampled_from(["u1", "u2", None]),
        st.booleans(),
        st.sampled_from(agreements.STATES),
        st.sampled_from(["eins@stadt.example", "zwei@werk.example", ""]),
    )
    def test_only_ever_an_admin_of_one_side(self, roles, user, sysadmin, state, mail):
        paper = replace(PROPOSED, state=state)
        signer = Signer(id=user, mailbox=mail, sysadmin=sysadmin, roles=roles)
        may = agreements.signing_refused(paper, signer, FIRST) is None
        assert may == (
            roles.get("c") == "admin"
            and "p" not in roles
            and user == "u2"
            and not sysadmin
            and state in ("draft", "proposed")
            and mail != FIRST.mailbox
        )


# -- what can be named -----------------------------------------------------------------------------

FREE = permitted([], None)  # type: ignore[arg-type]
RULES = SharingRules(version="1", in_force=TODAY - DAY, decision="x", rules=())


def asset(level: str = "request", **terms: object) -> Asset:
    return Asset(
        dataset="d",
        resource="r",
        level=level,
        opens_on=None,
        bases=frozenset({"b"}),
        terms=replace(FREE, **terms),
        owner=GIVER,
        sharing=RULES,
    )


class TestScope:
    @pytest.mark.parametrize(
        ("one", "why"),
        [
            (asset(), None),
            (asset("group"), None),
            (asset("open"), "open"),
            (asset("closed"), "closed"),
            (asset("?"), "closed"),
            (asset(sharing="norm"), "norm"),
            (asset(sharing="none"), "none"),
            (asset(need_to_know=True), "need_to_know"),
            (asset("closed", need_to_know=True), "closed"),
        ],
    )
    def test_what_the_law_lets_one_agree_on(self, one, why):
        assert agreements.scope_refused([one], "p", "request", TODAY, GIVER) == why

    def test_not_further_than_it_reaches(self):
        assert agreements.scope_refused([asset()], "p", "group", TODAY, GIVER) == "level"
        assert agreements.scope_refused([asset("group")], "p", "group", TODAY, GIVER) is None

    def test_whose_data_they_are(self):
        assert agreements.scope_refused([asset()], "x", "request", TODAY, GIVER) == "owner"
        assert agreements.scope_refused([asset()], "p", "request", TODAY, None) == "owner"
        walled = replace(GIVER, walled=True)
        assert agreements.scope_refused([asset()], "p", "request", TODAY, walled) == "wall"

    def test_one_file_is_enough(self):
        files = [asset("closed"), asset("open"), asset()]
        assert agreements.scope_refused(files, "p", "request", TODAY, GIVER) is None
        assert agreements.scope_refused(files[:2], "p", "request", TODAY, GIVER) == "closed"

    @given(
        st.sampled_from(["open", "group", "request", "closed", "?"]),
        st.sampled_from(["agreement", "norm", "none"]),
        st.booleans(),
        st.sampled_from(["group", "request"]),
        st.booleans(),
    )
    def test_what_can_be_named_is_what_is_opened(self, level, sharing, personal, reach, walled):
        """As the decision on access has it, for somebody whom nothing else lets in."""
        owner = replace(GIVER, walled=walled, in_group=False)
        one = replace(asset(level, sharing=sharing, need_to_know=personal), owner=owner)
        now = {"provider": owner, "consumer": GETTER}
        standing = {side: agreements.standing_of(entity) for side, entity in now.items()}
        counting = agreements.counting(replace(PAPER, level=reach, standing=standing), now, TODAY)
        actor = Actor(
            id="u",
            memberships=(Membership(entity=GETTER, role="member"),),
            agreements=(counting,),
        )
        decision = decide(actor, one, TODAY)
        may = agreements.scope_refused([one], "p", reach, TODAY, owner) is None
        assert may == (decision.rule == "agreement")


def test_another_text_has_another_mark():
    text = {"title": "a", "datasets": ["2", "1"], "since": TODAY, "until": None}
    mark = agreements.text_hash(text)
    assert mark == agreements.text_hash({**text, "datasets": ["1", "2"], "state": "active"})
    for changes in (
        {"title": "b"},
        {"datasets": None},
        {"datasets": ["1"]},
        {"until": TODAY},
        {"conditions": "x"},
    ):
        assert agreements.text_hash({**text, **changes}) != mark
