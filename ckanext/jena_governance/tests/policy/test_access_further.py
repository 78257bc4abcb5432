"""Decisions on access: what each rule needs, and exactly what it answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ckanext.jena_governance.policy import (
    ANONYMOUS,
    Actor,
    Agreement,
    Asset,
    Decision,
    Entity,
    Grant,
    Membership,
    SharingRule,
    Statement,
    access,
    asset_of,
    decide,
    permitted,
)
from ckanext.jena_governance.tests.policy.samples import TODAY, entity

PLAIN = "artenschutz-fundorte"
PERSONAL = "dsgvo-personenbezug"
WALL = "enwg-netzinformation"
OTHER_WALL = "tkg-infrastrukturdaten"
ENDING = "thuertg-beratungen"

CORE = entity("core", "amt", title="Umweltamt")
WORKS = entity("subsidiary", "werke", title="Stadtwerke")
DATASET = {"id": "d1", "openness": "request", "legal_basis": [PLAIN]}
PARKS = entity("municipal-enterprise", "parks", title="Kommunalservice")


def day(days: int) -> date:
    return TODAY + timedelta(days=days)


def person(*entities: Entity, role: str = "member", **more) -> Actor:
    seats = tuple(Membership(entity=one, role=role) for one in entities)
    return Actor(id="u1", memberships=seats, **more)


@pytest.fixture
def asset(words):
    def make(level="request", *bases, owner: Entity | None = CORE, **changes) -> Asset:
        dataset = {"id": "d1", "openness": level, "legal_basis": list(bases or [PLAIN])}
        made = asset_of(dataset, {"id": "r1"}, owner, words, TODAY)
        terms = replace(made.terms, **changes.pop("terms", {}))
        return replace(made, terms=terms, **changes)

    return make


def rule(id_: str, to: str, level: str = "group", owner: str = "core") -> SharingRule:
    return SharingRule(
        id=id_,
        level=level,
        from_classes=frozenset({owner}),
        to_classes=frozenset({to}),
        label_de="",
        label_en="",
    )


class TestAnswers:
    """The whole answer of each rule."""

    @pytest.mark.parametrize(
        ("who", "level", "name", "reason"),
        [
            (ANONYMOUS, "open", "open", Statement("access_open")),
            (Actor(id="u", sysadmin=True), "closed", "sysadmin", Statement("access_sysadmin")),
            (person(CORE, role="admin"), "closed", "owner", Statement("access_editor")),
            (person(CORE, role="editor"), "group", "owner", Statement("access_editor")),
            (person(CORE), "request", "owner", Statement("access_member", {"entity": "Umweltamt"})),
            (
                person(WORKS),
                "group",
                "stadtverbund",
                Statement("access_group", {"entity": "Stadtwerke", "rule": "stadtverbund"}),
            ),
        ],
    )
    def test_allowed(self, asset, who, level, name, reason):
        bases = [] if level == "open" else [PLAIN]
        answer = decide(who, asset(level, *bases), TODAY)
        assert answer == Decision(allowed=True, rule=name, reasons=(reason,), level=level)

    def test_denied(self, asset):
        answer = decide(person(WORKS), asset("closed"), TODAY)
        assert (answer.allowed, answer.rule, answer.level) == (False, "denied", "closed")
        assert answer.reasons == (Statement("access_closed", {"entity": "Umweltamt"}),)
        assert answer.remedies == (Statement("remedy_none_plain"), Statement("remedy_review"))

    def test_walled(self, asset):
        answer = decide(person(WORKS), asset("group", WALL), TODAY)
        assert (answer.allowed, answer.rule, answer.level) == (False, "wall", "group")
        assert answer.reasons == (Statement("access_wall_basis", {"basis": WALL}),)


def test_a_sysadmin_without_an_account_is_nobody(asset):
    assert not decide(Actor(sysadmin=True), asset(), TODAY).allowed


@pytest.mark.parametrize(
    ("level", "basis", "allowed"),
    [("group", PERSONAL, True), ("request", PERSONAL, False), ("closed", PERSONAL, False),
     ("group", PLAIN, True), ("request", PLAIN, True), ("closed", PLAIN, False)],
)  # fmt: skip
def test_plain_members_of_the_owner(asset, level, basis, allowed):
    # An owner outside the group: no sharing rule lets its members in.
    outside = replace(CORE, in_group=False)
    answer = decide(person(outside), asset(level, basis, owner=outside), TODAY)
    assert (answer.allowed, answer.rule) == (allowed, "owner" if allowed else "denied")


class TestSharing:
    @pytest.mark.parametrize(
        ("rules", "level", "expected"),
        [
            ([], "group", "denied"),
            ([rule("a", "subsidiary")], "group", "a"),
            ([rule("a", "subsidiary")], "request", "denied"),
            ([rule("a", "external")], "group", "denied"),
            ([rule("a", "subsidiary", owner="external")], "group", "denied"),
            ([rule("a", "subsidiary", level="request")], "group", "denied"),
            # Nothing is shared without asking below the level of the group.
            ([rule("a", "subsidiary", level="request")], "request", "denied"),
            ([rule("a", "subsidiary", owner="external"), rule("b", "subsidiary")], "group", "b"),
            ([rule("a", "subsidiary", level="x"), rule("b", "subsidiary")], "group", "b"),
            ([rule("a", "external"), rule("b", "subsidiary")], "group", "b"),
            ([rule("b", "subsidiary"), rule("a", "subsidiary")], "group", "b"),
        ],
    )
    def test_rules(self, asset, rules, level, expected):
        one = asset(level)
        one = replace(one, sharing=replace(one.sharing, rules=tuple(rules)))
        assert decide(person(WORKS), one, TODAY).rule == expected

    def test_the_entity_that_is_meant(self, asset):
        one = asset("group")
        one = replace(one, sharing=replace(one.sharing, rules=(rule("a", "subsidiary"),)))
        for seats in ((WORKS, PARKS), (PARKS, WORKS)):
            (reason,) = decide(person(*seats), one, TODAY).reasons
            assert reason.values == {"entity": "Stadtwerke", "rule": "a"}
        assert not decide(person(PARKS), one, TODAY).allowed

    def test_both_take_part(self, asset):
        assert decide(person(WORKS), asset("group"), TODAY).allowed
        assert not decide(person(replace(WORKS, in_group=False)), asset("group"), TODAY).allowed
        outside = asset("group", owner=replace(CORE, in_group=False))
        assert not decide(person(WORKS), outside, TODAY).allowed


AGREEMENT = Agreement(
    id="b",
    title="Wärmeplanung",
    provider="amt",
    consumer="werke",
    datasets=None,
    level="request",
    since=day(0),
    until=day(0),
)


class TestAgreement:
    @pytest.mark.parametrize(
        ("level", "changes", "allowed"),
        [
            ("request", {}, True),
            ("request", {"since": day(1)}, False),
            ("request", {"until": day(-1), "since": day(-9)}, False),
            ("request", {"until": None}, True),
            ("request", {"since": day(1), "until": None}, False),
            ("request", {"provider": "anderes"}, False),
            ("request", {"consumer": "anderes"}, False),
            ("request", {"datasets": frozenset({"d1"})}, True),
            ("request", {"datasets": frozenset({"d2"})}, False),
            ("request", {"datasets": frozenset()}, False),
            ("request", {"level": "group"}, False),
            ("closed", {}, False),
            ("group", {}, True),
            ("group", {"level": "group"}, True),
            # Papers for other levels count for nothing.
            ("request", {"level": "closed"}, False),
            ("request", {"level": "geheim"}, False),
            ("group", {"level": "open"}, False),
            ("closed", {"level": "closed"}, False),
        ],
    )
    def test_what_it_needs(self, asset, level, changes, allowed):
        # An entity outside the group: no sharing rule lets it in.
        outside = replace(WORKS, in_group=False)
        actor = person(outside, agreements=(replace(AGREEMENT, **changes),))
        answer = decide(actor, asset(level), TODAY)
        assert (answer.allowed, answer.rule) == (allowed, "agreement" if allowed else "denied")

    @pytest.mark.parametrize(
        "terms", [{"sharing": "norm"}, {"need_to_know": True}, {"sharing": "none"}]
    )
    def test_what_stands_against_it(self, asset, terms):
        actor = person(WORKS, agreements=(AGREEMENT,))
        assert decide(actor, asset(), TODAY).allowed
        assert not decide(actor, asset(terms=terms), TODAY).allowed

    def test_the_first_by_id_is_named(self, asset):
        first = replace(AGREEMENT, id="a", title="Ohne Ende", until=None)
        for papers in ((first, AGREEMENT), (AGREEMENT, first)):
            answer = decide(person(WORKS, agreements=papers), asset(), TODAY)
            reason = Statement("access_agreement_endless", {"title": "Ohne Ende", "date": None})
            assert answer == Decision(
                allowed=True, rule="agreement", reasons=(reason,), level="request"
            )
        (reason,) = decide(person(WORKS, agreements=(AGREEMENT,)), asset(), TODAY).reasons
        assert reason == Statement("access_agreement", {"title": "Wärmeplanung", "date": TODAY})


GRANT = Grant(
    id="g1",
    resources=frozenset({"r1"}),
    level="request",
    bases=frozenset({PLAIN}),
    owner="amt",
    since=day(0),
    until=day(0),
)


class TestGrant:
    @pytest.mark.parametrize(
        ("level", "changes", "allowed"),
        [
            ("request", {}, True),
            ("request", {"since": day(1), "until": day(1)}, False),
            ("request", {"since": day(-1), "until": day(-1)}, False),
            ("request", {"resources": frozenset({"r2"})}, False),
            ("request", {"owner": "werke"}, False),
            ("request", {"bases": frozenset({PERSONAL})}, False),
            ("request", {"bases": frozenset({PERSONAL, PLAIN})}, True),
            ("request", {"level": "group"}, False),
            ("group", {"level": "group"}, True),
            ("group", {}, True),
            ("closed", {}, False),
            ("request", {"level": "closed"}, False),
            ("closed", {"level": "closed"}, False),
            ("request", {"level": "geheim"}, False),
            ("request", {"entity": "werke"}, True),
            ("request", {"entity": "anderes"}, False),
        ],
    )
    def test_what_it_needs(self, asset, level, changes, allowed):
        outside = replace(WORKS, in_group=False)
        actor = person(outside, grants=(replace(GRANT, **changes),))
        answer = decide(actor, asset(level), TODAY)
        assert (answer.allowed, answer.rule) == (allowed, "grant" if allowed else "denied")

    def test_only_for_an_account(self, asset):
        assert decide(Actor(id="u", grants=(GRANT,)), asset(), TODAY).allowed
        assert not decide(Actor(grants=(GRANT,)), asset(), TODAY).allowed

    def test_what_stands_against_it(self, asset):
        actor = Actor(id="u", grants=(GRANT,))
        assert not decide(actor, asset(terms={"files": "metadata_only"}), TODAY).allowed
        assert decide(actor, asset(terms={"need_to_know": True}), TODAY).allowed
        shared = person(WORKS, grants=(replace(GRANT, entity="werke"),))
        assert not decide(shared, asset(terms={"need_to_know": True}), TODAY).allowed

    def test_the_last_day_is_named(self, asset):
        longer = replace(GRANT, until=day(9))
        for papers in ((longer, GRANT), (GRANT, longer)):
            answer = decide(Actor(id="u", grants=papers), asset(), TODAY)
            reason = Statement("access_grant", {"date": day(9)})
            assert answer == Decision(
                allowed=True, rule="grant", reasons=(reason,), level="request"
            )


class TestAsset:
    """What is asked for, out of what is stored."""

    def test_of_a_dataset(self, words):
        assert asset_of(DATASET, None, CORE, words, TODAY) == Asset(
            dataset="d1",
            resource=None,
            level="request",
            opens_on=None,
            bases=frozenset({PLAIN}),
            terms=permitted([PLAIN], words),
            owner=CORE,
            sharing=words.sharing,
            walled_by=None,
            open_version=None,
        )

    def test_of_a_resource(self, words):
        part = {"id": "r1", "openness": "closed", "legal_basis": [OTHER_WALL, WALL]}
        made = asset_of(DATASET, part, None, words, TODAY)
        assert made == Asset(
            dataset="d1",
            resource="r1",
            level="closed",
            opens_on=None,
            bases=frozenset({PLAIN, WALL, OTHER_WALL}),
            terms=permitted([PLAIN, OTHER_WALL, WALL], words),
            owner=None,
            sharing=words.sharing,
            walled_by=OTHER_WALL,
            open_version=None,
        )

    @pytest.mark.parametrize(("named", "own"), [(["x"], []), ([PLAIN], ["x"]), (["x"], [PLAIN])])
    def test_of_unknown_bases(self, words, named, own):
        made = asset_of({"legal_basis": named}, {"legal_basis": own}, CORE, words, TODAY)
        assert made.bases == {*named, *own}
        assert made.terms == permitted(["x"], words)
        assert made.walled_by is None

    def test_without_ids(self, words):
        made = asset_of({}, {}, CORE, words, TODAY)
        assert (made.dataset, made.resource) == ("", "")
        made = asset_of({"id": 5}, {"id": 6}, CORE, words, TODAY)
        assert (made.dataset, made.resource) == ("5", "6")

    def test_the_vault(self, words):
        assert asset_of({}, {"id": "r1"}, CORE, words, TODAY).level == "open"
        assert asset_of({}, {"id": "r1"}, CORE, words, TODAY, vaulted=True).level == "closed"

    def test_the_opening_day(self, words):
        dataset = {**DATASET, "legal_basis": [ENDING], "opens_on": "2027-06-01"}
        opening = date(2027, 6, 1)
        assert asset_of(dataset, None, CORE, words, TODAY).opens_on == opening
        assert asset_of(dataset, {"id": "r1"}, CORE, words, TODAY).opens_on == opening
        own = {"id": "r1", "openness": "closed"}
        assert asset_of(dataset, own, CORE, words, TODAY).opens_on is None
        consent = {"id": "einwilligung", "reference": "x", "until": str(TODAY)}
        personal = {**dataset, "personal_data": "personal", "permission": [consent]}
        assert asset_of(personal, None, CORE, words, TODAY).opens_on == opening
        assert asset_of(personal, None, CORE, words, day(1)).opens_on is None

    def test_the_opening_day_of_what_is_open(self, words):
        dataset = {"openness": "open", "legal_basis": [ENDING], "opens_on": "2027-06-01"}
        assert asset_of(dataset, None, CORE, words, TODAY).opens_on == date(2027, 6, 1)
        assert asset_of(dataset, {"id": "r1"}, CORE, words, TODAY).opens_on is None

    @pytest.mark.parametrize(
        ("status", "reference", "expected"),
        [
            ("exists", "grob", "grob"),
            ("", " grob ", "grob"),
            (None, "grob", "grob"),
            ("exists", "", None),
            ("exists", None, None),
            ("exists", 5, None),
            ("planned", "grob", None),
            (5, "grob", None),
        ],
    )
    def test_the_open_version(self, words, status, reference, expected):
        fields = {"derivative_status": status, "open_derivative": reference}
        assert asset_of({**DATASET, **fields}, None, CORE, words, TODAY).open_version == expected

    @pytest.mark.parametrize(
        ("level", "opens_on", "expected"),
        [
            ("open", None, "open"),
            ("group", None, "group"),
            ("request", None, "request"),
            ("closed", None, "closed"),
            ("geheim", None, "closed"),
            ("", None, "closed"),
            ("closed", day(0), "open"),
            ("closed", day(-1), "open"),
            ("group", day(1), "group"),
        ],
    )
    def test_the_level_of_a_day(self, asset, level, opens_on, expected):
        one = asset()
        one = replace(one, level=level, opens_on=opens_on)
        assert access.effective_level(one, TODAY) == expected
        assert decide(person(CORE, role="editor"), one, TODAY).level == expected
