"""What a badge says: the level, or a state beside the levels."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ckanext.jena_governance.policy import date_label, is_locked, state_of
from ckanext.jena_governance.tests.policy.samples import TODAY, locked, opened, resource, restricted

CLOSED_LICENCE = "other-closed"


@pytest.fixture
def state(words):
    def read(dataset, part=None, today=TODAY, **options):
        return state_of(dataset, part, words, today, **options)

    return read


def test_open_needs_data_and_a_licence(state):
    assert state(opened()) == "open"
    assert state(opened(resources=[])) == "announced"
    assert state(opened(resources=[resource(size=0)])) == "announced"
    assert state(opened(license_id=CLOSED_LICENCE)) == "viewable"


@pytest.mark.parametrize("level", ["group", "request", "closed"])
def test_levels_are_shown_as_they_are(state, level):
    assert state(restricted(openness=level, resources=[resource()])) == level
    assert state(opened(), resource(openness=level)) == level


def test_some_files_open_is_partly_open(state):
    parts = [resource(), resource(openness="closed")]
    assert state(opened(resources=parts)) == "partly-open"
    assert state(restricted(resources=[resource(), resource(openness="open")])) == "partly-open"
    assert state(opened(resources=[resource(openness="closed")])) == "closed"


def test_an_empty_open_file_beside_a_closed_one_is_announced(state):
    parts = [resource(size=0), resource(openness="closed")]
    assert state(opened(resources=parts)) == "announced"


def test_files(state):
    assert state(opened(), resource()) == "open"
    assert state(opened(), resource(url="")) == "announced"
    assert state(opened(), resource(size="0")) == "announced"
    assert state(opened(), resource(license=CLOSED_LICENCE)) == "viewable"
    assert state(restricted(), resource()) == "request"


def test_files_follow_the_opening_day(state):
    consent = {"id": "einwilligung", "reference": "x", "until": str(TODAY)}
    told = {"legal_basis": ["thuertg-beratungen"], "opens_on": str(TODAY)}
    dataset = restricted(**told, personal_data="personal", permission=[consent], license_id="")
    assert state(dataset, resource()) == "open"
    assert state(dataset, resource(), TODAY + timedelta(days=1)) == "request"


def test_the_lock_and_what_is_unknown_close(state):
    assert state(locked(resources=[resource(openness="open")])) == "closed"
    assert state(opened(openness="offen")) == "closed"
    assert state({}, resource(), vaulted=True) == "closed"


def test_a_day_that_has_come_counts(state):
    dataset = restricted(
        legal_basis=["urhg-werke-dritter"],
        opens_on=TODAY.isoformat(),
        licence_when_open="dl-by-de-2.0",
        resources=[resource()],
    )
    before = state(dataset, today=TODAY - timedelta(days=1))
    assert (before, state(dataset)) in {("request", "open"), ("request", "request")}


def test_is_locked(words):
    assert is_locked(locked(), words)
    assert not is_locked(restricted(), words)


def test_days_in_words():
    assert date_label(TODAY, "de") == "22.11.2026"
    assert date_label(TODAY, "en") == "22 November 2026"
