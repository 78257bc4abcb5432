"""What another CKAN has after it fetched everything, fetched again, and after the portal changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import redis

from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.tests.consumers import planting
from ckanext.jena_governance.tests.consumers.portal import Portal
from ckanext.jena_governance.tests.consumers.second import Second
from ckanext.jena_governance.tests.sweep import stores
from ckanext.jena_governance.tests.sweep.stores import Place

Datasets = dict[str, dict[str, Any]]

CKAN, RDF = "ckan", "dcat_rdf"
# Which harvesters a flavour of the second CKAN uses.
KINDS = {"plain": (CKAN, RDF), "city": (CKAN,), "city-dcat": (RDF,)}


# ckanext-dcat's own, and ours.
FEEDS = {"plain": "/catalog.ttl", "city-dcat": "/governance/dcat/full.ttl"}
# Those of harvesters are not shown otherwise.
_ALL_ACTIVITIES = {"limit": 100, "include_hidden_activity": True}


@dataclass(frozen=True)
class Chapter:
    """How things stand after a harvest.

    Attributes:
        portal: what the portal shows to everybody.
        copies: what the other one shows to everybody, by kind of harvester.
        jobs: how the harvest jobs ended.
        activities: ids of all activities of the copies.
        leaks: where the other one's stores hold canaries.
    """

    portal: Datasets
    copies: dict[str, Datasets]
    jobs: dict[str, dict[str, Any]]
    activities: set[str]
    leaks: list[Place]


@dataclass(frozen=True)
class Story:
    """Three of them."""

    first: Chapter
    again: Chapter
    changed: Chapter


def harvested(portal: Portal, others: Mapping[str, Second], pool: Executor) -> dict[str, Story]:
    """Let the others harvest the portal with both harvesters; they do so side by side."""

    def chapters(begin: bool) -> dict[str, Chapter]:
        shown = portal.shown()
        told = pool.map(lambda name: _chapter(portal, name, others[name], shown, begin), others)
        return dict(zip(others, told, strict=True))

    first = chapters(begin=True)
    again = chapters(begin=False)
    planting.change_all(portal.api("editor"), portal.ids)
    changed = chapters(begin=False)
    return {name: Story(first[name], again[name], changed[name]) for name in others}


def _chapter(portal: Portal, name: str, other: Second, shown: Datasets, begin: bool) -> Chapter:
    kinds = KINDS[name]
    if begin:
        _add_sources(portal, other, name)
    jobs = {kind: other.harvest(_name(kind)) for kind in kinds}
    copies = {kind: other.datasets(_name(kind)) for kind in kinds}
    activities = {
        one["id"]
        for found in copies.values()
        for dataset in found.values()
        for one in other.call("package_activity_list", "site", id=dataset["id"], **_ALL_ACTIVITIES)
    }
    return Chapter(shown, copies, jobs, activities, _leaks(portal.canaries, other))


def _add_sources(portal: Portal, other: Second, flavour: str) -> None:
    """Datasets that come as RDF name a publisher, not an organization of that portal."""
    owner = other.call("organization_create", "site", name="nachbarn", title="Nachbarn")["id"]
    url = portal.client.url
    config = json.dumps({"remote_orgs": "create", "remote_groups": "create"})
    sources = {CKAN: (url, config), RDF: (f"{url}{FEEDS.get(flavour)}", "")}
    for kind, (address, more) in ((kind, sources[kind]) for kind in KINDS[flavour]):
        other.call(
            "harvest_source_create",
            "site",
            name=_name(kind),
            title=f"Quelle {kind}",
            url=address,
            source_type=kind,
            owner_org=owner,
            config=more,
        )


def _name(kind: str) -> str:
    return f"quelle-{kind.replace('_', '-')}"


def _leaks(canaries: Canaries, other: Second) -> list[Place]:
    where = other.stores
    return [
        *stores.in_database(canaries, where["database"]),
        *stores.in_solr(canaries, where["solr"], where["site_id"]),
        *stores.in_redis(canaries, redis.Redis.from_url(where["redis"])),
    ]
