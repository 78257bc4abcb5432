"""What a grant needs, what a denial needs, and the traffic light."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy import (
    Actor,
    Agreement,
    Entity,
    Membership,
    Statement,
    asset_of,
    decide,
    granting,
    requests,
    say,
)
from ckanext.jena_governance.policy.wording import PLACEHOLDER

WORDS = vocabularies.load()
TODAY = date(2026, 11, 22)
UNTIL = TODAY + timedelta(days=100)


def entity(id_: str, class_: str | None = "core", **facts) -> Entity:
    known = {"in_group": True, "walled": False, "publishes_for": frozenset(), **facts}
    return Entity(id=id_, title=id_.title(), entity_class=class_, **known)


AMT, WERK = entity("amt"), entity("werk", "municipal-enterprise")
OUTSIDE = entity("verein", "external", in_group=False)
ASKER = Actor(id="u1", memberships=(Membership(entity=WERK, role="member"),))
OUTSIDER = Actor(id="u1", memberships=(Membership(entity=OUTSIDE, role="member"),))

NOTHING_NEEDED = "artenschutz-fundorte"  # sharing: agreement
NORM = "vertragliche-bindung"  # sharing: norm
PERSONS = "dsgvo-personenbezug"  # sharing: norm, need to know
WALL = "enwg-netzinformation"  # sharing: none
CLOSED_ONLY = "vgv-vertraulichkeit"
LOCK = "vorlaeufige-sperre"
OUTSIDE_ONLY = "bmg-meldegeheimnis"  # files: metadata_only


def part(*bases: str, level: str = "request", owner: Entity | None = AMT, **more) -> granting.Part:
    dataset = {"id": "d1", "openness": level, "legal_basis": list(bases)}
    asset = asset_of(dataset, {"id": "r1"}, owner, WORDS, TODAY)
    return granting.Part(asset=asset, name="Liste", **more)


def light(one: granting.Part, actor: Actor = ASKER, for_: Entity | None = WERK) -> granting.Light:
    return granting.light_of(actor, one, for_, TODAY)


def offer(one: granting.Part, **more) -> granting.Offer:
    return granting.Offer(**{"parts": [one], "until": UNTIL, "entity": WERK, **more})


def codes(offered: granting.Offer, actor: Actor = ASKER, **asked) -> list[tuple[str, str]]:
    said = granting.Asked(**{"until": UNTIL, "persons": frozenset({"u1", "u2"}), **asked})
    found = granting.grant_problems(actor, offered, said, TODAY)
    return [(problem.field, problem.statement.code) for problem in found]


def denial(one: granting.Part, *named: str, text="Weil.", way_on="Fragen Sie das Archiv.", **more):
    parts = more.get("parts", [one])
    found = granting.denial_problems(
        more.get("actor", ASKER), parts, more.get("for_", WERK), named, text, way_on, WORDS, TODAY
    )
    return [(problem.field, problem.statement.code) for problem in found]


class TestLight:
    @pytest.mark.parametrize(
        ("one", "id_", "norm", "persons"),
        [
            (part(NOTHING_NEEDED), "possible", False, False),
            (part(NOTHING_NEEDED, is_personal=True), "possible", True, False),
            (part(NORM), "possible", True, False),
            (part(PERSONS), "possible", True, True),
            (part(NOTHING_NEEDED, level="group"), "allowed", False, False),
            (part(level="open"), "allowed", False, False),
            (part(NOTHING_NEEDED, level="closed"), "impossible", False, False),
            (part(WALL), "impossible", False, False),
            (part(PERSONS, WALL), "impossible", False, False),
            (part(NOTHING_NEEDED, owner=entity("amt", walled=True)), "impossible", False, False),
            (part(NOTHING_NEEDED, owner=None), "impossible", False, False),
            (part("unbekannt"), "impossible", False, False),
        ],
    )
    def test_of_a_part(self, one, id_, norm, persons):
        found = light(one)
        assert (found.id, found.needs_norm, found.needs_persons) == (id_, norm, persons)

    def test_persons_are_named_for_entities_only(self):
        assert not light(part(PERSONS), for_=None).needs_persons

    def test_is_that_of_whom_it_is_for(self):
        shared = part(NOTHING_NEEDED, level="group")
        assert light(shared, OUTSIDER, None).id == "possible"
        both = replace(ASKER, memberships=(*ASKER.memberships, *OUTSIDER.memberships))
        assert light(shared, both, OUTSIDE).id == "possible"
        assert light(shared, both, None).id == "allowed"

    def test_is_not_that_of_the_administrator(self):
        assert light(part(NORM), replace(ASKER, sysadmin=True), None).id == "possible"

    def test_agreements_count_and_grants_can_be_renewed(self):
        one = part(NOTHING_NEEDED)
        paper = Agreement(
            id="a", title="A", provider="amt", consumer="werk", datasets=None,
            level="request", since=TODAY, until=None,
        )  # fmt: skip
        assert light(one, replace(ASKER, agreements=(paper,))).id == "allowed"
        given = granting.grants_of("g", granting.snapshot_of([one], TODAY), TODAY, UNTIL, None)
        granted = replace(ASKER, grants=given)
        assert decide(granted, one.asset, TODAY).rule == "grant"
        assert light(one, granted, None).id == "possible"

    def test_agrees_with_the_decision(self):
        """Possible is what a grant would allow, for every basis of the register."""
        for basis, level in product(WORDS.bases.values(), ("group", "request", "closed")):
            one = part(basis.id, level=level, owner=entity("amt", basis.applies_to[0]))
            found = light(one, OUTSIDER, None)
            grants = granting.grants_of("g", granting.snapshot_of([one], TODAY), TODAY, UNTIL, None)
            decision = decide(replace(OUTSIDER, grants=grants), one.asset, TODAY)
            reaches = found.id == "possible" and basis.files == "allowed"
            assert decision.allowed == reaches, basis.id

    def test_of_a_whole(self):
        no, yes, done = light(part(WALL)), light(part(PERSONS)), light(part(level="open"))
        plain = light(part(NOTHING_NEEDED))
        assert granting.whole([no, done, plain]).id == "possible"
        assert granting.whole([plain, yes]).needs_norm
        assert granting.whole([plain, yes]).needs_persons
        assert granting.whole([done, no]).id == "impossible"
        assert granting.whole([done]).id == "allowed"


class TestGrant:
    def test_plain(self):
        assert codes(offer(part(NOTHING_NEEDED))) == []

    @pytest.mark.parametrize(
        ("offered", "problem"),
        [
            (offer(part(NOTHING_NEEDED), until=None), ("until", "request_needs_until")),
            (
                offer(part(NOTHING_NEEDED), until=TODAY - timedelta(days=1)),
                ("until", "request_until_past"),
            ),
            (
                offer(part(NOTHING_NEEDED), until=TODAY + timedelta(days=800)),
                ("until", "request_until_far"),
            ),
            (
                offer(part(NOTHING_NEEDED), until=UNTIL + timedelta(days=1)),
                ("until", "request_until_beyond"),
            ),
            (offer(part(NOTHING_NEEDED), parts=[]), ("resources", "request_no_parts")),
            (offer(part(NORM)), ("norm", "request_needs_norm")),
            (offer(part(NORM), norm="  "), ("norm", "request_needs_norm")),
            (offer(part(NORM, is_personal=True), norm="§ 5"), ("role", "request_needs_role")),
            (
                offer(part(PERSONS), norm="§ 4"),
                ("persons", "request_needs_persons"),
            ),
            (
                offer(part(NOTHING_NEEDED), persons=frozenset({"u9"})),
                ("persons", "request_more_persons"),
            ),
            (offer(part(WALL), norm="§ 4"), ("resources", "request_light_basis")),
            (
                offer(part(NOTHING_NEEDED, level="closed")),
                ("resources", "request_light_closed"),
            ),
            (
                offer(part(NOTHING_NEEDED, owner=entity("amt", walled=True))),
                ("resources", "request_light_wall"),
            ),
            (
                offer(part(NOTHING_NEEDED, level="group")),
                ("resources", "request_allowed_already"),
            ),
        ],
    )
    def test_one_thing_is_missing(self, offered, problem):
        assert codes(offered) == [problem]

    def test_the_last_day_may_be_today(self):
        assert codes(offer(part(NOTHING_NEEDED), until=TODAY)) == []

    def test_named_persons_of_an_entity(self):
        assert codes(offer(part(PERSONS), norm="§ 4", persons=frozenset({"u2"}))) == []

    def test_for_oneself(self):
        assert codes(offer(part(PERSONS), norm="§ 4", entity=None)) == []

    def test_leap_day(self):
        assert granting.in_years(date(2028, 2, 29), 1) == date(2029, 2, 28)
        assert granting.latest(date(2028, 2, 29)) == date(2030, 2, 28)


class TestSnapshot:
    def test_suspends_what_became_stricter(self):
        given = granting.snapshot_of([part(NOTHING_NEEDED)], TODAY)
        grants = granting.grants_of("g", given, TODAY, UNTIL, None)
        reader = replace(OUTSIDER, grants=grants)

        def rule(one, day=TODAY):
            return decide(reader, one.asset, day).rule

        assert rule(part(NOTHING_NEEDED)) == "grant"
        assert rule(part(NOTHING_NEEDED, level="group")) == "grant"
        assert rule(part(NOTHING_NEEDED, level="closed")) == "denied"
        assert rule(part(NOTHING_NEEDED, NORM)) == "denied"
        assert rule(part(NOTHING_NEEDED, owner=entity("other"))) == "denied"
        assert rule(part(NOTHING_NEEDED), UNTIL) == "grant"
        assert rule(part(NOTHING_NEEDED), UNTIL + timedelta(days=1)) == "denied"
        assert rule(part(NOTHING_NEEDED), TODAY - timedelta(days=1)) == "denied"

    def test_each_resource_has_its_own_level(self):
        """What was shared more widely than its neighbour is not closed to the neighbour's level."""
        two = []
        for id_, level in (("r1", "group"), ("r2", "request")):
            dataset = {"id": "d1", "openness": level, "legal_basis": [NOTHING_NEEDED]}
            asset = asset_of(dataset, {"id": id_}, AMT, WORDS, TODAY)
            two.append(granting.Part(asset=asset))
        given = granting.snapshot_of(two, TODAY)
        grants = granting.grants_of("g", given, TODAY, UNTIL, None)
        assert len(grants) == 2
        reader = replace(OUTSIDER, grants=grants)
        assert decide(reader, part(NOTHING_NEEDED, level="group").asset, TODAY).rule == "grant"
        # r1, which was "group", is now on request: not what was granted.
        assert decide(reader, part(NOTHING_NEEDED).asset, TODAY).rule == "denied"

    def test_outside_of_the_portal(self):
        given = granting.snapshot_of([part("bmg-meldegeheimnis")], TODAY)
        assert given["outside"] is True
        assert granting.snapshot_of([], TODAY) == {
            "owner": None, "resources": {}, "outside": False,
        }  # fmt: skip

    def test_people_of_the_owner_have_it_as_long_as_they_are(self):
        one = part(PERSONS)
        seat = Membership(entity=AMT, role="member")
        given = granting.snapshot_of([one], TODAY, Actor(id="u1", memberships=(seat,)))
        assert given["member_of"] == AMT.id
        assert granting.lasts(given, {AMT.id, "werk"})
        assert not granting.lasts(given, {"werk"})
        for person in (OUTSIDER, Actor()):
            given = granting.snapshot_of([one], TODAY, person)
            assert "member_of" not in given
            assert granting.lasts(given, ())

    @pytest.mark.parametrize("broken", [{}, {"resources": []}, {"resources": {}, "owner": None}])
    def test_what_cannot_be_read_gives_nothing(self, broken):
        assert granting.grants_of("g", broken, TODAY, UNTIL, None) == ()


