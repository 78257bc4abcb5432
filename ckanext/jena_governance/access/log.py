"""The access log: no log, no data."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ckan import model

from ckanext.jena_governance import config
from ckanext.jena_governance.model import GovernanceAccessLog
from ckanext.jena_governance.policy import Actor, Decision

log = logging.getLogger(__name__)

_TABLE = GovernanceAccessLog.__table__

# Somebody waits for their data; an error after seconds serves them better than none at all.
_PATIENCE = sa.text("SET LOCAL statement_timeout = '5s'")


def record(
    actor: Actor, asked: model.Resource | model.Package, decision: Decision, via: str
) -> None:
    """Count one access or denial, committed before any data is given.

    Counted by day; whoever is not signed in without any address.

    Args:
        actor: who asked.
        asked: for what; a dataset where the data are the dataset's as a whole.
        decision: the answer.
        via: the way: ``gateway``, ``download``, ``datastore`` …

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it could not be written; then nothing may be given.
    """
    is_resource = isinstance(asked, model.Resource)
    today = config.today()
    row = insert(_TABLE).values(
        day=today,
        package_id=asked.package_id if is_resource else asked.id,
        resource_id=asked.id if is_resource else "",
        user_id=actor.id or "",
        via=via,
        rule=decision.rule,
        level=decision.level,
        count=1,
    )
    row = row.on_conflict_do_update(
        index_elements=["day", "resource_id", "user_id", "via", "rule", "level"],
        set_={"count": _TABLE.c["count"] + 1},
    )
    with _transaction() as connection:
        connection.execute(row)
    _prune_once(today)


def try_to_record(
    actor: Actor, asked: model.Resource | model.Package, decision: Decision, via: str
) -> bool:
    """As ``record``, with the outcome as answer.

    Returns:
        Whether it was written. Nothing may be given if not; a denial stands in any case.
    """
    try:
        record(actor, asked, decision, via)
    except SQLAlchemyError as error:
        # Without its text, which has the row in it.
        log.critical("The access log cannot be written: %s", type(error).__name__)
        return False
    return True


def prune(today: date) -> int:
    """Remove rows older than ``ckanext.jena_governance.access_log_days``; returns how many."""
    oldest = today - timedelta(days=config.access_log_days())
    with _transaction() as connection:
        return connection.execute(sa.delete(_TABLE).where(_TABLE.c["day"] < oldest)).rowcount


@contextmanager
def _transaction() -> Generator[Connection]:
    """A transaction of our own: what CKAN rolls back must not take the trace with it."""
    engine: Engine = model.meta.engine  # pyright: ignore[reportAssignmentType]
    with engine.begin() as connection:
        connection.execute(_PATIENCE)
        yield connection


@lru_cache(maxsize=1)
def _prune_once(today: date) -> None:
    """At the first record of a day, in every process; needs no cron."""
    try:
        prune(today)
    except SQLAlchemyError as error:
        # The trace itself is written; the next day tries again.
        log.warning("Old rows of the access log stay: %s", type(error).__name__)
