"""Which settings are found wrong, and what CKAN does then."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
import rq
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from ckan import model
from ckan.cli.cli import ckan as command_line
from ckan.lib.redis import connect_to_redis

from ckanext.jena_governance import settings_facts, workers
from ckanext.jena_governance.access import privileges
from ckanext.jena_governance.settings_check import CHECKS, Database, Setup, findings

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ("jena_governance", "scheming_datasets", "dcat", "datastore", "xloader")

# As CKAN 2.12 hands them over with the settings of the demo portal.
GOOD: dict[str, Any] = {
    "ckan.site_url": "https://daten.example",
    "ckan.auth.roles_that_cascade_to_sub_groups": [],
    "ckan.auth.create_unowned_dataset": False,
    "ckan.auth.create_dataset_if_not_in_organization": False,
    "ckan.auth.anon_create_dataset": False,
    "ckan.auth.allow_dataset_collaborators": False,
    "ckan.auth.allow_admin_collaborators": False,
    "ckan.auth.allow_collaborators_to_change_owner_org": False,
    "ckan.auth.user_create_organizations": False,
    "ckan.auth.user_create_groups": False,
    "ckan.auth.user_delete_organizations": False,
    "ckan.auth.public_user_details": False,
    "ckan.auth.public_activity_stream_detail": False,
    "ckan.auth.reveal_private_datasets": False,
    "ckan.cache_enabled": False,
    "debug": False,
    "ckan.datastore.sqlsearch.enabled": False,
    "ckan.datastore.public_table_search": [],
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_SAMESITE": "Strict",
    "SESSION_COOKIE_SECURE": True,
    "REMEMBER_COOKIE_SECURE": True,
    "WTF_CSRF_ENABLED": True,
    "ckan.files.default_storages.user": "users",
    "ckan.files.storage.users.public": True,
    "ckan.files.owner.cascade_access": {"group": [], "organization": []},
}
SETUP = Setup(settings=GOOD, plugins=PLUGINS, backend_is_ours=True, database=Database())

# What is changed in it, and which check has to find that.
BAD_SETTINGS: list[tuple[str, str, Any]] = [
    ("cascading-roles", "ckan.auth.roles_that_cascade_to_sub_groups", ["admin"]),
    ("unowned-datasets", "ckan.auth.create_unowned_dataset", True),
    ("unowned-datasets", "ckan.auth.create_unowned_dataset", "true"),
    ("unowned-datasets", "ckan.auth.create_unowned_dataset", "perhaps"),
    ("datasets-of-outsiders", "ckan.auth.create_dataset_if_not_in_organization", True),
    ("anonymous-datasets", "ckan.auth.anon_create_dataset", True),
    ("collaborators", "ckan.auth.allow_dataset_collaborators", True),
    ("admin-collaborators", "ckan.auth.allow_admin_collaborators", True),
    ("moving-collaborators", "ckan.auth.allow_collaborators_to_change_owner_org", True),
    ("organizations-by-users", "ckan.auth.user_create_organizations", True),
    ("groups-by-users", "ckan.auth.user_create_groups", True),
    ("organizations-deleted", "ckan.auth.user_delete_organizations", True),
    ("public-users", "ckan.auth.public_user_details", True),
    ("activity-detail", "ckan.auth.public_activity_stream_detail", True),
    ("revealed-datasets", "ckan.auth.reveal_private_datasets", True),
    ("public-caching", "ckan.cache_enabled", True),
    ("debug", "debug", True),
    ("sql-search", "ckan.datastore.sqlsearch.enabled", True),
    ("public-tables", "ckan.datastore.public_table_search", ["_table_metadata"]),
    ("session-cookie-samesite", "SESSION_COOKIE_SAMESITE", "None"),
    ("session-cookie-samesite", "SESSION_COOKIE_SAMESITE", ""),
    ("remember-cookie-samesite", "REMEMBER_COOKIE_SAMESITE", None),
    ("session-cookie-secure", "SESSION_COOKIE_SECURE", False),
    ("remember-cookie-secure", "REMEMBER_COOKIE_SECURE", False),
    ("csrf-off", "WTF_CSRF_ENABLED", False),
    ("csrf-extensions", "ckan.csrf_protection.ignore_extensions", True),
    ("public-storage", "ckan.files.storage.resources.public", True),
    ("cascading-files", "ckan.files.owner.cascade_access", {"package": [], "group": []}),
    ("cascading-files", "ckan.files.owner.cascade_access", "group resource:uploads"),
]
BAD_SETUPS: list[tuple[str, dict[str, Any]]] = [
    ("plugin-order", {"plugins": ("text_view", *PLUGINS)}),
    ("resource-proxy", {"plugins": (*PLUGINS, "resource_proxy")}),
    ("stock-harvesters", {"plugins": (*PLUGINS, "harvest", "ckan_harvester")}),
    ("other-uploader", {"ahead": {"IUploader": ("s3filestore",)}}),
    ("other-labels", {"ahead": {"IPermissionLabels": ("collaborators",)}}),
    ("other-file-access", {"ahead": {"IFiles": ("files",)}}),
    ("datastore-backend", {"backend_is_ours": False}),
    ("database-unknown", {"database": Database(reachable=False, reads=("user",))}),
    ("datastore-shared", {"database": Database(shared=True)}),
    ("read-role-owner", {"database": Database(is_owner=True)}),
    ("read-role-connect", {"database": Database(connects=("ckan_default",))}),
    ("read-role-select", {"database": Database(reads=("user",))}),
    ("open-by-default", {"database": Database(opens_new_tables=True)}),
    ("worker-without-us", {"workers": ("host:42",)}),
]


def ids(setup: Setup) -> list[str]:
    return [finding.check.id for finding in findings(setup)]


def test_nothing_is_wrong_with_good_settings() -> None:
    assert ids(SETUP) == []


@pytest.mark.parametrize(("expected", "key", "value"), BAD_SETTINGS)
def test_a_bad_setting_is_found_alone(expected: str, key: str, value: Any) -> None:
    assert ids(replace(SETUP, settings=GOOD | {key: value})) == [expected]


@pytest.mark.parametrize(("expected", "change"), BAD_SETUPS)
def test_a_bad_setup_is_found_alone(expected: str, change: dict[str, Any]) -> None:
    assert ids(replace(SETUP, **change)) == [expected]


def test_every_check_is_tried_above() -> None:
    tried = {case[0] for case in [*BAD_SETTINGS, *BAD_SETUPS]}
    assert tried == {check.id for check in CHECKS}
    assert len(CHECKS) == len({check.id for check in CHECKS})


def test_what_is_not_there_is_not_found_wrong() -> None:
    """No DataStore: its settings do not matter. Plain http: cookies cannot be secure."""
    settings = GOOD | {
        "ckan.datastore.sqlsearch.enabled": True,
        "ckan.datastore.public_table_search": ["_table_metadata"],
        "ckan.site_url": "http://localhost:5000",
        "SESSION_COOKIE_SECURE": False,
        "REMEMBER_COOKIE_SECURE": False,
    }
    setup = Setup(settings=settings, plugins=("jena_governance",))
    assert ids(setup) == []


def test_a_finding_is_one_line_with_risk_and_fix() -> None:
    everything = {key: value for _, key, value in BAD_SETTINGS}
    changes = {name: value for _, change in BAD_SETUPS for name, value in change.items()}
    for finding in findings(replace(SETUP, settings=GOOD | everything, **changes)):
        text = str(finding)
        assert text.startswith(f"[{finding.check.id}] {finding.check.subject}: "), text
        assert f". Risk: {finding.check.risk}. Fix: {finding.check.fix}." in text
        assert "\n" not in text


def test_what_was_found_is_named() -> None:
    roles = GOOD | {"ckan.auth.roles_that_cascade_to_sub_groups": ["admin", "editor"]}
    assert "(admin, editor)" in str(findings(replace(SETUP, settings=roles))[0])


# -- privileges: asked of a real database ------------------------------------------------------


@pytest.fixture
def addresses(ckan_config: Any) -> dict[str, URL]:
    names = {
        "main": "sqlalchemy.url",
        "write": "ckan.datastore.write_url",
        "read": "ckan.datastore.read_url",
    }
    return {name: sa.engine.make_url(ckan_config[key]) for name, key in names.items()}


@contextmanager
def granted(*statements: str) -> Iterator[Connection]:
    """A connection of CKAN's own role, in which these statements hold; nobody else sees them."""
    with model.meta.engine.connect() as connection:
        transaction = connection.begin()  # else SQLAlchemy of CKAN 2.11 commits each GRANT
        try:
            for statement in statements:
                connection.execute(sa.text(statement))
            yield connection
        finally:
            transaction.rollback()


