"""What a write means: R1, report mode, and what counts as changed."""

from __future__ import annotations

import copy as copying
from datetime import date

import pytest

from ckanext.jena_governance import policy
from ckanext.jena_governance.policy import complete, touched, with_stored_resources
from ckanext.jena_governance.tests.policy.samples import CONSENT, opened, resource, restricted

SECRET = "geschgehg-geschaeftsgeheimnis"
LASTING = "dsgvo-personenbezug"


class TestCreation:
    @pytest.mark.parametrize("said", [{}, {"openness": ""}, {"openness": None}, {"openness": "  "}])
    def test_nothing_said_is_open(self, said):
        assert complete(None, {"name": "x", **said})["openness"] == "open"

    @pytest.mark.parametrize("said", ["closed", "geheim", ["closed"]])
    def test_said_is_said(self, said):
        assert complete(None, {"openness": said})["openness"] == said

    def test_nothing_is_invented(self):
        submitted = {"name": "x", "resources": [{"url": "a"}]}
        assert complete(None, submitted) == {**submitted, "openness": "open"}


class TestUpdate:
    def test_nothing_said_stays(self):
        stored = restricted(resources=[resource(openness="closed", legal_basis=[SECRET])])
        submitted = {
            "id": "d1",
            "title": "Neuer Titel",
            "resources": [{"id": "r1", "url": "https://example.org/neu.csv"}],
        }
        result = complete(stored, submitted)
        for field in policy.DATASET_FIELDS & set(stored):
            assert result[field] == stored[field]
        assert result["resources"] == [
            {
                "id": "r1",
                "url": "https://example.org/neu.csv",
                "openness": "closed",
                "legal_basis": [SECRET],
            }
        ]
        assert "license_id" not in result

    @pytest.mark.parametrize("blank", ["", None, []])
    @pytest.mark.parametrize("field", sorted(policy.DATASET_FIELDS - {"openness"}))
    def test_empty_clears(self, field, blank):
        result = complete({**restricted(), field: "stored"}, {"id": "d1", field: blank})
        assert not result[field]

    @pytest.mark.parametrize("blank", ["", None, " "])
    def test_empty_level_says_nothing(self, blank):
        assert complete(restricted(), {"openness": blank})["openness"] == "request"

    @pytest.mark.parametrize("field", sorted(policy.RESOURCE_FIELDS))
    def test_empty_clears_in_resources(self, field):
        stored = opened(resources=[resource(**{field: "closed"})])
        result = complete(stored, {"resources": [{"id": "r1", field: ""}]})
        assert not result["resources"][0][field]

    def test_level_is_not_invented_for_old_data(self):
        assert "openness" not in complete({"id": "d1"}, {"id": "d1", "title": "x"})

    def test_new_resources_and_foreign_ids_take_nothing_over(self):
        stored = opened(resources=[resource(openness="closed")])
        submitted = {"resources": [{"url": "a"}, {"id": "other", "url": "b"}, {"id": None}]}
        assert complete(stored, submitted)["resources"] == submitted["resources"]

    def test_resources_are_not_invented(self):
        result = complete(restricted(resources=[resource()]), {"id": "d1"})
        assert "resources" not in result
        whole = with_stored_resources(restricted(resources=[resource()]), result)
        assert whole["resources"] == [resource()]
        assert "resources" not in result

    def test_resources_that_are_there_stay(self):
        whole = with_stored_resources(opened(), {"resources": []})
        assert whole["resources"] == []
        assert with_stored_resources(None, {"id": "x"}) == {"id": "x"}
        assert with_stored_resources({"id": "x"}, {"id": "x"}) == {"id": "x"}


