"""What a query in SQL reads, and what it says, as PostgreSQL itself understands it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_read_engine

# What stands before a parenthesis in PostgreSQL's own spelling of a query, and is no function.
_WORDS = frozenset(
    {
        *("all", "and", "any", "array", "as", "between", "by", "case", "coalesce", "distinct"),
        *("else", "except", "exists", "filter", "from", "greatest", "group", "having", "in"),
        *("intersect", "is", "join", "least", "like", "limit", "not", "nullif", "offset", "on"),
        *("or", "over", "partition", "row", "select", "similar", "then", "union", "using"),
        *("values", "when", "where", "with", "within"),
    }
)
_TEXT_OR_NAME = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_CALL = re.compile(r'([\w$]+|")\s*\(')

# The tables behind a view, through other views.
_TABLES = """
WITH RECURSIVE behind (relation) AS (
    SELECT CAST(:view AS regclass)::oid
  UNION
    SELECT use.refobjid
    FROM behind
    JOIN pg_rewrite AS rule ON rule.ev_class = behind.relation
    JOIN pg_depend AS use ON use.objid = rule.oid AND use.classid = 'pg_rewrite'::regclass
        AND use.refclassid = 'pg_class'::regclass
)
SELECT space.nspname AS schema, relation.relname AS name
FROM behind
JOIN pg_class AS relation ON relation.oid = behind.relation
JOIN pg_namespace AS space ON space.oid = relation.relnamespace
WHERE relation.relkind NOT IN ('v', 'm')
"""


@dataclass(frozen=True)
class Query:
    """A query as PostgreSQL understood it.

    Attributes:
        sql: one single SELECT, in PostgreSQL's own spelling.
        tables: the names of all tables it reads, also through views.
    """

    sql: str
    tables: tuple[str, ...]


def understand(sql: str) -> Query | None:
    """Let PostgreSQL parse a query, without planning or running it.

    A temporary view needs no privilege on what it selects, and knows all of it. The query is
    somebody's text, so the read role does it, and everything is rolled back.

    Args:
        sql: the query, as it was sent.

    Returns:
        ``None`` for what is no plain query over tables in the public schema, or calls functions
        that CKAN does not allow.
    """
    view = f"query_{secrets.token_hex(8)}"
    with get_read_engine().connect() as connection:
        transaction = connection.begin()
        try:
            return _read(connection, view, sql)
        except SQLAlchemyError:
            return None
        finally:
            transaction.rollback()


def _read(connection: Connection, view: str, sql: str) -> Query | None:
    # Colons are no parameters of ours.
    connection.execute(sa.text(f"CREATE TEMPORARY VIEW {view} AS {sql}".replace(":", "\\:")))
    query = sa.text("SELECT pg_get_viewdef(CAST(:view AS regclass))")
    spelled = str(connection.execute(query, {"view": view}).scalar_one()).strip().rstrip(";")
    found = connection.execute(sa.text(_TABLES), {"view": view}).all()
    is_public = all(row.schema == "public" for row in found)
    if not found or not is_public or not _calls_only_what_is_allowed(spelled):
        return None
    return Query(sql=spelled, tables=tuple(sorted({row.name for row in found})))


def _calls_only_what_is_allowed(sql: str) -> bool:
    """Some functions read tables by name: before a query is planned for the owner of all tables.

    CKAN 2.11 looks at the functions only after that.
    """
    backend: Any = DatastoreBackend.get_active_backend()
    # The quotation mark that is left of a quoted name is no allowed function.
    bare = _TEXT_OR_NAME.sub(lambda found: found[0][0] * 2, sql)
    calls = {name.lower() for name in _CALL.findall(bare)}
    return calls - _WORDS <= set(backend.allowed_sql_functions)
