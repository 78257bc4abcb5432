from __future__ import annotations

from datetime import date

import pytest

from ckanext.jena_governance.policy import Finding, check, date_label, render
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.examples import EXAMPLES, RAISED_ELSEWHERE, example


def finding_of(code, words) -> Finding:
    dataset, facts = example(code)
    found = check(dataset, facts, words, samples.TODAY)
    return next(finding for finding in found if finding.code == code)


def test_every_message_has_an_example(words):
    assert set(EXAMPLES) | RAISED_ELSEWHERE == set(words.messages)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("code", EXAMPLES)
def test_message_is_complete(code, lang, words):
    finding = finding_of(code, words)
    text = render(finding, lang, words)
    assert text.endswith(f" ({finding.rule})")
    assert len(text) > 20
    for leftover in ("{", "}", "()", "„“", '""', "None", " ,", ": .", ": ("):
        assert leftover not in text.removesuffix(f"({finding.rule})"), text


@pytest.mark.parametrize("code", EXAMPLES)
def test_languages_differ(code, words):
    finding = finding_of(code, words)
    assert render(finding, "de", words) != render(finding, "en", words)


@pytest.mark.parametrize(
    ("code", "de", "en"),
    [
        ("R2_review", "22.11.2028", "22 November 2028"),
        (
            "R3a_permission",
            "„Geschäftsgeheimnis“ (§§ 2, 4 GeschGehG)",
            '"Trade secret" (§§ 2, 4 Ges',
        ),
        ("R3a_permission", "Möglich: Auf Anfrage, Geschlossen.", "Possible: On request, Closed."),
        ("R3a_permission", "Einwilligung der Betroffenen", "Consent of the persons"),
        ("R4", "Umweltamt (Stadtverwaltung)", "Umweltamt (City administration)"),
        ("R4", "Beschäftigtendaten öffentlicher Stellen", "Employee data of public bodies"),
        ("R6_open", "Datenlizenz Deutschland Namensnennung 2.0", "Data licence Germany"),
        ("R10", "Die Datei „baeume.csv“", 'The file "baeume.csv"'),
        ("R12", "Datei „baeume.csv“: Dateien mit", 'File "baeume.csv": Files under'),
        ("value_extra", "„Wie offen sind die Daten?“", '"How open are the data?"'),
        ("value_level", "„geheim“ kennen wir nicht", 'We do not know "geheim"'),
    ],
)
def test_message_names_what_it_is_about(code, de, en, words):
    finding = finding_of(code, words)
    assert de in render(finding, "de", words)
    assert en in render(finding, "en", words)


@pytest.mark.parametrize(
    ("lang", "spoken"),
    [
        *[("de", "de"), ("de_AT", "de"), ("de-DE", "de"), ("DE", "de")],
        *[("en", "en"), ("en_GB", "en"), ("en-US", "en")],
        *[("fr", "de"), ("", "de"), ("xx_YY", "de")],
    ],
)
def test_language(lang, spoken, words):
    finding = finding_of("R2_reason", words)
    assert render(finding, lang, words) == render(finding, spoken, words)


def test_braces_in_a_value_are_not_filled_in(words):
    finding = Finding(
        rule="value",
        code="value_level",
        severity="error",
        field="openness",
        params={"value": "{basis} {0} {value.__class__}"},
    )
    assert "{basis} {0} {value.__class__}" in render(finding, "en", words)


def test_a_finding_without_message_still_says_something(words):
    finding = Finding(rule="R99", code="R99_new", severity="error", field="openness")
    assert render(finding, "de", words) == "R99_new (R99)"


def test_what_is_missing_leaves_no_braces(words):
    finding = Finding(rule="R4", code="R4", severity="error", field="legal_basis")
    assert "{" not in render(finding, "de", words)


def test_resource_without_a_name_is_named_by_position(words):
    dataset = samples.opened(resources=[samples.resource(name="", openness="closed")])
    found = check(dataset, samples.facts(), words, samples.TODAY)
    finding = next(finding for finding in found if finding.code == "R10")
    assert "„#1“" in render(finding, "de", words)


def test_typed_values_are_short_and_printable(words):
    dataset = samples.opened(openness="x\x07" + "y" * 500)
    finding = check(dataset, samples.facts(), words, samples.TODAY)[0]
    text = render(finding, "en", words)
    assert "\x07" not in text
    assert len(text) < 200


def test_dates_of_one_digit(words):
    finding = Finding(
        rule="R2",
        code="R2_review",
        severity="error",
        field="review_date",
        params={"max_date": date(2027, 3, 1)},
    )
    assert "01.03.2027" in render(finding, "de", words)
    assert "1 March 2027" in render(finding, "en", words)


@pytest.mark.parametrize("value", [{"a": 1}, {1}, 5, True])
def test_what_has_no_name_is_shown_as_it_is(value, words):
    finding = Finding(
        rule="value", code="value_level", severity="error", field="openness",
        params={"value": value, "level": value, "basis": value},
    )  # fmt: skip
    assert str(value) in render(finding, "de", words)


@pytest.mark.parametrize(("lang", "start"), [("de", "Datei „a“: "), ("en", 'File "a": ')])
def test_a_file_is_named_once(lang, start, words):
    for code, message in words.messages.items():
        finding = Finding(
            rule="x", code=code, severity="error", field="y", params={"resource": "a"}
        )
        names_it = "{resource}" in message.label(lang)
        assert render(finding, lang, words).startswith(start) is not names_it


def test_every_month():
    months = [date_label(date(2027, month, 1), "en") for month in range(1, 13)]
    assert months == [
        *("1 January 2027", "1 February 2027", "1 March 2027", "1 April 2027"),
        *("1 May 2027", "1 June 2027", "1 July 2027", "1 August 2027"),
        *("1 September 2027", "1 October 2027", "1 November 2027", "1 December 2027"),
    ]
    assert date_label(date(2027, 3, 9), "de") == "09.03.2027"
