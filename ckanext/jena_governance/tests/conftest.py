"""A portal to test on: real PostgreSQL, Solr and Redis, and people who write through the API."""

from __future__ import annotations

import functools
import inspect
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jinja2
import pytest
import sqlalchemy as sa
import yaml

import ckantoolkit as tk
from ckan import model
from ckan.plugins import core
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.tests import emptying, reusing

# The portal's day is Berlin's: near midnight `date.today()` of a machine elsewhere is another one.
os.environ["TZ"] = "Europe/Berlin"
time.tzset()

emptying.teach_ckan()
reusing.hash_quickly()

# CKAN loads all plugins anew for each test. Three things make that slow, and none is tested here:
# it looks for each plugin among all installed packages, reads every declaration of settings with
# the slow parser of YAML, and reads source files to find out who calls it.
core.entry_points = functools.cache(core.entry_points)
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
inspect.stack = functools.partial(inspect.stack, 0)


# Nothing here asks CKAN anything.
_PURE = ("policy", "vocabularies")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What does not depend on CKAN's version is tested once, on the newest."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in _PURE:
            item.add_marker(pytest.mark.once)


@pytest.fixture(autouse=True)
def _forget_request_state() -> None:
    """Identity maps of one test must not serve the next."""
    model.Session.remove()


class _Compiled(jinja2.BytecodeCache):
    """Templates that were compiled for one search path: an application compiles all of them anew."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Any) -> None:
        if bucket.key in self._held:
            bucket.bytecode_from_string(self._held[bucket.key])

    def dump_bytecode(self, bucket: Any) -> None:
        self._held[bucket.key] = bucket.bytecode_to_string()


@functools.cache
def _compiled_for(_search_path: tuple[str, ...]) -> _Compiled:
    return _Compiled()


@pytest.fixture
def app(ckan_config: Any) -> Any:
    """CKAN's application for tests."""
    app = reusing.application()
    environment = app.flask_app.jinja_env
    environment.bytecode_cache = _compiled_for(tuple(environment.loader.searchpath))
    return app


@pytest.fixture
def with_plugins(app: Any) -> None:
    """CKAN with its plugins. Making the application loads them; CKAN's fixture would twice."""


@pytest.fixture
def clean_db(reset_db: Callable[[], None], migrate_db_for: Callable[[str], None]) -> None:
    """An empty database with CKAN's tables and ours.

    CKAN drops its tables once and later only empties them: so do we with the migrations.
    """
    engine = model.meta.engine
    reset_db()
    if not sa.inspect(model.meta.engine).has_table("governance_entity"):
        migrate_db_for("activity")
        migrate_db_for("jena_governance")
    # Migrations leave an engine behind that connects anew for each transaction.
    model.init_model(engine)


@pytest.fixture
def portal(with_plugins: Any, clean_db: None, clean_index: None) -> None:
    """The extension, on empty stores."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def result(self) -> Any:
        assert self.status == 200, self.body
        return self.body["result"]

    @property
    def errors(self) -> dict[str, Any]:
        assert self.status == 409, self.body
        return self.body["error"]


class Api:
    """A person at the API, with a token of their own."""

    def __init__(self, app: Any, user: dict[str, Any] | None, language: str = "en") -> None:
        self._app = app
        self._language = language
        self.user = user
        self._headers = {}
        if user:
            token = call_action(
                "api_token_create", context={"user": user["name"]}, user=user["name"], name="test"
            )
            self._headers = {"Authorization": token["token"]}

    @property
    def headers(self) -> dict[str, str]:
        """Signs a request to any page."""
        return dict(self._headers)

    def __call__(self, action: str, **data: Any) -> Answer:
        prefix = f"/{self._language}" if self._language != "en" else ""
        response = self._app.post(
            f"{prefix}/api/3/action/{action}", json=data, headers=self._headers
        )
        return Answer(response.status_code, response.json)


@dataclass(frozen=True)
class City:
    """A core department and a company, with an editor each."""

    department: dict[str, Any]
    company: dict[str, Any]
    clerk: str
    editor: Api
    editor_de: Api
    manager: Api
    sysadmin: Api
    nobody: Api


@pytest.fixture
def city(app: Any, portal: None) -> City:
    """A registered core department and a registered subsidiary."""
    clerk, manager, admin = factories.User(), factories.User(), factories.Sysadmin()
    department = factories.Organization(
        title="Fachdienst Umweltschutz", users=[{"name": clerk["name"], "capacity": "editor"}]
    )
    company = factories.Organization(
        title="Stadtwerke GmbH", users=[{"name": manager["name"], "capacity": "editor"}]
    )
    for organization, entity_class in ((department, "core"), (company, "subsidiary")):
        call_action(
            "governance_entity_update",
            context={"user": admin["name"]},
            organization_id=organization["id"],
            entity_class=entity_class,
            in_group=True,
        )
    return City(
        department=department,
        company=company,
        clerk=clerk["name"],
        editor=Api(app, clerk),
        editor_de=Api(app, clerk, "de"),
        manager=Api(app, manager),
        sysadmin=Api(app, admin),
        nobody=Api(app, None),
    )


@pytest.fixture
def restriction() -> dict[str, Any]:
    """All that a lawful restriction of a core department needs."""
    return {
        "openness": "request",
        "legal_basis": ["dsgvo-personenbezug"],
        "restriction_reason": "Die Tabelle enthält Angaben zu einzelnen Personen.",
        "personal_data": "personal",
        "data_steward": "Fachdienst Umweltschutz, Team Daten",
        "data_steward_email": "daten@umwelt.example",
        "review_date": (date.today() + timedelta(days=300)).isoformat(),
        "license_id": "other-closed",
    }


def stored(name: str) -> dict[str, Any]:
    """A dataset as the database has it, in a session of its own."""
    model.Session.remove()
    return tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": name})