def asked(connection: Connection, addresses: dict[str, URL], **other: URL) -> Database:
    urls = addresses | {"jobs": addresses["main"]} | other
    return settings_facts.rights_of_reader(connection, **urls)


@pytest.mark.usefixtures("portal")
def test_the_privileges_of_the_tests_are_good(addresses: dict[str, URL]) -> None:
    with granted() as connection:
        found = asked(connection, addresses)
    assert found == Database(read_role=str(addresses["read"].username))


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize("to", ["PUBLIC", "{read}"])
def test_a_role_that_may_connect_is_found(addresses: dict[str, URL], to: str) -> None:
    name, to = addresses["main"].database, to.format(read=addresses["read"].username)
    with granted(f'GRANT CONNECT ON DATABASE "{name}" TO {to}') as connection:
        assert asked(connection, addresses).connects == (name,)


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize("to", ["PUBLIC", "{read}"])
@pytest.mark.parametrize(
    ("privilege", "table"),
    [("SELECT", "governance_resource_location"), ("SELECT (url)", "resource")],
)
def test_a_table_that_may_be_read_is_found(
    addresses: dict[str, URL], to: str, privilege: str, table: str
) -> None:
    to = to.format(read=addresses["read"].username)
    with granted(f"GRANT {privilege} ON {table} TO {to}") as connection:
        assert asked(connection, addresses).reads == (table,)


