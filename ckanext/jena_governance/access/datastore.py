"""Rows of restricted resources: the read role has no privilege on their tables.

Those entitled read with a second engine, inside a context that only a decision opens. Where
another plugin, or CKAN without us, reads with its own engine, PostgreSQL refuses.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p
from ckan.types import Context

from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import DatastorePostgresqlBackend
from ckanext.jena_governance.access import (
    entitlement,
    explaining,
    log,
    privileges,
    queries,
    stored,
    transaction,
)
from ckanext.jena_governance.model import GovernanceResourceLocation
from ckanext.jena_governance.policy import OPEN, Actor, Decision

try:
    from ckanext.xloader import interfaces as _xloader
except ImportError:
    _xloader = None

logger = logging.getLogger(__name__)

# xloader's interface, where xloader is installed.
IXloader: Any = _xloader and _xloader.IXloader

# No log, no data.
_NO_LOG = (
    "Access to restricted data is logged, and the log cannot be written at the moment. "
    "Please try again in a few minutes."
)


class UnseenTableError(tk.ObjectNotFound):
    """A query names tables that whoever asks may not know of.

    Attributes:
        names: these tables, as the query calls them.
    """

    def __init__(self, names: list[str]) -> None:
        """Keep the names; the message is CKAN's for what is missing."""
        super().__init__()
        self.names = names


# CKAN wraps what PostgreSQL says, now in this, now in that.
_ERRORS = (tk.NotAuthorized, tk.ValidationError, SQLAlchemyError)

_entitled: ContextVar[bool] = ContextVar("datastore_entitled", default=False)


class GovernedBackend(DatastorePostgresqlBackend):
    """CKAN's backend, with an engine for those entitled."""

    def _get_read_engine(self) -> Engine:
        if not _entitled.get():
            return super()._get_read_engine()
        # The owner of the tables, on connections of its pool, in transactions that only read.
        return self._get_write_engine().execution_options(postgresql_readonly=True)


def backends() -> dict[str, Any]:
    """CKAN's PostgreSQL backend, with an engine for those entitled, under both its names."""
    return {"postgresql": GovernedBackend, "postgres": GovernedBackend}


def install() -> None:
    """Make our backend the one in use, in whatever order the plugins are listed.

    CKAN asks for backends in that order and keeps the last; a backend that is not CKAN's own is
    left alone, and the settings check says so.
    """
    if p.plugin_loaded("datastore"):
        backend = DatastoreBackend.get_active_backend()
        if type(backend) is DatastorePostgresqlBackend:
            # The very object: the DataStore's plugin has kept it.
            backend.__class__ = GovernedBackend


@contextmanager
def entitled() -> Generator[None]:
    """Within, rows of restricted resources can be read; to be entered after a decision only."""
    token = _entitled.set(True)
    try:
        yield
    finally:
        _entitled.reset(token)


def settle_privileges(open_ids: Iterable[str], restricted_ids: Iterable[str]) -> None:
    """Let the read role read the tables of open resources, and no others.

    Args:
        open_ids: ids of open resources, whose tables are opened once the transaction is committed.
        restricted_ids: ids of all others, whose tables are closed at once.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the DataStore cannot be reached; then nothing may be closed
            in the catalogue either.
    """
    if not p.plugin_loaded("datastore"):
        return
    opening = list(open_ids)
    privileges.close_to_reader(restricted_ids)
    if opening:
        transaction.after_commit(lambda: privileges.open_to_reader(opening))


def settle_table(resource_id: str) -> None:
    """As :func:`settle_privileges` for one table that was just made or changed."""
    resource = entitlement.resource_in(resource_id)
    if resource is not None and entitlement.is_restricted(resource):
        privileges.close_to_reader([resource_id])
    else:
        privileges.open_to_reader([resource_id])


