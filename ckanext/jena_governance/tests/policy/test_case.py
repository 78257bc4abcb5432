"""A dataset laid out for the rules: which level counts, and where a finding belongs."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.policy import Facts, any_resource_token, check, resource_token
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.examples import PERSONS, SECRET
from ckanext.jena_governance.tests.policy.samples import (
    GEOSPATIAL,
    entity,
    opened,
    resource,
    restricted,
)

CLOSED_PART = {"openness": "closed", "legal_basis": [SECRET]}


def test_names_of_fields():
    assert resource_token(2, "r1", "url") == "resources/r1/url"
    assert resource_token(2, None, "url") == "resources/#2/url"
    assert any_resource_token("url") == "resources/*/url"


class TestPlace:
    def test_of_a_dataset(self, checked):
        (found,) = checked(restricted(restriction_reason=""))
        assert (found.resource, found.resource_id) == (None, None)
        assert "resource" not in found.params
        assert found.about == {"restriction_reason", "openness", "legal_basis"}

    def test_of_a_resource(self, checked):
        """It depends on the resource's own fields, and on the same ones of its dataset."""
        (found,) = checked(opened(resources=[resource(**CLOSED_PART)], **STEWARD))
        assert (found.code, found.resource, found.resource_id) == ("R10_reason", 0, "r1")
        assert found.params["resource"] == "baeume.csv"
        assert found.about == {
            *("resources/r1/restriction_reason", "resources/r1/openness"),
            *("resources/r1/legal_basis", "openness", "legal_basis"),
        }

    @pytest.mark.parametrize("id_", [None, "", " ", 5, ["r1"]])
    def test_of_a_resource_without_an_id(self, id_, checked):
        parts = [resource(), resource(id=id_, **CLOSED_PART), resource(id=id_, **CLOSED_PART)]
        found = checked(opened(resources=parts, **STEWARD))
        assert [(one.resource, one.resource_id) for one in found] == [(1, None), (2, None)]
        assert "resources/#1/openness" in found[0].about

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("", "#2"),
            (None, "#2"),
            (5, "#2"),
            ("x" * 80, "x" * 80),
            ("x" * 81, "x" * 80),
        ],
    )
    def test_name_of_a_resource(self, name, shown, checked):
        parts = [resource(), resource(id="r2", name=name, **CLOSED_PART)]
        (found,) = checked(opened(resources=parts, **STEWARD))
        assert found.params["resource"] == shown

    def test_what_cannot_be_named_is_named_by_its_position(self, checked):
        (found,) = checked(opened(resources=[resource(), "x"]))
        assert (found.code, found.resource, found.params["resource"]) == ("value_resource", 1, "#2")


STEWARD = {
    field: restricted()[field] for field in ("data_steward", "data_steward_email", "review_date")
} | {"derivative_status": "none", "derivative_note": "zu wenige Fälle"}


class TestLevelThatCannotBeRead:
    """Rules on levels wait: the one thing to say is that the level cannot be read."""

    @pytest.mark.parametrize("level", ["geheim", ["open"]])
    @pytest.mark.parametrize(
        "says",
        [
            {"license_id": "dl-by-de-2.0"},
            {"legal_basis": ["urhg-werke-dritter"]},
            {"legal_basis": ["geschgehg-geschaeftsgeheimnis"], "restriction_reason": ""},
            {"personal_data": "personal", "legal_basis": [PERSONS]},
        ],
    )
    def test_of_a_dataset(self, level, says, checked):
        found = checked(restricted(openness=level, **says))
        assert [one.code for one in found] == ["value_level"]

    def test_of_a_resource(self, checked):
        part = resource(
            openness="geheim", legal_basis=["ao-steuergeheimnis"], url="", license="cc-by"
        )
        found = checked(opened(resources=[part]))
        assert [one.code for one in found] == ["value_level"]

    def test_a_basis_without_a_level(self, checked):
        """Not even what is said of persons counts: nobody said that the data are open."""
        dataset = restricted(openness="", personal_data="personal", license_id="dl-by-de-2.0")
        assert [one.code for one in checked(dataset)] == ["R2_level"]

    def test_a_basis_without_a_level_in_a_resource_of_an_open_dataset(self, checked):
        found = checked(opened(resources=[resource(legal_basis=[SECRET])]))
        assert [(one.code, one.resource) for one in found] == [("R2_level", 0)]

    def test_a_basis_without_a_level_in_a_resource_of_a_restricted_dataset(self, checked):
        """It is as closed as the dataset, on its own basis."""
        part = resource(legal_basis=[SECRET], restriction_reason="x")
        assert checked(restricted(resources=[part])) == []


@pytest.mark.parametrize("said", [{}, {"openness": ""}, {"openness": None}])
def test_neither_level_nor_basis_is_open(said, checked):
    dataset = {**opened(license_id=""), **said}
    if not said:
        del dataset["openness"]
    assert [one.code for one in checked(dataset)] == ["R6_open"]


class TestEachOnce:
    def test_of_two_resources_with_one_id(self, checked):
        parts = [resource(openness="geheim"), resource(openness="geheim")]
        assert [one.resource for one in checked(opened(resources=parts))] == [0, 1]

    def test_value_sent_twice(self, checked):
        found = checked(restricted(legal_basis=["x", "y", "x"]))
        assert [one.params["value"] for one in found] == ["x", "y"]


def test_rules_speak_in_their_order(checked):
    """Messages come in the order in which docs/rules.md explains them."""
    places = ["bodendenkmal-fundstellen"]
    dataset = restricted(
        openness="group",
        legal_basis=["bdsg-beschaeftigte", *places],
        restriction_reason="",
        personal_data="personal",
        derivative_status="",
        hvd_category=[GEOSPATIAL],
        private=True,
        owning_entity="org-2",
        resources=[
            resource(openness="open", legal_basis=places),
            resource(id="r2", openness="request", legal_basis=places),
            resource(id="r3", openness="closed", legal_basis=["ao-steuergeheimnis"]),
        ],
    )
    found = checked(dataset, Facts(entity(id_="org-2"), entity()))
    codes = list(dict.fromkeys(one.code.partition("_")[0] for one in found))
    assert codes == [
        *("R2", "R3a", "R5", "R4", "R5b", "R6", "R7", "R8", "R9", "R10", "R12", "R13", "owner"),
    ]


@pytest.mark.parametrize("dataset", [None, "text", 5, [], [{}]])
def test_no_dataset_at_all(dataset, words):
    (found,) = check(dataset, samples.facts(), words, samples.TODAY)
    assert (found.rule, found.code, found.severity) == ("value", "value_dataset", "error")
    assert found.field == "id"
