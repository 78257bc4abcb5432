"""What a body might have meant by a basis that does not bind it (R4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ckanext.jena_governance.policy import check
from ckanext.jena_governance.tests.policy import samples
from ckanext.jena_governance.tests.policy.examples import SECRET
from ckanext.jena_governance.tests.policy.samples import SUBSIDIARY, restricted


@pytest.fixture
def others(words):
    def run(*bases, named=()):
        missed = replace(
            words.bases[SECRET],
            id="missed",
            category="a",
            card="x",
            label_de="Schutz von Betriebsplänen",
            applies_to=(SUBSIDIARY,),
        )
        own = replace(words, bases={one.id: one for one in (missed, *bases)})
        dataset = restricted(legal_basis=["missed", *named])
        found = check(dataset, samples.facts(), own, samples.TODAY)
        return next(one.params["alternatives"] for one in found if one.rule == "R4")

    return run


@pytest.fixture
def basis(words):
    def run(id_, category="b", card="y", label="Anderes", **columns):
        known = words.bases[SECRET]
        told = {"category": category, "card": card, "label_de": label, **columns}
        return replace(known, id=id_, **told)

    return run


def test_of_the_same_category_or_card(others, basis):
    assert others(basis("neither"), basis("card", card="x"), basis("category", category="a")) == [
        "category",
        "card",
    ]


def test_first_one_whose_name_shares_a_word(others, basis):
    assert others(
        basis("near", category="a", card="x"),
        basis("short", category="a", card="x", label="Pläne von Netzen"),
        basis("word", card="x", label="BETRIEBSPLÄNEN gleichgestellt"),
    ) == ["word", "near", "short"]


def test_none_that_cannot_be_meant(others, basis):
    near = {"category": "a", "card": "x"}
    assert others(
        basis("bridge", **near, bridge=True),
        basis("vorlaeufige-sperre", **near),
        basis("already", **near),
        basis("other-class", **near, applies_to=(SUBSIDIARY,)),
        basis("meant", **near),
        named=["already"],
    ) == ["meant"]


def test_five_at_most_in_the_order_of_the_register(others, basis):
    many = [basis(id_, category="a", card="x") for id_ in "zyxwvut"]
    assert others(*many) == ["z", "y", "x", "w", "v"]