class TestDenial:
    @pytest.mark.parametrize(
        ("one", "basis"),
        [
            (part(NORM), NORM),
            (part(PERSONS), PERSONS),
            (part(WALL, owner=entity("amt", "subsidiary")), WALL),
            (part(CLOSED_ONLY, level="closed"), CLOSED_ONLY),
            (part(NORM, owner=entity("amt", None)), NORM),
        ],
    )
    def test_with_a_law_that_forbids_it(self, one, basis):
        assert denial(one, basis) == []
        assert granting.forbidding([one], WORDS) == [basis]

    @pytest.mark.parametrize(
        ("one", "named", "problem"),
        [
            (part(NORM), [], "request_needs_basis"),
            (part(NORM), ["erfunden"], "request_no_basis"),
            # Not named by the data; no barrier to a transfer; of another class; no law at all.
            (part(NORM), [PERSONS], "request_idle_basis"),
            (part(NOTHING_NEEDED), [NOTHING_NEEDED], "request_idle_basis"),
            (part("bmg-meldegeheimnis", owner=WERK), ["bmg-meldegeheimnis"], "request_idle_basis"),
            (part(LOCK, level="closed"), [LOCK], "request_idle_basis"),
            (part(NORM, owner=None), [NORM], "request_idle_basis"),
        ],
    )
    def test_without_one(self, one, named, problem):
        assert denial(one, *named) == [("legal_basis", problem)]

    def test_closed_by_choice_is_no_law(self):
        assert denial(part(NOTHING_NEEDED, level="closed"), NOTHING_NEEDED) != []

    def test_needs_text_and_the_way_on(self):
        assert denial(part(NORM), NORM, text=" ") == [("text", "request_needs_text")]
        assert denial(part(NORM), NORM, way_on="") == [("way_on", "request_needs_way_on")]

    def test_each_part_needs_its_law(self):
        free = part(NOTHING_NEEDED)
        found = denial(free, NORM, parts=[part(NORM), free])
        assert found == [("legal_basis", "request_part_not_forbidden")]

    def test_what_is_shared_anyway_is_not_denied(self):
        assert denial(part(NORM), NORM, parts=[part(NORM), part(level="open")]) == []


