"""What must hold for any input, whatever somebody sends."""

from __future__ import annotations

import copy
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy import (
    DATASET_FIELDS,
    LEVELS,
    Facts,
    check,
    complete,
    computed,
    effective_level,
    is_more_closed,
    is_more_open,
    licence_of,
    permitted,
    refusing,
    render,
    settle_licence,
    touched,
    values,
    with_stored_resources,
)
from ckanext.jena_governance.tests.policy.samples import TODAY, entity, restricted

WORDS = vocabularies.load()
RULES = {
    *("R2", "R3a", "R3b", "R3c", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R12", "R13"),
    *("owner", "value"),
}

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4)
    ),
    max_leaves=8,
)

days = st.dates(TODAY - timedelta(days=800), TODAY + timedelta(days=3000))
level_ids = st.sampled_from(LEVELS)
basis_ids = st.sampled_from(sorted(WORDS.bases))
basis_lists = st.lists(basis_ids, max_size=4, unique=True)
permission_lists = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from([*WORDS.permissions, "x"]),
            "reference": st.sampled_from(["", "§ 1"]),
        },
        optional={"until": days.map(str) | st.just("bald")},
    ),
    max_size=3,
)
licences = st.sampled_from([*WORDS.licences, "", "notspecified", "eigene"])

plausible = {
    "openness": level_ids | st.sampled_from(["", "geheim"]),
    "legal_basis": basis_lists | st.lists(st.sampled_from(["x", "y"]), max_size=2),
    "permission": permission_lists,
    "personal_data": st.sampled_from(["", *WORDS.personal_data, "x"]),
    "metadata_visibility": st.sampled_from(["", "public", "group", "x"]),
    "private": st.booleans(),
    "review_date": days.map(str),
    "opens_on": days.map(str),
    "publish_by": days.map(str),
    "derivative_status": st.sampled_from(["", *WORDS.derivative_statuses]),
    "hvd_category": st.lists(st.sampled_from(["http://data.europa.eu/bna/c_ac64a52d", "x"])),
    "license_id": licences,
    "licence_when_open": licences,
    "restriction_reason": st.text(max_size=5),
    "stricter_reason": st.text(max_size=5),
    "data_steward": st.text(max_size=5),
    "data_steward_email": st.sampled_from(["daten@example.org", "x", ""]),
    "ends_when": st.text(max_size=5),
    "owner_org": st.sampled_from(["org-1", "org-2", ""]),
    "owning_entity": st.sampled_from(["org-1", "org-2", ""]),
}
odd = {name: strategy | anything for name, strategy in plausible.items()}


def resources_from(fields):
    part = st.fixed_dictionaries(
        {"id": st.sampled_from(["r1", "r2", "r3"])},
        optional={
            **{name: fields[name] for name in ("openness", "legal_basis", "restriction_reason")},
            "license": fields["license_id"],
            "url": st.sampled_from(["", "https://example.org/a"]),
            "size": st.sampled_from([0, 5, None]),
        },
    )
    return st.lists(part, max_size=3, unique_by=lambda one: one["id"])


datasets = st.fixed_dictionaries({}, optional={**plausible, "resources": resources_from(plausible)})
odd_datasets = st.fixed_dictionaries(
    {}, optional={**odd, "resources": resources_from(odd) | anything, "extras": anything}
)
stored_datasets = st.fixed_dictionaries({}, optional={**odd, "resources": resources_from(odd)})
entities = st.builds(
    entity,
    st.sampled_from([None, *WORDS.entity_classes, "x"]),
    st.sampled_from(["org-1", "org-2"]),
    walled=st.booleans(),
    publishes_for=st.frozensets(st.sampled_from(["org-1", "org-2"])),
)
facts = st.builds(Facts, st.none() | entities, st.none() | entities)


@given(odd_datasets | anything, facts, st.dates())
def test_check_never_raises(dataset, known, today):
    before = copy.deepcopy(dataset)
    found = check(dataset, known, WORDS, today)
    assert repr(dataset) == repr(before)
    for finding in found:
        assert finding.rule in RULES
        assert finding.severity in ("error", "warning", "info")
        assert finding.code in WORDS.messages
        for lang in ("de", "en"):
            assert render(finding, lang, WORDS).endswith(f"({finding.rule})")
    assert len({(one.key(), one.resource) for one in found}) == len(found)


@given(odd_datasets, facts, st.dates())
def test_readings_never_raise(dataset, known, today):
    assert effective_level(dataset, None, WORDS, today) in LEVELS
    shown = computed(dataset, known, WORDS, today)
    assert shown["openness_effective"] in (*LEVELS, "viewable", "announced")
    assert shown["openness_mix"] in ("open", "partly-open", "restricted", "announced")
    settle_licence(dataset, WORDS)


@given(st.lists(basis_ids, min_size=1, max_size=5, unique=True), st.data())
def test_within_the_permitted_levels_never_r3a(bases, data):
    level = data.draw(st.sampled_from(permitted(bases, WORDS).levels))
    permissions = data.draw(permission_lists)
    dataset = restricted(openness=level, legal_basis=bases, permission=permissions)
    found = check(dataset, Facts(None, None), WORDS, TODAY)
    assert not {one.rule for one in found if one.severity == "error"} & {"R3a", "R3b", "R5"}


