"""The log refuses to be emptied, and CKAN empties every table between two tests.

The way round for tests: a setting of the transaction that the triggers of the migration know.
"""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa

from ckan import model

TABLES = ("governance_event_digest", "governance_event")
ALLOW = sa.text("SET LOCAL jena_governance.empty_the_log = 'on'")


def empty_the_log() -> None:
    """Delete all events and seals, where there are such tables."""
    model.Session.remove()
    with model.meta.engine.begin() as connection:
        connection.execute(ALLOW)
        for table in TABLES:
            if connection.scalar(sa.select(sa.func.to_regclass(table))):
                connection.execute(sa.text(f"DELETE FROM {table}"))


def teach_ckan() -> None:
    """Let CKAN's own emptying of the database (`clean_db`, `reset_db`) begin with the log."""
    original: Any = model.repo.delete_all
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def delete_all() -> None:
        empty_the_log()
        original()

    model.repo.delete_all = delete_all
