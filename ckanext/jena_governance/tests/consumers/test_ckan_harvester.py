"""ckanext-harvest's CKAN harvester, in a CKAN without this extension and in one with it."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.policy import OPEN
from ckanext.jena_governance.tests.consumers import comparing, planting
from ckanext.jena_governance.tests.consumers.portal import Portal
from ckanext.jena_governance.tests.consumers.story import CKAN, Chapter, Story

FLAVOURS = ("plain", "city")
# What CKAN and ckanext-harvest keep of old, and nobody cleans without us.
HISTORY = {"TABLE DATA activity", "TABLE DATA harvest_object", "TABLE DATA resource"}


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def story(stories: dict[str, Story], flavour: str) -> Story:
    return stories[flavour]


def pairs(chapter: Chapter) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The portal's datasets with their copies."""
    return [(one, chapter.copies[CKAN][name]) for name, one in chapter.portal.items()]


def is_restricted(dataset: dict[str, Any], resource: dict[str, Any]) -> bool:
    return (resource.get("openness") or dataset["openness"]) != OPEN


def test_all_that_is_public_arrives(story: Story):
    assert set(story.first.copies[CKAN]) == set(story.first.portal) == planting.PUBLIC
    stats = story.first.jobs[CKAN]["stats"]
    assert (stats["added"], stats["errored"]) == (len(planting.PUBLIC), 0)


def test_what_arrives_is_equal(story: Story, flavour: str):
    """Field by field, but for the listed exceptions; and each of those is one."""
    lost = comparing.unknown_to_ckan() if flavour == "plain" else frozenset()
    different: set[str] = set()
    for here, there in pairs(story.first):
        sent = {name: value for name, value in here.items() if name not in lost}
        found = comparing.differences(sent, there)
        unexpected = [one for one in found if one[0] not in comparing.EXCEPTIONS[flavour]]
        assert unexpected == []
        different |= {field for field, _, _ in found}
    assert different == set(comparing.EXCEPTIONS[flavour])


def test_restricted_files_lead_to_a_gateway(story: Story, flavour: str):
    """Without us to ours, as it was told; with us to its own."""
    asked = 0
    for here, there in pairs(story.first):
        for sent, got in zip(here["resources"], there["resources"], strict=True):
            is_own = flavour == "city" and is_restricted(here, sent)
            path = f"/dataset/{here['id']}/resource/{sent['id']}/data"
            expected = f"http://second-city.example{path}" if is_own else sent["url"]
            assert got["url"] == expected
            asked += is_restricted(here, sent)
    assert asked >= 6


def test_no_secret_leaves_the_portal(story: Story):
    """Neither in the database nor in the index nor in Redis, at any time."""
    for chapter in (story.first, story.again, story.changed):
        subjects = {one.subject for _, there in chapter.leaks for one in there}
        assert subjects <= {planting.CLOSES}
    assert story.first.leaks, "what was open is there: the search can find something"


def test_nobody_hears_of_what_is_hidden(story: Story, portal_of_consumers: Portal):
    hidden = portal_of_consumers.ids[planting.HIDDEN]
    for chapter in (story.first, story.again, story.changed):
        assert hidden not in {one["id"] for one in chapter.copies[CKAN].values()}


def test_harvesting_again_changes_nothing(story: Story):
    stats = story.again.jobs[CKAN]["stats"]
    assert (stats["added"], stats["updated"], stats["errored"]) == (0, 0, 0)
    assert story.again.copies[CKAN] == story.first.copies[CKAN]


def test_harvesting_again_leaves_no_trace(stories: dict[str, Story]):
    city = stories["city"]
    assert city.again.activities == city.first.activities
    assert len(city.first.activities) == len(planting.PUBLIC)


def test_closing_reaches_the_copy(story: Story, flavour: str, portal_of_consumers: Portal):
    """It held the open link before; nothing of that is shown any more."""
    name = planting.name_of(planting.CLOSES)
    before, after = story.again.copies[CKAN][name], story.changed.copies[CKAN][name]
    assert _subjects(portal_of_consumers.canaries, before) == {planting.CLOSES}
    assert _subjects(portal_of_consumers.canaries, after) == set()
    here = story.changed.portal[name]
    assert here["openness"] == "closed"
    lost = comparing.unknown_to_ckan() if flavour == "plain" else frozenset()
    sent = {field: value for field, value in here.items() if field not in lost}
    found = {field for field, _, _ in comparing.differences(sent, after)}
    assert found <= set(comparing.EXCEPTIONS[flavour])


def test_closing_reaches_the_stores_of_a_city(stories: dict[str, Story]):
    """Not in its history, not in what ckanext-harvest keeps, not even in its vault."""
    assert {place for place, _ in stories["city"].again.leaks} >= HISTORY
    assert stories["city"].changed.leaks == []


def test_closing_reaches_the_index_of_others(stories: dict[str, Story]):
    places = {place for place, _ in stories["plain"].changed.leaks}
    assert places <= HISTORY


def test_this_harvester_never_deletes(story: Story):
    """So what was public once stays until somebody removes it: docs/api.md says so."""
    gone = {planting.name_of(label) for label in (planting.HIDES, planting.GOES)}
    assert gone.isdisjoint(story.changed.portal)
    for name in gone:
        assert story.changed.copies[CKAN][name] == story.again.copies[CKAN][name]


def _subjects(canaries: Canaries, dataset: dict[str, Any]) -> set[str]:
    return {one.subject for one in canaries.find(str(dataset).encode())}