class TestSharing:
    @pytest.mark.parametrize(
        ("basis", "said"),
        [
            (NOTHING_NEEDED, ["agreement"]),
            (NORM, ["norm"]),
            (PERSONS, ["norm", "persons"]),
            (OUTSIDE_ONLY, ["norm", "persons", "outside"]),
            (WALL, ["none"]),
        ],
    )
    def test_what_a_basis_means(self, basis, said):
        found = granting.sharing_of(WORDS.bases[basis])
        assert [one.code for one in found] == [f"request_sharing_{one}" for one in said]

    def test_of_every_basis(self):
        assert all(granting.sharing_of(basis) for basis in WORDS.bases.values())


class TestAbsence:
    """Whoever says that there are no such data names no law; so nothing may be there."""

    @pytest.mark.parametrize(
        ("one", "is_refused"),
        [
            (part(NOTHING_NEEDED, has_data=True), True),
            (part(NORM, has_data=True), True),
            (part(WALL, has_data=True), True),
            (part(NOTHING_NEEDED, level="closed", has_data=True), True),
            (part(NOTHING_NEEDED, has_data=False), False),
            (part(OUTSIDE_ONLY, has_data=True), False),
            # What they have already is not refused.
            (part(NOTHING_NEEDED, level="group", has_data=True), False),
        ],
    )
    def test_of_a_part(self, one, is_refused):
        for parts in ([one], [part(NORM), one]):
            found = granting.absence_problems(ASKER, parts, WERK, TODAY)
            said = [("decision", Statement("request_data_there", {"resource": "Liste"}))]
            assert found == (said if is_refused else [])

    def test_is_that_of_whom_it_is_for(self):
        shared = part(NOTHING_NEEDED, level="group", has_data=True)
        assert granting.absence_problems(OUTSIDER, [shared], OUTSIDE, TODAY)
        assert granting.absence_problems(OUTSIDER, [shared], WERK, TODAY) == []

    def test_nothing_is_known_to_be_there(self):
        assert not part(NORM).has_data


