"""What permits, all the same, what a basis forbids: which permission fits, and from when to when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ckanext.jena_governance.policy import permissions
from ckanext.jena_governance.tests.policy.examples import PERSONS, SECRET
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    DECISION,
    DUTY,
    NORM,
    PROCESSING,
    TODAY,
    opened,
    restricted,
)

CONTRACT = "vertragliche-bindung"
AUTHORS = "urhg-werke-dritter"


@pytest.fixture
def bases(words):
    def run(*ids):
        return tuple(words.bases[id_] for id_ in ids)

    return run


class TestReading:
    @pytest.mark.parametrize(
        "value",
        [
            CONSENT,
            [CONSENT],
            (CONSENT,),
            ' {"id": "einwilligung", "reference": "Einwilligung vom 1. März 2026"} ',
            [CONSENT, {"id": "x", "reference": "y"}, 5, "", None],
            [{**CONSENT, "id": " einwilligung "}],
        ],
    )
    def test_readable(self, value, words):
        (granted,) = permissions.read(value, words)
        assert granted.permission is words.permissions["einwilligung"]
        assert granted.reference == "Einwilligung vom 1. März 2026"
        assert granted.counts(TODAY)

    @pytest.mark.parametrize("value", [None, "", {}, [], 5, "[", "einwilligung", [{"id": None}]])
    def test_none(self, value, words):
        assert permissions.read(value, words) == []

    def test_an_empty_one_is_none_at_all(self, checked):
        assert checked(opened(permission={})) == []

    @pytest.mark.parametrize("value", [5, "[", True])
    def test_what_cannot_be_read_permits_nothing(self, value, errors):
        found = errors(opened(personal_data="personal", permission=value))
        assert "R5b" in found


class TestCounting:
    @pytest.mark.parametrize(
        ("permission", "counts"),
        [
            (CONSENT, True),
            ({**CONSENT, "reference": ""}, False),
            ({**CONSENT, "reference": 5}, False),
            ({**CONSENT, "until": "2026-11-22"}, True),
            ({**CONSENT, "until": "2026-11-21"}, False),
            ({**CONSENT, "until": "bald"}, False),
            ({**CONSENT, "until": " "}, True),
            (PROCESSING, True),
            ({**PROCESSING, "until": ""}, False),
        ],
    )
    def test_today(self, permission, counts, words):
        (granted,) = permissions.read(permission, words)
        assert granted.counts(TODAY) == counts

    def test_an_end_that_cannot_be_read_ends_it(self, errors):
        dataset = opened(personal_data="personal", permission=[{**CONSENT, "until": "bald"}])
        assert errors(dataset) == {"value_date", "R5b"}


class TestServing:
    @pytest.mark.parametrize(
        ("permission", "category", "level", "serves"),
        [
            (CONSENT, "personal-data", "open", True),
            (CONSENT, "security", "group", False),
            (DUTY, "security", "open", True),
            (NORM, "security", "open", False),
            (NORM, "security", "group", True),
            (NORM, "security", "request", True),
        ],
    )
    def test_category_and_level(self, permission, category, level, serves, words):
        known = words.permissions[permission["id"]]
        assert permissions.serves(known, category, level) == serves


class TestLifted:
    def lifted(self, bases, level, given, words):
        return permissions.lifted(bases, level, permissions.read(given, words), words)

    def test_each_basis_in_the_way_must_be_served(self, bases, words):
        both = bases(CONTRACT, SECRET)
        contract = {"id": "lizenz-oder-vertrag", "reference": "Vertrag 4711"}
        assert not self.lifted(both, "group", [contract], words)
        assert not self.lifted(both, "group", [CONSENT], words)
        assert self.lifted(both, "group", [contract, CONSENT], words)
        assert self.lifted(both, "group", [DUTY], words)

    def test_no_further_than_the_bases_let(self, bases, words):
        assert self.lifted(bases(AUTHORS), "open", [DUTY], words)
        assert not self.lifted(bases(AUTHORS, SECRET), "open", [DUTY], words)
        assert not self.lifted(bases("ao-steuergeheimnis"), "group", [DUTY], words)
        assert self.lifted(bases("ao-steuergeheimnis"), "request", [DUTY], words)

    def test_a_basis_that_cannot_be_lifted_holds_the_others(self, bases, words):
        assert not self.lifted(bases(AUTHORS, "thuerarchivg-schutzfristen"), "group", [DUTY], words)


class TestFitting:
    def test_those_that_serve_every_basis(self, bases, words):
        assert permissions.fitting(bases(CONTRACT, SECRET), "group", words) == [
            *("veroeffentlichungspflicht", "gesetzliche-uebermittlung"),
        ]
        assert permissions.fitting(bases(SECRET), "group", words) == [
            *("einwilligung", "veroeffentlichungspflicht"),
            *("beschluss", "gesetzliche-uebermittlung"),
        ]

    def test_those_that_serve_one_where_none_serves_all(self, bases, words):
        some = {
            id_: words.permissions[id_]
            for id_ in ("beschluss", "lizenz-oder-vertrag", "amtstraeger-angaben")
        }
        few = replace(words, permissions=some)
        found = permissions.fitting(bases(CONTRACT, SECRET), "group", few)
        assert found == ["beschluss", "lizenz-oder-vertrag"]

    @pytest.mark.parametrize(
        ("basis", "level"),
        [
            ("thuerarchivg-schutzfristen", "group"),
            ("ao-steuergeheimnis", "group"),
            (SECRET, "open"),
        ],
    )
    def test_none_where_none_helps(self, basis, level, bases, words):
        assert permissions.fitting(bases(basis), level, words) == []

    @pytest.mark.parametrize("level", ["request", "closed"])
    def test_none_where_nothing_is_in_the_way(self, level, bases, words):
        assert permissions.fitting(bases(AUTHORS), level, words) == []

    def test_only_bases_in_the_way_are_to_be_served(self, bases, words):
        """For ``request`` the contract asks for nothing, the criminal record does."""
        found = permissions.fitting(bases(CONTRACT, "dsgvo-straftaten"), "request", words)
        assert "amtstraeger-angaben" in found


class TestPersons:
    def test_those_that_help(self, words):
        assert permissions.for_persons("open", words) == [
            *("einwilligung", "veroeffentlichungspflicht", "amtstraeger-angaben"),
        ]
        assert set(permissions.for_persons("group", words)) - {
            *("einwilligung", "veroeffentlichungspflicht", "amtstraeger-angaben"),
        } == {"gesetzliche-uebermittlung", "auftragsverarbeitung", "geschaeftsstatistik"}

    @pytest.mark.parametrize(
        ("permission", "level", "allowed"),
        [
            *[(CONSENT, "open", True), (NORM, "open", False), (NORM, "group", True)],
            *[(DECISION, "open", False), (DECISION, "group", False)],
        ],
    )
    def test_allowed(self, permission, level, allowed, words):
        granted = permissions.read(permission, words)
        assert permissions.allows_persons(granted, level) == allowed

    @pytest.mark.parametrize("personal_data", ["personal", "pseudonymised"])
    @pytest.mark.parametrize(
        ("permission", "may"),
        [
            ([], False),
            ([CONSENT], True),
            # Let the group know, not everyone.
            ([NORM], False),
            ([PROCESSING], False),
            ([{**CONSENT, "until": "2026-11-22"}], True),
            ([{**CONSENT, "until": "2026-11-21"}], False),
        ],
    )
    def test_opening_by_itself(self, permission, may, personal_data, words):
        dataset = restricted(personal_data=personal_data, permission=permission)
        assert permissions.may_open_by_date(dataset, words, TODAY) == may

    def test_opening_by_itself_ends_with_the_permission(self, words):
        dataset = restricted(
            legal_basis=[PERSONS],
            personal_data="personal",
            permission=[{**CONSENT, "until": "2026-11-22"}],
        )
        assert permissions.may_open_by_date(dataset, words, date(2026, 11, 22))
        assert not permissions.may_open_by_date(dataset, words, date(2026, 11, 23))