@pytest.mark.usefixtures("portal")
def test_a_reading_role_that_owns_is_found(addresses: dict[str, URL]) -> None:
    with granted() as connection:
        assert asked(connection, addresses, read=addresses["write"]).is_owner
        shared = asked(connection, addresses, read=addresses["main"])
        assert shared.shared
        strange = addresses["read"].set(username="nobody_has_this_name")
        assert asked(connection, addresses, read=strange) == Database(
            read_role="nobody_has_this_name"
        )


@pytest.mark.usefixtures("portal")
def test_tables_that_are_open_from_their_making_are_found() -> None:
    try:
        for change in (privileges.open_defaults, privileges.close_defaults):
            change()
            settings_facts._database.cache_clear()
            found = settings_facts.setup().database
            assert found
            assert found.opens_new_tables is (change is privileges.open_defaults)
    finally:
        privileges.close_defaults()
        settings_facts._database.cache_clear()


@pytest.mark.usefixtures("portal")
def test_the_backend_of_the_tests_is_ours() -> None:
    assert settings_facts.setup().backend_is_ours


# -- a real start ------------------------------------------------------------------------------


@pytest.fixture
def ini(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    """Write an ini file that rests on the tests' own."""
    base = Path(request.config.getoption("--ckan-ini") or os.environ["CKAN_INI"]).resolve()

    def write(settings: dict[str, str]) -> Path:
        own = [f"{key} = {value}" for key, value in settings.items()]
        logging = "[loggers]" + base.read_text().partition("[loggers]")[2]
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.ini"
        path.write_text("\n".join(["[app:main]", f"use = config:{base}", *own, logging]))
        return path

    return write


def demo_portal() -> dict[str, str]:
    """The settings of the demo portal; addresses and the rest are those of the tests."""
    sys.path.insert(0, str(ROOT))
    try:
        from dev.config import PORTAL_SETTINGS
    finally:
        sys.path.remove(str(ROOT))
    return {key: value for key, value in PORTAL_SETTINGS.items() if key != "use"}


# What test.ini sets for the sake of CKAN's own tests, and what only CKAN 2.11 knows.
STRICT = demo_portal() | {
    "WTF_CSRF_ENABLED": "true",
    "ckan.csrf_protection.ignore_extensions": "false",
}
BAD = STRICT | {
    "ckan.auth.roles_that_cascade_to_sub_groups": "admin",
    "ckan.auth.create_unowned_dataset": "true",
}
SERVER = (
    "import sys; from ckan.cli import load_config; from ckan.config.middleware import make_app; "
    "make_app(load_config(sys.argv[1])); print('it serves')"
)


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}


def ckan(ini: Path, *words: str) -> list[str]:
    return [str(Path(sys.executable).parent / "ckan"), "-c", str(ini), *words]


def run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=environment()
    )
    return done.returncode, done.stdout + done.stderr


