"""What the settings check looks at: configuration, plugins, privileges, the command."""

from __future__ import annotations

import functools
import sys
from dataclasses import replace
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p

from ckanext.datastore.backend import DatastoreBackend
from ckanext.jena_governance import workers
from ckanext.jena_governance.access import privileges
from ckanext.jena_governance.access.datastore import GovernedBackend
from ckanext.jena_governance.settings_check import OURS, Database, Setup

# Commands that make, look after or repair a portal. They run whatever the settings say: without
# them nothing that is wrong could be put right, and the first start would never come.
MAINTENANCE: tuple[tuple[str, ...], ...] = (
    ("asset",),
    ("clean",),
    ("config",),
    ("config-tool",),
    ("datastore",),
    ("db",),
    ("generate",),
    ("jena-governance", "leak-check"),
    ("jena-governance", "vault"),
    ("jobs", "cancel"),
    ("jobs", "clear"),
    ("jobs", "list"),
    ("jobs", "show"),
    ("plugin-info",),
    ("search-index",),
    ("sysadmin",),
    ("translation",),
    ("user",),
)


def setup() -> Setup:
    """Collect everything."""
    settings = tk.config.copy()  # reading one by one, CKAN complains of those nobody declared
    return Setup(
        settings=settings,
        plugins=tuple(tk.aslist(settings.get("ckan.plugins"))),
        ahead={name: _ahead_of_us(name) for name in ("IUploader", "IPermissionLabels", "IFiles")},
        backend_is_ours=_backend_is_ours(),
        database=_database(*(settings.get(key) for key in _ADDRESSES))
        if p.plugin_loaded("datastore")
        else None,
        workers=_strange_workers(),
    )


# -- the command -------------------------------------------------------------------------------


def is_maintenance() -> bool:
    """Whether this process only looks after the portal, and neither serves nor works for it."""
    words = _command_words()
    return words is not None and (
        not words or any(words[: len(known)] == list(known) for known in MAINTENANCE)
    )


def _command_words() -> list[str] | None:
    """What was asked of the `ckan` command, options of `ckan` itself aside.

    CKAN loads its configuration while that command line is still being read.

    Returns:
        None in every other program, a web server above all.
    """
    context = click.get_current_context(silent=True)
    if context is None:
        return None
    root = context.find_root()
    _, words, _ = root.command.make_parser(root).parse_args(sys.argv[1:])
    return words


# -- plugins -----------------------------------------------------------------------------------


def _ahead_of_us(interface: str) -> tuple[str, ...]:
    """Plugins that CKAN asks before ours; CKAN 2.11 knows no IFiles."""
    if not hasattr(p, interface):
        return ()
    names = [plugin.name for plugin in p.PluginImplementations(getattr(p, interface))]
    return tuple(names[: names.index(OURS)] if OURS in names else names)


def _backend_is_ours() -> bool | None:
    if not p.plugin_loaded("datastore"):
        return None
    return isinstance(DatastoreBackend.get_active_backend(), GovernedBackend)


# -- privileges --------------------------------------------------------------------------------

_ADDRESSES = (
    "sqlalchemy.url",
    "ckan.datastore.write_url",
    "ckan.datastore.read_url",
    "ckanext.xloader.jobs_db.uri",
)
_CONNECTS = """
    SELECT d.datname FROM pg_database AS d
    WHERE d.datname = ANY(:names) AND (
        has_database_privilege(:role, d.oid, 'CONNECT')
        OR has_database_privilege('public', d.oid, 'CONNECT')
    )
    ORDER BY d.datname
"""
# Not what extensions like PostGIS bring: everybody may read their lists.
_READS = """
    SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND (has_any_column_privilege(:role, c.oid, 'SELECT')
            OR has_any_column_privilege('public', c.oid, 'SELECT'))
        AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.objid = c.oid AND e.deptype = 'e')
    ORDER BY c.relname LIMIT 5
"""
_OWNS = "SELECT pg_has_role(:role, :owner, 'USAGE')"
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname IN (:role, :owner)"


# Asked once in a process, and not again in those that a worker forks for its jobs.
@functools.cache
def _database(
    main: str, write: str | None = None, read: str | None = None, jobs: str | None = None
) -> Database | None:
    if not write or not read:
        return None
    try:
        with model.ensure_engine().connect() as connection:
            found = rights_of_reader(
                connection, *map(sa.engine.make_url, (main, write, read, jobs or main))
            )
        return replace(found, opens_new_tables=privileges.defaults_open())
    except SQLAlchemyError:
        return Database(reachable=False)


def rights_of_reader(
    connection: Connection, main: URL, write: URL, read: URL, jobs: URL
) -> Database:
    """What the DataStore's reading role may do on CKAN's own server.

    Args:
        connection: to CKAN's own database.
        main: address of CKAN's own database.
        write: address of the DataStore, for the role that owns it.
        read: address of the DataStore, for the role that reads it.
        jobs: address of the database of xloader's jobs.
    """
    role, owner = read.username or "", write.username or ""

    def ask(sql: str, **values: Any) -> list[Any]:
        return list(connection.execute(sa.text(sql), {"role": role, **values}).scalars())

    shared = _place(main) == _place(read)
    known = ask(_ROLES, owner=owner)
    if role not in known:  # the DataStore has a server of its own
        return Database(read_role=role, shared=shared)
    names = [name for name in {main.database, jobs.database} if name != read.database]
    return Database(
        read_role=role,
        connects=tuple(ask(_CONNECTS, names=names)),
        reads=() if shared else tuple(ask(_READS)),
        is_owner=owner in known and ask(_OWNS, owner=owner) == [True],
        shared=shared,
    )


def _place(url: URL) -> tuple[Any, ...]:
    return (url.host, url.port or 5432, url.database)


@functools.cache
def _strange_workers() -> tuple[str, ...]:
    workers.sign_in()
    return workers.without_us()