class TestComputedFields:
    @pytest.mark.parametrize("field", sorted(policy.COMPUTED_FIELDS))
    @pytest.mark.parametrize("stored", [None, opened()])
    def test_dropped(self, field, stored):
        submitted = {
            field: "open",
            "resources": [resource(**{field: "open"})],
            "extras": [{"key": field, "value": "x"}, {"key": "spatial", "value": "y"}],
        }
        result = complete(stored, submitted)
        assert field not in result
        assert field not in result["resources"][0]
        assert result["extras"] == [{"key": "spatial", "value": "y"}]

    def test_without_computed(self):
        shown = opened(openness_effective="open", resources=[resource(openness_mix="open")])
        assert policy.without_computed(shown) == opened()


class TestWriting:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (SECRET, [SECRET]),
            (f'["{SECRET}", "{LASTING}"]', [SECRET, LASTING]),
            ([f" {SECRET} ", "", SECRET], [SECRET]),
            ("", []),
            (None, []),
            ({"id": SECRET}, {"id": SECRET}),
            ("[1]", "[1]"),
        ],
    )
    def test_lists(self, value, expected):
        result = complete(
            None,
            {"legal_basis": value, "hvd_category": value, "resources": [{"legal_basis": value}]},
        )
        assert result["legal_basis"] == result["hvd_category"] == expected
        assert result["resources"][0]["legal_basis"] == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (CONSENT, [CONSENT]),
            ([CONSENT], [CONSENT]),
            ('{"id": "x"}', [{"id": "x"}]),
            ('[{"id": "x"}]', [{"id": "x"}]),
            ("[]", []),
            ("", []),
            (5, 5),
        ],
    )
    def test_permissions(self, value, expected):
        assert complete(None, {"permission": value})["permission"] == expected


OWNED = {"id": "d1", "owner_org": "a", "owning_entity": "a", "organization": {"name": "amt-a"}}


class TestOwner:
    @pytest.mark.parametrize(
        ("submitted", "expected"),
        [
            ({"owner_org": "b"}, "b"),
            ({"owner_org": "b", "owning_entity": "a"}, "b"),
            ({"owner_org": "b", "owning_entity": "c"}, "c"),
            ({"owner_org": "b", "owning_entity": ""}, ""),
            ({"owner_org": "a"}, "a"),
            ({"owner_org": "amt-a"}, "a"),
            ({"title": "x"}, "a"),
            ({"owner_org": ""}, "a"),
        ],
    )
    def test_follows_the_publisher(self, submitted, expected):
        assert complete(OWNED, submitted)["owning_entity"] == expected

    def test_another_owner_stays(self):
        stored = {**OWNED, "owning_entity": "z"}
        assert complete(stored, {"owner_org": "b"})["owning_entity"] == "z"

    def test_no_owner_is_invented(self):
        assert "owning_entity" not in complete({"id": "d1"}, {"owner_org": "b"})

    @pytest.mark.parametrize("odd", [5, ["b"], {"id": "b"}])
    def test_owner_does_not_follow_what_is_no_publisher(self, odd):
        assert complete(OWNED, {"owner_org": odd})["owning_entity"] == "a"


