"""Bad input: what cannot be read is said at its field, and never breaks anything."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from ckanext.jena_governance.policy import DATASET_FIELDS
from ckanext.jena_governance.tests.policy.examples import SECRET
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    GEOSPATIAL,
    opened,
    resource,
    restricted,
)

TEXTS = (
    "restriction_reason",
    "stricter_reason",
    "ends_when",
    "data_steward",
    "open_derivative",
    "derivative_note",
    "licence_when_open",
)
WRONG = [["a"], {"a": "b"}, 5, True, 1.5, [[]]]


@pytest.mark.parametrize("value", ["geheim", "OPEN", "öffentlich", "0", ["open"], {}, 5, True, "?"])
def test_unknown_level(value, checked):
    found = [one for one in checked(opened(openness=value)) if one.severity == "error"]
    assert [(one.code, one.field) for one in found] == [("value_level", "openness")]


@pytest.mark.parametrize("value", ["geheim", ["closed"], 5])
def test_unknown_level_of_a_resource(value, checked):
    (found,) = checked(opened(resources=[resource(id="r0"), resource(openness=value)]))
    assert (found.code, found.field, found.resource) == ("value_level", "openness", 1)


@pytest.mark.parametrize("value", [" open ", "open\n"])
def test_blanks_around_a_level_do_not_matter(value, checked):
    assert checked(opened(openness=value)) == []


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        [SECRET],
        f'["{SECRET}"]',
        [SECRET, SECRET],
        (SECRET,),
        ["", SECRET, None],
        f" {SECRET} ",
    ],
)
def test_ways_to_write_one_basis(value, checked):
    assert checked(restricted(legal_basis=value)) == []


@pytest.mark.parametrize("value", [{"id": SECRET}, 5, True, [5], [[SECRET]], "[", '["a"', "[1]"])
def test_basis_that_is_no_list_of_texts(value, checked):
    found = [one for one in checked(restricted(legal_basis=value)) if one.severity == "error"]
    assert [(one.code, one.field) for one in found] == [("value_list", "legal_basis")]


def test_each_unknown_basis_is_named(checked):
    found = checked(restricted(legal_basis=[SECRET, "a", "b"]))
    assert [one.params["value"] for one in found] == ["a", "b"]


@pytest.mark.parametrize(("number", "is_refused"), [(20, False), (21, True)])
def test_number_of_bases(number, is_refused, errors, words):
    bases = list(words.bases)[:number]
    assert ("value_many" in errors(restricted(legal_basis=bases))) == is_refused


def test_a_million_bases_are_not_looked_at(checked):
    assert len(checked(restricted(legal_basis=["x"] + [str(n) for n in range(100_000)]))) < 30


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize("field", TEXTS)
def test_text_fields(field, value, checked):
    found = [one for one in checked(restricted(**{field: value})) if one.rule == "value"]
    assert [(one.code, one.field) for one in found] == [("value_text", field)]


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize(("length", "is_refused"), [(5_000, False), (5_001, True), (100_000, True)])
def test_length(field, length, is_refused, errors):
    found = errors(restricted(**{field: "x" * length}))
    assert found == ({"value_long"} if is_refused else set())


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE package; --",
        "{{ 7 * 7 }} ${x} %s",
        "Zeile\nZeile\tTab\r\nEnde",
        "„Anführung“ – 日本語 🌳 שלום",
    ],
)
def test_markup_and_all_writings_are_texts(text, errors):
    assert errors(restricted(restriction_reason=text)) == set()


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ud800"])
def test_control_characters(letter, errors):
    assert errors(restricted(restriction_reason=f"a{letter}b")) == {"value_control"}


@pytest.mark.parametrize("field", ["review_date", "opens_on", "publish_by"])
@pytest.mark.parametrize(
    "value",
    [
        "22.11.2027",
        "2027-11-22T00:00:00",
        "2027-11-22T00:00:00+01:00",
        "2027-11-22Z",
        "2027-11",
        "20271122",
        "2027-W47-1",
        "2027-02-29",
        "2027-13-01",
        "0000-01-01",
        "٢٠٢٧-١١-٢٢",
        "morgen",
        20271122,
        ["2027-11-22"],
        True,
        datetime(2027, 11, 22, tzinfo=timezone.utc),
    ],
)
def test_dates(field, value, checked):
    found = [one for one in checked(restricted(**{field: value})) if one.severity == "error"]
    assert [(one.code, one.field) for one in found] == [("value_date", field)]


def test_date_objects(errors):
    assert errors(restricted(review_date=date(2027, 6, 1))) == set()


@pytest.mark.parametrize(
    "mail",
    [
        "daten",
        "daten@",
        "@jena.de",
        "daten@jena",
        "a@jena.de, b@jena.de",
        "<daten@jena.de>",
        "daten@jena.de\nBcc: x@y.de",
        "daten@je na.de",
        "daten@-jena.de",
        "x" * 300 + "@jena.de",
        "mailto:daten@jena.de?subject=x",
    ],
)
def test_mail(mail, errors):
    assert errors(restricted(data_steward_email=mail)) == {"value_mail"}


@pytest.mark.parametrize("mail", ["daten@jena.de", "daten+portal@fd-umwelt.jena.de", "a@bücher.de"])
def test_good_mail(mail, errors):
    assert errors(restricted(data_steward_email=mail)) == set()


@pytest.mark.parametrize("field", ["personal_data", "metadata_visibility", "derivative_status"])
@pytest.mark.parametrize("value", ["vielleicht", "Public", ["none"], {"a": 1}, 3])
def test_choices(field, value, checked):
    found = [one for one in checked(opened(**{field: value})) if one.rule == "value"]
    assert [one.field for one in found] == [field]


@pytest.mark.parametrize("value", [[GEOSPATIAL], GEOSPATIAL, f'["{GEOSPATIAL}"]'])
def test_hvd_category(value, errors):
    assert errors(opened(hvd_category=value)) == set()


@pytest.mark.parametrize("value", ["geospatial", ["http://data.europa.eu/bna/c_00000000"], [5], {}])
def test_unknown_hvd_category(value, errors):
    expected = set() if value == {} else {"value_choice", "value_list"}
    assert bool(errors(opened(hvd_category=value)) & expected) == bool(expected)


@pytest.mark.parametrize(
    "value",
    [
        [CONSENT],
        CONSENT,
        '[{"id": "einwilligung", "reference": "Einwilligung"}]',
        '{"id": "einwilligung", "reference": "Einwilligung"}',
        [{**CONSENT, "until": ""}],
        [{**CONSENT, "until": None}],
    ],
)
def test_ways_to_write_a_permission(value, errors):
    assert errors(opened(personal_data="personal", permission=value)) == set()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (5, "value_list"),
        ("[", "value_list"),
        ("einwilligung", "value_permission"),
        (["einwilligung"], "value_permission"),
        ([{"id": ["einwilligung"]}], "value_permission"),
        ([{"reference": "x"}], "value_permission"),
        ([{"id": "einwilligung", "reference": " "}], "value_reference"),
        ([{"id": "einwilligung", "reference": ["x"]}], "value_text"),
        ([{"id": "einwilligung", "reference": "x" * 5001}], "value_long"),
        ([{**CONSENT, "until": "bald"}], "value_date"),
        ([CONSENT] * 21, "value_many"),
    ],
)
def test_permission(value, code, checked):
    found = [one for one in checked(opened(permission=value)) if one.severity == "error"]
    assert code in {one.code for one in found}
    assert {(one.rule, one.field) for one in found} == {("value", "permission")}


@pytest.mark.parametrize("field", sorted(DATASET_FIELDS))
def test_extras_do_not_repeat_our_fields(field, checked):
    found = checked(opened(extras=[{"key": "spatial", "value": "x"}, {"key": field, "value": "x"}]))
    assert [(one.code, one.field, one.params["extra"]) for one in found] == [
        ("value_extra", "extras", field)
    ]


@pytest.mark.parametrize("extras", [[], None, "x", [None], [{"key": 5}], {"key": "openness"}])
def test_odd_extras(extras, checked):
    assert checked(opened(extras=extras)) == []


@pytest.mark.parametrize("resources", ["x", 5, {"url": "x"}])
def test_resources_that_are_no_list(resources, errors):
    assert errors(opened(resources=resources)) == {"value_list"}


@pytest.mark.parametrize("dataset", [None, "text", 5, [], [{}]])
def test_no_dataset_at_all(dataset, errors):
    assert errors(dataset) == {"value_dataset"}


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize("field", ["restriction_reason", "license"])
def test_text_fields_of_resources(field, value, checked):
    found = checked(opened(resources=[resource(**{field: value})]))
    assert ("value_text", field, 0) in {(one.code, one.field, one.resource) for one in found}


def test_huge_numbers_and_deep_nesting(checked):
    deep = "[" * 100_000
    checked(opened(legal_basis=deep, permission=deep, hvd_category=deep))
    checked(opened(openness=float("nan"), size=float("nan"), permission=float("inf")))
    checked(opened(openness=10**5000, review_date=10**5000, legal_basis=[10**5000]))
