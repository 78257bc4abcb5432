"""One portal for the whole folder, served as it is, and who takes from it: other CKANs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from ckan import model, plugins
from ckan.cli.db import _run_migrations
from ckan.common import config as ckan_config
from ckan.lib import search
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories, helpers

from ckanext.jena_governance.leakcheck.client import Api
from ckanext.jena_governance.tests.consumers import planting, second
from ckanext.jena_governance.tests.consumers.portal import HARVEST_USER, Portal, shown
from ckanext.jena_governance.tests.consumers.story import KINDS, Story, harvested
from ckanext.jena_governance.tests.sweep import servers


@pytest.fixture(scope="package")
def portal_of_consumers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal that others take from."""
    began = time.monotonic()
    port = servers.free_port()
    settings = {
        "testing": "false",
        "ckan.site_url": f"http://127.0.0.1:{port}",
        "ckanext.harvest.user_name": HARVEST_USER,
    }
    before = dict(ckan_config)
    ckan_config.update(settings)
    plugins.load_all()
    try:
        _empty_stores()
        people, organization = _people()
        folder = tmp_path_factory.mktemp("consumers")
        with servers.serving(folder, settings, [port], pages=False) as (client,):
            editor = Api(client, people["editor"])
            canaries, ids = planting.plant_all(editor, organization)
            answers = shown(Api(client))
            print(f"\nportal of the consumers: {time.monotonic() - began:.0f} s")
            yield Portal(client, people, organization, canaries, ids, dict(ckan_config), answers)
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


def _people() -> tuple[dict[str, dict[str, str]], dict[str, Any]]:
    """Editors of one department of the city, and a sysadmin; what signs their requests."""
    accounts = {
        "sysadmin": factories.Sysadmin(),
        "editor": factories.User(),
        "harvester": factories.User(name=HARVEST_USER),
        "stranger": factories.User(),
    }
    members = [
        {"name": accounts[role]["name"], "capacity": "editor"} for role in ("editor", "harvester")
    ]
    organization = factories.Organization(
        name="umwelt", title="Fachdienst Umweltschutz", users=members
    )
    helpers.call_action(
        "governance_entity_update",
        context={"user": accounts["sysadmin"]["name"]},
        organization_id=organization["id"],
        entity_class="core",
        in_group=True,
    )
    return {role: _signed(account["name"]) for role, account in accounts.items()}, organization


def _signed(name: str) -> dict[str, str]:
    made = helpers.call_action("api_token_create", context={"user": name}, user=name, name="x")
    return {"Authorization": made["token"]}


@pytest.fixture(autouse=True)
def _configuration(request: pytest.FixtureRequest) -> None:
    """CKAN's test plugin resets the configuration before each test."""
    if "portal_of_consumers" in request.fixturenames:
        ckan_config.clear()
        ckan_config.update(request.getfixturevalue("portal_of_consumers").config)


@pytest.fixture(scope="package")
def stories(portal_of_consumers: Portal) -> Iterator[dict[str, Story]]:
    """What others got, at first, again, and after the portal closed, hid and deleted something."""
    began = time.monotonic()
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        made = pool.map(lambda one: stack.enter_context(second.running(one)), KINDS)
        others = dict(zip(KINDS, made, strict=True))
        tell = harvested(portal_of_consumers, others, pool)
        print(f"\n{len(KINDS)} other CKANs: {time.monotonic() - began:.0f} s")
        yield tell
