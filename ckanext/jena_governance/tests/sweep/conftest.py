"""One portal for the whole folder: made once, asked by everybody, searched at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model, plugins
from ckan.cli.db import _run_migrations
from ckan.common import config as ckan_config
from ckan.lib import search
from ckan.lib.redis import connect_to_redis
from ckan.tests import helpers

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck import classification
from ckanext.jena_governance.leakcheck.client import Api, Client
from ckanext.jena_governance.leakcheck.planting import address
from ckanext.jena_governance.leakcheck.sweep import Result, Sweep
from ckanext.jena_governance.tests.sweep import expectation, servers, world
from ckanext.jena_governance.tests.sweep import people as accounts
from ckanext.jena_governance.tests.sweep.people import People
from ckanext.jena_governance.tests.sweep.world import World

VERSION = "2.12" if tk.check_ckan_version(min_version="2.12") else "2.11"


# What leaks where a leak is made on purpose.
LEAKING = "request/link"


@dataclass(frozen=True)
class Portal:
    """A running portal with everything planted.

    Attributes:
        clients: its servers.
        people: who asks.
        world: what was planted.
        folder: configuration and logs of the servers.
        settings: what they were started with.
        config: CKAN's configuration with the plugins loaded.
    """

    clients: list[Client]
    people: People
    world: World
    folder: Path
    settings: dict[str, str]
    config: dict[str, Any]

    def api(self, role: str) -> Api:
        """The API as one of the personas."""
        return Api(self.clients[0], self.people.of(role).headers)


@pytest.fixture(scope="package")
def portal_of_sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    began = time.monotonic()
    folder = tmp_path_factory.mktemp("sweep")
    ports = [servers.free_port(), servers.free_port()]
    settings = {
        **servers.TALKATIVE,
        "ckan.site_url": f"http://127.0.0.1:{ports[0]}",
        "ckan.plugins": " ".join([*ckan_config["ckan.plugins"], *servers.MORE_PLUGINS]),
    }
    if VERSION == "2.12":
        files = tmp_path_factory.mktemp("files")
        settings |= {
            f"ckan.files.storage.{world.STORAGE}.type": "ckan:fs",
            f"ckan.files.storage.{world.STORAGE}.path": str(files),
        }
    before = dict(ckan_config)
    plugins.load_all()
    try:
        _empty_stores()
        people = accounts.make()
        token = people.of("sysadmin").headers["Authorization"]
        settings["ckanext.xloader.api_token"] = token
        with servers.serving(folder, settings, ports) as clients:
            planted = world.build(clients[0], people, lambda: servers.work(folder, settings))
            accounts.follow(people, [one.id for one in planted.planted.values()])
            accounts.take_away(people)
            print(f"\nportal of the sweep: {time.monotonic() - began:.0f} s")
            yield Portal(clients, people, planted, folder, settings, dict(ckan_config))
    finally:
        model.Session.remove()
        plugins.unload_all()
        ckan_config.clear()
        ckan_config.update(before)


def _empty_stores() -> None:
    helpers.reset_db()
    if not sa.inspect(model.meta.engine).has_table("governance_entity"):
        for plugin in ("activity", "jena_governance"):
            _run_migrations(plugin)
    search.clear_all()
    connect_to_redis().flushdb()


@pytest.fixture(autouse=True)
def _configuration(request: pytest.FixtureRequest) -> None:
    """CKAN's test plugin resets the configuration before each test."""
    if "portal_of_sweep" in request.fixturenames:
        ckan_config.clear()
        ckan_config.update(request.getfixturevalue("portal_of_sweep").config)


@pytest.fixture(scope="package")
def sweep(portal_of_sweep: Portal) -> Sweep:
    world = portal_of_sweep.world
    return Sweep(
        clients=portal_of_sweep.clients,
        canaries=world.canaries,
        entries=classification.load().of_version(VERSION),
        subjects=world.subjects,
        common=world.common,
        expected=expectation.of(world),
    )


@pytest.fixture(scope="package")
def result(sweep: Sweep, portal_of_sweep: Portal) -> Result:
    began = time.monotonic()
    result = sweep.run(portal_of_sweep.people.personas)
    print(f"\n{result.asked} requests in {time.monotonic() - began:.0f} s")
    return result


@pytest.fixture
def leak(portal_of_sweep: Portal) -> Iterator[str]:
    """The location of a restricted link stands in its description, as if nobody cared."""
    (secret, *_) = portal_of_sweep.world.canaries.of([kinds.LOCATION], LEAKING)
    _describe(portal_of_sweep, f"liegt auf {address(secret)}")
    yield secret
    _describe(portal_of_sweep, "")


def _describe(portal: Portal, text: str) -> None:
    dataset, resource = portal.world.ids_of(LEAKING)
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("update resource set description = :text where id = :id"),
            {"text": text, "id": resource},
        )
    model.Session.remove()
    with helpers.changed_config("ckan.site_url", portal.settings["ckan.site_url"]):
        search.rebuild(dataset)
