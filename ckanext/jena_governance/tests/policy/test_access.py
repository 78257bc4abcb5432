"""Decisions on access, one by one: who gets in by which rule, and what the others are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ckanext.jena_governance.policy import (
    ANONYMOUS,
    Actor,
    Agreement,
    Asset,
    Grant,
    Membership,
    access,
    asset_of,
    decide,
    effective_level,
    role_in,
)
from ckanext.jena_governance.tests.policy.samples import TODAY, entity

# A basis of each kind; what they say stands in the register.
PLAIN = "artenschutz-fundorte"
PERSONAL = "dsgvo-personenbezug"
WALL = "enwg-netzinformation"
NORM = "urhg-werke-dritter"
WALL_PERSONAL = "tkg-infrastrukturdaten"
OUTSIDE = "dsgvo-besondere-kategorien"
ENDING = "thuertg-beratungen"

CORE = entity("core", "amt", title="Umweltamt")
WORKS = entity("subsidiary", "werke", title="Stadtwerke")
UNION = entity("special-purpose-association", "zweck", title="Zweckverband", in_group=False)


def person(role="member", where=WORKS, **more) -> Actor:
    return Actor(id="u1", memberships=(Membership(entity=where, role=role),), **more)


STRANGER = Actor(id="u2")


@pytest.fixture
def asset(words):
    """An asset of the department, as ``asset_of`` makes it of a stored dataset."""

    def make(level="request", *bases, owner=CORE, resource=None, today=TODAY, **fields) -> Asset:
        dataset = {"id": "d1", "openness": level, "legal_basis": list(bases), **fields}
        part = {"id": "r1", **(resource or {})}
        return asset_of(dataset, part, owner, words, today)

    return make


def codes(statements) -> list[str]:
    return [statement.code for statement in statements]


def answer(actor, asset, today=TODAY) -> tuple[bool, str, str]:
    decision = decide(actor, asset, today)
    return decision.allowed, decision.rule, decision.reasons[0].code


AGREEMENT = Agreement(
    id="a1",
    title="Wärmeplanung",
    provider="amt",
    consumer="werke",
    datasets=None,
    level="request",
    since=date(2026, 1, 1),
    until=date(2026, 12, 31),
)


def grant(**changes) -> Grant:
    values = {
        "id": "g1",
        "resources": frozenset({"r1"}),
        "level": "request",
        "bases": frozenset({PLAIN}),
        "owner": "amt",
        "since": date(2026, 1, 1),
        "until": date(2026, 12, 31),
    }
    return Grant(**{**values, **changes})


class TestRules:
    @pytest.mark.parametrize(
        ("level", "bases", "who", "expected"),
        [
            ("open", [], ANONYMOUS, (True, "open", "access_open")),
            ("group", [PLAIN], person(), (True, "stadtverbund", "access_group")),
            ("group", [PERSONAL], person(), (True, "stadtverbund", "access_group")),
            ("group", [WALL], person(), (False, "wall", "access_wall_basis")),
            ("group", [PLAIN], person(where=UNION), (False, "denied", "access_not_in_group")),
            ("group", [PLAIN], ANONYMOUS, (False, "denied", "access_not_in_group")),
            ("request", [PLAIN], person(), (False, "denied", "access_request")),
            ("request", [PLAIN], person(where=CORE), (True, "owner", "access_member")),
            ("request", [PERSONAL], person(where=CORE), (False, "denied", "access_personal")),
            ("request", [PERSONAL], person("editor", CORE), (True, "owner", "access_editor")),
            ("closed", [PLAIN], person(where=CORE), (False, "denied", "access_closed")),
            ("closed", [WALL], person("admin", CORE), (True, "owner", "access_editor")),
            ("closed", [WALL], Actor(id="u", sysadmin=True), (True, "sysadmin", "access_sysadmin")),
            ("geheim", [PLAIN], person(where=CORE), (False, "denied", "access_closed")),
        ],
    )
    def test_by_level(self, asset, level, bases, who, expected):
        assert answer(who, asset(level, *bases)) == expected

    def test_walled_owner(self, asset):
        walled = asset("group", PLAIN, owner=replace(CORE, walled=True))
        assert answer(person(), walled) == (False, "wall", "access_wall")

    def test_owner_outside_the_group(self, asset):
        outside = asset("group", PLAIN, owner=replace(CORE, in_group=False))
        assert answer(person(), outside) == (False, "denied", "access_owner_not_in_group")

    def test_no_owner(self, asset):
        unowned = asset("group", PLAIN, owner=None)
        assert answer(person("admin", CORE), unowned) == (False, "wall", "access_no_owner")
        assert decide(Actor(id="u", sysadmin=True), unowned, TODAY).allowed

    def test_sharing_rules_count_from_their_day(self, asset, words):
        group = asset("group", PLAIN)
        first = words.sharing.in_force
        assert decide(person(), group, first).allowed
        assert not decide(person(), group, first - timedelta(days=1)).allowed

    def test_reason_names_the_readers_entity_and_the_rule(self, asset):
        [reason] = decide(person(), asset("group", PLAIN), TODAY).reasons
        assert reason.values == {"entity": "Stadtwerke", "rule": "stadtverbund"}


class TestAgreement:
    def test_in_force(self, asset):
        actor = person(agreements=(AGREEMENT,))
        decision = decide(actor, asset("request", PLAIN), TODAY)
        assert (decision.allowed, decision.rule) == (True, "agreement")
        assert decision.reasons[0].values == {"title": "Wärmeplanung", "date": date(2026, 12, 31)}

    def test_without_end(self, asset):
        actor = person(agreements=(replace(AGREEMENT, until=None),))
        assert answer(actor, asset("request", PLAIN))[2] == "access_agreement_endless"

    @pytest.mark.parametrize(("day", "holds"), [(-1, False), (0, True), (364, True), (365, False)])
    def test_first_and_last_day(self, asset, day, holds):
        today = date(2026, 1, 1) + timedelta(days=day)
        actor = person(agreements=(AGREEMENT,))
        assert decide(actor, asset("request", PLAIN), today).allowed is holds

    @pytest.mark.parametrize("basis", [PERSONAL, NORM, WALL])
    def test_not_for_every_basis(self, asset, basis):
        actor = person(agreements=(AGREEMENT,))
        assert not decide(actor, asset("request", basis), TODAY).allowed

    def test_never_closed(self, asset):
        actor = person(agreements=(replace(AGREEMENT, level="closed"),))
        assert not decide(actor, asset("closed", PLAIN), TODAY).allowed

    def test_ends_with_the_membership(self, asset):
        actor = Actor(id="u1", agreements=(AGREEMENT,))
        assert not decide(actor, asset("request", PLAIN), TODAY).allowed


class TestGrant:
    def test_in_force(self, asset):
        actor = Actor(id="u1", grants=(grant(), grant(id="g0", until=TODAY)))
        decision = decide(actor, asset("request", PLAIN), TODAY)
        assert (decision.allowed, decision.rule) == (True, "grant")
        assert decision.reasons[0].values == {"date": date(2026, 12, 31)}

    @pytest.mark.parametrize(
        "changes",
        [
            {"bases": frozenset({PERSONAL})},
            {"bases": frozenset()},
            {"owner": "werke"},
            {"level": "group"},
            {"resources": frozenset({"r2"})},
            {"until": TODAY - timedelta(days=1)},
            {"since": TODAY + timedelta(days=1)},
            {"entity": "werke"},
        ],
    )
    def test_rests(self, asset, changes):
        actor = Actor(id="u1", grants=(grant(**changes),))
        decision = decide(actor, asset("request", PLAIN), TODAY)
        assert not decision.allowed
        lapsed = "access_grant_lapsed" in codes(decision.reasons)
        assert lapsed is ("resources" not in changes)

    def test_need_to_know_is_personal(self, asset):
        one = asset("request", PERSONAL)
        personal = grant(bases=frozenset({PERSONAL}))
        assert decide(person(grants=(personal,)), one, TODAY).allowed
        behalf = replace(personal, entity="werke")
        assert not decide(person(grants=(behalf,)), one, TODAY).allowed

    def test_opens_what_a_plain_member_may_not_see(self, asset):
        actor = person(where=CORE, grants=(grant(bases=frozenset({PERSONAL})),))
        assert answer(actor, asset("request", PERSONAL)) == (True, "grant", "access_grant")

    def test_files_kept_elsewhere_are_handed_over_elsewhere(self, asset):
        actor = Actor(id="u1", grants=(grant(bases=frozenset({OUTSIDE})),))
        decision = decide(actor, asset("request", OUTSIDE), TODAY)
        assert not decision.allowed
        assert "remedy_request_outside" in codes(decision.remedies)


class TestDates:
    def test_opens_by_itself(self, asset):
        tomorrow = TODAY + timedelta(days=1)
        one = asset("request", ENDING, opens_on=str(tomorrow))
        assert access.effective_level(one, TODAY) == "request"
        assert answer(ANONYMOUS, one, tomorrow) == (True, "open", "access_open")
        remedy = decide(ANONYMOUS, one, TODAY).remedies
        assert {"date": tomorrow} in [statement.values for statement in remedy]

    def test_not_behind_the_stop_button(self, asset, words):
        fields = {"opens_on": str(TODAY)}
        own = {"legal_basis": [ENDING]}
        one = asset("closed", "vorlaeufige-sperre", resource=own, **fields)
        assert access.effective_level(one, TODAY) == "closed"
        dataset = {"openness": "closed", "legal_basis": ["vorlaeufige-sperre"], **fields}
        assert effective_level(dataset, own, words, TODAY) == "closed"


class TestBases:
    def test_of_the_dataset_bind_a_resource_with_its_own(self, asset):
        own = {"openness": "group", "legal_basis": [PLAIN]}
        one = asset("closed", WALL, resource=own)
        assert access.effective_level(one, TODAY) == "group"
        assert one.bases == {WALL, PLAIN}
        assert answer(person(), one) == (False, "wall", "access_wall_basis")

    def test_the_wall_is_named(self, asset):
        [reason] = decide(person(), asset("request", PLAIN, WALL), TODAY).reasons
        assert reason.values == {"basis": WALL}
        one = asset("group", "hausrecht", resource={"openness": "group"})
        assert decide(STRANGER, one, TODAY).level == "closed"

    def test_unknown_basis(self, asset):
        own = {"openness": "group", "legal_basis": [PLAIN]}
        one = asset("group", "hausrecht", resource=own)
        assert answer(person(), one) == (False, "wall", "access_wall_unknown")


class TestRemedies:
    """The nearest way stands first."""

    @pytest.mark.parametrize(
        ("who", "level", "basis", "expected"),
        [
            (ANONYMOUS, "group", PLAIN, "remedy_login_group"),
            (ANONYMOUS, "group", WALL, "remedy_login"),
            (ANONYMOUS, "request", PLAIN, "remedy_login"),
            (STRANGER, "group", PLAIN, "remedy_membership"),
            (person(where=UNION), "group", PLAIN, "remedy_membership"),
            (STRANGER, "request", PLAIN, "remedy_request"),
            (STRANGER, "request", PERSONAL, "remedy_request_norm"),
            (STRANGER, "request", OUTSIDE, "remedy_request_outside"),
            (person(where=CORE), "request", PERSONAL, "remedy_request_personal"),
            (person(where=CORE), "closed", PLAIN, "remedy_editor"),
            (person(where=CORE), "request", WALL_PERSONAL, "remedy_editor"),
            (STRANGER, "closed", PLAIN, "remedy_none_plain"),
            (STRANGER, "request", WALL, "remedy_none"),
        ],
    )
    def test_first(self, asset, who, level, basis, expected):
        assert codes(decide(who, asset(level, basis), TODAY).remedies)[0] == expected

    def test_all_in_order(self, asset):
        one = asset(
            "request",
            ENDING,
            opens_on=str(TODAY + timedelta(days=9)),
            derivative_status="exists",
            open_derivative="grobfassung",
        )
        assert codes(decide(person(where=UNION), one, TODAY).remedies) == [
            *("remedy_open_version", "remedy_request", "remedy_agreement"),
            *("remedy_date", "remedy_review", "remedy_citizen"),
        ]

    def test_agreement_between_the_two(self, asset):
        decision = decide(person(), asset("request", PLAIN), TODAY)
        agreement = next(one for one in decision.remedies if one.code == "remedy_agreement")
        assert agreement.values == {"a": "Umweltamt", "b": "Stadtwerke"}
        alone = decide(STRANGER, asset("request", PLAIN), TODAY)
        assert "remedy_agreement" not in codes(alone.remedies)

    def test_the_statutory_way_is_for_those_outside(self, asset):
        for who, is_shown in ((STRANGER, True), (ANONYMOUS, True), (person(), False)):
            shown = codes(decide(who, asset("request", PLAIN), TODAY).remedies)
            assert ("remedy_citizen" in shown) is is_shown
        company = decide(STRANGER, asset("request", PLAIN, owner=WORKS), TODAY)
        assert "remedy_citizen_company" in codes(company.remedies)

    @pytest.mark.parametrize(
        ("status", "is_shown"), [("exists", True), ("", True), ("planned", False), ("none", False)]
    )
    def test_open_version_only_if_there_is_one(self, asset, status, is_shown):
        one = asset("request", PLAIN, derivative_status=status, open_derivative="grobfassung")
        shown = codes(decide(STRANGER, one, TODAY).remedies)
        assert ("remedy_open_version" in shown) is is_shown


class TestRole:
    def test_the_highest_counts(self):
        seats = [Membership(entity=CORE, role=role) for role in ("editor", "guest", "member")]
        assert role_in(Actor(id="u1", memberships=tuple(seats)), CORE) == "editor"

    @pytest.mark.parametrize(
        ("roles", "highest"),
        [
            (["member", "editor", "admin"], "admin"),
            (["admin", "editor", "member"], "admin"),
            (["editor", "member"], "editor"),
            (["member", "editor"], "editor"),
            (["member", "guest"], "member"),
        ],
    )
    def test_in_any_order(self, roles, highest):
        seats = [Membership(entity=CORE, role=role) for role in roles]
        assert Actor(id="u1", memberships=tuple(seats)).roles == {CORE.id: highest}

    def test_none(self):
        assert role_in(person("guest"), WORKS) is None
        assert role_in(person(), CORE) is None
        assert role_in(person(), None) is None
        assert role_in(replace(person(), id=None), WORKS) is None
