"""Which legal bases a form proposes: all of a card, the likeliest first."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.jena_governance.policy import LOCK, Vocabulary, latest_review, suggesting


def test_every_basis_stands_on_its_card_once(words: Vocabulary) -> None:
    shown = []
    for card in words.cards.values():
        suggestion = suggesting.suggested(card, words)
        shown += [basis.id for basis in (*suggestion.likely, *suggestion.more)]
    assert sorted([*shown, LOCK]) == sorted(words.bases)


@pytest.mark.parametrize(
    ("card", "first"),
    [
        ("persons", "dsgvo-personenbezug"),
        ("thirdparty", "urhg-werke-dritter"),
        ("security", "kritis-schutzinformation"),
    ],
)
def test_the_likeliest_comes_first(words: Vocabulary, card: str, first: str) -> None:
    suggestion = suggesting.suggested(words.cards[card], words)
    assert suggestion.likely[0].id == first
    assert len(suggestion.likely) <= 6


@pytest.mark.parametrize("entity_class", ["core", "municipal-enterprise", "subsidiary"])
@pytest.mark.parametrize("card", ["persons", "thirdparty", "business", "security", "environment"])
def test_everybody_finds_a_likely_one(words: Vocabulary, card: str, entity_class: str) -> None:
    suggestion = suggesting.suggested(words.cards[card], words)
    assert any(suggesting.fits(basis, entity_class) for basis in suggestion.likely)


def test_cards_without_likely_bases_show_all_at_once(words: Vocabulary) -> None:
    from dataclasses import replace

    card = replace(words.cards["statistics"], likely=())
    suggestion = suggesting.suggested(card, words)
    assert len(suggestion.likely) == 5
    assert suggestion.more == ()


def test_without_a_class_everything_may_fit(words: Vocabulary) -> None:
    basis = words.bases["bdsg-beschaeftigte"]
    assert suggesting.fits(basis, None)
    assert suggesting.fits(basis, "subsidiary")
    assert not suggesting.fits(basis, "core")


def test_cards_of_chosen_bases(words: Vocabulary) -> None:
    named = ["kritis-schutzinformation", "dsgvo-personenbezug", "verschlusssache"]
    assert suggesting.cards_of(words.bases[id_] for id_ in named) == ("security", "persons")


def test_every_card_with_bases_proposes_a_reason(words: Vocabulary) -> None:
    for card in words.cards.values():
        if card.goto is None:
            assert card.reason("de")
            assert card.reason("en")
            assert card.ends("de")
            assert card.ends("en")


def test_the_strictest_basis_sets_the_review(words: Vocabulary) -> None:
    bases = [words.bases[id_] for id_ in ("dsgvo-personenbezug", "thuertg-prozessfuehrung")]
    assert latest_review(bases, date(2026, 8, 31)) == date(2027, 2, 28)
    assert latest_review([], date(2026, 1, 15)) == date(2028, 1, 15)
    assert latest_review([], date(9999, 1, 1)) == date.max
