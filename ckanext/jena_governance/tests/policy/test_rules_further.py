"""What goes with a level (R6 to R13, the owner): what passes, what fails, where the line runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ckanext.jena_governance.policy import Facts, check
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.examples import PERSONS, SECRET
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    CONTRACT,
    GEOSPATIAL,
    NORM,
    PROCESSING,
    SUBSIDIARY,
    entity,
    opened,
    resource,
    restricted,
)


class TestR6:
    @pytest.mark.parametrize("licence", ["", None, "notspecified", "NotSpecified"])
    def test_nothing_said(self, licence, checked):
        (found,) = checked(opened(license_id=licence))
        assert (found.code, found.severity) == ("R6_open", "warning")
        assert found.params["licence"] == "dl-by-de-2.0"

    def test_licence_of_a_resource_goes_first(self, checked):
        part = resource(license="http://dcat-ap.de/def/licenses/cc-by/4.0")
        assert checked(opened(license_id="cc-by-nc", resources=[part])) == []
        part = resource(license="cc-by-nc")
        (found,) = checked(opened(resources=[part]))
        assert (found.code, found.resource, found.field) == ("R6_not_open", 0, "license")

    def test_many_resources_one_finding(self, checked):
        parts = [resource(id=f"r{number}") for number in range(5)]
        assert [one.resource for one in checked(opened(license_id="", resources=parts))] == [None]

    def test_announced_dataset_has_its_own(self, warnings):
        assert warnings(opened(license_id="", resources=[])) == {"R6_open"}

    @pytest.mark.parametrize("basis", ["urhg-werke-dritter", "vertragliche-bindung"])
    def test_third_party_right(self, basis, errors):
        dataset = opened(license_id="other-closed", legal_basis=[basis], permission=[CONTRACT])
        assert errors(dataset) == set()

    def test_other_basis_is_no_excuse(self, errors):
        dataset = opened(
            license_id="other-closed", legal_basis=[PERSONS], personal_data="anonymised"
        )
        assert errors(dataset) == {"R6_not_open"}

    def test_restricted_resources_need_no_open_licence(self, checked):
        part = resource(openness="closed", legal_basis=[SECRET], restriction_reason="x")
        found = checked(opened(license_id="cc-by-nc", resources=[part]))
        assert [one for one in found if one.rule == "R6"] == []

    @pytest.mark.parametrize(
        ("whole", "part"),
        [
            ({"legal_basis": ["urhg-werke-dritter"]}, None),
            ({}, {"legal_basis": ["urhg-werke-dritter"]}),
            ({"legal_basis": ["urhg-werke-dritter"]}, {"legal_basis": [PERSONS]}),
        ],
    )
    def test_third_party_right_of_dataset_or_resource(self, whole, part, errors):
        parts = [] if part is None else [resource(openness="open", **part)]
        dataset = opened(
            license_id="other-closed",
            permission=[CONTRACT],
            personal_data="anonymised",
            resources=parts,
        )
        assert errors({**dataset, **whole}) == set()

    def test_open_resource_of_a_restricted_dataset_has_the_datasets_licence(self, checked):
        part = resource(openness="open")
        dataset = restricted(personal_data="anonymised", resources=[part])
        (found,) = [one for one in checked(dataset) if one.rule == "R6"]
        assert (found.code, found.field, found.resource) == ("R6_not_open", "license", 0)

    def test_open_licence_of_a_restricted_dataset_is_said_once(self, checked):
        dataset = restricted(license_id="dl-by-de-2.0", resources=[resource(), resource(id="r2")])
        assert [(one.code, one.resource) for one in checked(dataset)] == [("R6_closed", None)]

    @pytest.mark.parametrize("licence", ["cc-by-nc", "eigene", "other-closed"])
    def test_other_licences_of_restricted_resources_are_no_matter(self, licence, checked):
        assert checked(restricted(resources=[resource(license=licence)])) == []

    @pytest.mark.parametrize(
        ("licence", "shown"),
        [("x" * 80, "x" * 80), ("x" * 81, "x" * 80), (["cc-zero"], "…"), (5, "…")],
    )
    def test_unknown_licence_is_named_briefly(self, licence, shown, checked):
        found = next(one for one in checked(opened(license_id=licence)) if one.rule == "R6")
        assert (found.code, found.params["value"]) == ("R6_unknown", shown)

    def test_licence_kept_for_opening_speaks_for_an_open_resource(self, checked):
        part = resource(openness="open")
        dataset = restricted(
            legal_basis=["urhg-werke-dritter"], permission=[CONTRACT], resources=[part]
        )
        assert checked(dataset | {"licence_when_open": "dl-by-de-2.0"}) == []

    def test_unknown_licence_kept_for_opening(self, warnings):
        assert warnings(restricted(licence_when_open="eigene")) == {"R6_unknown"}


class TestR7:
    @pytest.mark.parametrize(
        "answer",
        [
            {"derivative_status": "exists", "open_derivative": "leitungen-grob"},
            {"derivative_status": "", "open_derivative": "https://example.org/grob"},
            {"derivative_status": "planned", "publish_by": "2027-03-31"},
            {"derivative_status": "planned", "derivative_note": "im Frühjahr"},
            {"derivative_status": "none", "derivative_note": "zu wenige Fälle"},
        ],
    )
    def test_answers(self, answer, warnings):
        assert warnings({**restricted(derivative_note=""), **answer}) == set()

    def test_only_where_aggregation_lifts_the_basis(self, warnings):
        dataset = restricted(legal_basis=["thuertg-beratungen"], derivative_status="")
        assert warnings(dataset) == set()

    def test_message_names_the_basis(self, checked):
        bases = ["thuertg-beratungen", SECRET, PERSONS]
        (found,) = checked(restricted(legal_basis=bases, derivative_status=""))
        assert found.params["basis"] == SECRET

    def test_not_for_open_data(self, warnings):
        dataset = opened(legal_basis=[PERSONS], personal_data="anonymised")
        assert warnings(dataset) == set()


class TestR8:
    def test_open(self, errors):
        assert errors(opened(hvd_category=[GEOSPATIAL])) == set()

    def test_ground(self, errors):
        assert errors(restricted(hvd_category=[GEOSPATIAL])) == set()

    def test_one_ground_of_several_is_enough(self, errors):
        bases = ["bodendenkmal-fundstellen", "artenschutz-fundorte"]
        assert errors(restricted(legal_basis=bases, hvd_category=[GEOSPATIAL])) == set()

    @pytest.mark.parametrize("category", [[], "", None])
    def test_not_on_the_list(self, category, errors):
        dataset = restricted(legal_basis=["bodendenkmal-fundstellen"], hvd_category=category)
        assert errors(dataset) == set()

    def test_restricted_resource(self, checked):
        part = resource(
            openness="request", legal_basis=["bodendenkmal-fundstellen"], restriction_reason="x"
        )
        for whole in (opened, restricted):
            dataset = whole(hvd_category=[GEOSPATIAL], resources=[part])
            found = [one for one in checked(dataset) if one.rule == "R8"]
            assert [(one.resource, one.field) for one in found] == [(0, "legal_basis")]
            assert {"hvd_category", "openness", "resources/r1/openness"} <= found[0].about

    def test_unknown_basis_could_be_a_ground(self, errors):
        bases = ["bodendenkmal-fundstellen", "x"]
        assert errors(restricted(legal_basis=bases, hvd_category=[GEOSPATIAL])) == {"value_basis"}


class TestR9:
    HIDING = ("kritis-schutzinformation", "thuertg-oeffentliche-sicherheit")

    @pytest.mark.parametrize("hidden", [{"metadata_visibility": "group"}, {"private": True}])
    def test_all_bases_may_hide(self, hidden, errors):
        assert errors(restricted(legal_basis=list(self.HIDING), **hidden)) == set()

    @pytest.mark.parametrize(
        ("hidden", "field"),
        [
            ({"metadata_visibility": "group"}, "metadata_visibility"),
            ({"private": True}, "private"),
            ({"private": True, "metadata_visibility": "public"}, "private"),
            ({"private": True, "metadata_visibility": "group"}, "metadata_visibility"),
        ],
    )
    def test_one_may_not(self, hidden, field, checked):
        (found,) = checked(restricted(legal_basis=[*self.HIDING, SECRET], **hidden))
        assert (found.code, found.field, found.params["basis"]) == ("R9_hidden", field, SECRET)

    @pytest.mark.parametrize("private", [True, "true", "True", "1", "on", 1])
    def test_private_in_all_spellings(self, private, errors):
        assert errors(opened(private=private)) == {"R9_no_basis"}

    @pytest.mark.parametrize("private", [False, "false", "", None, "0", 0, "Veröffentlicht"])
    def test_not_private(self, private, errors):
        assert errors(opened(private=private)) == set()

    def test_without_a_basis(self, errors):
        assert errors(restricted(legal_basis=[], private=True)) == {"R2_basis", "R9_no_basis"}

    def test_open_data_are_not_hidden(self, errors):
        dataset = opened(
            legal_basis=list(self.HIDING), personal_data="redacted", metadata_visibility="group"
        )
        assert errors(dataset) == {"R9_no_basis"}


class TestR10:
    def test_own_basis_and_reason(self, errors):
        part = resource(openness="closed", legal_basis=[SECRET], restriction_reason="x")
        assert errors(restricted(resources=[part])) == set()

    @pytest.mark.parametrize("level", ["request", ""])
    def test_as_open_as_the_dataset(self, level, errors):
        assert errors(restricted(resources=[resource(openness=level)])) == set()

    def test_basis_of_the_dataset_is_not_enough(self, checked):
        found = checked(restricted(resources=[resource(openness="closed")]))
        assert [(one.code, one.field, one.resource) for one in found] == [
            ("R10", "legal_basis", 0),
            ("R10_reason", "restriction_reason", 0),
        ]

    def test_each_resource_for_itself(self, checked):
        parts = [resource(id="a"), resource(id="b", openness="closed"), resource(id="c")]
        found = checked(restricted(resources=parts))
        assert {(one.resource, one.resource_id) for one in found} == {(1, "b")}


class TestR12:
    @pytest.mark.parametrize(
        ("part", "has_data"),
        [
            ({"url": "https://example.org/a.csv"}, True),
            ({"url": "a.csv", "url_type": "upload"}, True),
            ({"url": "", "upload": object()}, True),
            ({"url": "", "datastore_active": True}, True),
            ({"url": "  "}, False),
            ({"url": None, "upload": ""}, False),
            ({"url": None, "upload": None, "datastore_active": False}, False),
        ],
    )
    def test_data(self, part, has_data, errors):
        dataset = restricted(
            openness="closed", legal_basis=["ao-steuergeheimnis"], resources=[{"id": "r1", **part}]
        )
        assert errors(dataset) == ({"R12"} if has_data else set())

    def test_form_without_a_file(self, errors):
        class EmptyUpload:
            filename = ""

        dataset = restricted(
            openness="closed",
            legal_basis=["ao-steuergeheimnis"],
            resources=[{"id": "r1", "upload": EmptyUpload()}],
        )
        assert errors(dataset) == set()

    def test_basis_of_the_resource(self, checked):
        part = resource(
            openness="closed", legal_basis=["ao-steuergeheimnis"], restriction_reason="x"
        )
        found = checked(restricted(resources=[resource(id="r0"), part]))
        assert [(one.code, one.resource, one.field) for one in found] == [("R12", 1, "url")]

    def test_lock_of_a_resource_holds_its_file_whatever_the_register_says(self, words):
        lock = replace(words.bases["vorlaeufige-sperre"], files="metadata_only")
        own = replace(words, bases={**words.bases, lock.id: lock})
        part = resource(openness="closed", legal_basis=[lock.id])
        assert check(opened(resources=[part]), samples.facts(), own, samples.TODAY) == []

    def test_anonymised_and_open(self, errors):
        dataset = opened(legal_basis=["ao-steuergeheimnis"], personal_data="anonymised")
        assert errors(dataset) == set()


class TestR13:
    BASES = ("thuertg-fiskalische-interessen",)

    @pytest.mark.parametrize(
        ("personal_data", "codes"),
        [
            *[("", set()), ("none", set()), ("anonymised", set()), ("redacted", set())],
            *[("personal", {"R13"}), ("pseudonymised", {"R13"})],
        ],
    )
    def test_persons(self, personal_data, codes, errors):
        dataset = restricted(
            openness="group", legal_basis=list(self.BASES), personal_data=personal_data
        )
        assert errors(dataset) == codes

    @pytest.mark.parametrize("permission", [CONSENT, NORM, PROCESSING])
    def test_permission(self, permission, errors):
        dataset = restricted(
            openness="group",
            legal_basis=list(self.BASES),
            personal_data="personal",
            permission=[permission],
        )
        assert errors(dataset) == set()

    def test_message_names_the_permissions_that_help(self, words):
        few = {
            id_: replace(words.permissions[id_], not_for_level=until)
            for id_, until in (("einwilligung", "group"), ("geschaeftsstatistik", "open"))
        }
        own = replace(words, permissions=few)
        dataset = restricted(
            openness="group",
            legal_basis=list(self.BASES),
            personal_data="personal",
            permission=[CONSENT],
        )
        (found,) = check(dataset, samples.facts(), own, samples.TODAY)
        assert (found.code, found.params["permissions"]) == ("R13", ["geschaeftsstatistik"])

    def test_resource_for_the_group(self, errors):
        part = resource(openness="group", legal_basis=list(self.BASES))
        dataset = restricted(personal_data="personal", resources=[part])
        assert errors(dataset) == {"R13"}


class TestOwner:
    def test_publishes_for(self, errors):
        department = entity("core", publishes_for=frozenset({"org-2"}))
        company = entity(SUBSIDIARY, "org-2")
        dataset = opened(owning_entity="org-2")
        assert errors(dataset, Facts(company, department)) == set()
        assert errors(dataset, Facts(department, company)) == {"owner"}

    @pytest.mark.parametrize("walled", ["owner", "publisher"])
    def test_never_for_walled_ones(self, walled, errors):
        department = entity(
            "core", publishes_for=frozenset({"org-2"}), walled=walled == "publisher"
        )
        company = entity(SUBSIDIARY, "org-2", walled=walled == "owner")
        assert errors(opened(owning_entity="org-2"), Facts(company, department)) == {"owner"}

    def test_own_data_of_a_walled_one(self, errors):
        office = entity("core", walled=True)
        assert errors(opened(owning_entity="org-1"), Facts(office, office)) == set()

    def test_message_names_both(self, checked):
        department, company = entity(title="Umweltamt"), entity(SUBSIDIARY, "org-2", title="Werke")
        (found,) = checked(opened(owning_entity="org-2"), Facts(company, department))
        assert found.params == {"entity": "Werke", "entity_id": "org-2", "publisher": "Umweltamt"}

    @pytest.mark.parametrize("length", [79, 80, 81, 1000])
    def test_unknown_one_is_named_briefly(self, length, checked):
        (found,) = checked(opened(owning_entity="x" * length), Facts(None, None))
        assert found.params == {"value": "x" * min(length, 80)}

    def test_nobody(self, errors):
        assert errors(opened(owning_entity=""), Facts(None, None)) == set()
        assert errors(opened(owning_entity="x"), Facts(None, entity())) == {"owner_unknown"}