def close_at_birth() -> None:
    """Let new tables be closed to the read role; whatever is wrong with it, CKAN goes on.

    Done at every start and before every new table: CKAN's ``datastore set-permissions`` opens
    them, and all that there are. So if they were open, those that must not be are closed again.
    """
    if not p.plugin_loaded("datastore"):
        return
    try:
        if privileges.close_defaults():
            _close_again()
    except SQLAlchemyError as error:
        logger.warning("DataStore: privileges were not set: %s", type(error).__name__)


def _close_again() -> None:
    if not sa.inspect(model.ensure_engine()).has_table(GovernanceResourceLocation.__table__.name):
        return  # before our first migration nothing is restricted
    readable = [table for table, is_readable in privileges.readable().items() if is_readable]
    privileges.close_to_reader(table for table in readable if is_restricted_table(table))


def is_restricted_table(name: object) -> bool:
    """Whether a table, by its resource's id or an alias, belongs to a restricted resource."""
    resource = resource_of(name)
    return resource is not None and entitlement.is_restricted(resource)


def resource_of(name: object) -> model.Resource | None:
    """The resource whose rows are behind the name of a table or alias, if the rules apply to it."""
    if not isinstance(name, str) or not name:
        return None
    resource = model.Session.get(model.Resource, name)
    if resource is None and p.plugin_loaded("datastore"):
        backend: Any = DatastoreBackend.get_active_backend()
        table = backend.resource_id_from_alias(name)[1]
        resource = model.Session.get(model.Resource, table) if table else None
    return resource if resource and stored.is_governed(resource.package) else None


def is_loadable(resource_id: str) -> bool:
    """Whether xloader shall load a resource: not where a link is restricted.

    xloader sends its token along for uploads only, so a gateway would refuse it; and what a link
    leads to is not for us to copy.
    """
    resource = entitlement.resource_in(resource_id)
    if resource is None or resource.url_type == "upload":
        return True
    return not entitlement.is_restricted(resource)


def answer(context: Context, name: object, ask: Callable[[], Any], *, is_rows: bool = True) -> Any:
    """Ask the DataStore on behalf of somebody, after the decision and the entry in the log.

    Args:
        context: CKAN's context: who asks. CKAN's own calls (``ignore_auth``) are answered.
        name: the table: a resource's id, or an alias.
        ask: CKAN's action; may be called twice.
        is_rows: whether rows are asked for; CKAN's pages ask for columns by themselves, which
            is nobody's attempt to get at data.

    Returns:
        What ``ask`` returns.

    Raises:
        NotAuthorized: the table is not for them; says why, and what one can do.
    """
    if context.get("ignore_auth"):
        with entitled():
            found = ask()
        # ckanext-dcat's Croissant profile describes tables in what is written for everybody.
        is_for_anybody = not is_rows and bool(tk.request) and is_restricted_table(name)
        return {**found, "fields": []} if is_for_anybody else found
    _refuse_system_table(context, name)
    resource = resource_of(name)
    if resource is None:
        return _ask_again(ask, name)
    if _admit(context, [resource], is_attempt=is_rows or "api_version" in context):
        with entitled():
            return ask()
    return _ask_again(ask, resource.id)


def answer_sql(context: Context, sql: object, ask: Callable[[object], Any]) -> Any:
    """As :func:`answer`, for SQL over any number of tables.

    The read role goes first. Only where PostgreSQL refuses it, the tables in the query are found
    out, decided upon one by one, and the query is asked again as PostgreSQL understood it. CKAN
    then asks for every table once more (see :func:`refusal_of_tables`).

    Args:
        context: CKAN's context: who asks.
        sql: the query.
        ask: CKAN's action, with a query.

    Returns:
        What ``ask`` returns.

    Raises:
        NotAuthorized: the rows of one of the tables are not for them.
    """
    try:
        return ask(sql)
    except _ERRORS as error:
        if not privileges.is_refusal(error):
            raise
    understood = queries.understand(sql) if isinstance(sql, str) else None
    if understood is None:
        raise tk.NotAuthorized(tk._("Not authorized to read resource."))
    resources = [one for name in understood.tables if (one := resource_of(name)) is not None]
    if context.get("ignore_auth") or _admit(context, resources, is_attempt=True):
        with entitled():
            return ask(understood.sql)
    _open_late(understood.tables)
    return ask(sql)