@given(anything, st.lists(basis_ids, max_size=2), st.dates())
def test_unknown_fails_closed(value, bases, today):
    assume(value is not None and not (isinstance(value, str) and not value.strip()))
    assume(not (isinstance(value, str) and value.strip() in LEVELS))
    dataset = {"openness": value, "legal_basis": bases}
    assert effective_level(dataset, None, WORDS, today) == "closed"
    assert effective_level(dataset, {"url": "x"}, WORDS, today) == "closed"
    assert effective_level({"openness": "open"}, dataset, WORDS, today) == "closed"


@given(level_ids, anything, st.dates())
def test_unknown_basis_fails_closed(level, value, today):
    assume(not values.is_blank(value) and values.items(value) != [])
    dataset = {"openness": level, "legal_basis": value, "opens_on": "2000-01-01"}
    assert effective_level(dataset, None, WORDS, today) == "closed"


@given(basis_lists, basis_ids)
def test_one_more_basis_never_permits_a_more_open_level(bases, another):
    before, after = permitted(bases, WORDS), permitted([*bases, another], WORDS)
    assert not is_more_open(after.most_open, before.most_open)
    assert not is_more_open(after.most_closed, before.most_closed)
    assert not (before.need_to_know and not after.need_to_know)
    if bases:
        furthest = after.open_with_permission or after.most_open
        assert not is_more_open(furthest, before.open_with_permission or before.most_open)


@given(basis_lists, basis_ids, permission_lists, st.sampled_from(["", *WORDS.personal_data]))
def test_one_more_basis_never_makes_a_level_acceptable(bases, another, permissions, personal):
    def too_open(level, named):
        dataset = restricted(
            openness=level, legal_basis=named, permission=permissions, personal_data=personal
        )
        return "R3a" in {one.rule for one in check(dataset, Facts(None, None), WORDS, TODAY)}

    for level in LEVELS:
        if bases and too_open(level, bases):
            assert too_open(level, [*bases, another])


@given(stored_datasets, facts, st.dates())
def test_nothing_changed_nothing_refused(dataset, known, today):
    stored = complete(None, dataset)
    same = complete(stored, stored)
    found = check(stored, known, WORDS, today)
    assert touched(stored, same) == frozenset()
    assert refusing(check(same, known, WORDS, today), found, touched(stored, same)) == []


@given(st.none() | odd_datasets, odd_datasets, st.booleans())
def test_completing_twice_is_completing_once(stored, submitted, may_loosen):
    before = copy.deepcopy((stored, submitted))
    once = complete(stored, submitted, may_loosen=may_loosen)
    assert repr((stored, submitted)) == repr(before)
    assert repr(complete(stored, once, may_loosen=may_loosen)) == repr(once)
    assert ("resources" in once) == ("resources" in submitted)


@settings(max_examples=150)
@given(datasets | stored_datasets, datasets | stored_datasets, days)
def test_machines_never_loosen(stored, submitted, today):
    result = complete(stored, submitted, may_loosen=False)
    whole = with_stored_resources(stored, result)

    def level(dataset, part=None):
        return effective_level(dataset, part, WORDS, today)

    assert not is_more_open(level(whole), level(stored))
    before = {part["id"]: part for part in stored.get("resources", [])}
    for part in whole.get("resources", []):
        if part["id"] in before:
            assert not is_more_open(level(whole, part), level(stored, before[part["id"]]))


@given(datasets, days)
def test_a_resource_is_never_more_open_than_it_says(dataset, today):
    dataset.pop("opens_on", None)
    for part in dataset.get("resources", []):
        if part.get("openness") in LEVELS:
            level = effective_level(dataset, part, WORDS, today)
            assert not is_more_open(level, part["openness"])


@given(datasets)
def test_time_opens_and_never_closes(dataset):
    dataset.pop("permission", None)  # a permission that ends may take an opening back
    before = effective_level(dataset, None, WORDS, date(2020, 1, 1))
    after = effective_level(dataset, None, WORDS, date(2060, 1, 1))
    assert not is_more_closed(after, before)


@given(st.none() | st.text(max_size=400))
def test_licences_never_raise(value):
    licence_of(value, WORDS, title=value, url=value)


@given(odd_datasets, odd_datasets)
def test_touched_never_raises(stored, dataset):
    fields = touched(stored, dataset)
    assert all(isinstance(field, str) for field in fields)
    assert {field for field in fields if "/" not in field} <= {*dataset, *DATASET_FIELDS}


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_can_be_stored_lawfully(level):
    """Guards the properties above against holding for nothing."""
    by_level = {"group": "thuertg-beratungen", "request": "geschgehg-geschaeftsgeheimnis"}
    basis = by_level.get(level, "ao-steuergeheimnis")
    dataset = restricted(openness=level, legal_basis=[] if level == "open" else [basis])
    if level == "open":
        dataset["license_id"] = "dl-by-de-2.0"
    found = check(dataset, Facts(entity(), entity()), WORDS, TODAY)
    assert [one for one in found if one.severity == "error"] == []