def test_strict_refuses_and_names_all_at_once(ini: Callable[..., Path]) -> None:
    bad = ini(BAD)
    for command in (ckan(bad, "run", "--port", "1"), [sys.executable, "-c", SERVER, str(bad)]):
        code, said = run(command)
        assert code != 0
        assert "it serves" not in said
        assert "strict_settings is on" in said
        listed = [row for row in said.splitlines() if row.startswith("- [")]
        assert [row.partition("]")[0] for row in listed] == [
            "- [cascading-roles",
            "- [unowned-datasets",
        ]
        assert all(". Risk: " in row and ". Fix: " in row for row in listed)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("run --port 5000", False),
        ("jobs worker default", False),
        ("harvester gather-consumer", False),
        ("jena-governance seed", False),
        ("jobs list", True),
        ("db upgrade -p jena_governance", True),
        ("db init", True),
        ("datastore set-permissions", True),
        ("generate config ckan.ini", True),
        ("search-index rebuild", True),
        ("jena-governance vault lock", True),
        ("jena-governance leak-check --url x", True),
        ("", True),
    ],
)
def test_what_runs_in_any_case(monkeypatch: pytest.MonkeyPatch, words: str, expected: bool) -> None:
    for options in (["-c", "db"], ["--config=db"], []):
        monkeypatch.setattr(sys, "argv", ["ckan", *options, *words.split()])
        with click.Context(command_line):
            assert settings_facts.is_maintenance() is expected


def test_a_web_server_is_no_maintenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["uwsgi", "db", "upgrade"])
    assert not settings_facts.is_maintenance()


def test_strict_lets_the_portal_be_repaired(ini: Callable[..., Path], ckan_config: Any) -> None:
    """Even before there are tables: the database of xloader's jobs has none of CKAN's."""
    bad = ini(BAD | {"sqlalchemy.url": ckan_config["ckanext.xloader.jobs_db.uri"]})
    code, said = run(ckan(bad, "db", "pending-migrations"))
    assert code == 0, said
    assert "[cascading-roles]" in said


def test_strict_starts_with_the_settings_of_the_demo_portal(ini: Callable[..., Path]) -> None:
    code, said = run(ckan(ini(STRICT), "jobs", "worker", "--burst"))
    assert code == 0, said
    assert "Risk:" not in said


def test_without_strict_each_is_a_warning(ini: Callable[..., Path]) -> None:
    code, said = run(
        [
            sys.executable,
            "-c",
            SERVER,
            str(ini(BAD | {"ckanext.jena_governance.strict_settings": "false"})),
        ]
    )
    assert code == 0, said
    assert said.count("[cascading-roles] ") == said.count("[unowned-datasets] ") == 1
    assert said.count("Risk: ") == 2


# -- workers -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("with_plugins", "clean_redis")
def test_a_worker_without_us_is_found(ini: Callable[..., Path]) -> None:
    governed = subprocess.Popen(ckan(ini({}), "jobs", "worker"), env=environment())
    plain = subprocess.Popen(
        ckan(ini({"ckan.plugins": "activity"}), "jobs", "worker"), env=environment()
    )
    try:
        deadline = time.monotonic() + 300
        while rq.Worker.count(connection=connect_to_redis()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        found = workers.without_us()
    finally:
        for process in (governed, plain):
            process.terminate()
            process.wait(30)
    assert [name.rpartition(":")[2] for name in found] == [str(plain.pid)]


@pytest.mark.usefixtures("with_plugins", "clean_redis")
def test_an_old_signature_does_not_cover_a_new_worker(ckan_config: Any) -> None:
    connection = connect_to_redis()
    worker = rq.Worker([f"ckan:{ckan_config['ckan.site_id']}:default"], connection=connection)
    worker.register_birth()
    stranger = rq.Worker(["ckan:another-portal:default"], connection=connection)
    stranger.register_birth()
    try:
        name = f"{worker.hostname}:{worker.pid}"
        assert workers.without_us() == (name,)
        [key] = [f"ckan:{ckan_config['ckan.site_id']}:jena_governance:processes"]
        connection.hset(key, name, str(time.time() - 1))
        assert workers.without_us() == ()
        connection.hset(key, name, str(time.time() - 3600))
        assert workers.without_us() == (name,)
        connection.hset(key, "gone:1", str(time.time() - 10 * 86_400))
        workers.sign_in()
        assert connection.hget(key, "gone:1") is None
        assert connection.hexists(key, f"{worker.hostname}:{os.getpid()}")
    finally:
        worker.register_death()
        stranger.register_death()


@pytest.mark.usefixtures("with_plugins", "clean_redis")
def test_a_worker_that_was_killed_here_does_not_count(ckan_config: Any) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    connection = connect_to_redis()
    worker = rq.Worker([f"ckan:{ckan_config['ckan.site_id']}:default"], connection=connection)
    try:
        for pid, host, expected in (
            (os.getpid(), worker.hostname, True),
            (dead.pid, worker.hostname, False),
            (dead.pid, "another", True),
        ):
            worker.pid, worker.hostname = pid, host
            worker.register_birth()
            assert bool(workers.without_us()) is expected
            worker.register_death()
    finally:
        connection.delete(worker.key)