def refusal_of_tables(context: Context, names: Iterable[object]) -> str | None:
    """Why the rows of one of these tables are not for whoever asks; ``None`` if all are.

    Args:
        context: CKAN's context: who asks.
        names: ids of resources, or aliases.

    Raises:
        UnseenTableError: they may not even know of the resource.
    """
    actor = entitlement.actor_in(context)
    for name in names:
        resource = resource_of(name)
        if resource is None:
            continue
        decision = entitlement.decide_for(actor, resource)
        if not decision.allowed:
            _require_metadata(context, resource, str(name))
            return _reason(actor, resource, decision)
    return None


def _admit(context: Context, resources: Iterable[model.Resource], *, is_attempt: bool) -> bool:
    """Decide and log; whether one of the resources is restricted."""
    actor = entitlement.actor_in(context)
    decisions = [(one, entitlement.decide_for(actor, one)) for one in resources]
    for resource, decision in decisions:
        if not decision.allowed:
            _require_metadata(context, resource, resource.id)
            if is_attempt:
                log.try_to_record(actor, resource, decision, "datastore")
            raise tk.NotAuthorized(_reason(actor, resource, decision))
    restricted = [pair for pair in decisions if pair[1].level != OPEN]
    for resource, decision in restricted:
        if not log.try_to_record(actor, resource, decision, "datastore"):
            raise tk.NotAuthorized(tk._(_NO_LOG))
    return bool(restricted)


def _ask_again(ask: Callable[[], Any], name: object) -> Any:
    """Whoever may see open rows is not refused because a privilege is late.

    A day on which data open by themselves, a table made past CKAN, a process that ended between
    commit and privilege: all leave a table closed whose resource is open.
    """
    try:
        found = ask()
    except _ERRORS as error:
        if not privileges.is_refusal(error):
            raise
    else:
        # CKAN 2.11 swallows the refusal when it describes a table.
        is_description = isinstance(found, dict) and "records" not in found
        if not is_description or found.get("fields"):
            return found
    _open_late([_table_of(name)])
    try:
        return ask()
    except _ERRORS as error:
        if privileges.is_refusal(error):
            raise tk.NotAuthorized(tk._("Not authorized to read resource.")) from None
        raise


def _open_late(tables: Iterable[object]) -> None:
    """Let the read role read tables of resources that are not restricted, and of nothing else."""
    found = [model.Session.get(model.Resource, name) for name in tables if isinstance(name, str)]
    privileges.open_to_reader(
        resource.id
        for resource in found
        if resource is not None
        and not (stored.is_governed(resource.package) and entitlement.is_restricted(resource))
    )


def _table_of(name: object) -> object:
    """The table behind an alias."""
    backend: Any = DatastoreBackend.get_active_backend()
    return backend.resource_id_from_alias(name)[1] or name


def _require_metadata(context: Context, resource: model.Resource, name: str) -> None:
    """Who may not know of a resource is told what CKAN tells of one that is not there."""
    try:
        tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource.id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        raise UnseenTableError([name]) from None


def _refuse_system_table(context: Context, name: object) -> None:
    """The list of all tables has the ids and aliases of hidden ones, too."""
    is_system_table = isinstance(name, str) and name.startswith("_")
    if is_system_table and not entitlement.actor_in(context).sysadmin:
        message = tk._("The list of all DataStore tables is for administrators of the portal only.")
        raise tk.NotAuthorized(message)


def _reason(actor: Actor, resource: model.Resource, decision: Decision) -> str:
    """The decision in words, for an error message of CKAN's API."""
    told: Mapping[str, Any] = explaining.explain(actor, resource, decision)
    remedies: list[dict[str, str]] = told["remedies"]
    texts = [
        tk._("The rows of this resource are restricted, and you do not have access."),
        told["reason"],
        remedies[0]["text"] if remedies else "",
    ]
    return " ".join(text.strip() for text in texts if text and text.strip())
