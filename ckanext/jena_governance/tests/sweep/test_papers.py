"""Agreements and requests: whoever is no party reads nothing of them, on no surface."""

from __future__ import annotations

from dataclasses import replace

import ckantoolkit as tk

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck.sweep import Result, Sweep
from ckanext.jena_governance.tests.sweep import papers, stores
from ckanext.jena_governance.tests.sweep.conftest import Portal

# Where they are kept, and nowhere else.
TABLES = {
    "TABLE DATA governance_agreement",
    "TABLE DATA governance_access_request",
    "TABLE DATA governance_access_request_entry",
}


def test_strangers_read_neither(portal_of_sweep: Portal, sweep: Sweep) -> None:
    """Everybody asks for each of them, at all that takes their ids or lists them."""
    words = ("agreement", "request", "event")
    world = portal_of_sweep.world
    some = [one for one in sweep.entries if any(word in one.name for word in words)]
    about = {"dataset": world.planted["group"].id, "dataset_name": world.planted["group"].name}
    subjects = [replace(one, values={**about, **one.values}) for one in world.papers]
    whole = replace(sweep, entries=some, subjects=subjects, width=len(subjects))
    personas = [replace(one, role=replace(one.role, deep=True))
                for one in portal_of_sweep.people.personas]  # fmt: skip
    result = whole.run(personas)

    assert not result.findings, "\n" + "\n".join(map(str, result.findings))
    missing = whole.missing(result, personas)
    assert not missing, "\n" + "\n".join(map(str, missing))
    read: dict[str, set[str]] = {}
    for name, canary in result.seen:
        if canary.kind in kinds.SAID:
            read.setdefault(canary.subject, set()).add(name)
    assert read == papers.READERS


def test_they_lie_in_their_own_tables_only(portal_of_sweep: Portal, result: Result) -> None:
    canaries = portal_of_sweep.world.canaries
    database = stores.in_database(canaries, tk.config["sqlalchemy.url"])
    places = [
        *database,
        *stores.in_solr(canaries, tk.config["solr_url"], tk.config["ckan.site_id"]),
        *stores.in_redis(canaries),
        *stores.in_files(canaries, portal_of_sweep.folder),
    ]
    there = {place for place, found in places if {one.kind for one in found} & kinds.SAID}
    assert there == TABLES
