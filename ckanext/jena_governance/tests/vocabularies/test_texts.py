"""Plain words: for every legal basis and every rule, in both languages."""

from __future__ import annotations

import re

import pytest

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy.access import RULES

WORDS = vocabularies.load()


def test_every_legal_basis_is_explained():
    assert set(WORDS.explanations) == set(WORDS.bases)


@pytest.mark.parametrize("entry", WORDS.explanations.values(), ids=lambda one: one.id)
def test_explanations_are_short_and_plain(entry):
    for text in (entry.de, entry.en):
        assert 20 < len(text) < 220
        assert text.endswith((".", "!"))
        assert not re.search(r"§|Art\.|unzulässig|Versagung|Ablehnung", text)
    assert entry.de != entry.en


def test_every_rule_that_speaks_is_on_the_page():
    spoken = {code.split("_")[0].rstrip("abc") for code in WORDS.messages}
    assert spoken - set(WORDS.rules) == set()


def test_every_answer_of_the_decision_is_on_the_page():
    assert set(WORDS.access_rules) == {*RULES, "sharing"}


@pytest.mark.parametrize("part", ["rules", "access_rules", "eu_terms"])
def test_both_languages(part):
    for entry in getattr(WORDS, part).values():
        assert entry.label("de").strip()
        assert entry.label("en").strip()
        if part != "eu_terms":
            assert entry.text("de").strip()
            assert entry.text("en").strip()


def test_terms_are_addresses_without_a_slash_at_the_end():
    for id_ in WORDS.eu_terms:
        assert id_.startswith("http://")
        assert not id_.endswith("/")