class TestReportMode:
    def machine(self, stored, **submitted):
        return complete(stored, {"id": "d1", **submitted}, may_loosen=False)

    @pytest.mark.parametrize(
        ("stored", "submitted", "expected"),
        [
            ("closed", "open", "closed"),
            ("closed", "request", "closed"),
            ("request", "closed", "closed"),
            ("open", "closed", "closed"),
            ("request", "request", "request"),
        ],
    )
    def test_level(self, stored, submitted, expected):
        assert self.machine({"openness": stored}, openness=submitted)["openness"] == expected

    def test_unknown_stored_level_is_closed(self):
        assert self.machine({"openness": "geheim"}, openness="open")["openness"] == "closed"

    def test_missing_stored_level_beside_a_basis_is_closed(self):
        stored = {"legal_basis": [SECRET]}
        assert self.machine(stored, openness="open")["openness"] == "closed"

    def test_bases_are_only_added(self):
        stored = {"openness": "closed", "legal_basis": [SECRET]}
        assert self.machine(stored, legal_basis=[LASTING])["legal_basis"] == [SECRET, LASTING]
        assert self.machine(stored, legal_basis=[])["legal_basis"] == [SECRET]
        assert self.machine(stored, legal_basis={"x": 1})["legal_basis"] == [SECRET]

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ({"openness": "open"}, "closed"),
            ({"openness": ""}, "closed"),
            ({"openness": "request"}, "closed"),
            ({}, "closed"),
        ],
    )
    def test_resource(self, part, expected):
        stored = opened(resources=[resource(openness="closed", legal_basis=[SECRET])])
        result = self.machine(stored, resources=[{"id": "r1", **part}])
        assert result["resources"][0]["openness"] == expected
        assert result["resources"][0]["legal_basis"] == [SECRET]

    @pytest.mark.parametrize(("sent", "expected"), [("group", "closed"), ("open", "open")])
    def test_resource_that_is_closed_for_want_of_a_level(self, sent, expected):
        stored = opened(resources=[resource(legal_basis=[SECRET])])
        assert self.machine(stored, openness=sent)["openness"] == expected
        result = self.machine(stored, openness=sent, resources=[{"id": "r1"}])
        assert (result["openness"], result["resources"][0]["openness"]) == (sent, "closed")

    def test_bases_of_resources_are_only_added(self):
        stored = opened(resources=[resource(openness="closed", legal_basis=[SECRET])])
        for sent, expected in (([], [SECRET]), ([LASTING], [SECRET, LASTING])):
            result = self.machine(stored, resources=[{"id": "r1", "legal_basis": sent}])
            assert result["resources"][0]["legal_basis"] == expected

    def test_own_bases_of_a_resource_do_not_replace_the_datasets(self):
        stored = restricted(legal_basis=[LASTING], resources=[resource()])
        for sent, expected in ((None, None), ([SECRET], [LASTING, SECRET])):
            part = {"id": "r1"} if sent is None else {"id": "r1", "legal_basis": sent}
            result = self.machine(stored, resources=[part])
            assert result["resources"][0].get("legal_basis") == expected

    def test_added_bases_that_cannot_be_read_are_left_to_be_refused(self):
        assert self.machine(opened(), legal_basis={"x": 1})["legal_basis"] == {"x": 1}

    @pytest.mark.parametrize("said", ["request", "closed"])
    def test_resources_may_be_closed(self, said):
        result = self.machine(opened(), resources=[{"id": "r1", "openness": said}])
        assert result["resources"][0]["openness"] == said

    @pytest.mark.parametrize(
        "stored",
        [
            opened(),
            {"resources": [resource()]},
            restricted(resources=[resource()]),
            restricted(resources=[resource(legal_basis=[SECRET])]),
        ],
    )
    def test_no_level_is_invented_for_a_resource_as_closed_as_its_dataset(self, stored):
        result = self.machine(stored, resources=[{"id": "r1"}])
        assert "openness" not in result["resources"][0]

    def test_a_level_is_not_taken_away_where_the_dataset_states_none(self):
        stored = {"resources": [resource(openness="closed")]}
        result = self.machine(stored, resources=[{"id": "r1", "openness": ""}])
        assert result["resources"][0]["openness"] == "closed"

    @pytest.mark.parametrize("level", [{"openness": "open"}, {}])
    def test_dataset_is_closed_where_a_resource_not_sent_would_be_opened(self, level):
        """It is closed for want of a level; below ``group`` it would be for the group."""
        parts = [resource(), resource(id="r2", legal_basis=[SECRET])]
        assert self.machine({**level, "resources": parts}, openness="group")["openness"] == "closed"

    @pytest.mark.parametrize(
        "part", [{}, {"openness": "closed"}, {"openness": "closed", "legal_basis": [SECRET]}]
    )
    def test_dataset_is_not_closed_for_resources_that_keep_their_level(self, part):
        stored = opened(resources=[resource(**part)])
        assert self.machine(stored, openness="group")["openness"] == "group"

    def test_dataset_is_not_closed_for_resources_that_follow_it(self):
        stored = restricted(resources=[resource(legal_basis=[SECRET])])
        assert self.machine(stored, title="x")["openness"] == "request"

    def test_nothing_said_closes_nothing(self):
        stored = {"resources": [resource(legal_basis=[SECRET])]}
        assert "openness" not in self.machine(stored, title="x")

    def test_unreadable_bases_stay(self):
        unreadable = {"x": 1}
        stored = opened(legal_basis=unreadable, resources=[resource(legal_basis=unreadable)])
        parts = [{"id": "r1", "legal_basis": []}, {"id": "new", "legal_basis": [SECRET]}]
        result = self.machine(stored, legal_basis=[SECRET], resources=parts)
        assert result["legal_basis"] == unreadable
        assert [part["legal_basis"] for part in result["resources"]] == [unreadable, []]

    def test_resource_is_not_opened_below_a_closed_dataset(self):
        stored = restricted(resources=[resource()])
        parts = [{"id": "r1", "openness": "open"}, {"url": "new", "openness": "open"}]
        result = self.machine(stored, resources=parts)
        assert [part["openness"] for part in result["resources"]] == ["request", "request"]

    @pytest.mark.parametrize(
        ("stored", "submitted", "expected"),
        [
            ("", "2027-01-01", ""),
            ("2027-06-01", "2027-01-01", "2027-06-01"),
            ("2027-06-01", "2027-12-01", "2027-12-01"),
            ("2027-06-01", "", ""),
            # The same day is no earlier one, however it is written.
            (" 2027-06-01 ", "2027-06-01", "2027-06-01"),
        ],
    )
    def test_opening_day(self, stored, submitted, expected):
        result = self.machine(restricted(opens_on=stored), opens_on=submitted)
        assert result["opens_on"] == expected

    @pytest.mark.parametrize(
        "submitted",
        [
            {"personal_data": "none"},
            {"permission": [CONSENT]},
            {"legal_basis": [SECRET, "thuertg-beratungen"]},
        ],
    )
    def test_opening_day_goes_with_what_it_rests_on(self, submitted):
        stored = restricted(opens_on="2027-06-01", personal_data="personal")
        assert self.machine(stored, **submitted)["opens_on"] == ""
        assert self.machine(stored, title="x")["opens_on"] == "2027-06-01"

    @pytest.mark.parametrize(
        "same",
        [{"personal_data": " none "}, {"permission": CONSENT}, {"legal_basis": f'["{SECRET}"]'}],
    )
    def test_opening_day_stays_when_the_same_is_written_differently(self, same):
        stored = restricted(opens_on="2027-06-01", personal_data="none", permission=[CONSENT])
        assert self.machine(stored, **same)["opens_on"] == "2027-06-01"

    @pytest.mark.parametrize("unreadable", [0, False, 5])
    def test_bases_that_cannot_be_read_stay(self, unreadable):
        result = self.machine(restricted(legal_basis=unreadable), legal_basis=[])
        assert result["legal_basis"] == (unreadable or [])
        assert type(result["legal_basis"]) is type(unreadable or [])

    def test_no_opening_day_is_set_where_there_was_none(self):
        assert self.machine(restricted(), opens_on="2027-01-01")["opens_on"] == ""

    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            ([resource(openness="closed"), resource(id="r2")], ""),
            ([resource(), resource(id="r2", legal_basis=[SECRET, LASTING])], ""),
            ([resource(id="r2"), resource()], "2027-06-01"),
            ([resource(), resource(id="r2"), {"id": "r3", "openness": "closed"}], "2027-06-01"),
            ([resource(id="r2", name="x")], "2027-06-01"),
        ],
    )
    def test_opening_day_rests_on_the_resources_that_are_in_both(self, parts, expected):
        stored = restricted(opens_on="2027-06-01", resources=[resource(), resource(id="r2")])
        assert self.machine(stored, resources=parts)["opens_on"] == expected

    def test_opening_day_goes_when_the_dataset_is_closed_further(self):
        stored = restricted(opens_on="2027-06-01")
        assert self.machine(stored, openness="closed")["opens_on"] == ""

    @pytest.mark.parametrize("hidden", [{"metadata_visibility": "group"}, {"private": True}])
    def test_hidden_stays_hidden(self, hidden):
        stored = {**restricted(), **hidden}
        result = self.machine(stored, metadata_visibility="public", private=False)
        assert policy.is_hidden(result)

    def test_what_is_not_hidden_may_be_written_differently(self):
        stored = restricted(metadata_visibility="public")
        assert self.machine(stored, metadata_visibility="")["metadata_visibility"] == ""

    @pytest.mark.parametrize("hidden", [{"metadata_visibility": "group"}, {"private": True}])
    @pytest.mark.parametrize("before", ["public", "group"])
    def test_hiding_is_no_loosening(self, before, hidden):
        stored = restricted(metadata_visibility=before, private=False)
        submitted = {"metadata_visibility": before, **hidden}
        result = self.machine(stored, **submitted)
        assert {field: result[field] for field in submitted} == submitted

    def test_people_may_loosen(self):
        stored = restricted(resources=[resource(openness="closed")])
        submitted = {"openness": "open", "legal_basis": [], "opens_on": "2027-01-01"}
        result = complete(stored, {**submitted, "resources": [{"id": "r1", "openness": "open"}]})
        assert (result["openness"], result["legal_basis"]) == ("open", [])
        assert result["resources"][0]["openness"] == "open"


