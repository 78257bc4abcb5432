"""ckanext-dcat's RDF harvester: our catalogue in a CKAN without this extension, our feed in one with it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.tests.consumers import comparing, planting
from ckanext.jena_governance.tests.consumers.portal import Portal
from ckanext.jena_governance.tests.consumers.story import RDF, Chapter, Story

FLAVOURS = ("plain", "city-dcat")
VAULT = "TABLE DATA governance_resource_location"


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def story(stories: dict[str, Story], flavour: str) -> Story:
    return stories[flavour]


def copies(chapter: Chapter) -> dict[str, dict[str, Any]]:
    """By title: names are made anew. RDF has no order; and each job notes its own harvest object."""
    found = copy.deepcopy(chapter.copies[RDF])
    return {one["title"]: _sorted(one) for one in found.values()}


def pairs(chapter: Chapter) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The portal's datasets with their copies."""
    there = copies(chapter)
    for here in copy.deepcopy(chapter.portal).values():
        yield _sorted(here), there[here["title"]]


def _sorted(dataset: dict[str, Any]) -> dict[str, Any]:
    for field, key in (("resources", "name"), ("tags", "name"), ("extras", "key")):
        dataset[field].sort(key=lambda one, key=key: one[key])
    return dataset


def test_all_that_is_public_arrives(story: Story):
    stats = story.first.jobs[RDF]["stats"]
    assert (stats["added"], stats["errored"]) == (len(planting.PUBLIC), 0)
    titles = {one["title"] for one in story.first.portal.values()}
    assert set(copies(story.first)) == titles
    assert len(titles) == len(planting.PUBLIC)


def test_what_arrives_is_equal(story: Story, flavour: str):
    """Field by field, but for the listed exceptions; and each of those is one."""
    exceptions = comparing.EXCEPTIONS_OF_RDF[flavour]
    lost = comparing.unknown_to_ckan() if flavour == "plain" else frozenset()
    different: set[str] = set()
    for here, there in pairs(story.first):
        sent = {name: value for name, value in here.items() if name not in lost}
        found = comparing.differences(sent, there)
        assert [one for one in found if one[0] not in exceptions] == []
        different |= {field for field, _, _ in found}
    assert different == set(exceptions)


def test_levels_and_grounds_arrive_in_a_city(stories: dict[str, Story]):
    for here, there in pairs(stories["city-dcat"].first):
        for field in ("openness", "openness_effective", "openness_mix", "legal_basis", "opens_on"):
            assert there.get(field) == here.get(field), here["name"]


def test_no_secret_leaves_the_portal(story: Story):
    for chapter in (story.first, story.again, story.changed):
        subjects = {one.subject for _, there in chapter.leaks for one in there}
        assert subjects <= {planting.CLOSES}
    assert story.first.leaks, "what was open is there: the search can find something"


def test_harvesting_again_changes_nothing(story: Story):
    """Neither ids nor dates, nor the addresses of restricted files."""
    assert story.again.jobs[RDF]["stats"]["errored"] == 0
    ignored = {"metadata_modified"} if comparing.IS_211 else set()
    before, after = copies(story.first), copies(story.again)
    for dataset in (*before.values(), *after.values()):
        # Which job it was is ckanext-harvest's note; and CKAN 2.11 notes every save as a change.
        extras = [one for one in dataset["extras"] if not one["key"].startswith("harvest_")]
        dataset["extras"] = {one["key"]: one["value"] for one in extras}
    different = {title: comparing.differences(one, after[title]) for title, one in before.items()}
    assert [one for some in different.values() for one in some if one[0] not in ignored] == []


def test_closing_reaches_the_copy(story: Story, portal_of_consumers: Portal):
    title = planting.title_of(planting.CLOSES)
    before, after = copies(story.again)[title], copies(story.changed)[title]
    assert _subjects(portal_of_consumers.canaries, before) == {planting.CLOSES}
    assert _subjects(portal_of_consumers.canaries, after) == set()
    (resource,) = after["resources"]
    assert resource["url"].endswith("/data")


def test_closing_reaches_the_stores_of_a_city(stories: dict[str, Story]):
    """What the copy held lies in its vault, and nowhere else: the file was replaced by another."""
    changed = stories["city-dcat"].changed
    assert copies(changed)[planting.title_of(planting.CLOSES)]["openness"] == "closed"
    assert {place for place, _ in changed.leaks} <= {VAULT}
    assert len(stories["city-dcat"].again.leaks) > 3


def test_hiding_and_deleting_remove_the_copies(story: Story):
    gone = {planting.title_of(label) for label in (planting.HIDES, planting.GOES)}
    assert gone <= set(copies(story.again))
    assert set(copies(story.changed)) == set(copies(story.again)) - gone
    assert story.changed.jobs[RDF]["stats"]["deleted"] == len(gone)


def _subjects(canaries: Canaries, dataset: dict[str, Any]) -> set[str]:
    return {one.subject for one in canaries.find(str(dataset).encode())}
