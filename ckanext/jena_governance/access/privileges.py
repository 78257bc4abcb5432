"""What the DataStore's read role may read: tables and aliases of open resources, and no others.

The read role is what CKAN reads with, also when we are not there. So a table is closed to it at
birth, opened when its resource is open, and closed again before its resource is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

import ckantoolkit as tk

from ckanext.datastore.backend.postgres import get_write_engine

log = logging.getLogger(__name__)

PERMISSION_DENIED = "42501"
# Two sessions changed the privileges of one table; the second may simply try again.
_INTERNAL_ERROR = "XX000"
_LOCK_LIMIT = "10s"

# The tables of these names, the views (aliases) on them, and views on those.
_FAMILY = """
WITH RECURSIVE family (resource_id, relation) AS (
    SELECT relname::text, oid FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        {condition}
  UNION
    SELECT family.resource_id, rule.ev_class
    FROM family
    JOIN pg_depend AS use ON use.refclassid = 'pg_class'::regclass
        AND use.refobjid = family.relation AND use.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite AS rule ON rule.oid = use.objid
)
SELECT family.resource_id,
    format('%I.%I', space.nspname, relation.relname) AS name,
    has_any_column_privilege(:reader, relation.oid, 'SELECT') AS is_readable,
    (
        SELECT count(DISTINCT use.refobjid)
        FROM pg_rewrite AS rule
        JOIN pg_depend AS use ON use.objid = rule.oid AND use.classid = 'pg_rewrite'::regclass
            AND use.refclassid = 'pg_class'::regclass AND use.refobjid <> rule.ev_class
        WHERE rule.ev_class = relation.oid
    ) AS sources
FROM family
JOIN pg_class AS relation ON relation.oid = family.relation
JOIN pg_namespace AS space ON space.oid = relation.relnamespace
ORDER BY family.resource_id, relation.oid
"""
_OF_IDS = "AND relname = ANY(CAST(:ids AS name[]))"
# CKAN's own tables begin with an underscore.
_OF_RESOURCES = "AND left(relname::text, 1) <> '_'"

_DEFAULTS = """
SELECT setting.oid, coalesce(space.nspname, '') AS schema
FROM pg_default_acl AS setting
LEFT JOIN pg_namespace AS space ON space.oid = setting.defaclnamespace
CROSS JOIN aclexplode(setting.defaclacl) AS item
JOIN pg_roles AS owner ON owner.oid = setting.defaclrole
LEFT JOIN pg_roles AS reader ON reader.oid = item.grantee
WHERE setting.defaclobjtype = 'r' AND item.privilege_type = 'SELECT'
    AND owner.rolname = current_user AND coalesce(reader.rolname, :reader) = :reader
    AND coalesce(space.nspname, 'public') = 'public'
"""


class Relation(NamedTuple):
    """A table, or a view on it, as the database has it."""

    resource_id: str
    name: str
    is_readable: bool
    sources: int


def open_to_reader(resource_ids: Iterable[str]) -> None:
    """Let the read role read these tables, and their aliases.

    A view that joins several tables is left alone: one of them may be restricted.
    """
    for one in _change(resource_ids, _grant):
        if not one.is_readable and one.sources <= 1:
            log.error("DataStore: table of resource %s could not be opened", one.resource_id)


def close_to_reader(resource_ids: Iterable[str]) -> None:
    """Take these tables from the read role, and every view on them.

    What cannot be taken from it (somebody else owns it) is logged, and ``vault status`` has it.
    """
    for one in _change(resource_ids, _revoke):
        if one.is_readable:
            log.error("DataStore: the read role still reads %s", one.name)


def readable() -> dict[str, bool]:
    """For every table its resource's id, and whether the read role reads it or a view on it."""
    with get_write_engine().connect() as connection:
        relations = _relations(connection, _OF_RESOURCES)
    found: dict[str, bool] = {}
    for one in relations:
        found[one.resource_id] = found.get(one.resource_id, False) or one.is_readable
    return found


def defaults_open() -> bool:
    """Whether the read role may read new tables without being asked."""
    with get_write_engine().connect() as connection:
        return bool(_open_defaults(connection))


def close_defaults() -> bool:
    """Close new tables at birth, whatever ``datastore set-permissions`` has granted.

    The write role owns the tables and its default privileges: no superuser is needed.

    Returns:
        Whether they were open.
    """
    with get_write_engine().begin() as connection:
        schemas = _open_defaults(connection)
        for schema in schemas:
            where = f"IN SCHEMA {schema}" if schema else ""
            change = f"ALTER DEFAULT PRIVILEGES {where} REVOKE SELECT ON TABLES"
            connection.execute(sa.text(f"{change} FROM {_quoted(_reader())}, PUBLIC"))
    return bool(schemas)


def open_defaults() -> None:
    """As CKAN's ``datastore set-permissions`` leaves it: for life without this extension."""
    change = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO"
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f"{change} {_quoted(_reader())}"))


def is_refusal(error: BaseException | None) -> bool:
    """Whether an error comes from a missing privilege, however CKAN has wrapped it."""
    while error is not None:
        code = getattr(getattr(error, "orig", None), "pgcode", None)
        if isinstance(error, DBAPIError) and code == PERMISSION_DENIED:
            return True
        error = error.__cause__ or error.__context__
    return False


def _grant(relation: Relation) -> str | None:
    if relation.is_readable or relation.sources > 1:
        return None
    return f"GRANT SELECT ON {relation.name} TO {_quoted(_reader())}"


def _revoke(relation: Relation) -> str | None:
    if not relation.is_readable:
        return None
    return f"REVOKE SELECT ON TABLE {relation.name} FROM {_quoted(_reader())}, PUBLIC"  # noqa: S608


def _change(resource_ids: Iterable[str], order: Callable[[Relation], str | None]) -> list[Relation]:
    """One query; commands only for what is not yet as it should be; how it is afterwards."""
    ids = sorted(set(resource_ids))
    if not ids:
        return []
    try:
        return _changed(ids, order)
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) != _INTERNAL_ERROR:
            raise
        return _changed(ids, order)


def _changed(ids: list[str], order: Callable[[Relation], str | None]) -> list[Relation]:
    with get_write_engine().begin() as connection:
        relations = _relations(connection, _OF_IDS, ids=ids)
        commands = [command for one in relations if (command := order(one))]
        if not commands:
            return relations
        connection.execute(sa.text(f"SET LOCAL lock_timeout TO '{_LOCK_LIMIT}'"))
        for command in commands:
            # An alias may hold a colon, which SQLAlchemy would take for a parameter.
            connection.execute(sa.text(command.replace(":", "\\:")))
        return _relations(connection, _OF_IDS, ids=ids)


def _relations(connection: Connection, condition: str, **values: Any) -> list[Relation]:
    query = sa.text(_FAMILY.format(condition=condition))
    rows = connection.execute(query, {"reader": _reader(), **values})
    return [Relation(*row) for row in rows]


def _open_defaults(connection: Connection) -> list[str]:
    rows = connection.execute(sa.text(_DEFAULTS), {"reader": _reader()})
    return sorted({row.schema for row in rows})


def _reader() -> str:
    """The read role's name."""
    return sa.engine.make_url(tk.config["ckan.datastore.read_url"]).username or ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
