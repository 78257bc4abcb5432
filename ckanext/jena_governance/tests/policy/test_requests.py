"""States, parts and the clock of requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from ckanext.jena_governance.policy import Actor, Entity, Membership, requests

TODAY = date(2026, 11, 22)
REQUESTER, DECIDER, RECIPIENT = requests.REQUESTER, requests.DECIDER, requests.RECIPIENT

# Read aloud once: state, then what each part can do. The table of the product says it by step.
TABLE = {
    "draft": {REQUESTER: "update submit withdraw"},
    "submitted": {
        REQUESTER: "withdraw",
        DECIDER: "return hear forward refer not_available approve deny",
        RECIPIENT: "return forward",
    },
    "returned": {
        REQUESTER: "update answer withdraw",
        DECIDER: "hear resume forward refer not_available approve deny",
        RECIPIENT: "forward",
    },
    "hearing": {
        REQUESTER: "withdraw",
        DECIDER: "return resume forward refer not_available approve deny",
        RECIPIENT: "return forward",
    },
    "forwarded": {
        REQUESTER: "withdraw",
        DECIDER: "return hear forward refer not_available approve deny",
        RECIPIENT: "return forward",
    },
    "referred": {
        REQUESTER: "withdraw",
        DECIDER: "return hear forward not_available approve deny",
        RECIPIENT: "return forward",
    },
    "approved": {REQUESTER: "withdraw", DECIDER: "revoke"},
}


def entity(id_: str, **facts) -> Entity:
    known = {"entity_class": "core", "in_group": True, "walled": False, **facts}
    return Entity(id=id_, title=id_.title(), publishes_for=frozenset(), **known)


AMT, WERK, THIRD = entity("amt"), entity("werk"), entity("third")


def person(id_: str | None = "u1", **roles: str) -> Actor:
    known = {"amt": AMT, "werk": WERK, "third": THIRD}
    seats = tuple(Membership(entity=known[name], role=role) for name, role in roles.items())
    return Actor(id=id_, memberships=seats)


@pytest.mark.parametrize(
    ("state", "part"),
    product((*requests.STATES, requests.EXPIRED), (REQUESTER, DECIDER, RECIPIENT)),
)
def test_table(state, part):
    wanted = TABLE.get(state, {}).get(part, "").split()
    assert sorted(requests.possible("access", state, {part})) == sorted(wanted)


@pytest.mark.parametrize("state", [*requests.STATES, requests.EXPIRED])
def test_nobody_else_can_do_anything(state):
    assert requests.possible("access", state, set()) == ()
    assert requests.possible("access", state, {"sysadmin", "system"}) == ()


def test_questions_are_only_answered_or_withdrawn():
    assert requests.possible("opening", "submitted", {DECIDER, REQUESTER}) == ("withdraw", "reply")
    assert requests.possible("opening", "answered", {DECIDER, REQUESTER}) == ()


def test_what_steps_lead_to():
    assert requests.after("access", "returned", "answer", {REQUESTER}) == "submitted"
    assert requests.after("access", "returned", "update", {REQUESTER}) == "returned"
    assert requests.after("access", "submitted", "approve", {DECIDER}) == "approved"
    assert requests.after("access", "withdrawn", "approve", {DECIDER}) is None
    assert requests.after("access", "submitted", "approve", {REQUESTER}) is None
    assert requests.after("access", "submitted", "approve", {RECIPIENT}) is None
    assert requests.after("access", "submitted", "explode", {DECIDER}) is None
    assert requests.after("access", "expired", "revoke", {DECIDER}) is None


@pytest.mark.parametrize(
    ("until", "state"),
    [(TODAY, "approved"), (TODAY - timedelta(days=1), "expired"), (None, "expired")],
)
def test_grants_end_by_themselves(until, state):
    assert requests.state_today("approved", until, TODAY) == state
    assert requests.state_today("denied", until, TODAY) == "denied"


class TestParts:
    def test_who_plays_which(self):
        def parts(actor):
            return requests.played_by(actor, "u1", AMT, "third")

        assert parts(person()) == {REQUESTER}
        assert parts(person("u2", amt="editor")) == {DECIDER}
        assert parts(person("u2", amt="admin", third="editor")) == {DECIDER, RECIPIENT}
        assert parts(person("u2", amt="member", werk="admin")) == set()
        assert parts(person(None)) == set()
        assert parts(Actor(id="u2", sysadmin=True)) == set()
        assert requests.played_by(person("u2", amt="admin"), "u1", None, None) == set()

    def parties(self, **more):
        return requests.Parties(
            requester="u1",
            mailboxes=frozenset({"Person@Amt.example"}),
            **more,
        )

    @pytest.mark.parametrize(
        ("actor", "mailbox", "more", "code"),
        [
            (person("u1", amt="admin"), "x@y", {}, "request_own"),
            (replace(person("u2", amt="admin"), sysadmin=True), "x@y", {}, "request_sysadmin"),
            (person("u2", amt="admin"), "x@y", {"persons": frozenset({"u2"})}, "request_own"),
            (person("u2", amt="admin", werk="member"), "x@y", {"entity": WERK}, "request_benefits"),
            (person("u2", amt="admin"), " person@amt.EXAMPLE ", {}, "request_same_mailbox"),
            (person("u2", amt="admin"), "person+2@amt.example", {}, "request_same_mailbox"),
        ],
    )
    def test_who_may_not_decide(self, actor, mailbox, more, code):
        assert requests.partiality(actor, mailbox, self.parties(**more)).code == code

    def test_who_may(self):
        actor = person("u2", amt="admin", third="editor")
        assert requests.partiality(actor, "", self.parties(entity=WERK)) is None
        assert requests.partiality(actor, "other@amt.example", self.parties()) is None

    def test_accounts_without_an_address_are_not_the_same(self):
        nobody = requests.Parties(requester="u1", mailboxes=frozenset({""}))
        assert requests.partiality(person("u2"), "", nobody) is None

    @pytest.mark.parametrize(("said", "tidy"), [("", ""), (None, ""), ("abc", "abc")])
    def test_mailboxes_that_are_none(self, said, tidy):
        assert requests.tidy(said) == tidy


class TestClock:
    def test_starts_with_the_submission(self):
        assert requests.Clock().moved("draft", TODAY).due is None
        assert requests.Clock().moved("submitted", TODAY).due == TODAY + timedelta(days=30)

    @pytest.mark.parametrize("state", ["hearing", "returned"])
    def test_stands_still(self, state):
        clock = requests.Clock().moved("submitted", TODAY)
        stopped = clock.moved(state, TODAY + timedelta(days=10))
        assert stopped.on(TODAY + timedelta(days=10)) == clock.due
        assert stopped.on(TODAY + timedelta(days=25)) == clock.due + timedelta(days=15)
        assert not stopped.is_overdue(state, TODAY + timedelta(days=300))
        going = stopped.moved("submitted", TODAY + timedelta(days=25))
        assert going == requests.Clock(due=clock.due + timedelta(days=15))
        assert going.is_overdue("submitted", going.due + timedelta(days=1))
        assert not going.is_overdue("submitted", going.due)

    def test_from_one_stop_to_the_other_it_stands_on(self):
        clock = requests.Clock().moved("submitted", TODAY).moved("hearing", TODAY)
        on = clock.moved("returned", TODAY + timedelta(days=5))
        assert on.stopped_on == TODAY
        assert on.moved("submitted", TODAY + timedelta(days=9)).due == TODAY + timedelta(days=39)

    def test_never_goes_back(self):
        clock = requests.Clock().moved("submitted", TODAY).moved("hearing", TODAY)
        assert clock.on(TODAY - timedelta(days=3)) == clock.due

    @pytest.mark.parametrize("state", ["approved", "denied", "draft", "withdrawn"])
    def test_what_is_decided_is_not_overdue(self, state):
        assert not requests.Clock(due=TODAY).is_overdue(state, TODAY + timedelta(days=9))

    def test_without_a_target_nothing_is_overdue(self):
        assert not requests.Clock().is_overdue("submitted", TODAY)


def test_every_state_and_step_has_words(words):
    for lang in ("de", "en"):
        for id_ in (*requests.STATES, requests.EXPIRED):
            assert words.request_states[id_].label(lang)
        for id_ in requests.STEPS:
            assert words.request_steps[id_].label(lang)
    assert set(requests.DECISIONS) < set(requests.STEPS)


WISH = {
    "resources": ["a", "b"],
    "entity": "werk",
    "purpose": "Planen",
    "until": "2026-12-31",
    "persons": ["u1", "u2"],
    "norm": "",
    "files": ["a", "b"],
}


class TestTheWish:
    def test_the_order_of_lists_does_not_count(self):
        turned = {**WISH, "resources": ["b", "a"], "persons": ["u2", "u1"], "state": "x"}
        mark = requests.wish_hash(WISH)
        assert len(mark) == 64
        assert requests.wish_hash(turned) == mark

    @pytest.mark.parametrize(
        "more",
        [
            {"resources": ["a"]},
            {"entity": None},
            {"purpose": "Bauen"},
            {"until": None},
            {"persons": []},
            {"norm": "§ 4"},
            {"files": ["a", "b", "c"]},
        ],
    )
    def test_each_field_counts(self, more):
        assert requests.wish_hash({**WISH, **more}) != requests.wish_hash(WISH)
        named = () if "files" in more else tuple(more)
        assert requests.changed(WISH, {**WISH, **more}) == named

    def test_in_the_order_of_the_form(self):
        after = {**WISH, "norm": "§ 4", "resources": []}
        assert requests.changed(WISH, after) == ("resources", "norm")
        assert requests.changed(WISH, WISH) == ()