class TestWayOn:
    def test_every_pair_of_classes(self):
        classes = [*WORDS.entity_classes]
        for asking, owning in product([*classes, granting.PERSON], classes):
            row = granting.way_of(asking, entity("x", owning), WORDS)
            assert row is not None, (asking, owning)
            assert {*PLACEHOLDER.findall(row.de + row.en)} <= {"escalation"}
        assert granting.way_of("person", None, WORDS).id == "owner-outside"
        assert granting.way_of("core", entity("x", "subsidiary"), WORDS).id == "city-asks-company"

    def test_in_which_class_somebody_asks(self):
        assert granting.class_of(ASKER, WERK) == "municipal-enterprise"
        assert granting.class_of(ASKER, None) == "municipal-enterprise"
        assert granting.class_of(OUTSIDER, None) == "person"
        assert granting.class_of(OUTSIDER, entity("neu", None)) == "external"

    def test_no_word_of_a_formal_decision(self):
        texts = [row.de for row in WORDS.request_remedies.values()]
        texts += [text.de for text in WORDS.request_texts.values()]
        for text in texts:
            assert "Widerspruch" not in text
            assert "Versagung" not in text
            assert "Ablehnung" not in text


VALUES = {
    "entity": "Umweltamt", "date": UNTIL, "basis": WALL, "value": "x", "resource": "Liste",
    "months": 36,
}  # fmt: skip


def test_a_wall_is_named() -> None:
    walled = part(NOTHING_NEEDED, owner=entity("amt", walled=True)).asset
    found = granting.barrier_of(walled, TODAY)
    assert found is not None
    assert found.values == {"entity": "Amt"}


@pytest.mark.parametrize("snapshot", [{}, {"resources": {}}, {"owner": "amt"}])
def test_half_a_snapshot_grants_nothing(snapshot) -> None:
    given = {"r1": {"level": "request", "bases": []}}
    whole = {"owner": "amt", "resources": given}
    assert len(granting.grants_of("1", whole, TODAY, UNTIL, None)) == 1
    assert granting.grants_of("1", snapshot, TODAY, UNTIL, None) == ()
    assert granting.grants_of("1", {**whole, "owner": None}, TODAY, UNTIL, None) == ()


def test_every_code_has_words_and_the_reverse():
    sources = inspect.getsource(granting) + inspect.getsource(requests)
    around = {
        *("request_no_decision", "request_target", "request_privacy", "request_escalation"),
        *("request_statutory", "request_needs_purpose", "request_not_yours"),
    }
    for code in set(WORDS.request_texts) - around:
        assert f'"{code}"' in sources, code


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_text_can_be_filled(lang):
    for code in WORDS.request_texts:
        text = say(Statement(code, VALUES), lang, WORDS)
        assert len(text) > 8
        for leftover in ("{", "}", "()", "„“", '""', "None"):
            assert leftover not in text, code