class TestPurity:
    def test_nothing_given_is_changed(self):
        stored = restricted(
            resources=[resource(openness="closed")], extras=[{"key": "entity_class"}]
        )
        submitted = {
            "legal_basis": SECRET,
            "openness_mix": "x",
            "resources": [{"id": "r1", "entity_class": "x"}],
        }
        before = copying.deepcopy((stored, submitted))
        result = complete(stored, submitted, may_loosen=False)
        result["resources"][0]["name"] = "changed"
        result["legal_basis"].append("x")
        assert (stored, submitted) == before

    def test_files_are_passed_on_not_copied(self):
        file = object()
        submitted = {"resources": [{"upload": file, "nested": [{"file": file}]}]}
        result = complete(None, submitted)
        assert result["resources"][0]["upload"] is file
        assert result["resources"][0]["nested"][0]["file"] is file
        assert result["resources"] is not submitted["resources"]
        assert result["resources"][0]["nested"][0] is not submitted["resources"][0]["nested"][0]

    def test_deep_nesting(self):
        deep: list = []
        for _ in range(50_000):
            deep = [deep]
        assert complete(None, {"x": deep})["x"] is not deep

    @pytest.mark.parametrize(
        "submitted",
        [
            {"resources": "x"},
            {"resources": [None, 5, "x", []]},
            {"resources": [{"id": ["r1"]}, {"id": {}}, {"id": 5}]},
            {"extras": "x"},
            {"extras": [None, 5, {"key": []}]},
            {"owner_org": ["b"], "openness": {}, "legal_basis": 5},
            {5: 6, None: None},
        ],
    )
    def test_odd_input(self, submitted):
        for stored in (None, restricted(resources=[resource()])):
            for may_loosen in (True, False):
                complete(stored, submitted, may_loosen=may_loosen)


