"""How far several bases together let one climb the ladder."""

from __future__ import annotations

import pytest

from ckanext.jena_governance.policy import LEVELS, is_more_closed, is_more_open, permitted


def test_ladder():
    assert LEVELS == ("open", "group", "request", "closed")
    assert is_more_open("open", "group")
    assert is_more_closed("closed", "request")
    assert not is_more_open("group", "group")
    assert not is_more_closed("group", "group")


def test_unknown_ranks_as_closed():
    assert is_more_open("request", "geheim")
    assert not is_more_closed("closed", "geheim")
    assert not is_more_closed("geheim", "closed")
    assert is_more_closed("geheim", "request")


def test_without_basis_everything_is_open(words):
    limits = permitted([], words)
    assert limits.levels == ("open",)
    assert limits.default == limits.most_open == limits.most_closed == "open"
    assert limits.max_review_months is None
    assert not limits.may_hide
    assert not limits.opens_on
    assert not limits.need_to_know
    assert (limits.sharing, limits.files) == ("agreement", "allowed")


def test_one_basis_is_itself(words):
    for basis in words.bases.values():
        limits = permitted([basis.id], words)
        for column in (
            *("levels", "default", "explain_closed_to", "open_with_permission", "need_to_know"),
            *("sharing", "files", "max_review_months", "opens_on", "may_hide", "hvd_ground"),
        ):
            assert getattr(limits, column) == getattr(basis, column), (basis.id, column)


@pytest.mark.parametrize("bases", [["x"], ["geschgehg-geschaeftsgeheimnis", "x"]])
def test_unknown_basis_permits_nothing(bases, words):
    limits = permitted(bases, words)
    assert limits.levels == ("closed",)
    assert limits.default == "closed"
    assert limits.need_to_know
    assert not limits.opens_on
    assert not limits.may_hide
    # To be looked at as soon as a review can be.
    assert limits.max_review_months == 1
    assert (limits.sharing, limits.files) == ("none", "metadata_only")
    assert limits.open_with_permission is limits.explain_closed_to is None
    assert limits.hvd_ground is None


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        (
            # group..request, explained to closed | request, explained to closed, up to open
            "thuertg-beratungen vertragliche-bindung",
            {
                "levels": ("request",),
                "default": "request",
                "explain_closed_to": "closed",
                "open_with_permission": None,
                "sharing": "norm",
                "max_review_months": 12,
                "opens_on": True,
                "need_to_know": False,
            },
        ),
        (
            # request up to open | request..closed, up to group
            "vertragliche-bindung geschgehg-geschaeftsgeheimnis",
            {
                "levels": ("request", "closed"),
                "open_with_permission": "group",
                "need_to_know": True,
                "max_review_months": 12,
            },
        ),
        (
            # What norms forbid to share weighs more than what they let share one by one.
            "vertragliche-bindung enwg-netzinformation",
            {"sharing": "none", "files": "allowed", "explain_closed_to": "closed"},
        ),
        (
            "thuertg-keine-verfuegungsbefugnis dsgvo-straftaten",
            {"open_with_permission": "request", "files": "metadata_only"},
        ),
        (
            # group..request | closed only
            "thuertg-fiskalische-interessen bstatg-geheimhaltung",
            {
                "levels": ("closed",),
                "default": "closed",
                "sharing": "none",
                "files": "metadata_only",
                "opens_on": False,
            },
        ),
        (
            "kritis-schutzinformation thuertg-oeffentliche-sicherheit",
            {"may_hide": True, "levels": ("request", "closed"), "open_with_permission": "group"},
        ),
        ("kritis-schutzinformation dsgvo-personenbezug", {"may_hide": False}),
        (
            "bodendenkmal-fundstellen artenschutz-fundorte",
            {"hvd_ground": "a-eingeschraenkter-zugang", "levels": ("group", "request")},
        ),
        ("bodendenkmal-fundstellen", {"hvd_ground": None}),
    ],
)
def test_combination(bases, expected, words):
    for order in (bases.split(), bases.split()[::-1]):
        limits = permitted(order, words)
        assert {column: getattr(limits, column) for column in expected} == expected


def test_entries_and_ids_are_the_same(words):
    basis = words.bases["dsgvo-personenbezug"]
    assert permitted([basis], words) == permitted([basis.id], words)
