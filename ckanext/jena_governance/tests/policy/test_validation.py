"""How values are shown, counted and told from one another where they cannot be read."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.policy.validation import (
    is_mail,
    is_personal_mail,
    is_printable,
    shown,
)
from ckanext.jena_governance.tests.policy.examples import SECRET
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    GEOSPATIAL,
    PROCESSING,
    opened,
    resource,
    restricted,
)


class TestShown:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("geheim", "geheim"),
            ("", ""),
            ("x" * 80, "x" * 80),
            ("x" * 81, "x" * 80 + "…"),
            ("x" * 100_000, "x" * 80 + "…"),
            ("a\x00b\u202ec", "a�b�c"),
            ("a\nb", "a\nb"),
            ({"a": 1}, "{…}"),
            ([1], "[…]"),
            ((1,), "[…]"),
            (True, "true/false"),
            (5, "123"),
            (5.5, "1.5"),
            (object(), "…"),
            (None, "…"),
        ],
    )
    def test_short_and_printable(self, value, expected):
        assert shown(value) == expected

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("value_level", {"openness": "x" * 200}),
            ("value_basis", {"legal_basis": ["x" * 200]}),
            ("value_choice", {"personal_data": "x" * 200}),
            ("value_choice", {"hvd_category": ["x" * 200]}),
            ("value_date", {"review_date": "x" * 200}),
            ("value_mail", {"data_steward_email": "x" * 200}),
            ("value_permission", {"permission": ["x" * 200]}),
            ("value_permission", {"permission": [{"id": "x" * 200}]}),
            ("value_date", {"permission": [{**CONSENT, "until": "x" * 200}]}),
            ("R6_unknown", {"licence_when_open": "x" * 200}),
        ],
    )
    def test_in_every_finding(self, code, says, checked):
        found = next(one for one in checked(restricted(**says)) if one.code == code)
        assert found.params["value"] == "x" * 80 + "…"

    def test_type_of_what_is_no_text(self, checked):
        dataset = opened(openness=["open"], permission=[{"id": {"a": "b"}}, 5])
        found = checked(dataset)
        assert [one.params["value"] for one in found] == ["[…]", "{…}", "123"]


@pytest.mark.parametrize("letter", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_letter_turns_the_writing_direction(letter):
    assert not is_printable(f"a{letter}b")


@pytest.mark.parametrize("letter", ["\t", "\n", "\r", "ä", "–", "\u00a0", "\u200d", "🌳", "ש"])
def test_printable(letter):
    assert is_printable(f"a{letter}b")


class TestMail:
    @pytest.mark.parametrize(
        ("length", "is_one"), [(254, True), (255, False)], ids=["longest", "too long"]
    )
    def test_length(self, length, is_one):
        domain = ("y" * 60 + ".") * 3 + "z" * (length - 247) + ".de"
        mail = "x" * 60 + "@" + domain
        assert len(mail) == length
        assert is_mail(mail) == is_one

    @pytest.mark.parametrize(
        "mail",
        [
            "x" * 65 + "@jena.de",
            "daten@" + "x" * 64 + ".de",
            "daten@jena-.de",
            "daten@jena..de",
            "daten@jena.d",
            "daten@jena.d3",
            "da ten@jena.de",
            "daten@@jena.de",
            "(daten)@jena.de",
        ],
    )
    def test_none(self, mail):
        assert not is_mail(mail)

    @pytest.mark.parametrize(
        "mail",
        [
            "x" * 64 + "@jena.de",
            "daten@" + "x" * 63 + ".de",
            "daten@a.b.c.jena.de",
            "DATEN@JENA.DE",
            "daten@x.de",
            "daten@fd-umwelt.museum",
        ],
    )
    def test_one(self, mail):
        assert is_mail(mail)

    @pytest.mark.parametrize(
        "mail",
        [
            "erika.mustermann@jena.de",
            "Erika.Mustermann@jena.de",
            "anna-lena.mueller-luedenscheidt@jena.de",
            "jo.li@jena.de",
            "renate.stabel@jena.de",
        ],
    )
    def test_of_a_person(self, mail):
        assert is_personal_mail(mail)

    @pytest.mark.parametrize(
        "mail",
        [
            "daten@jena.de",
            "e.mustermann@jena.de",
            "erika.m@jena.de",
            "erika.mustermann2@jena.de",
            "erika.eva.mustermann@jena.de",
            "abteilung.planung@jena.de",
            "Team.Umwelt@jena.de",
            "fachdienst.bauen@jena.de",
            "amt.drei@jena.de",
            "gis.jena@jena.de",
            "werk.nord@jena.de",
            "nord.werk@jena.de",
            "kommunal-service.nord@jena.de",
        ],
    )
    def test_of_a_function(self, mail):
        assert not is_personal_mail(mail)

    def test_what_stands_behind_the_at_does_not_matter(self):
        assert is_personal_mail("erika.mustermann@team.jena.de")
        assert not is_personal_mail("daten@erika.mustermann")

    def test_warning_names_it(self, checked):
        (found,) = checked(restricted(data_steward_email="erika.mustermann@example.org"))
        assert (found.rule, found.severity, found.field) == ("R2", "warning", "data_steward_email")

    def test_one_that_is_too_long_is_only_too_long(self, errors):
        assert errors(restricted(data_steward_email="x" * 5_001)) == {"value_long"}
        assert errors(restricted(data_steward_email="x" * 5_000)) == {"value_mail"}


class TestLists:
    def test_longest(self, checked):
        """Twenty entries are looked at; the rest is only said to be too much."""
        for field, entry, code in (
            ("legal_basis", "x", "value_basis"),
            ("permission", "x", "value_permission"),
            ("hvd_category", "x", "value_choice"),
        ):
            for number in (19, 20, 21, 30):
                entries = [f"{entry}{index}" for index in range(number)]
                found = checked(opened(**{field: entries}))
                assert sum(one.code == code for one in found) == min(number, 20)
                many = [one for one in found if one.code == "value_many"]
                expected = number > 20 and field != "hvd_category"
                assert bool(many) == expected
                assert all((one.field, one.params["limit"]) == (field, 20) for one in many)

    @pytest.mark.parametrize("field", ["personal_data", "derivative_status"])
    def test_choices_are_named(self, field, checked, words):
        known = {
            "personal_data": words.personal_data,
            "derivative_status": words.derivative_statuses,
        }
        (found,) = checked(opened(**{field: "x"}))
        assert found.params["choices"] == list(known[field])

    def test_categories_are_named(self, checked, words):
        (found,) = checked(opened(hvd_category=["x", GEOSPATIAL]))
        known = sorted(one.uri for one in words.hvd_categories.values())
        assert (found.params["value"], found.params["choices"]) == ("x", known)

    @pytest.mark.parametrize("key", [" openness ", "openness\n"])
    def test_extras_are_the_same_with_blanks(self, key, checked):
        extras = [{"key": key, "value": "x"}, {"key": "openness", "value": "y"}]
        (found,) = checked(opened(extras=extras))
        assert found.params["extra"] == "openness"

    def test_extras_given_as_a_tuple(self, errors):
        assert errors(opened(extras=({"key": "openness", "value": "x"},))) == {"value_extra"}

    @pytest.mark.parametrize("resources", ["", None, [], ()])
    def test_no_resources(self, resources, errors):
        assert errors(opened(resources=resources)) == set()

    def test_resources_given_as_a_tuple(self, checked):
        found = checked(opened(resources=(resource(), resource(id="r2", openness="geheim"))))
        assert [(one.code, one.resource) for one in found] == [("value_level", 1)]


class TestPermission:
    def test_everything_wrong_is_said_at_once(self, checked):
        dataset = opened(permission=[{"id": "einwilligung", "until": "bald"}])
        assert [one.code for one in checked(dataset)] == ["value_reference", "value_date"]

    def test_end_that_cannot_be_read_is_not_missing(self, errors):
        assert errors(opened(permission=[{**PROCESSING, "until": "bald"}])) == {"value_date"}

    def test_end_is_asked_for_where_it_is_needed(self, checked):
        (found,) = checked(opened(permission=[{**PROCESSING, "until": ""}]))
        assert (found.code, found.params["permission"]) == ("value_until", "auftragsverarbeitung")

    @pytest.mark.parametrize(("until", "codes"), [("2026-11-21", ["R3a_over"]), ("2026-11-22", [])])
    def test_over(self, until, codes, checked):
        found = checked(restricted(permission=[{**CONSENT, "until": until}]))
        assert [one.code for one in found] == codes


class TestLicenceWhenOpen:
    @pytest.mark.parametrize("licence", ["", "notspecified", "cc-zero", "dl-de-by-2.0"])
    def test_known_or_unsaid(self, licence, checked):
        assert checked(restricted(licence_when_open=licence)) == []

    def test_unknown(self, checked):
        (found,) = checked(restricted(licence_when_open="eigene"))
        assert (found.rule, found.code, found.severity) == ("R6", "R6_unknown", "warning")
        assert (found.field, found.params["value"]) == ("licence_when_open", "eigene")


def test_what_cannot_be_read_is_said_first(checked):
    found = checked(restricted(restriction_reason="", legal_basis=[SECRET, "x"], ends_when=5))
    assert [one.code for one in found] == ["value_basis", "value_text", "R2_reason"]