class TestTouched:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({}, {"restriction_reason": ""}),
            ({"restriction_reason": None}, {"restriction_reason": "  "}),
            ({"restriction_reason": "x"}, {"restriction_reason": " x "}),
            ({"legal_basis": [SECRET]}, {"legal_basis": SECRET}),
            ({"legal_basis": f'["{SECRET}"]'}, {"legal_basis": [SECRET]}),
            ({"permission": [CONSENT]}, {"permission": CONSENT}),
            ({"hvd_category": ["x"]}, {"hvd_category": "x"}),
            ({"review_date": date(2027, 1, 1)}, {"review_date": "2027-01-01"}),
            ({"private": False}, {"private": "false"}),
            ({"num_resources": 3, "organization": {}}, {}),
            ({"openness_effective": "open"}, {"openness_effective": "closed"}),
        ],
    )
    def test_no_change(self, before, after):
        assert touched({"id": "d1", **before}, {"id": "d1", **after}) == frozenset()

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ({}, {"openness": "open"}, {"openness"}),
            ({"openness": "open"}, {"openness": "closed"}, {"openness"}),
            ({"review_date": "2027-01-01"}, {}, {"review_date"}),
            ({"legal_basis": ["a"]}, {"legal_basis": ["a", "b"]}, {"legal_basis"}),
            ({"legal_basis": ["a"]}, {"legal_basis": {"a": 1}}, {"legal_basis"}),
            ({"legal_basis": {"a": 1}}, {"legal_basis": {"a": 2}}, {"legal_basis"}),
            ({"permission": 5}, {"permission": 6}, {"permission"}),
            ({"review_date": "bald"}, {"review_date": "später"}, {"review_date"}),
            ({"review_date": "2027-01-01"}, {"review_date": "2027-01-02"}, {"review_date"}),
            ({"private": False}, {"private": True}, {"private"}),
            ({"title": "x"}, {"title": "y"}, {"title"}),
        ],
    )
    def test_change(self, before, after, expected):
        assert touched(before, after) == expected

    def test_resources(self):
        stored = opened(resources=[resource(), resource(id="r2")])
        after = opened(resources=[resource(id="r2", openness="closed"), resource(), {"url": "new"}])
        assert touched(stored, after) == {
            *("resources", "resources/r2/openness", "resources/*/openness"),
            *("resources/#2/url", "resources/*/url"),
        }

    @pytest.mark.parametrize("field", sorted(policy.DATASET_FIELDS | {"license_id"}))
    def test_blanks_around_a_value_of_ours_are_no_change(self, field):
        value = "2027-01-01"
        assert touched({field: value}, {field: f" {value}\n"}) == frozenset()
        assert touched({field: value}, {field: "2027-01-02"}) == {field}

    @pytest.mark.parametrize("field", sorted(policy.RESOURCE_FIELDS))
    def test_blanks_around_a_value_of_a_resource_are_no_change(self, field):
        before, after = ({"resources": [resource(**{field: said})]} for said in ("x", " x "))
        assert touched(before, after) == frozenset()

    @pytest.mark.parametrize(("before", "after"), [("x", " x "), (5, 6), ([1], [2])])
    def test_values_of_others_are_taken_as_they_are(self, before, after):
        assert touched({"title": before}, {"title": after}) == {"title"}

    @pytest.mark.parametrize("field", ["restriction_reason", "openness", "license_id"])
    def test_values_of_ours_that_cannot_be_read(self, field):
        assert touched({field: 5}, {field: 6}) == {field}

    def test_a_change_in_a_resource_is_one_of_the_resources(self):
        after = opened(resources=[resource(url="https://example.org/neu.csv")])
        assert touched(opened(), after) == {
            *("resources", "resources/r1/url", "resources/*/url"),
        }

    def test_what_ckan_adds_to_a_resource_is_no_change(self):
        stored = opened(resources=[resource(created="2026-01-01", package_id="d1")])
        assert touched(stored, opened()) == frozenset()

    def test_stored_resources_without_id_are_new_ones(self):
        dataset = {"resources": [{"url": "a"}]}
        assert touched(dataset, dataset) == {"resources", "resources/#0/url", "resources/*/url"}

    def test_removed_resource(self):
        stored = opened(resources=[resource(), resource(id="r2")])
        assert touched(stored, opened()) == {"resources"}

    def test_same_resources(self):
        assert touched(opened(), opened()) == frozenset()

    def test_resources_not_sent(self):
        assert touched(opened(), {"openness": "open", "title": "Baumkataster"}) == frozenset()

    def test_creation(self):
        assert {"openness", "resources"} <= touched(None, opened())
