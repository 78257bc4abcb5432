"""What a level rests on (R2 to R5, the lock): what passes, what fails, where the line runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ckanext.jena_governance.policy import Facts, check
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.examples import EXAMPLES, PERSONS, SECRET, example
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    CONTRACT,
    DECISION,
    DUTY,
    EXTERNAL,
    GEOSPATIAL,
    NORM,
    PROCESSING,
    SUBSIDIARY,
    entity,
    locked,
    opened,
    resource,
    restricted,
)

SEVERITIES = {
    "R2_lock": "warning",
    "R2_mailbox_personal": "warning",
    "R3a_over": "warning",
    "R3b_explained": "info",
    "R4_no_row": "warning",
    "R6_open": "warning",
    "R6_unknown": "warning",
    "R6_closed": "info",
    "R6_closed_resource": "warning",
    "R7": "warning",
    "R7_exists": "warning",
    "R7_planned": "warning",
    "R7_none": "warning",
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_example(code, words):
    dataset, facts = example(code)
    found = [one for one in check(dataset, facts, words, samples.TODAY) if one.code == code]
    assert len(found) == 1 or code == "value_basis"
    assert found[0].severity == SEVERITIES.get(code, "error")


@pytest.mark.parametrize("dataset", [opened(), restricted()], ids=["open", "restricted"])
def test_samples_are_without_findings(dataset, checked):
    assert checked(dataset) == []


def test_lock_needs_nothing_else(checked):
    assert [finding for finding in checked(locked()) if finding.severity != "info"] == []


class TestR2:
    def test_open_data_need_none_of_it(self, checked):
        assert checked(opened(data_steward="", review_date="")) == []

    @pytest.mark.parametrize("blank", ["", " \n\t ", None])
    @pytest.mark.parametrize(
        ("field", "code"),
        [
            ("restriction_reason", "R2_reason"),
            ("data_steward", "R2_steward"),
            ("data_steward_email", "R2_mailbox"),
            ("review_date", "R2_review"),
        ],
    )
    def test_blank_is_missing(self, field, code, blank, errors):
        assert errors(restricted(**{field: blank})) == {code}

    @pytest.mark.parametrize("field", ["restriction_reason", "data_steward", "review_date"])
    def test_missing_key_is_missing(self, field, errors):
        dataset = restricted()
        del dataset[field]
        assert len(errors(dataset)) == 1

    def test_all_at_once(self, errors):
        assert errors({"openness": "closed", "owner_org": "org-1"}) == {
            "R2_basis",
            "R2_reason",
            "R2_steward",
            "R2_mailbox",
            "R2_review",
        }

    @pytest.mark.parametrize(
        ("review", "code"),
        [
            ("2026-11-21", "R2_review_past"),
            ("2026-11-22", None),
            ("2028-11-22", None),
            ("2028-11-23", "R2_review_late"),
            ("2099-01-01", "R2_review_late"),
        ],
    )
    def test_review_date(self, review, code, errors):
        assert errors(restricted(review_date=review)) == ({code} if code else set())

    def test_shortest_review_of_several_bases_counts(self, checked):
        dataset = restricted(
            legal_basis=[SECRET, "thuertg-prozessfuehrung"], review_date="2027-05-23"
        )
        found = checked(dataset)
        assert [one.params["max_date"] for one in found if one.rule == "R2"] == [date(2027, 5, 22)]

    @pytest.mark.parametrize(
        ("today", "latest"),
        [
            (date(2026, 8, 31), date(2027, 2, 28)),
            (date(2027, 8, 31), date(2028, 2, 29)),
            (date(2026, 12, 31), date(2027, 6, 30)),
            (date(2026, 7, 1), date(2027, 1, 1)),
            (date(9999, 12, 1), date.max),
        ],
    )
    def test_months_end_with_the_month(self, today, latest, checked):
        dataset = restricted(legal_basis=["thuertg-prozessfuehrung"], review_date="")
        found = checked(dataset, today=today)
        assert [one.params["max_date"] for one in found if one.code == "R2_review"] == [latest]

    def test_without_basis_a_review_is_limited_all_the_same(self, checked):
        found = checked(restricted(legal_basis=[], review_date="2099-01-01"))
        assert [one.params["max_date"] for one in found if one.code == "R2_review_late"] == [
            date(2028, 11, 22)
        ]

    @pytest.mark.parametrize("end", [{"ends_when": "mit dem Urteil"}, {"opens_on": "2027-06-01"}])
    def test_time_limited_basis_has_an_end(self, end, errors):
        basis = ["thuertg-fiskalische-interessen"]
        dataset = {**restricted(legal_basis=basis, ends_when=""), **end}
        assert errors(dataset) == set()

    def test_lasting_basis_needs_no_end(self, errors):
        assert errors(restricted(ends_when="")) == set()

    @pytest.mark.parametrize(
        ("day", "codes"), [("2026-11-22", set()), ("2026-11-21", {"R2_opens_past"})]
    )
    def test_opening_day_is_not_past(self, day, codes, errors):
        assert errors(restricted(opens_on=day)) == codes

    def test_every_basis_must_allow_an_opening_day(self, checked):
        found = checked(restricted(legal_basis=[SECRET, PERSONS], opens_on="2027-06-01"))
        assert [one.params["basis"] for one in found if one.code == "R2_opens_basis"] == [PERSONS]

    @pytest.mark.parametrize(
        ("until", "codes"),
        [
            ("", set()),
            ("2026-11-22", set()),
            ("2026-11-21", {"R2_opens_persons"}),
        ],
    )
    def test_opening_day_of_persons_with_permission(self, until, codes, errors):
        permission = [{**CONSENT, "until": until}]
        dataset = restricted(opens_on="2027-06-01", personal_data="personal", permission=permission)
        assert errors(dataset) == codes

    @pytest.mark.parametrize("level", ["open", "request"])
    def test_opening_day_of_resources_counts_only_where_the_dataset_is_open(self, level, checked):
        """Below a restricted dataset a resource with its own level keeps it on that day."""
        part = resource(openness="closed", legal_basis=[PERSONS], restriction_reason="x")
        dataset = restricted(openness=level, opens_on="2027-06-01", resources=[part])
        if level == "open":
            dataset |= {"legal_basis": [], "license_id": "dl-by-de-2.0"}
        found = [one.params["basis"] for one in checked(dataset) if one.code == "R2_opens_basis"]
        assert found == ([PERSONS] if level == "open" else [])

    def test_one_restricted_resource_needs_a_steward(self, errors):
        part = resource(openness="request", legal_basis=[SECRET], restriction_reason="Geheim.")
        assert errors(opened(resources=[resource(id="r0"), part])) == {
            "R2_steward",
            "R2_mailbox",
            "R2_review",
        }

    def test_basis_of_a_resource_limits_the_review(self, errors):
        part = resource(
            openness="closed", legal_basis=["thuertg-prozessfuehrung"], restriction_reason="Streit."
        )
        dataset = restricted(review_date="2027-11-22", resources=[part])
        assert errors(dataset) == {"R2_review_late"}

    def test_basis_without_level_waits_for_the_level(self, errors):
        dataset = {"legal_basis": [SECRET], "owner_org": "org-1"}
        assert errors(dataset) == {"R2_level"}

    def test_resource_with_basis_and_no_level_in_an_open_dataset(self, checked):
        found = checked(opened(resources=[resource(legal_basis=[SECRET])]))
        assert [(one.code, one.resource) for one in found] == [("R2_level", 0)]

    @pytest.mark.parametrize(
        ("mail", "is_personal"),
        [
            ("erika.mustermann@jena.de", True),
            ("Anna-Lena.Schmidt@jena.de", True),
            ("daten@jena.de", False),
            ("gesundheitsamt@jena.de", False),
            ("open.data@jena.de", False),
            ("fachdienst.umwelt@jena.de", False),
            ("team.gis@jena.de", False),
            ("ksj.info@jena.de", False),
            ("e.mustermann@jena.de", False),
            ("stelle.2@jena.de", False),
        ],
    )
    def test_personal_mailbox(self, mail, is_personal, warnings):
        found = warnings(restricted(data_steward_email=mail))
        assert found == ({"R2_mailbox_personal"} if is_personal else set())


class TestR3:
    @pytest.mark.parametrize(
        ("level", "codes"),
        [
            ("group", {"R3a_permission"}),
            ("request", set()),
            ("closed", set()),
        ],
    )
    def test_range(self, level, codes, errors):
        assert errors(restricted(openness=level)) == codes

    def test_message_names_level_basis_range_and_way_out(self, checked):
        (found,) = checked(restricted(openness="group"))
        assert found.field == "openness"
        assert found.params["basis"] == SECRET
        assert found.params["levels"] == ["request", "closed"]
        assert found.params["permissions"] == [
            "einwilligung",
            "veroeffentlichungspflicht",
            "beschluss",
            "gesetzliche-uebermittlung",
        ]

    @pytest.mark.parametrize(
        ("level", "permission", "is_permitted"),
        [
            ("group", CONSENT, True),
            ("group", NORM, True),
            ("group", CONTRACT, False),  # serves no trade secrets
            ("group", {**CONSENT, "until": "2026-11-22"}, True),
            ("group", {**CONSENT, "until": "2026-11-21"}, False),
            ("group", {"id": "einwilligung"}, False),
            ("group", {"id": "unbekannt", "reference": "x"}, False),
        ],
    )
    def test_permission(self, level, permission, is_permitted, checked):
        found = checked(restricted(openness=level, permission=[permission]))
        assert ("R3a" not in samples.rules(found)) == is_permitted

    def test_permission_never_beyond_what_the_basis_allows(self, errors):
        assert errors(opened(legal_basis=[SECRET], permission=[CONSENT])) == {"R5", "R3a"}

    def test_permission_not_for_open(self, errors):
        basis = ["vertragliche-bindung"]
        assert errors(opened(legal_basis=basis, permission=[NORM])) == {"R5", "R3a_permission"}
        assert errors(opened(legal_basis=basis, permission=[CONTRACT])) == set()

    def test_permission_with_a_needed_end(self, errors):
        dataset = restricted(openness="group", legal_basis=[PERSONS])
        assert errors({**dataset, "permission": [PROCESSING]}) == set()
        endless = {**PROCESSING, "until": ""}
        assert errors({**dataset, "permission": [endless]}) == {"value_until", "R3a_permission"}

    def test_every_basis_in_the_way_must_be_served(self, errors):
        bases = ["vertragliche-bindung", SECRET]
        dataset = restricted(openness="group", legal_basis=bases)
        assert errors({**dataset, "permission": [CONTRACT]}) == {"R3a_permission"}
        assert errors({**dataset, "permission": [CONTRACT, DECISION]}) == set()

    def test_basis_that_is_not_in_the_way_need_not_be_served(self, errors):
        # kunsturhg-bildnis lets the group in by itself, but nobody may open it further.
        bases = ["thuertg-fiskalische-interessen", "kunsturhg-bildnis"]
        assert errors(restricted(openness="group", legal_basis=bases)) == set()

    def test_basis_without_a_way_out_blocks_the_others(self, errors):
        bases = [SECRET, "tkg-infrastrukturdaten"]
        dataset = restricted(openness="group", legal_basis=bases, permission=[CONSENT])
        assert errors(dataset) == {"R3a"}

    @pytest.mark.parametrize("reason", ["", "   ", None])
    def test_more_closed_needs_an_explanation(self, reason, errors):
        dataset = restricted(
            openness="closed", legal_basis=["vertragliche-bindung"], stricter_reason=reason
        )
        assert errors(dataset) == {"R3b"}

    def test_explained_is_counted(self, checked):
        dataset = restricted(
            openness="closed",
            legal_basis=["vertragliche-bindung"],
            stricter_reason="So vereinbart.",
        )
        assert [(one.code, one.severity) for one in checked(dataset)] == [("R3b_explained", "info")]

    def test_explanation_reaches_only_so_far(self, words):
        group_only = replace(
            words.bases["thuertg-beratungen"], levels=("group",), explain_closed_to="request"
        )
        own = replace(words, bases={**words.bases, group_only.id: group_only})

        def found(level):
            dataset = restricted(
                openness=level, legal_basis=[group_only.id], stricter_reason="So beschlossen."
            )
            return samples.codes(check(dataset, samples.facts(), own, samples.TODAY))

        assert found("request") == set()
        assert found("closed") == {"R3b_never"}

    def test_second_basis_that_demands_more_needs_no_explanation(self, errors):
        bases = ["vertragliche-bindung", SECRET]
        assert errors(restricted(openness="closed", legal_basis=bases)) == set()

    def test_bridge_beside_another_basis(self, errors):
        bases = ["thuertg-besondere-geheimhaltung", SECRET]
        assert errors(restricted(legal_basis=bases)) == set()

    def test_bridge_beside_an_unknown_basis_is_not_said_twice(self, errors):
        bases = ["thuertg-besondere-geheimhaltung", "x"]
        assert errors(restricted(legal_basis=bases)) == {"value_basis"}

    def test_basis_that_lets_data_be_open_needs_no_permission(self, words):
        free = replace(words.bases[SECRET], levels=("open", "request"))
        own = replace(words, bases={**words.bases, SECRET: free})
        dataset = opened(legal_basis=[SECRET])
        assert check(dataset, samples.facts(), own, samples.TODAY) == []

    def test_message_names_the_basis_that_sets_the_limit(self, words):
        early = replace(words.bases["thuertg-beratungen"], levels=("group", "group"))
        own = replace(words, bases={**words.bases, early.id: early})
        dataset = restricted(openness="closed", legal_basis=[early.id, "urhg-werke-dritter"])
        (found,) = check(dataset, samples.facts(), own, samples.TODAY)
        assert (found.code, found.params["basis"]) == ("R3b", "urhg-werke-dritter")

    def test_explanation_is_one_of_the_dataset_also_for_a_resource(self, checked):
        basis = ["urhg-werke-dritter"]
        part = resource(openness="closed", legal_basis=basis, restriction_reason="x")
        (found,) = checked(restricted(legal_basis=basis, resources=[part]))
        assert (found.code, found.field, found.resource) == ("R3b", "stricter_reason", None)

    def test_bridge_of_a_resource_depends_on_the_dataset_too(self, checked):
        bridge = "thuertg-besondere-geheimhaltung"
        part = resource(openness="closed", legal_basis=[bridge], restriction_reason="x")
        (found,) = checked(restricted(legal_basis=[bridge, SECRET], resources=[part]))
        assert (found.code, found.resource) == ("R3c", 0)
        assert found.about == {"legal_basis", "resources/r1/legal_basis"}

    def test_resource_with_a_basis_of_a_dataset_without_one(self, checked):
        part = resource(openness="group", legal_basis=["tkg-infrastrukturdaten"])
        found = checked(opened(resources=[part]))
        assert ("R3a", 0) in {(one.code, one.resource) for one in found}

    def test_own_level_of_a_resource(self, checked):
        part = resource(openness="group", restriction_reason="x")
        found = checked(restricted(resources=[part]))
        assert [(one.code, one.resource, one.resource_id) for one in found] == [
            ("R3a_permission", 0, "r1")
        ]

    def test_resource_as_its_dataset_is_not_judged_again(self, checked):
        parts = [resource(), resource(id="r2", openness="group")]
        found = checked(restricted(openness="group", resources=parts))
        assert [(one.code, one.resource) for one in found] == [("R3a_permission", None)]

    def test_own_basis_of_a_resource_replaces_the_datasets(self, checked):
        part = resource(legal_basis=["tkg-infrastrukturdaten"])
        found = checked(restricted(openness="group", permission=[CONSENT], resources=[part]))
        assert [(one.code, one.resource) for one in found] == [("R3a", 0)]


class TestR4:
    @pytest.mark.parametrize(
        ("class_", "codes"),
        [
            ("core", {"R4"}),
            ("municipal-enterprise", {"R4"}),
            ("subsidiary", set()),
            ("special-purpose-association", {"R4"}),
            (EXTERNAL, {"R4_none"}),
        ],
    )
    def test_class(self, class_, codes, errors):
        dataset = restricted(openness="closed", legal_basis=["bdsg-beschaeftigte"])
        assert errors(dataset, class_) == codes

    def test_alternatives_fit_and_are_few(self, checked, words):
        (found,) = checked(restricted(openness="closed", legal_basis=["bdsg-beschaeftigte"]))
        others = found.params["alternatives"]
        assert 1 <= len(others) <= 5
        assert others[0] == "beschaeftigte-oeffentlich"
        for id_ in others:
            assert "core" in words.bases[id_].applies_to
            assert words.bases[id_].card == "persons"
        assert found.field == "legal_basis"

    def test_publisher_is_asked_too(self, checked):
        department = entity("core", publishes_for=frozenset({"org-2"}))
        company = entity(SUBSIDIARY, "org-2", title="Stadtwerke")
        dataset = restricted(openness="closed", legal_basis=["bdsg-beschaeftigte"])
        found = checked(dataset, Facts(owner=company, publisher=department))
        assert [one.params["entity"] for one in found if one.rule == "R4"] == ["Umweltamt"]

    def test_same_body_is_asked_once(self, checked):
        dataset = restricted(openness="closed", legal_basis=["bdsg-beschaeftigte"])
        assert len([one for one in checked(dataset) if one.rule == "R4"]) == 1

    def test_without_row_only_a_warning(self, checked):
        found = checked(restricted(legal_basis=["bdsg-beschaeftigte"]), None)
        assert [(one.code, one.severity) for one in found if one.rule == "R4"] == [
            ("R4_no_row", "warning")
        ]

    def test_without_row_a_basis_of_a_resource_is_enough(self, checked):
        part = resource(openness="closed", legal_basis=[SECRET], restriction_reason="x")
        parts = [resource(id="r0"), part]
        (found,) = [one for one in checked(restricted(legal_basis=[], resources=parts), None)
                    if one.rule == "R4"]  # fmt: skip
        assert (found.code, found.resource) == ("R4_no_row", None)
        assert (found.params["entity"], found.params["entity_id"]) == ("Umweltamt", "org-1")

    def test_without_row_and_without_basis_nothing(self, checked):
        assert checked(opened(), None) == []

    def test_without_row_nothing_is_said_of_a_lock(self, checked):
        assert checked(locked(), None) == []

    def test_owner_is_asked_too(self, checked):
        owner = entity(SUBSIDIARY, "org-2", title="Stadtwerke")
        publisher = entity("core", publishes_for=frozenset({"org-2"}))
        dataset = restricted(legal_basis=["thuertg-beratungen"], owning_entity="org-2")
        (found,) = [one for one in checked(dataset, Facts(owner, publisher)) if one.rule == "R4"]
        assert found.params["entity_id"] == "org-2"
        assert (found.params["entity"], found.params["entity_class"]) == ("Stadtwerke", SUBSIDIARY)

    def test_each_basis_is_asked_for_itself(self, checked):
        dataset = restricted(
            legal_basis=[SECRET, "bdsg-beschaeftigte", "aktg-verschwiegenheit", "schuldaten"]
        )
        found = checked(dataset, SUBSIDIARY)
        assert [one.params["basis"] for one in found if one.rule == "R4"] == ["schuldaten"]
        found = checked(dataset, "municipal-enterprise")
        assert [one.params["basis"] for one in found if one.rule == "R4"] == [
            *("bdsg-beschaeftigte", "aktg-verschwiegenheit", "schuldaten"),
        ]

    def test_lock_of_a_resource_binds_everybody(self, checked):
        lock = resource(openness="closed", legal_basis=["vorlaeufige-sperre"])
        assert checked(opened(resources=[lock]), EXTERNAL) == []
        part = resource(openness="closed", legal_basis=["bdsg-beschaeftigte"], id="r2")
        found = checked(opened(resources=[lock, part]))
        assert [one.resource for one in found if one.rule == "R4"] == [1]

    def test_resource_of_a_lock_waits(self, errors):
        part = resource(openness="request", legal_basis=["bdsg-beschaeftigte"])
        assert errors(locked(resources=[part])) == set()

    def test_without_owner_nothing(self, errors):
        assert errors(restricted(), Facts(None, None)) == set()

    def test_basis_of_a_resource(self, checked):
        part = resource(
            openness="closed", legal_basis=["bdsg-beschaeftigte"], restriction_reason="x", url=""
        )
        found = checked(restricted(resources=[part]))
        assert [(one.code, one.resource) for one in found] == [("R4", 0)]


class TestR5:
    @pytest.mark.parametrize("personal_data", ["anonymised", "redacted"])
    def test_cleaned(self, personal_data, errors):
        assert errors(opened(legal_basis=[PERSONS], personal_data=personal_data)) == set()

    @pytest.mark.parametrize("personal_data", ["", "none"])
    def test_not_cleaned(self, personal_data, errors):
        found = errors(opened(legal_basis=[PERSONS], personal_data=personal_data))
        assert found == {"R5", "R3a"}

    def test_both_findings_lead_to_their_fields(self, checked):
        found = checked(opened(legal_basis=["urhg-werke-dritter"]))
        assert {(one.rule, one.field) for one in found} == {
            ("R5", "legal_basis"),
            ("R3a", "openness"),
        }
        assert next(one for one in found if one.rule == "R3a").params["permissions"] == [
            "einwilligung",
            "veroeffentlichungspflicht",
            "lizenz-oder-vertrag",
        ]

    @pytest.mark.parametrize(
        ("permission", "is_permitted"),
        [
            (CONSENT, True),
            (DUTY, True),
            ({"id": "amtstraeger-angaben", "reference": "Geschäftsverteilung"}, True),
            (NORM, False),
            (DECISION, False),
            ({"id": "geschaeftsstatistik", "reference": "x"}, False),
            ({**DUTY, "until": "2026-11-21"}, False),
        ],
    )
    @pytest.mark.parametrize("personal_data", ["personal", "pseudonymised"])
    def test_open_persons(self, personal_data, permission, is_permitted, errors):
        found = errors(opened(personal_data=personal_data, permission=[permission]))
        assert found == (set() if is_permitted else {"R5b"})

    def test_open_resource_of_a_restricted_dataset(self, errors):
        dataset = restricted(personal_data="personal", resources=[resource(openness="open")])
        assert "R5b" in errors(dataset)

    def test_open_dataset_with_a_restricted_resource_or_none(self, errors):
        part = resource(openness="closed", legal_basis=[SECRET])
        for parts in ([], [part]):
            assert "R5b" in errors(opened(personal_data="personal", resources=parts))

    def test_message_names_the_permissions_that_help(self, checked):
        (found,) = checked(opened(personal_data="personal"))
        assert found.params["permissions"] == [
            *("einwilligung", "veroeffentlichungspflicht", "amtstraeger-angaben"),
        ]

    def test_persons_in_restricted_data_are_no_matter_here(self, errors):
        assert errors(restricted(personal_data="personal")) == set()


class TestLock:
    def test_only_as_the_only_basis(self, errors):
        assert "R2_reason" in errors(locked(legal_basis=["vorlaeufige-sperre", SECRET]))

    @pytest.mark.parametrize("more", [[], [SECRET]])
    @pytest.mark.parametrize(
        ("day", "is_over"), [("2026-11-21", True), ("2026-11-22", False), ("2026-12-06", False)]
    )
    def test_over_is_a_warning_and_nothing_opens(self, day, is_over, more, checked):
        dataset = restricted(legal_basis=["vorlaeufige-sperre", *more], review_date=day)
        found = [one for one in checked({**dataset, "openness": "closed"}) if one.code == "R2_lock"]
        assert [(one.severity, one.params["date"]) for one in found] == (
            [("warning", date(2026, 11, 21))] if is_over else []
        )

    def test_review_of_another_basis_is_no_lock(self, warnings):
        assert warnings(restricted(review_date="2026-11-21")) == set()

    def test_only_with_closed(self, errors):
        assert "R3a" in errors(locked(openness="request"))

    def test_resources_are_held_with_it(self, errors):
        parts = [
            resource(openness="request", legal_basis=["ao-steuergeheimnis"]),
            resource(id="r2", openness="closed"),
        ]
        assert errors(locked(resources=parts)) == set()

    def test_high_value_datasets_too(self, errors):
        assert errors(locked(hvd_category=[GEOSPATIAL])) == set()

    def test_for_any_owner(self, errors):
        assert errors(locked(), EXTERNAL) == set()

    def test_no_cloak(self, errors):
        assert errors(locked(private=True)) == {"R9_hidden"}

    def test_single_resource(self, errors):
        part = resource(openness="closed", legal_basis=["vorlaeufige-sperre"])
        assert errors(opened(resources=[part])) == set()
