"""Statements of decisions in words."""

from __future__ import annotations

import inspect
from datetime import date

import pytest

from ckanext.jena_governance.policy import Statement, access, remedies, say
from ckanext.jena_governance.policy.wording import PLACEHOLDER

VALUES = {
    "entity": "Umweltamt",
    "rule": "stadtverbund",
    "title": "Wärmeplanung",
    "date": date(2027, 3, 31),
    "basis": "enwg-netzinformation",
    "licence": "dl-by-de-2.0",
    "a": "Umweltamt",
    "b": "Stadtwerke",
}
WORDS = {"contact": "Datenstelle (daten@example.org)", "title": "Grobfassung"}

# Said by the access layer, around the decision.
SAID_AROUND = {
    *("access_denied", "access_error", "access_why", "access_licence"),
    *("access_viewable", "access_announced", "access_announced_by"),
}


def test_every_code_has_words_and_the_reverse(words):
    """The codes stand as texts in the two modules that decide and advise."""
    sources = [inspect.getsource(module) for module in (access, remedies)]
    for code in set(words.statements) - SAID_AROUND:
        assert any(f'"{code}"' in source for source in sources), code


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_statement_can_be_filled(words, lang):
    for code, entry in words.statements.items():
        wanted = set(PLACEHOLDER.findall(entry.label(lang)))
        values = {name: VALUES[name] for name in wanted & set(VALUES)}
        if "citation" in wanted:
            values["basis"] = VALUES["basis"]
        text = say(Statement(code, values), lang, words, WORDS)
        assert len(text) > 8
        for leftover in ("{", "}", "()", "„“", '""', "None", " ,", ": ."):
            assert leftover not in text, code


@pytest.mark.parametrize(
    ("code", "de", "en"),
    [
        ("access_group", "Umweltamt zum Stadtverbund gehört (Regel st", "Umweltamt is part of the"),
        ("access_agreement", "„Wärmeplanung“, gültig bis 31.03.2027", "valid until 31 March 2027"),
        ("access_wall_basis", "(§§ 6a, 12f EnWG", "allows no transfer"),
        ("access_licence", "Datenlizenz Deutschland Namensnennung", "Data licence Germany"),
        ("remedy_date", "am 31.03.2027 offen", "open on 31 March 2027"),
    ],
)
def test_wording(words, code, de, en):
    if code == "access_wall_basis":
        de = words.bases[VALUES["basis"]].citation
    assert de in say(Statement(code, VALUES), "de", words)
    assert en in say(Statement(code, VALUES), "en_GB", words)


def test_values_are_never_filled_in_again(words):
    text = say(Statement("access_member", {"entity": "{contact} {entity}"}), "de", words, WORDS)
    assert text == "Sie haben Zugang, weil Sie zu {contact} {entity} gehören."


def test_what_the_decision_says_goes_before_what_is_around_it(words):
    text = say(Statement("access_member", {"entity": "Amt"}), "de", words, {"entity": "x"})
    assert "Amt" in text


def test_unknown_code_says_nothing(words):
    assert say(Statement("x"), "de", words) == ""
