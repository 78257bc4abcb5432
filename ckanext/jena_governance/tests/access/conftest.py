"""Restricted data, and people who ask for them with a browser or a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import Client

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p
from ckan.tests import factories

from ckanext.jena_governance.access import log
from ckanext.jena_governance.model import GovernanceAccessLog
from ckanext.jena_governance.tests.conftest import Api, City

# Files that resources own came with CKAN 2.12.
collect_ignore = [] if hasattr(p, "IFiles") else ["test_files.py"]

PASSWORD = "correct-horse"
LINK = "https://fachverfahren.example/canary-link/akten.csv"


class Browser:
    """Somebody at the pages, signed in as people sign in; redirects are not followed."""

    def __init__(self, app: Any, api: Api) -> None:
        # The whole stack: on CKAN 2.11 the language is read outside of Flask.
        self._client = Client(app.app)
        if api.user:
            user = model.User.get(api.user["id"])
            user.password = PASSWORD
            model.Session.commit()
            data = {"login": user.name, "password": PASSWORD}
            assert self("/user/login", method="POST", data=data).status_code == 302

    def __call__(self, url: str, method: str = "GET", **more: Any) -> Any:
        headers = {"Accept": "text/html,*/*;q=0.8", **more.pop("headers", {})}
        site = tk.config["ckan.site_url"]
        return self._client.open(url, base_url=site, method=method, headers=headers, **more)


@pytest.fixture
def browse(app: Any) -> Callable[[Api], Browser]:
    """A browser for somebody."""
    browsers: dict[int, Browser] = {}

    def of(api: Api) -> Browser:
        if id(api) not in browsers:
            browsers[id(api)] = Browser(app, api)
        return browsers[id(api)]

    return of


@pytest.fixture
def restricted(city: City, restriction: dict[str, Any]) -> dict[str, Any]:
    """A dataset on request with one link; the department's members are entitled."""
    log._prune_once.cache_clear()
    return city.editor(
        "package_create",
        name="akten",
        title="Akten",
        owner_org=city.department["id"],
        resources=[{"url": LINK, "name": "Akten 2026", "format": "CSV"}],
        **restriction,
    ).result


@pytest.fixture
def resource(restricted: dict[str, Any]) -> dict[str, Any]:
    return restricted["resources"][0]


def logged() -> list[tuple[str, str, str, int]]:
    """The access log: user, way, rule, count."""
    row = GovernanceAccessLog
    query = sa.select(row.user_id, row.via, row.rule, row.count).order_by(row.id)
    with model.meta.engine.connect() as connection:
        return [tuple(found) for found in connection.execute(query)]


def collaborator(city: City, dataset: str) -> Api:
    """Somebody who may edit a dataset, but not see its data: CKAN's inherited rights are not ours."""
    user = factories.User()
    parent = factories.Organization(users=[{"name": user["name"], "capacity": "admin"}])
    member = model.Member(
        group=model.Group.get(city.department["id"]),
        table_id=parent["id"],
        table_name="group",
        capacity="parent",
        state="active",
    )
    model.Session.add(member)
    model.Session.commit()
    api = Api(city.editor._app, user)
    assert api("package_patch", id=dataset, notes="Notizen").status == 200
    return api
