"""Which datasets a feed tells of, and which of their files."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ckanext.jena_governance.policy import FEEDS, FULL, GOVDATA, LOCK, Vocabulary, part_for

TODAY = date(2026, 11, 24)
FILE = {"id": "a", "url": "https://offen.example/a.csv"}
OPENING = {"openness": "request", "legal_basis": ["thuertg-beratungen"]}


def told(words: Vocabulary, dataset: dict[str, Any], **more: Any) -> dict[str, list[str]]:
    """The ids of the files that each feed tells of; nothing for feeds that tell nothing."""
    parts = {feed: part_for(feed, dataset, words, TODAY, **more) for feed in FEEDS}
    return {
        feed: [one["id"] for one in part["resources"]]
        for feed, part in parts.items()
        if part is not None
    }


@pytest.mark.parametrize(
    ("dataset", "in_govdata"),
    [
        ({}, ["a"]),
        ({"openness": "open"}, ["a"]),
        ({"openness": "open", "license_id": "cc-zero"}, ["a"]),
        ({"openness": "open", "license_id": "other-closed"}, ["a"]),  # viewable
        ({"openness": "open", "license_id": "nobody knows"}, ["a"]),
        ({"openness": "group"}, None),
        ({"openness": "request"}, None),
        ({"openness": "closed"}, None),
        ({"openness": "offen"}, None),
        ({"legal_basis": ["thuertg-beratungen"]}, None),
        ({"openness": "open", "legal_basis": ["no such basis"]}, None),
        ({"openness": "open", "legal_basis": [LOCK]}, None),
        ({**OPENING, "opens_on": TODAY.isoformat()}, ["a"]),
        ({**OPENING, "opens_on": (TODAY + timedelta(days=1)).isoformat()}, None),
        ({"openness": "open", "resources": []}, None),
        ({"openness": "open", "resources": [{"id": "a", "url": ""}]}, None),
        ({"openness": "open", "resources": [{**FILE, "size": 0}]}, None),
        ({"openness": "open", "resources": [{**FILE, "openness": "closed"}]}, None),
        (
            {
                "openness": "open",
                "resources": [
                    FILE,
                    {**FILE, "id": "b", "openness": "request"},
                    {**FILE, "id": "c"},
                ],
            },
            ["a", "c"],
        ),
        # Its own file is open, but the dataset is not.
        ({"openness": "request", "resources": [{**FILE, "openness": "open"}]}, None),
    ],
)
def test_what_can_be_had(
    words: Vocabulary, dataset: dict[str, Any], in_govdata: list[str] | None
) -> None:
    """The rest is in the full feed only, with all its files."""
    complete = {"resources": [FILE], **dataset}
    wanted = {FULL: [one["id"] for one in complete["resources"]]}
    if in_govdata is not None:
        wanted[GOVDATA] = in_govdata
    assert told(words, complete) == wanted


@pytest.mark.parametrize(
    "hidden", [{"private": True}, {"metadata_visibility": "group"}, {"metadata_visibility": "?"}]
)
def test_hidden_is_in_no_feed(words: Vocabulary, hidden: dict[str, Any]) -> None:
    assert told(words, {"openness": "open", "resources": [FILE], **hidden}) == {}


def test_what_cannot_be_read_is_in_no_feed(words: Vocabulary) -> None:
    unreadable: Any
    for unreadable in (None, "x", []):
        assert told(words, unreadable) == {}


def test_a_location_in_the_vault_closes_what_states_no_level(words: Vocabulary) -> None:
    dataset = {"resources": [FILE, {**FILE, "id": "b"}]}
    assert told(words, dataset, vaulted=["b"]) == {FULL: ["a", "b"]}
    stated = {**dataset, "openness": "open"}
    assert told(words, stated, vaulted=["b"]) == {FULL: ["a", "b"], GOVDATA: ["a", "b"]}


def test_nothing_is_changed(words: Vocabulary) -> None:
    dataset = {"openness": "open", "resources": [FILE, {**FILE, "size": 0}]}
    before = {**dataset, "resources": list(dataset["resources"])}
    for feed in FEEDS:
        assert part_for(feed, dataset, words, TODAY) is not dataset
    assert dataset == before


def test_there_are_two_feeds(words: Vocabulary) -> None:
    with pytest.raises(ValueError, match="alles"):
        part_for("alles", {}, words, TODAY)
