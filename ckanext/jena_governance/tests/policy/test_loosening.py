"""R11: what lets more people see data, against the decision itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jena_governance import vocabularies
from ckanext.jena_governance.policy import (
    Actor,
    Agreement,
    Grant,
    Membership,
    asset_of,
    decide,
    loosening,
    loosenings,
    needs_second,
)
from ckanext.jena_governance.tests.policy.samples import (
    CONSENT,
    TODAY,
    entity,
    resource,
    restricted,
)
from ckanext.jena_governance.tests.policy.test_properties import odd, plausible, resources_from

WORDS = vocabularies.load()
LOCK = "vorlaeufige-sperre"
PERSONS = "dsgvo-personenbezug"
TRADE = "geschgehg-geschaeftsgeheimnis"
WORKS = "urhg-werke-dritter"
PLANTS = "artenschutz-fundorte"
PROCEEDINGS = "thuertg-beratungen"

BY_PERMISSION = {
    "legal_basis": [PROCEEDINGS],
    "opens_on": "2027-06-01",
    "personal_data": "personal",
}


def kinds(before, after, **options) -> list[tuple[str, str | None]]:
    found = loosenings(before, after, WORDS, TODAY, **options)
    return [(one.kind, one.resource) for one in found]


def case(**changes) -> dict:
    return restricted(**{"legal_basis": [WORKS], "owning_entity": "org-1", **changes})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"openness": "open"}, ["level"]),
        ({}, {"openness": "group"}, ["level"]),
        ({"openness": "closed"}, {}, ["level"]),
        ({}, {"openness": "closed"}, []),
        ({}, {"title": "anders", "review_date": "2027-01-01"}, []),
        # A level that cannot be read is closed, so correcting it loosens.
        ({"openness": "geheim"}, {}, ["level"]),
        ({"openness": ""}, {}, ["level"]),
        ({}, {"openness": "geheim"}, []),
        # Bases.
        ({}, {"legal_basis": []}, ["basis"]),
        ({}, {"legal_basis": [PERSONS]}, ["basis"]),
        ({}, {"legal_basis": [WORKS, PERSONS]}, []),
        ({"legal_basis": [WORKS, PERSONS]}, {}, ["basis"]),
        ({"openness": "closed", "legal_basis": [PERSONS]}, {"openness": "closed"}, ["basis"]),
        ({"legal_basis": f'["{WORKS}"]'}, {}, []),
        # Where data are or become open, that is what is said.
        ({"openness": "open", "legal_basis": [PERSONS]}, {"openness": "open"}, []),
        ({"openness": "open", "legal_basis": [PERSONS]}, {}, []),
        ({}, {"openness": "open", "legal_basis": []}, ["level"]),
        # The lock closes whatever the level says.
        ({"legal_basis": [LOCK, WORKS]}, {}, ["level", "lock"]),
        ({"legal_basis": [LOCK], "openness": "closed"}, {"openness": "closed"}, ["lock"]),
        ({"legal_basis": [LOCK]}, {"legal_basis": [LOCK, WORKS]}, []),
        # Days: only where the basis lets the data open by themselves.
        (
            {"legal_basis": [PROCEEDINGS]},
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-06-01"},
            ["opens_on"],
        ),
        (
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-06-01"},
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-05-31"},
            ["opens_on"],
        ),
        (
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-06-01"},
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-06-02"},
            [],
        ),
        (
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-06-01"},
            {"legal_basis": [PROCEEDINGS]},
            [],
        ),
        ({"legal_basis": [PERSONS]}, {"legal_basis": [PERSONS], "opens_on": "2027-06-01"}, []),
        (
            {"legal_basis": [PROCEEDINGS]},
            {"legal_basis": [PROCEEDINGS], "opens_on": TODAY.isoformat()},
            ["level"],
        ),
        # The day was there, but persons stood against it.
        (
            {
                "legal_basis": [PROCEEDINGS],
                "opens_on": "2027-06-01",
                "personal_data": "personal",
            },
            {
                "legal_basis": [PROCEEDINGS],
                "opens_on": "2027-06-01",
                "personal_data": "anonymised",
            },
            ["opens_on"],
        ),
        # A permission that lasts longer is one, too.
        (
            {**BY_PERMISSION, "permission": [{**CONSENT, "until": "2026-12-31"}]},
            {**BY_PERMISSION, "permission": [CONSENT]},
            ["opens_on"],
        ),
        ({**BY_PERMISSION, "permission": [CONSENT]}, BY_PERMISSION, []),
        # Owners.
        ({}, {"owning_entity": "org-2"}, ["owner"]),
        ({}, {"owner_org": "org-2"}, ["owner"]),
        ({"owning_entity": None}, {}, []),
        ({"openness": "open", "legal_basis": []}, {"owning_entity": "org-2"}, []),
        ({"openness": "open", "legal_basis": []}, {"openness": "closed"}, []),
    ],
)
def test_dataset(before, after, expected):
    found = kinds({**case(), **before}, {**case(), **after})
    assert found == [(kind, None) for kind in expected]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"openness": "closed"}, {}, [("level", "r1")]),
        ({"openness": "closed"}, {"openness": "request"}, [("level", "r1")]),
        ({}, {"openness": "open"}, [("level", "r1")]),
        ({}, {"openness": "closed"}, []),
        ({"legal_basis": [PERSONS]}, {}, [("basis", "r1")]),
        # The dataset's own basis still applies.
        ({"legal_basis": [WORKS]}, {}, []),
        ({"openness": "?"}, {}, [("level", "r1")]),
    ],
)
def test_resource(before, after, expected):
    old = case(resources=[resource(**before)])
    new = case(resources=[resource(**after)])
    assert kinds(old, new) == expected


# Open until their permission ends, restricted again from the day after.
UNTIL_CHRISTMAS = {
    **BY_PERMISSION,
    "openness": "request",
    "opens_on": "2026-11-01",
    "permission": [{**CONSENT, "until": "2026-12-24"}],
}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"openness": "open"}, ("level", "request", "open", (WORKS,))),
        ({"openness": "?"}, {}, ("level", "closed", "request", (WORKS,))),
        (
            {"legal_basis": [WORKS, LOCK], "openness": "closed"},
            {"openness": "closed"},
            ("lock", LOCK, "", (WORKS, LOCK)),
        ),
        (
            {"legal_basis": [WORKS, PERSONS, "x"]},
            {"legal_basis": ["x", PLANTS]},
            (
                "basis",
                f"{PERSONS}, {WORKS}, x",
                f"{PLANTS}, x",
                (PERSONS, WORKS, "x"),
            ),
        ),
        ({}, {"legal_basis": []}, ("basis", WORKS, "", (WORKS,))),
        (
            {"legal_basis": [PROCEEDINGS]},
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-06-01"},
            ("opens_on", "", "2027-06-01", (PROCEEDINGS,)),
        ),
        (
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-06-01"},
            {"legal_basis": [PROCEEDINGS], "opens_on": "2027-01-02"},
            ("opens_on", "2027-06-01", "2027-01-02", (PROCEEDINGS,)),
        ),
        # Today both are open; the first day on which only one of them is.
        (
            UNTIL_CHRISTMAS,
            {"openness": "open", "legal_basis": [], "personal_data": "", "permission": []},
            ("opens_on", "2026-11-01", "2026-12-25", (PROCEEDINGS,)),
        ),
        (
            UNTIL_CHRISTMAS,
            {**UNTIL_CHRISTMAS, "permission": [{**CONSENT, "until": "9999-12-31"}]},
            ("opens_on", "2026-11-01", "2026-12-25", (PROCEEDINGS,)),
        ),
        # Owner and publisher, one where they are the same.
        ({}, {"owning_entity": "org-2"}, ("owner", "org-1", "org-2, org-1", (WORKS,))),
        (
            {"owning_entity": "org-2"},
            {"owning_entity": ""},
            ("owner", "org-2, org-1", "org-1", (WORKS,)),
        ),
        (
            {"owner_org": 5, "owning_entity": None, "legal_basis": [WORKS, PERSONS]},
            {"legal_basis": [WORKS, PERSONS]},
            ("owner", "", "org-1", (PERSONS, WORKS)),
        ),
    ],
)
def test_in_words_of_the_data(before, after, expected):
    found = loosenings({**case(), **before}, {**case(), **after}, WORDS, TODAY)
    told = [(one.kind, one.before, one.after, one.bases) for one in found]
    assert told == [expected]
    assert {one.resource for one in found} == {None}


def test_days_that_are_over_are_not_asked():
    """Open on both, whatever was on a day in between."""
    before = case(legal_basis=[PROCEEDINGS], opens_on="2026-11-01")
    after = case(legal_basis=[PROCEEDINGS], opens_on="2026-06-01")
    assert kinds(before, after) == []


def test_the_day_of_a_dataset_is_a_day_of_its_resources():
    held = resource(openness="request", legal_basis=[PROCEEDINGS])
    old = case(openness="open", legal_basis=[], resources=[held])
    new = {**old, "opens_on": "2027-06-01"}
    (found,) = loosenings(old, new, WORDS, TODAY)
    assert (found.kind, found.resource) == ("opens_on", "r1")
    assert (found.before, found.after, found.bases) == ("", "2027-06-01", (PROCEEDINGS,))
    # On the day after the permission nothing changes.
    permission = [{**CONSENT, "until": "2026-12-24"}]
    assert kinds({**new, "permission": permission}, {**new, "permission": permission}) == []


def test_what_resources_inherit_is_said_once():
    parts = [resource(), resource(id="r2"), resource(id="r3", openness="closed")]
    assert kinds(case(resources=parts), case(openness="open", resources=parts)) == [("level", None)]


def test_an_open_dataset_with_a_closed_resource():
    old = case(openness="open", legal_basis=[], resources=[resource(openness="closed")])
    new = {**old, "resources": [resource()]}
    assert kinds(old, new) == [("level", "r1")]
    assert kinds(old, {**old, "owner_org": "org-2", "owning_entity": "org-2"}) == [("owner", None)]


def test_new_resources_are_no_loosening():
    old = case(resources=[resource()])
    for id_ in ("r2", None, ["r1"]):
        new = case(resources=[resource(), resource(id=id_, openness="open")])
        assert kinds(old, new) == []
    assert kinds(old, case(resources=[])) == []


def test_a_vault_row_says_that_it_was_not_open():
    old = {"id": "d1", "resources": [resource()], "owner_org": "org-1"}
    new = {**old, "openness": "open"}
    assert kinds(old, new) == []
    assert kinds(old, new, vaulted={"r1"}) == [("level", "r1")]


def test_the_bases_that_applied_are_named():
    old = case(resources=[resource(openness="closed", legal_basis=[PERSONS])])
    found = loosenings(old, case(resources=[resource()]), WORDS, TODAY)
    assert {one.bases for one in found} == {(PERSONS, WORKS)}
    assert (found[0].before, found[0].after) == ("closed", "request")


def test_a_vault_row_keeps_closed_what_states_no_level_any_more():
    old = case(legal_basis=[], resources=[resource(openness="group")])
    new = case(legal_basis=[], openness="", resources=[resource()])
    assert kinds(old, new) == [("level", None), ("level", "r1")]
    assert kinds(old, new, vaulted={"r1"}) == [("level", None)]


@pytest.mark.parametrize(
    "category",
    [
        *("personal-data", "professional-secrecy", "social-secrecy", "tax-secrecy"),
        *("trade-secrets", "third-party-ip", "contract", "critical-infrastructure"),
        "statistical-confidentiality",
    ],
)
def test_a_category_takes_a_second_person(category):
    known = replace(WORDS.bases[PLANTS], category=category)
    assert needs_second([PLANTS], replace(WORDS, bases={PLANTS: known}))


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        ([], False),
        ([PLANTS], False),
        ([LOCK], False),
        ([LOCK, PERSONS], True),
        ([PERSONS], True),
        (["kunsturhg-bildnis"], True),  # personal, not need-to-know
        ([TRADE], True),
        (["ausserhalb-auftrag"], True),  # trade secret, not need-to-know
        ([WORKS], True),
        (["vertragliche-bindung"], True),
        (["thuerstatg-satzungsvorbehalt"], True),
        (["kritis-schutzinformation"], True),
        (["gbo-grundbuch"], True),  # need-to-know
        ([PLANTS, "thuertg-beratungen"], False),
        (["hausrecht"], True),
    ],
)
def test_second_person(bases, expected):
    assert needs_second(bases, WORDS) is expected


def test_the_categories_are_those_of_the_register():
    categories = {basis.category for basis in WORDS.bases.values()}
    assert categories >= loosening.NEEDS_SECOND


# Against the decision: without a loosening nobody sees more than before.

organizations = st.sampled_from(["org-1", "org-2", "org-3"])
entities = {
    "org-1": entity(id_="org-1"),
    "org-2": entity("subsidiary", id_="org-2"),
    "org-3": entity("core", id_="org-3", walled=True),
}
day_pairs = st.tuples(
    st.dates(TODAY - timedelta(days=5), TODAY + timedelta(days=5)),
    st.none() | st.dates(TODAY, TODAY + timedelta(days=800)),
)
agreements = st.builds(
    lambda provider, consumer, level, days: Agreement(
        id="a",
        title="a",
        provider=provider,
        consumer=consumer,
        datasets=None,
        level=level,
        since=days[0],
        until=days[1],
    ),
    organizations,
    organizations,
    st.sampled_from(["group", "request"]),
    day_pairs,
)
grants = st.builds(
    lambda level, bases, owner, holder: Grant(
        id="g",
        resources=frozenset({"r1", "r2", "r3"}),
        level=level,
        bases=bases,
        owner=owner,
        since=TODAY,
        until=date.max,
        entity=holder,
    ),
    st.sampled_from(["group", "request"]),
    st.frozensets(st.sampled_from([PERSONS, WORKS, TRADE, PLANTS, LOCK]), max_size=4),
    organizations,
    st.none() | organizations,
)
actors = st.builds(
    lambda id_, memberships, agreed, granted: Actor(
        id=id_, memberships=tuple(memberships), agreements=tuple(agreed), grants=tuple(granted)
    ),
    st.sampled_from(["somebody", None]),
    st.lists(
        st.builds(
            lambda id_, role: Membership(entity=entities[id_], role=role),
            organizations, st.sampled_from(["member", "editor", "admin"]),
        ),
        max_size=2,
    ),
    st.lists(agreements, max_size=2),
    st.lists(grants, max_size=2),
)  # fmt: skip

telling = {
    "openness": plausible["openness"],
    "legal_basis": st.lists(
        st.sampled_from([PERSONS, WORKS, TRADE, PLANTS, PROCEEDINGS, LOCK, "x"]),
        max_size=3,
        unique=True,
    ),
    "opens_on": st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=30)).map(str),
    "personal_data": plausible["personal_data"],
    "permission": plausible["permission"],
}
owners = {"owner_org": organizations, "owning_entity": st.sampled_from(["org-1", "org-2", ""])}
parts = resources_from({**plausible, **telling})
datasets = st.fixed_dictionaries(owners, optional={**telling, "resources": parts})
vault = st.frozensets(st.sampled_from(["r1", "r2"]))


@st.composite
def writes(draw):
    """A dataset, and the same with some fields changed."""
    before = draw(datasets)
    changes = draw(st.fixed_dictionaries({}, optional={**owners, **telling, "resources": parts}))
    return before, {**before, **changes}


def allowed(actor, dataset, id_, vaulted, today) -> bool:
    part = next((one for one in dataset.get("resources", []) if one["id"] == id_), None)
    owner = entities.get(dataset["owning_entity"] or dataset["owner_org"])
    asset = asset_of(dataset, part, owner, WORDS, today, vaulted=id_ in vaulted)
    return decide(actor, asset, today).allowed


@given(
    write=writes(), actor=actors, vaulted=vault, later=st.sampled_from([0, 0, 1, 3, 20, 40, 700])
)
def test_without_a_loosening_nobody_sees_more(write, actor, vaulted, later):
    before, after = write
    if loosenings(before, after, WORDS, TODAY, vaulted=vaulted):
        return
    today = TODAY + timedelta(days=later)
    stored = {one["id"] for one in before.get("resources", [])}
    kept = {one["id"] for one in after.get("resources", [])} & stored
    for id_ in (None, *kept):
        if allowed(actor, after, id_, vaulted, today):
            assert allowed(actor, before, id_, vaulted, today), id_


wild = st.fixed_dictionaries({}, optional={**odd, "resources": resources_from(odd)})


@given(before=wild, after=wild)
def test_never_raises_and_is_nothing_where_nothing_changes(before, after):
    loosenings(before, after, WORDS, TODAY)
    assert loosenings(before, before, WORDS, TODAY) == []


@given(before=wild, after=wild)
def test_what_is_held_back_is_no_loosening_and_can_be_put_back(before, after):
    held, taken = loosening.hold(before, after)
    if "resources" not in after:
        held.pop("resources", None)
    assert [one.kind for one in loosenings(before, {**before, **held}, WORDS, TODAY)] == []
    again = loosening.apply(held, taken)
    assert loosening.hold(before, again)[1] == taken


@given(before=wild, after=wild)
def test_a_snapshot_sees_what_is_held(before, after):
    held, _taken = loosening.hold(before, after)
    same_parts = {"resources": before.get("resources", [])}
    assert loosening.snapshot({**held, **same_parts}) == loosening.snapshot(before)


def test_free_texts_that_say_something_are_not_held():
    old = case(data_steward="A")
    new = {**old, "openness": "open", "data_steward": "B", "restriction_reason": ""}
    held, taken = loosening.hold(old, new)
    assert held == {**old, "data_steward": "B"}
    assert taken == {"": {"openness": "open", "restriction_reason": ""}}


def test_no_text_of_people_is_in_a_snapshot():
    told = case(**dict.fromkeys(loosening.FREE_TEXTS, "Erika Mustermann"))
    assert "Erika" not in str(loosening.snapshot(told))
