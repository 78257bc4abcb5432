"""Everything that can be done with a request, in any order, with a clock that moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy import (
    Actor,
    Entity,
    Membership,
    asset_of,
    decide,
    granting,
    permitted,
    requests,
)

WORDS = vocabularies.load()
START = date(2026, 3, 20)  # over the change to summer time, and back within a year
BASES = (
    *("artenschutz-fundorte", "vertragliche-bindung", "dsgvo-personenbezug"),
    *("enwg-netzinformation", "vgv-vertraulichkeit", "vorlaeufige-sperre", "unbekannt"),
)
LEVELS = ("open", "group", "request", "closed")


def entity(id_: str, class_: str, **more) -> Entity:
    known = {"in_group": True, "walled": False, "publishes_for": frozenset(), **more}
    return Entity(id=id_, title=id_, entity_class=class_, **known)


OWNERS = (
    entity("amt", "core"),
    entity("werk", "municipal-enterprise"),
    entity("netz", "subsidiary", walled=True),
)
BODY = entity("gmbh", "subsidiary")


class Requests(RuleBasedStateMachine):
    """One request for one file; data, people and days change under it."""

    @initialize(
        level=st.sampled_from(LEVELS),
        bases=st.sets(st.sampled_from(BASES), max_size=2),
        owner=st.sampled_from(OWNERS),
        for_entity=st.booleans(),
        named=st.booleans(),
        norm=st.sampled_from(["", "§ 4"]),
    )
    def begin(self, level, bases, owner, for_entity, named, norm):  # noqa: PLR0917
        self.today = START
        self.level, self.bases, self.owner = level, sorted(bases), owner
        self.entity = BODY if for_entity else None
        self.persons = frozenset({"p1"}) if for_entity and named else frozenset()
        self.norm = norm
        self.state = requests.DRAFT
        self.clock = requests.Clock()
        self.asked = START + timedelta(days=200)
        self.grant = None
        self.until = None
        self.given_for = None
        self.denied_with = None
        self.member = True

    # -- who and what

    def asker(self, grants=()) -> Actor:
        seats = (Membership(entity=BODY, role="member"),) if self.member else ()
        return Actor(id="u1", memberships=seats, grants=grants)

    def part(self) -> granting.Part:
        dataset = {"id": "d1", "openness": self.level, "legal_basis": self.bases}
        asset = asset_of(dataset, {"id": "r1"}, self.owner, WORDS, self.today)
        return granting.Part(asset=asset, name="Liste")

    def take(self, step: str, by: str) -> bool:
        now = requests.state_today(self.state, self.until, self.today)
        target = requests.after("access", now, step, {by})
        if target is None:
            return False
        self.state = target
        if target in requests.UNDECIDED:
            self.clock = self.clock.moved(target, self.today)
        return True

    # -- what people do

    @rule(step=st.sampled_from(["submit", "answer", "withdraw", "update"]))
    def requester(self, step):
        if self.take(step, requests.REQUESTER) and step == "withdraw":
            self.grant = None

    @rule(step=st.sampled_from(["return", "hear", "resume", "forward", "refer", "not_available"]))
    def decider(self, step):
        self.take(step, requests.DECIDER)

    @rule(step=st.sampled_from(["approve", "deny", "revoke", "hear", "refer"]))
    def whom_it_was_forwarded_to(self, step):
        assert not self.take(step, requests.RECIPIENT)

    @rule(days=st.integers(-3, 900))
    def approve(self, days):
        until = self.today + timedelta(days=days)
        offer = granting.Offer(
            parts=[self.part()], until=until, norm=self.norm, entity=self.entity,
            persons=self.persons,
        )  # fmt: skip
        asked = granting.Asked(until=self.asked, persons=self.persons)
        if granting.grant_problems(self.asker(), offer, asked, self.today):
            return
        if not self.take("approve", requests.DECIDER):
            return
        part = self.part()
        self.until = until
        self.given_for = (self.level, tuple(self.bases), self.owner)
        everybody = BODY.id if self.entity is not None and not self.persons else None
        self.grant = granting.grants_of(
            "g", granting.snapshot_of([part], self.today), self.today, until, everybody
        )
        terms = permitted(self.bases, WORDS)
        assert self.level in ("group", "request")
        assert terms.sharing != "none"
        assert not self.owner.walled
        assert terms.sharing != "norm" or self.norm
        assert not (terms.need_to_know and everybody)
        assert self.today <= until <= min(self.asked, granting.latest(self.today))

    @rule(named=st.lists(st.sampled_from(BASES), max_size=2))
    def deny(self, named):
        found = granting.denial_problems(
            self.asker(), [self.part()], self.entity, named, "Weil.", "So.", WORDS, self.today
        )
        if found or not self.take("deny", requests.DECIDER):
            return
        self.denied_with = list(named)
        assert named
        for id_ in named:
            basis = WORDS.bases[id_]
            assert id_ in self.bases
            assert self.owner.entity_class in basis.applies_to
            assert basis.sharing != "agreement" or basis.levels == ("closed",)

    @rule()
    def revoke(self):
        if self.take("revoke", requests.DECIDER):
            self.grant = None

    # -- what happens to the data and the people

    @rule(level=st.sampled_from(LEVELS))
    def level_changes(self, level):
        self.level = level

    @rule(bases=st.sets(st.sampled_from(BASES), max_size=2))
    def bases_change(self, bases):
        self.bases = sorted(bases)

    @rule(owner=st.sampled_from(OWNERS))
    def owner_changes(self, owner):
        self.owner = owner

    @rule()
    def comes_and_goes(self):
        self.member = not self.member

    @rule(days=st.integers(1, 120))
    def time_passes(self, days):
        self.today += timedelta(days=days)

    # -- what holds in any case

    @invariant()
    def no_access_without_a_grant_in_force(self):
        if not hasattr(self, "today"):
            return
        grants = self.grant or ()
        decision = decide(self.asker(grants), self.part().asset, self.today)
        without = decide(self.asker(), self.part().asset, self.today)
        if decision.rule != "grant":
            assert decision.allowed == without.allowed
            return
        assert self.state == requests.APPROVED
        assert requests.state_today(self.state, self.until, self.today) == requests.APPROVED
        assert self.today <= self.until
        level, bases, owner = self.given_for
        assert LEVELS.index(self.level) <= LEVELS.index(level)
        assert self.level != "closed"
        assert set(self.bases) <= set(bases)
        assert self.owner.id == owner.id
        assert not self.owner.walled

    @invariant()
    def no_denial_without_a_law(self):
        if getattr(self, "state", "") == requests.DENIED:
            assert self.denied_with

    @invariant()
    def what_is_over_stays_over(self):
        if getattr(self, "state", "") in (requests.DENIED, requests.REVOKED, requests.WITHDRAWN):
            assert requests.possible("access", self.state, {"requester", "decider"}) == ()

    @invariant()
    def the_clock_stands_still_when_somebody_else_has_to_act(self):
        if getattr(self, "state", "") in requests.STOPPED:
            assert self.clock.stopped_on is not None
            later = self.today + timedelta(days=9)
            assert self.clock.on(later) == self.clock.on(self.today) + timedelta(days=9)
        elif getattr(self, "state", "") in requests.RUNNING:
            assert self.clock.stopped_on is None


Requests.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestRequests = Requests.TestCase


def test_a_machine_that_could_not_fail_would_be_none():
    """A grant for ``request`` keeps the machine's promises because the policy does."""
    machine = Requests()
    machine.begin("request", {"artenschutz-fundorte"}, OWNERS[0], False, False, "")
    machine.requester("submit")
    machine.approve(30)
    assert machine.state == requests.APPROVED
    reader = replace(machine.asker(machine.grant), memberships=())
    assert decide(reader, machine.part().asset, machine.today).rule == "grant"
    machine.time_passes(31)
    assert decide(reader, machine.part().asset, machine.today).rule == "denied"
