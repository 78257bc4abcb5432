"""The small readings that everything else rests on, one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from ckanext.jena_governance.policy import (
    Licence,
    contract,
    licence_of,
    licences,
    permissions,
    reviewing,
    values,
    vocabulary,
)
from ckanext.jena_governance.tests.policy.samples import CONSENT, TODAY

NAMELESS = SimpleNamespace(filename="")
NAMED = SimpleNamespace(filename="a.csv")


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (values.is_blank, None, True),
        (values.is_blank, "", True),
        (values.is_blank, " \n", True),
        (values.is_blank, [], True),
        (values.is_blank, (), True),
        (values.is_blank, {}, True),
        (values.is_blank, [""], False),
        (values.is_blank, 0, False),
        (values.is_blank, False, False),
        (values.truth, " True ", True),
        (values.truth, "on", True),
        *((values.truth, word, True) for word in ("true", "yes", "t", "y", "1")),
        (values.truth, "off", False),
        (values.truth, "", False),
        (values.truth, True, True),
        (values.truth, 1, True),
        (values.truth, 0, False),
        (values.truth, None, False),
        (values.truth, [1], False),
        (values.truth, 1.0, False),
        (values.ids, '["a", "", null, "b", " a "]', ["a", "b"]),
        (values.ids, ("a", None), ["a"]),
        (values.ids, "a", ["a"]),
        (values.ids, ["a", 5], None),
        (values.ids, {"a": 1}, None),
        (values.ids, "[1", None),
        (values.resources_of, {"resources": ({"id": "a"}, 5)}, [{"id": "a"}, {}]),
        (values.resources_of, {"resources": [{"id": "a"}]}, [{"id": "a"}]),
        (values.resources_of, {"resources": {"id": "a"}}, []),
        (values.resources_of, {}, []),
        (values.is_empty, {"size": 0}, True),
        (values.is_empty, {"size": 0.0}, True),
        (values.is_empty, {"size": " 0 "}, True),
        (values.is_empty, {"size": 1}, False),
        (values.is_empty, {"size": "00"}, False),
        (values.is_empty, {"size": Decimal(0)}, False),
        (values.is_empty, {"size": None}, False),
        (values.is_empty, {}, False),
        (values.has_data, {"url": "x"}, True),
        (values.has_data, {"url": " "}, False),
        (values.has_data, {"upload": "x"}, True),
        (values.has_data, {"upload": " "}, False),
        (values.has_data, {"upload": None}, False),
        (values.has_data, {"upload": False}, False),
        (values.has_data, {"upload": True}, True),
        (values.has_data, {"upload": NAMELESS}, False),
        (values.has_data, {"upload": NAMED}, True),
        (values.has_data, {"upload": object()}, True),
        (values.has_data, {"datastore_active": "true"}, True),
        (values.has_data, {"datastore_active": False}, False),
        (values.has_data, {}, False),
        (permissions.entries_of, MappingProxyType({"id": "x"}), [{"id": "x"}]),
        (licences.is_unsaid, " NotSpecified ", True),
        (licences.is_unsaid, "License not specified", True),
        (licences.is_unsaid, "Licence Not Specified", True),
        (licences.is_unsaid, None, True),
        (licences.is_unsaid, 5, False),
    ],
)  # fmt: skip
def test_reading(read: Callable[[Any], object], value: object, expected: object):
    assert read(value) == expected
    assert type(read(value)) is type(expected)


@pytest.mark.parametrize(
    ("data", "known", "unknown"),
    [
        ({}, [], ()),
        ({"legal_basis": ["urhg-werke-dritter", "x"]}, ["urhg-werke-dritter"], ("x",)),
        ({"legal_basis": 5}, [], ("?",)),
        ({"legal_basis": [f"b{n}" for n in range(21)]}, [], tuple(f"b{n}" for n in range(20))),
    ],
)
def test_bases(data, known, unknown, words):
    named = values.bases_named(data, words)
    assert [basis.id for basis in named.known] == known
    assert named.unknown == unknown
    assert bool(named) is bool(known or unknown)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("de", "de"), ("de_AT", "de"), ("en-GB", "en"), ("EN", "en"), ("En_US", "en"), ("fr", "de"),
     ("", "de")],
)  # fmt: skip
def test_language(lang, expected):
    assert vocabulary.language_of(lang) == expected


@pytest.mark.parametrize(
    ("lang", "de", "en", "expected"),
    [("de", "a", "b", "a"), ("en", "a", "b", "b"), ("en", "a", None, "a"), ("de", "", "b", "b"),
     ("de", None, None, ""), ("en", "", None, "")],
)  # fmt: skip
def test_in_language(lang, de, en, expected):
    assert vocabulary.in_language(lang, de, en) == expected


def test_every_text_in_each_language():
    card = vocabulary.Card(
        id="x",
        **{
            f"{name}_{lang}": f"{name} {lang}"
            for name in ("label", "text", "reason", "ends")
            for lang in ("de", "en")
        },
    )
    message = vocabulary.Message(id="x", de="de", en="en", hint_de="hint de", hint_en="hint en")
    for lang in ("de", "en"):
        assert card.label(lang) == f"label {lang}"
        assert card.text(lang) == f"text {lang}"
        assert card.reason(lang) == f"reason {lang}"
        assert card.ends(lang) == f"ends {lang}"
        assert message.label(lang) == lang
        assert message.hint(lang) == f"hint {lang}"


def test_what_may_be_left_out(words):
    plain = vocabulary.Choice(id="x", label_de="a", label_en="b")
    assert (plain.text("de"), plain.text("en")) == ("", "")
    card = vocabulary.Card(id="x", label_de="a", label_en="b")
    assert (card.reason("de"), card.reason("en"), card.ends("de"), card.ends("en")) == ("",) * 4
    assert (card.categories, card.goto, card.likely) == ((), None, ())
    told = {field.name: getattr(words, field.name) for field in fields(words)}
    optional = ("explanations", "derivative_reasons", "rules", "access_rules", "eu_terms")
    bare = vocabulary.Vocabulary(**{name: told[name] for name in told if name not in optional})
    assert [getattr(bare, name) for name in optional] == [{}] * len(optional)


LICENCE = Licence(
    id="our-id",
    code="OUR-CODE",
    uri="https://example.org/our-uri",
    title_de="Unser Name",
    title_en="Our title",
    text_url="https://example.org/our-text",
    open=True,
    recommended_by_govdata=False,
    attribution_required=False,
    hvd_suitable=False,
    spdx="OURS-1.0",
    legacy_uris=("http://example.org/former",),
    aliases=("alias-of-ours",),
)


@pytest.mark.parametrize(
    "said",
    [
        "our-id",
        "our code",
        "https://EXAMPLE.org/Our-URI/",
        "unser name",
        "OUR TITLE",
        "Öur títle",
        "http://www.example.org/our-text/legalcode",
        "HTTPS://WWW.example.org/our-text/LEGALCODE",
        "ours 1.0",
        "http://example.org/former",
        "alias-of-ours",
        # Nobody writes so much; what comes after three hundred characters is not read.
        "our-id" + "-" * 300 + "x",
    ],
)
def test_each_name_of_a_licence(said, words):
    for licence in (LICENCE, replace(LICENCE, aliases=("", "x"))):
        known = replace(words, licences={"notspecified": licence})
        expected = None if said == "alias-of-ours" and licence != LICENCE else licence
        assert licence_of(said, known) == expected


@pytest.mark.parametrize("said", [None, "", "notspecified", "-", "our", "our-id" + "-" * 290 + "x"])
def test_no_name_of_a_licence(said, words):
    licence = replace(LICENCE, spdx=None, text_url=None, aliases=("notspecified",))
    assert licence_of(said, replace(words, licences={"x": licence})) is None


KEPT = {"licence_when_open": "kept", "license_id": "own"}


@pytest.mark.parametrize(
    ("dataset", "resource", "expected"),
    [
        ({}, None, None),
        (KEPT, None, "own"),
        ({**KEPT, "openness": "open"}, None, "own"),
        ({**KEPT, "openness": "closed"}, None, "kept"),
        ({**KEPT, "openness": "geheim"}, None, "kept"),
        ({**KEPT, "openness": "closed", "licence_when_open": ""}, None, "own"),
        ({**KEPT, "openness": "closed"}, {"license": "part"}, "part"),
        ({**KEPT, "openness": "closed"}, {"license": "notspecified"}, "kept"),
        (KEPT, {}, "own"),
    ],
)
def test_the_licence_that_holds(dataset, resource, expected):
    assert licences.stated_licence(dataset, resource) == expected


def test_no_permission_lifts_what_none_may_lift(words):
    """Not even to a level that nothing stands against."""
    basis = replace(words.bases["urhg-werke-dritter"], open_with_permission=None)
    granted = permissions.read(list(map(dict, [CONSENT])), words)
    for level in ("open", "closed"):
        assert not permissions.lifted((basis,), level, granted, words)
        assert permissions.fitting((basis,), level, words) == []


@pytest.mark.parametrize(
    ("months", "today", "expected"),
    [
        ([], date(2026, 11, 22), date(2028, 11, 22)),
        ([24, 6, 12], date(2026, 11, 22), date(2027, 5, 22)),
        ([1], date(2026, 12, 31), date(2027, 1, 31)),
        ([1], date(2027, 1, 31), date(2027, 2, 28)),
        ([1], date(2028, 1, 31), date(2028, 2, 29)),
        ([12], date(2026, 12, 1), date(2027, 12, 1)),
        ([12], date(9998, 11, 30), date(9999, 11, 30)),
        ([12], date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_the_latest_review(months, today, expected, words):
    basis = words.bases["urhg-werke-dritter"]
    bases = [replace(basis, max_review_months=number) for number in months]
    assert reviewing.latest_review(bases, today) == expected


def test_a_reference_is_a_text(words):
    for reference in (None, 5, ["x"]):
        (granted,) = permissions.read([{**CONSENT, "reference": reference}], words)
        assert granted.reference == ""
        assert not granted.counts(TODAY)


def test_the_fields_of_the_contract():
    assert {
        *("openness", "personal_data", "metadata_visibility", "derivative_status"),
        *("review_date", "opens_on", "publish_by"),
        *("legal_basis", "permission", "hvd_category"),
        *("restriction_reason", "stricter_reason", "ends_when", "data_steward"),
        *("data_steward_email", "owning_entity", "licence_when_open", "open_derivative"),
        "derivative_note",
    } == contract.DATASET_FIELDS
    assert {*contract.TEXT_FIELDS} - contract.DATASET_FIELDS == {"license_id"}
    assert {"openness", "legal_basis", "restriction_reason", "license"} == contract.RESOURCE_FIELDS
    assert {
        *("opening_reason", "if_openness", "opening_pending"),
        *("governance_card", "governance_ground"),
    } == contract.RESERVED_KEYS
    assert {
        *("governance_form", "governance_js", "governance_card", "governance_ground"),
        *("governance_loaded", "first_url", "first_upload", "first_file", "save"),
        *("pkg_name", "_ckan_phase"),
    } == contract.FORM_KEYS
    assert {
        *("openness_effective", "openness_mix", "entity_class", "owning_entity_name"),
        "derived_from",
    } == contract.COMPUTED_FIELDS
    assert contract.DATE_FIELDS == ("review_date", "opens_on", "publish_by")
    assert contract.LIST_FIELDS == ("legal_basis", "permission", "hvd_category")
