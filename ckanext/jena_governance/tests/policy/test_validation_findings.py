"""What cannot be read: the whole finding, with what its message is filled with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ckanext.jena_governance.policy import Finding, Statement, check, permitted, render, say
from ckanext.jena_governance.policy import validation as module
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    TODAY,
    facts,
    opened,
    resource,
    restricted,
)

PART = {"resource": "baeume.csv"}
LONG = "x" * 5001


def told(finding: Finding) -> tuple[str, str, str, str, int | None, dict[str, Any]]:
    params = {name: value for name, value in finding.params.items() if name != "choices"}
    return (
        finding.rule,
        finding.code,
        finding.severity,
        finding.field,
        finding.resource,
        params,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"resources": "x"}, ("value_list", "resources", None, {})),
        ({"resources": [5]}, ("value_resource", "resources", 0, {"resource": "#1"})),
        ({"openness": ["open"]}, ("value_level", "openness", None, {"value": "[…]"})),
        ({"legal_basis": 5}, ("value_list", "legal_basis", None, {})),
        ({"legal_basis": ["x"]}, ("value_basis", "legal_basis", None, {"value": "x"})),
        ({"ends_when": 5}, ("value_text", "ends_when", None, {})),
        ({"ends_when": LONG}, ("value_long", "ends_when", None, {"limit": 5000})),
        ({"ends_when": "a\x00"}, ("value_control", "ends_when", None, {})),
        ({"publish_by": "bald"}, ("value_date", "publish_by", None, {"value": "bald"})),
        ({"personal_data": 5}, ("value_text", "personal_data", None, {})),
        ({"personal_data": "x"}, ("value_choice", "personal_data", None, {"value": "x"})),
        ({"hvd_category": 5}, ("value_list", "hvd_category", None, {})),
        ({"hvd_category": ["x"]}, ("value_choice", "hvd_category", None, {"value": "x"})),
        (
            {"data_steward_email": "x y"},
            ("value_mail", "data_steward_email", None, {"value": "x y"}),
        ),
        (
            {"permission": [{**CONSENT, "until": "bald"}]},
            ("value_date", "permission", None, {"value": "bald"}),
        ),
        (
            {"extras": [{"key": " openness "}]},
            ("value_extra", "extras", None, {"extra": "openness"}),
        ),
        (
            {"resources": [resource(openness="x")]},
            ("value_level", "openness", 0, {"value": "x", **PART}),
        ),
        ({"resources": [resource(legal_basis=5)]}, ("value_list", "legal_basis", 0, PART)),
        (
            {"resources": [resource(legal_basis=["x"])]},
            ("value_basis", "legal_basis", 0, {"value": "x", **PART}),
        ),
        ({"resources": [resource(license=5)]}, ("value_text", "license", 0, PART)),
        (
            {"resources": [resource(restriction_reason=LONG)]},
            ("value_long", "restriction_reason", 0, {"limit": 5000, **PART}),
        ),
    ],
)
def test_errors(changes, expected, words):
    code, field, position, params = expected
    found = check(opened(**changes), facts(), words, TODAY)
    assert ("value", code, "error", field, position, params) in [told(one) for one in found]


def test_a_permission_that_is_over(words):
    over = {**CONSENT, "until": "2026-11-21"}
    found = check(restricted(permission=[over]), facts(), words, TODAY)
    (told_one,) = [one for one in found if one.code == "R3a_over"]
    assert (told_one.rule, told_one.severity, told_one.field) == ("R3a", "warning", "permission")
    assert told_one.params == {"date": TODAY.replace(day=21), "permission": "einwilligung"}


@pytest.mark.parametrize("said", ["", None, 5, "notspecified"])
def test_no_licence_for_the_day_of_opening(said, words):
    found = check(restricted(licence_when_open=said), facts(), words, TODAY)
    assert "R6_unknown" not in {one.code for one in found}


def test_only_the_start_of_a_value_is_looked_at(monkeypatch):
    seen: list[str] = []
    monkeypatch.setattr(module, "is_printable", lambda letter: not seen.append(letter))
    assert module.shown("x" * 1000) == "x" * 80 + "…"
    assert len(seen) == 81


def test_the_stricter_way_of_keeping_files_holds(words):
    basis = words.bases["artenschutz-fundorte"]
    kept = replace(basis, files="metadata_only")
    given = replace(basis, files="allowed")
    assert permitted([kept, given], words).files == "metadata_only"
    assert permitted([given, kept], words).files == "metadata_only"
    assert permitted([given], words).files == "allowed"


def test_one_basis_that_no_permission_opens_is_enough(words):
    basis = words.bases["artenschutz-fundorte"]
    never = replace(basis, open_with_permission=None)
    ever = replace(basis, open_with_permission="open")
    assert permitted([ever, ever], words).open_with_permission == "open"
    assert permitted([never, ever], words).open_with_permission is None
    assert permitted([ever, never], words).open_with_permission is None


TEMPLATES = {"de": "[{contact}|{basis}|{citation}|{date}|{nothing}]", "en": "x"}


def test_a_statement_is_filled_with_what_is_known(words):
    entry = replace(next(iter(words.statements.values())), **TEMPLATES)
    own = replace(words, statements={"x": entry})
    known = {"contact": "Stelle", "citation": "falsch", "date": "bald"}
    basis = words.bases["urhg-werke-dritter"]
    values = {"basis": basis.id, "date": None}
    filled = f"[Stelle|{basis.label_de}|{basis.citation}|bald|]"
    assert say(Statement("x", values), "de", own, known) == filled
    assert say(Statement("x", {}), "de", own) == "[||||]"
    assert say(Statement("y", {}), "de", own) == ""


def test_a_message_is_filled_with_what_is_known(words):
    entry = replace(
        next(iter(words.messages.values())), de="[{level}|{citation}|{class}|{nothing}]"
    )
    own = replace(words, messages={"x": entry})
    finding = Finding(rule="R", code="x", severity="error", field="openness")
    assert render(finding, "de", own) == "[|||] (R)"
    levels = replace(finding, params={"level": ("open", "closed"), "entity_class": "core"})
    labels = f"{words.levels['open'].label_de}, {words.levels['closed'].label_de}"
    core = words.entity_classes["core"].label_de
    assert render(levels, "de", own) == f"[{labels}||{core}|] (R)"


def test_findings_are_told_apart_by_what_they_name():
    finding = Finding(rule="R", code="x", severity="error", field="f")
    assert finding.key() == ("R", "x", "f", None, *[""] * (len(finding.key()) - 4))
