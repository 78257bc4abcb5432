"""Whoever may find a hidden description holds one of its names, and nobody else does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ckanext.jena_governance.policy import Actor, Asset, audience
from ckanext.jena_governance.tests.policy import access_space as space
from ckanext.jena_governance.tests.policy.second_opinion import opinion

TODAY = space.TODAY
PAPERS = (None, space.CONTRACT), (None, space.PERMIT)


def expected(row: SimpleNamespace) -> bool:
    """The text of the rule: members of the owner, and who gets data that are not open."""
    if row.who is None:
        return False
    roles = ("member", "editor", "admin")
    is_member = any(id_ == row.owner and role in roles for id_, role, *_ in row.seats)
    row.opens = None
    allowed, rule, _level = opinion(row)
    return row.sysadmin or is_member or (allowed and rule != "open")


def held_by(actor: Actor, asset: Asset) -> set[str]:
    """All names of somebody; that of the dataset as the portal looks it up."""
    names = audience.names_of_actor(actor, asset.sharing, TODAY)
    is_named = any(asset.dataset in (one.datasets or ()) for one in actor.agreements) or any(
        asset.resource in one.resources for one in actor.grants
    )
    if is_named and audience.finds(actor, asset.owner, [asset], TODAY):
        names.add(audience.name_of_dataset(asset.dataset))
    return names


def compare(assets: list[space.Part], actors: list[space.Part]) -> Counter[bool]:
    answers: Counter[bool] = Counter()
    for asset in assets:
        real = asset.real
        names = audience.names_of_dataset(real.dataset, real.owner, [real])
        for actor in actors:
            finds = audience.finds(actor.real, real.owner, [real], TODAY)
            row = space.row(asset, actor)
            assert finds == expected(row), row
            # CKAN does not ask for labels where a sysadmin searches.
            if not actor.real.sysadmin:
                assert bool(names & held_by(actor.real, real)) == finds, row
            answers[finds] += 1
    return answers


def test_every_person_and_owner() -> None:
    assets = space.assets(space.owners(), opens=(None,), decided=(0, -1), resources=("r1",))
    # decide() itself is proved on all of them; seven shares no factor with any dimension's size.
    answers = compare(assets[::7], space.actors(space.people(), *PAPERS))
    assert min(answers[True], answers[False]) > 10_000


def test_every_paper() -> None:
    assets = space.assets(
        space.few_owners(), opens=(None, -1), decided=(0,), resources=("r1", None)
    )
    people = space.actors(space.few_people(), space.CONTRACTS, space.PERMITS)
    answers = compare(assets[::13], people)
    assert min(answers[True], answers[False]) > 10_000


def core(**changes: object) -> Asset:
    """Data of a core department within the group."""
    owner = space.entity("owner", "core", takes_part=True)
    (part,) = [
        one
        for one in space.assets(
            iter([space.Part(owner, {})]), opens=(None,), decided=(0,), resources=("r1",)
        )
        if one.real.level == "group"
        and one.real.terms.sharing == "agreement"
        and one.real.terms.files == "allowed"
        and not one.real.terms.need_to_know
    ]
    return replace(part.real, **changes)


def test_the_names_are_these() -> None:
    asset = core()
    names = audience.names_of_dataset("d1", asset.owner, [asset, core(level="request")])
    assert names == {
        "dataset-d1",
        "entity-owner",
        "group-core",
        "provider-owner-group",
        "provider-owner-request",
    }
    assert audience.names_of_dataset("d1", None, [asset]) == {"dataset-d1"}


@pytest.mark.parametrize("level", ["open", "closed", "geheim"])
def test_open_and_closed_data_add_no_names(level: str) -> None:
    asset = core(level=level)
    assert audience.names_of_dataset("d1", asset.owner, [asset]) == {"dataset-d1", "entity-owner"}


def test_one_asset_is_enough() -> None:
    """A closed dataset with one resource for the group is found by the group."""
    closed, shared = core(level="closed", resource=None), core()
    reader = space.actors(space.few_people(), (None,), (None,))[3].real
    colleague = replace(
        reader,
        memberships=(
            replace(
                reader.memberships[0],
                entity=space.entity("reader", "subsidiary", takes_part=True),
            ),
        ),
    )
    assert audience.finds(colleague, shared.owner, [closed, shared], TODAY)
    assert not audience.finds(colleague, shared.owner, [closed], TODAY)
    assert not audience.finds(reader, shared.owner, [closed, shared], TODAY)


def test_a_lawful_opening_day_shows_nothing() -> None:
    """The data open by themselves, the description does not."""
    opened = core(level="request", opens_on=space.day(-1))
    passer_by = Actor(id="somebody")
    assert not audience.finds(passer_by, opened.owner, [opened], TODAY)
    assert audience.names_of_dataset("d1", opened.owner, [opened]) == {
        "dataset-d1",
        "entity-owner",
        "provider-owner-request",
    }
