"""The one reading of a level: what is missing, unknown, locked, or has opened by itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ckanext.jena_governance.policy import Facts, computed, effective_level, is_hidden, opening_day
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    TODAY,
    locked,
    opened,
    resource,
    restricted,
)

SECRET = "geschgehg-geschaeftsgeheimnis"
LASTING = "dsgvo-personenbezug"
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def level(words):
    def read(dataset, part=None, today=TODAY, **options):
        return effective_level(dataset, part, words, today, **options)

    return read


@pytest.mark.parametrize("said", ["open", "group", "request", "closed"])
def test_stated(said, level):
    assert level({"openness": said}) == said


@pytest.mark.parametrize("dataset", [{}, {"openness": ""}, {"openness": None}, {"openness": " "}])
@pytest.mark.parametrize(
    ("more", "vaulted", "expected"),
    [
        ({}, False, "open"),
        ({"legal_basis": ""}, False, "open"),
        ({"legal_basis": []}, False, "open"),
        ({"legal_basis": [SECRET]}, False, "closed"),
        ({"legal_basis": SECRET}, False, "closed"),
        ({}, True, "closed"),
    ],
)
def test_nothing_said(dataset, more, vaulted, expected, level):
    assert level({**dataset, **more}, vaulted=vaulted) == expected
    assert level({**dataset, **more}, resource(), vaulted=vaulted) == expected


def test_a_vault_row_does_not_overrule_a_stated_level(level):
    assert level({"openness": "open"}, vaulted=True) == "open"
    assert level({"openness": "group"}, resource(), vaulted=True) == "group"


@pytest.mark.parametrize("said", ["geheim", "Open", "?", ["open"], {}, 0, 1, False, True])
def test_unknown_level_is_closed(said, level):
    assert level({"openness": said}) == "closed"
    assert level({"openness": "open"}, resource(openness=said)) == "closed"
    assert level({"openness": said}, resource()) == "closed"


@pytest.mark.parametrize("bases", [["x"], [SECRET, "x"], "x", {"id": SECRET}, [5], 5])
def test_unknown_basis_is_closed(bases, level):
    whole = {"openness": "open", "legal_basis": bases}
    assert level(whole) == "closed"
    assert level(whole, resource()) == level(whole, resource(openness="open")) == "closed"
    assert level(whole, resource(openness="request", legal_basis=[SECRET])) == "request"
    assert level({"openness": "open"}, resource(legal_basis=bases)) == "closed"
    assert level({"openness": "open"}, resource(legal_basis=bases, openness="open")) == "closed"


@pytest.mark.parametrize("broken", [None, "open", 5, ["open"]])
def test_what_is_no_dataset_is_closed(broken, level):
    assert level(broken) == "closed"
    if broken is not None:
        assert level({"openness": "open"}, broken) == "closed"


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        ({"openness": "request"}, {}, "request"),
        ({"openness": "request"}, {"openness": ""}, "request"),
        ({"openness": "request"}, {"openness": "closed"}, "closed"),
        ({"openness": "request"}, {"openness": "open"}, "open"),
        ({"openness": "open"}, {"openness": "group"}, "group"),
        ({"openness": "request"}, {"legal_basis": [SECRET]}, "request"),
        # A basis of its own, and nobody chose a level for it.
        ({"openness": "open"}, {"legal_basis": [SECRET]}, "closed"),
    ],
)
def test_resource(whole, part, expected, level):
    assert level(whole, part) == expected


def test_lock_beats_everything(level):
    for said in ("open", "request", "", "geheim"):
        dataset = locked(openness=said, opens_on="2020-01-01")
        assert level(dataset) == "closed"
        assert level(dataset, resource(openness="open")) == "closed"


class TestOpensOn:
    def dataset(self, **changes):
        return restricted(opens_on=TODAY.isoformat(), **changes)

    @pytest.mark.parametrize(
        ("today", "expected"),
        [
            (TODAY - timedelta(days=1), "request"),
            (TODAY, "open"),
            (TOMORROW, "open"),
        ],
    )
    def test_on_the_day(self, today, expected, level):
        assert level(self.dataset(), today=today) == expected
        assert level(self.dataset(), resource(), today=today) == expected

    @pytest.mark.parametrize(
        "changes",
        [
            {"legal_basis": [LASTING]},
            {"legal_basis": [SECRET, LASTING]},
            {"legal_basis": []},
            {"legal_basis": ["x"]},
            {"legal_basis": [SECRET, "x"]},
            {"personal_data": "personal"},
            {"personal_data": "pseudonymised"},
            {"personal_data": "unklar"},
            {"openness": "geheim", "legal_basis": []},
            {"personal_data": "personal", "permission": [{**CONSENT, "until": "2026-11-21"}]},
        ],
    )
    def test_not_by_itself(self, changes, level):
        assert level(self.dataset(**changes)) in ("request", "closed")

    @pytest.mark.parametrize(
        "changes",
        [
            {"personal_data": "anonymised"},
            {"personal_data": "none"},
            {"personal_data": "personal", "permission": [CONSENT]},
        ],
    )
    def test_by_itself(self, changes, level):
        assert level(self.dataset(**changes)) == "open"

    @pytest.mark.parametrize("day", ["", None, "gestern", "2020-01-01T00:00:00", ["2020-01-01"]])
    def test_unreadable_day(self, day, level):
        assert level(restricted(opens_on=day)) == "request"

    @pytest.mark.parametrize("said", ["closed", "request", "group"])
    def test_resource_with_its_own_level_keeps_it(self, said, level):
        assert level(self.dataset(), resource(openness=said)) == said

    def test_resource_with_a_lasting_basis_stays(self, level):
        assert level(self.dataset(), resource(legal_basis=[LASTING])) == "request"

    @pytest.mark.parametrize(("basis", "expected"), [(SECRET, "open"), (LASTING, "request")])
    def test_restricted_resource_of_an_open_dataset(self, basis, expected, level):
        dataset = opened(opens_on=TODAY.isoformat())
        part = resource(openness="request", legal_basis=[basis])
        assert level(dataset, part) == expected

    def test_restricted_resource_of_a_dataset_that_says_nothing(self, level):
        """Such a dataset is open, too."""
        dataset = {"opens_on": TODAY.isoformat()}
        assert level(dataset, resource(openness="request", legal_basis=[SECRET])) == "open"

    @pytest.mark.parametrize("said", ["geheim", ["request"]])
    def test_unknown_level_of_a_resource_stays_closed(self, said, level):
        dataset = opened(opens_on=TODAY.isoformat())
        assert level(dataset, resource(openness=said, legal_basis=[SECRET])) == "closed"

    def test_nothing_opens_while_the_lock_holds(self, level, words):
        dataset = locked(opens_on=TODAY.isoformat())
        part = resource(legal_basis=[SECRET])
        assert level(dataset, part) == "closed"
        assert opening_day(dataset, part, words, TODAY) is None

    def test_basis_without_level_stays_closed(self, level):
        dataset = opened(opens_on=TODAY.isoformat())
        assert level(dataset, resource(legal_basis=[SECRET])) == "closed"

    def test_day_to_announce(self, words):
        dataset = restricted(opens_on="2027-06-01")
        assert opening_day(dataset, None, words, TODAY) == date(2027, 6, 1)
        assert opening_day(dataset, resource(openness="closed"), words, TODAY) is None
        assert opening_day(restricted(), None, words, TODAY) is None


class TestComputed:
    @pytest.fixture
    def shown(self, words):
        def run(dataset, facts=None, today=TODAY):
            return computed(dataset, facts or samples.facts(), words, today)

        return run

    @pytest.mark.parametrize(
        ("dataset", "effective", "mix"),
        [
            (opened(), "open", "open"),
            (opened(resources=[]), "announced", "announced"),
            (opened(resources=None), "announced", "announced"),
            (opened(resources=[resource(url="")]), "announced", "announced"),
            (opened(resources=[resource(size=0)]), "announced", "open"),
            (opened(resources=[resource(size="0")]), "announced", "open"),
            (opened(resources=[resource(size=0), resource(id="r2", size=9)]), "open", "open"),
            (opened(license_id=""), "open", "open"),
            (opened(license_id="notspecified"), "open", "open"),
            (opened(license_id="eigene"), "viewable", "open"),
            (opened(license_id="cc-by-nc"), "viewable", "open"),
            (opened(license_id=["x"]), "viewable", "open"),
            (
                opened(license_id="cc-by-nc", resources=[resource(license="cc-zero")]),
                "open",
                "open",
            ),
            (
                opened(resources=[resource(license="cc-zero"), resource(license="cc-by-nc")]),
                "open",
                "open",
            ),
            (
                opened(resources=[resource(), resource(id="r2", openness="closed")]),
                "open",
                "partly-open",
            ),
            (
                opened(resources=[resource(openness="closed"), resource(openness="group")]),
                "group",
                "restricted",
            ),
            (
                opened(resources=[resource(size=0), resource(id="r2", openness="closed")]),
                "announced",
                "partly-open",
            ),
            (restricted(), "request", "restricted"),
            (restricted(resources=[resource()]), "request", "restricted"),
            (restricted(resources=[resource(openness="open")]), "request", "open"),
            ({}, "announced", "announced"),
            ({"resources": [resource()]}, "open", "open"),
            ({"openness": "geheim"}, "closed", "restricted"),
        ],
    )
    def test_levels(self, dataset, effective, mix, shown):
        found = shown(dataset)
        assert (found["openness_effective"], found["openness_mix"]) == (effective, mix)

    def test_opened_by_itself_with_the_licence_kept_for_it(self, shown):
        dataset = restricted(opens_on="2026-11-22", resources=[resource()])
        assert shown(dataset)["openness_effective"] == "viewable"
        dataset["licence_when_open"] = "dl-by-de-2.0"
        assert shown(dataset)["openness_effective"] == "open"

    @pytest.mark.parametrize(
        ("class_", "expected"), [("core", "core"), ("subsidiary", "subsidiary"), (None, "external")]
    )
    def test_owner(self, class_, expected, shown):
        found = shown(opened(), samples.facts(class_))
        assert found["entity_class"] == expected
        assert found["owning_entity_name"] == "Umweltamt"

    def test_nobody(self, shown):
        found = shown(opened(), Facts(None, None))
        assert found["entity_class"] is found["owning_entity_name"] is None


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ({}, False),
        ({"metadata_visibility": "public"}, False),
        ({"metadata_visibility": ""}, False),
        ({"metadata_visibility": "group"}, True),
        ({"metadata_visibility": "geheim"}, True),
        ({"metadata_visibility": ["public"]}, True),
        ({"private": True}, True),
        ({"private": "false"}, False),
    ],
)
def test_hidden(dataset, expected):
    assert is_hidden(dataset) is expected
