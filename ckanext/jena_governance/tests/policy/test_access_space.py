"""Every question there is, answered twice: by the decision, and by a second reading of the text.

Two products cover the space. In the first, who asks and whose data they are vary in full, and
papers are there or not; in the second, the papers vary in full, and people as far as papers look
at them. No rule looks at anything else.
"""

from __future__ import annotations

from collections import Counter

from ckanext.jena_governance.policy import decide
from ckanext.jena_governance.tests.policy import access_space as space
from ckanext.jena_governance.tests.policy.second_opinion import opinion


def compare(assets: list[space.Part], actors: list[space.Part]) -> Counter[str]:
    """How often each rule decided; stops at the first disagreement."""
    rules: Counter[str] = Counter()
    for asset in assets:
        for actor in actors:
            decision = decide(actor.real, asset.real, space.TODAY)
            row = space.row(asset, actor)
            second = opinion(row)
            assert (decision.allowed, decision.rule, decision.level) == second, row
            rules[decision.rule] += 1
    return rules


ALL_RULES = {"open", "sysadmin", "owner", "wall", "stadtverbund", "agreement", "grant", "denied"}


def test_every_person_and_owner() -> None:
    assets = space.assets(space.owners(), opens=(0, 1), decided=(0, -1), resources=("r1",))
    papers = (None, space.CONTRACT), (None, space.PERMIT)
    rules = compare(assets, space.actors(space.people(), *papers))
    assert set(rules) == ALL_RULES
    assert rules.total() == (5 * 2) * 25 * (2 * 3 * 2) * 2 * 23 * (2 * 2)


def test_every_paper() -> None:
    assets = space.assets(
        space.few_owners(), opens=(None, -1), decided=(0,), resources=("r1", None)
    )
    actors = space.actors(space.few_people(), space.CONTRACTS, space.PERMITS)
    rules = compare(assets, actors)
    assert set(rules) == ALL_RULES - {"sysadmin", "stadtverbund"}
    assert rules.total() == (5 * 2) * 4 * (2 * 3 * 2) * 2 * 5 * (13 * 14)
