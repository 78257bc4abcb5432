"""What waits for a second person: taken out of a write, put back, and remembered (R11)."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.jena_governance.policy import loosening
from ckanext.jena_governance.tests.policy.samples import resource, restricted

WORKS = "urhg-werke-dritter"
PERSONS = "dsgvo-personenbezug"
PERMISSION = {"id": "einwilligung", "reference": "vom 1. März 2026"}

FREE_TEXTS = (
    "restriction_reason",
    "stricter_reason",
    "ends_when",
    "data_steward",
    "data_steward_email",
    "open_derivative",
    "derivative_note",
)


@pytest.mark.parametrize(
    ("before", "submitted", "held", "taken"),
    [
        # What is stored takes the place of what is submitted.
        ({"openness": "request"}, {"openness": "open"}, {"openness": "request"}, {"openness": "open"}),
        ({}, {"openness": "open"}, {}, {"openness": "open"}),
        ({"openness": "request"}, {"openness": ""}, {"openness": "request"}, {"openness": ""}),
        ({"owner_org": "a"}, {"owner_org": "b"}, {"owner_org": "a"}, {"owner_org": "b"}),
        ({"opens_on": "2027-01-01"}, {"opens_on": None}, {"opens_on": "2027-01-01"}, {"opens_on": None}),
        (
            {"permission": []},
            {"permission": [PERMISSION]},
            {"permission": []},
            {"permission": [PERMISSION]},
        ),
        # What is missing stays as it is stored, and is no change.
        ({"openness": "request"}, {}, {"openness": "request"}, None),
        ({}, {}, {}, None),
        # Written otherwise it is the same.
        ({"legal_basis": [WORKS]}, {"legal_basis": f'["{WORKS}"]'}, {"legal_basis": f'["{WORKS}"]'}, None),
        # The rest of the write is not ours.
        ({"title": "a"}, {"title": "b"}, {"title": "b"}, None),
        ({"license_id": "a"}, {"license_id": "b"}, {"license_id": "b"}, None),
        ({"licence_when_open": "a"}, {"licence_when_open": ""}, {"licence_when_open": ""}, None),
        # Private follows the visibility of the metadata: held, but not noted.
        ({"private": True}, {"private": False}, {"private": True}, None),
        (
            {"private": True, "metadata_visibility": "group"},
            {"private": False, "metadata_visibility": "public"},
            {"private": True, "metadata_visibility": "group"},
            {"metadata_visibility": "public"},
        ),
    ],
)  # fmt: skip
def test_a_dataset(before, submitted, held, taken):
    assert loosening.hold(before, submitted) == (held, {"": taken} if taken else {})


@pytest.mark.parametrize("field", FREE_TEXTS)
def test_free_texts_stay_in_the_write_unless_emptied(field):
    before, after = {field: "alt"}, {field: "neu"}
    assert loosening.hold(before, after) == ({field: "neu"}, {})
    assert loosening.hold({}, after) == ({field: "neu"}, {})
    assert loosening.hold(before, {field: " "}) == ({field: "alt"}, {"": {field: " "}})


def test_one_field_does_not_stand_in_the_way_of_another():
    decisive = {"openness": "x", "legal_basis": ["x"], "owner_org": "x", "review_date": "x"}
    for stored in ({}, dict.fromkeys(FREE_TEXTS, "alt")):
        told = dict.fromkeys(FREE_TEXTS, "neu")
        assert loosening.hold(stored, {**told, **decisive}) == (told, {"": decisive})


def test_these_are_the_free_texts():
    assert frozenset(FREE_TEXTS) == loosening.FREE_TEXTS


@pytest.mark.parametrize(
    ("stored", "submitted", "held", "taken"),
    [
        (
            {"id": "r1", "openness": "closed", "legal_basis": [PERSONS]},
            {"id": "r1", "openness": "open", "legal_basis": [], "name": "neu"},
            {"id": "r1", "openness": "closed", "legal_basis": [PERSONS], "name": "neu"},
            {"openness": "open", "legal_basis": []},
        ),
        ({"id": "r1"}, {"id": "r1", "license": "x"}, {"id": "r1"}, {"license": "x"}),
        ({"id": "r1", "openness": "closed"}, {"id": "r1"}, {"id": "r1", "openness": "closed"}, None),
        # Fields of datasets mean nothing here.
        ({"id": "r1"}, {"id": "r1", "owner_org": "x"}, {"id": "r1", "owner_org": "x"}, None),
        # New ones, and those without an id, are none of those stored.
        ({"id": "r1"}, {"id": "r2", "openness": "open"}, {"id": "r2", "openness": "open"}, None),
        ({"id": ""}, {"id": "", "openness": "open"}, {"id": "", "openness": "open"}, None),
        ({"id": None}, {"openness": "open"}, {"openness": "open"}, None),
        ({"id": 1}, {"id": 1, "openness": "open"}, {"id": 1, "openness": "open"}, None),
    ],
)  # fmt: skip
def test_a_resource(stored, submitted, held, taken):
    whole = loosening.hold({"resources": [stored]}, {"resources": [submitted]})
    assert whole == ({"resources": [held]}, {"r1": taken} if taken else {})


def test_blanks_around_an_id_make_no_other_resource():
    stored = {"resources": [{"id": "r1", "openness": "closed"}]}
    held, taken = loosening.hold(stored, {"resources": [{"id": " r1 ", "openness": "open"}]})
    assert held == {"resources": [{"id": " r1 ", "openness": "closed"}]}
    assert taken == {"r1": {"openness": "open"}}


def test_each_part_under_its_id():
    before = restricted(resources=[resource(), resource(id="r2", openness="closed")])
    after = restricted(
        openness="group",
        resources=[resource(openness="open"), resource(id="r2"), resource(id="r3")],
    )
    held, taken = loosening.hold(before, after)
    assert taken == {"": {"openness": "group"}, "r1": {"openness": "open"}}
    parts = [resource(), resource(id="r2", openness="closed"), resource(id="r3")]
    assert held == restricted(resources=parts)
    assert after["openness"] == "group"
    assert after["resources"][0]["openness"] == "open"


def test_what_was_taken_out_is_put_back():
    stored = {"id": "d1", "openness": "closed", "resources": [{"id": "r1"}, {"id": "r2"}, {}]}
    bases = [WORKS]
    taken = {"": {"openness": "open"}, "r2": {"legal_basis": bases}, "gone": {"openness": "open"}}
    whole = loosening.apply(stored, taken)
    assert whole == {
        "id": "d1",
        "openness": "open",
        "resources": [{"id": "r1"}, {"id": "r2", "legal_basis": [WORKS]}, {}],
    }
    assert stored == {
        "id": "d1",
        "openness": "closed",
        "resources": [{"id": "r1"}, {"id": "r2"}, {}],
    }
    whole["resources"][1]["legal_basis"].append(PERSONS)
    assert bases == [WORKS]


@pytest.mark.parametrize(
    "parts", [{}, {"": {}}, {"r1": {}}, {"None": {}}, {"XX": {"openness": "open"}}]
)
def test_nothing_to_put_back(parts):
    stored = {"openness": "closed", "resources": [{"id": "r1"}, {"openness": "closed"}]}
    assert loosening.apply(stored, parts) == stored


def test_what_is_put_back_is_a_copy():
    notes = [PERMISSION]
    whole = loosening.apply({}, {"": {"permission": notes}})
    whole["permission"].append("x")
    assert notes == [PERMISSION]


def test_a_snapshot_has_what_decides():
    told = restricted(
        opens_on=date(2027, 6, 1),
        permission=[PERMISSION],
        licence_when_open="cc-by",
        owning_entity=" org-2 ",
        personal_data="",
        resources=[
            resource(openness="closed", license="x", restriction_reason="Grund", owner_org="o"),
            resource(id="r2"),
            resource(id=""),
            {"openness": "open"},
        ],
    )
    assert loosening.snapshot(told) == {
        "": {
            "derivative_status": "none",
            "legal_basis": ["geschgehg-geschaeftsgeheimnis"],
            "openness": "request",
            "opens_on": "2027-06-01",
            "owner_org": "org-1",
            "owning_entity": "org-2",
            "permission": [PERMISSION],
            "review_date": "2026-12-20",
        },
        "r1": {"license": "x", "openness": "closed"},
        "r2": {},
    }
    assert list(loosening.snapshot(told)[""]) == sorted(loosening.snapshot(told)[""])


def test_a_snapshot_of_nothing():
    assert loosening.snapshot({}) == {"": {}}
